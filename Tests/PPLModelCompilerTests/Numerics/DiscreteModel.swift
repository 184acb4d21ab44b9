import PPLTensorCore

/// A small random model with discrete latents, for which all their values can be tried.
struct DiscreteModel {
  /// One latent: how it is declared where it is data, and the labels that an element can have.
  struct Latent {
    var name: String
    var declaration: String
    var shape: [Int]
    var labels: [Double]

    var count: Int { shape.reduce(1, *) }
  }

  var name: String
  var text: String
  var data: [String: CaseData]
  var latents: [Latent]

  /// The program with the latents as data.
  var observedText: String {
    latents.map { "data \($0.declaration)\n" }.joined() + text
  }

  /// The number of all assignments.
  var assignmentCount: Int {
    latents.reduce(1) { product, latent in
      (0..<latent.count).reduce(product) { count, _ in count * latent.labels.count }
    }
  }

  /// The labels of all latents' elements in one assignment.
  func labels(_ assignment: Int) -> [String: [Double]] {
    var rest = assignment
    var result: [String: [Double]] = [:]
    for latent in latents {
      result[latent.name] = (0..<latent.count).map { _ in
        defer { rest /= latent.labels.count }
        return latent.labels[rest % latent.labels.count]
      }
    }
    return result
  }

  /// The data with one assignment.
  func data(_ assignment: Int) -> [String: CaseData] {
    var data = data
    let labels = labels(assignment)
    for latent in latents {
      data[latent.name] = .numbers(labels[latent.name] ?? [], shape: latent.shape)
    }
    return data
  }

  /// The k-th model of a kind.
  init(seed: UInt64) {
    var random = RandomKey(seed: seed).derived(41).makeGenerator()
    func pick(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + random.nextInt(below: range.count)
    }
    func numbers(_ shape: Int...) -> CaseData {
      .numbers(
        (0..<shape.reduce(1, *)).map { _ in (4 * random.nextNormal()).rounded() / 4 },
        shape: shape
      )
    }
    func counts(_ most: Int, _ shape: Int...) -> CaseData {
      .numbers(
        (0..<shape.reduce(1, *)).map { _ in Double(random.nextInt(below: most + 1)) },
        shape: shape
      )
    }
    func labels(_ most: Int, _ shape: Int...) -> CaseData {
      .numbers(
        (0..<shape.reduce(1, *)).map { _ in Double(1 + random.nextInt(below: most)) },
        shape: shape
      )
    }
    let states = pick(2...3)
    let indexLabels = (1...states).map(Double.init)
    switch seed % 10 {
    case 0:
      let rows = pick(1...3)
      name = "mixture"
      text = """
        dim obs = \(rows), comp = \(states)
        data y[obs]: real
        w: simplex[comp] ~ Dirichlet(2)
        mu[comp] ~ Normal(0, 2)
        s ~ HalfNormal(1)
        z[i: obs]: comp ~ Categorical(w)
        y[i: obs] ~ Normal(mu[z[i]], s)
        """
      data = ["y": numbers(rows)]
      latents = [
        Latent(name: "z", declaration: "z[obs]: comp", shape: [rows], labels: indexLabels)
      ]
    case 1:
      let rows = pick(1...2)
      name = "two latents a row"
      text = """
        dim obs = \(rows), comp = \(states)
        data y[obs], x[obs]: real
        mu[comp] ~ Normal(0, 2)
        d, p ~ Normal(0, 1)
        z[i: obs]: comp ~ Categorical(logit: mu)
        b[i: obs] ~ Bernoulli(logit: p + 0.3 * x[i])
        eta[i: obs] = (if b[i] then mu[z[i]] * x[i] else d) + 0.5 * b[i]
        y[i: obs] ~ Normal(eta[i], 1)
        factor extra[i: obs] = if b[i] then 0.3 * mu[z[i]] else x[i] * d
        """
      data = ["y": numbers(rows), "x": numbers(rows)]
      latents = [
        Latent(name: "z", declaration: "z[obs]: comp", shape: [rows], labels: indexLabels),
        Latent(name: "b", declaration: "b[obs]: bool", shape: [rows], labels: [0, 1]),
      ]
    case 2:
      let (sites, visits) = (pick(1...2), pick(1...2))
      name = "nested occupancy"
      text = """
        dim site = \(sites), visit = \(visits)
        data y[site, visit]: bool
        psi, th, p ~ Beta(2, 2)
        u[i: site] ~ Bernoulli(psi)
        v[i: site, j: visit] ~ Bernoulli(0.9 * u[i] * th + 0.05)
        y[i: site, j: visit] ~ Bernoulli(v[i, j] * p * 0.9 + 0.05)
        """
      data = ["y": counts(1, sites, visits)]
      latents = [
        Latent(name: "u", declaration: "u[site]: bool", shape: [sites], labels: [0, 1]),
        Latent(
          name: "v",
          declaration: "v[site, visit]: bool",
          shape: [sites, visits],
          labels: [0, 1]
        ),
      ]
    case 3:
      let length = pick(1...4)
      name = "chain"
      text = """
        dim time = \(length), state = \(states)
        data y[time]: real
        P[state]: simplex[state] ~ Dirichlet(1)
        mu[state] ~ Normal(0, 2)
        z[1]: state ~ DiscreteUniform(state)
        z[t: time[2..]]: state ~ Categorical(P[z[t-1]])
        y[t: time] ~ Normal(mu[z[t]], 1)
        """
      data = ["y": numbers(length)]
      latents = [
        Latent(name: "z", declaration: "z[time]: state", shape: [length], labels: indexLabels)
      ]
    case 4:
      let (series, length) = (2, pick(2...3))
      name = "chains in series"
      text = """
        dim series = \(series), time = \(length)
        data y[series, time]: real
        data x[time]: real
        a, b, d, q ~ Normal(0, 1)
        g[s: series] ~ Bernoulli(logit: q)
        z[s: series, 1] ~ Bernoulli(0.4)
        z[s: series, t: time[2..]] ~ Bernoulli(logit: a + b * z[s, t-1] + 0.2 * x[t])
        y[s: series, t: time] ~ Normal(d * z[s, t] + 0.7 * g[s], 1)
        """
      data = ["y": numbers(series, length), "x": numbers(length)]
      latents = [
        Latent(
          name: "z",
          declaration: "z[series, time]: bool",
          shape: [series, length],
          labels: [0, 1]
        ),
        Latent(name: "g", declaration: "g[series]: bool", shape: [series], labels: [0, 1]),
      ]
    case 5:
      let length = pick(3...4)
      name = "second order"
      text = """
        dim time = \(length), state = 2
        data y[time]: real
        P[state]: simplex[state] ~ Dirichlet(1)
        Q[state, state]: simplex[state] ~ Dirichlet(1)
        mu[state] ~ Normal(0, 2)
        z[1]: state ~ DiscreteUniform(state)
        z[2]: state ~ Categorical(P[z[1]])
        z[t: time[3..]]: state ~ Categorical(Q[z[t-1], z[t-2]])
        y[t: time] ~ Normal(mu[z[t]], 1)
        """
      data = ["y": numbers(length)]
      latents = [
        Latent(name: "z", declaration: "z[time]: state", shape: [length], labels: [1, 2])
      ]
    case 6:
      let length = pick(2...3)
      name = "factorial"
      text = """
        dim time = \(length), one = 2, two = 2
        data y[time]: real
        P[one]: simplex[one] ~ Dirichlet(1)
        R[two]: simplex[two] ~ Dirichlet(1)
        mu[one], nu[two] ~ Normal(0, 2)
        a[1]: one ~ DiscreteUniform(one)
        a[t: time[2..]]: one ~ Categorical(P[a[t-1]])
        b[1]: two ~ DiscreteUniform(two)
        b[t: time[2..]]: two ~ Categorical(R[b[t-1]])
        y[t: time] ~ Normal(mu[a[t]] + nu[b[t]], 1)
        """
      data = ["y": numbers(length)]
      latents = [
        Latent(name: "a", declaration: "a[time]: one", shape: [length], labels: [1, 2]),
        Latent(name: "b", declaration: "b[time]: two", shape: [length], labels: [1, 2]),
      ]
    case 7:
      let length = pick(2...6)
      name = "change point"
      text = """
        dim year = \(length)
        data y[year]: int >= 0
        early, late ~ Gamma(2, 1)
        r: year ~ DiscreteUniform(year)
        y[t: year] ~ Poisson(if t < r then early else late)
        """
      data = ["y": counts(5, length)]
      latents = [
        Latent(
          name: "r",
          declaration: "r: year",
          shape: [],
          labels: (1...length).map(Double.init)
        )
      ]
    case 8:
      let most = pick(3...9)
      name = "unknown total"
      text = """
        dim obs = 2
        data y[obs]: int >= 0
        rate ~ Gamma(3, 1)
        p ~ Beta(2, 2)
        n: int in 0..\(most) ~ Poisson(rate)
        y[i: obs] ~ Binomial(n, p)
        """
      data = ["y": counts(3, 2)]
      latents = [
        Latent(
          name: "n",
          declaration: "n: int in 0..\(most)",
          shape: [],
          labels: (0...most).map(Double.init)
        )
      ]
    default:
      let words = pick(1...3)
      name = "topics"
      text = """
        dim word = \(words), doc = 2, topic = \(states), term = 3
        data doc_of[word]: doc
        data w[word]: term
        theta[doc]: simplex[topic] ~ Dirichlet(1)
        phi[topic]: simplex[term] ~ Dirichlet(1)
        z[i: word]: topic ~ Categorical(theta[doc_of[i]])
        w[i: word]: term ~ Categorical(phi[z[i]])
        """
      data = ["doc_of": labels(2, words), "w": labels(3, words)]
      latents = [
        Latent(name: "z", declaration: "z[word]: topic", shape: [words], labels: indexLabels)
      ]
    }
  }
}
