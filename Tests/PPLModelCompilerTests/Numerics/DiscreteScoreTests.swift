import Foundation
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Gradients of the evidence lower bound with discrete latents that are not summed out: their mean is the gradient of the exact bound.
@Suite struct DiscreteScoreTests {
  /// A model with the bound, worked out by enumeration, as a function of the parameters.
  struct ExactCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var text: String
    var data: [String: CaseData] = [:]
    var guide = false
    /// Names of the parameters, in order.
    var names: [String] = []
    /// Rows of a step of `obs`; nil for all.
    var rows: Int?
    var parameters: [Double]
    var bound: @Sendable ([Double]) -> Double
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private static func logNormal(_ x: Double, _ mean: Double, _ sd: Double = 1) -> Double {
    -0.5 * ((x - mean) / sd) * ((x - mean) / sd) - log(sd) - 0.5 * log(2 * Double.pi)
  }

  /// E[log N(y | b s, 1)] for b ~ N(m, v).
  private static func meanLogNormal(_ y: Double, _ s: Double, _ m: Double, _ v: Double) -> Double {
    logNormal(y, m * s) - 0.5 * v * s * s
  }

  /// E[log N(b | 0, 1)] and the entropy of b ~ N(m, exp(t)).
  private static func normalPart(_ m: Double, _ t: Double) -> Double {
    -0.5 * (m * m + exp(2 * t)) - 0.5 * log(2 * Double.pi) + t + 0.5 * log(2 * Double.pi) + 0.5
  }

  /// log p − log q of a true or false element, for its log-odds.
  private static func bernoulliPart(_ z: Double, _ logit: Double, _ prior: Double) -> Double {
    let q = z > 0 ? logistic(logit) : logistic(-logit)
    return log(z > 0 ? prior : 1 - prior) - log(q)
  }

  /// Calls with all assignments of n elements to 0 ..< k.
  private static func assignments(_ n: Int, _ k: Int) -> [[Int]] {
    (0..<n).reduce([[]]) { lists, _ in lists.flatMap { list in (0..<k).map { list + [$0] } } }
  }

  private static let y = [0.3, 1.1, -0.4, 0.8]
  private static let x = [1, 0.5, -1, 0.2]

  /// Three latents that every row reads together, with a continuous one.
  private static let shared = """
    dim obs, k = 3
    data y[obs], x[obs]: real
    b ~ Normal(0, 1)
    z[j: k] ~ Bernoulli(0.3)
    y[i: obs] ~ Normal(b * (x[i] + sum(z)), 1)
    """

  @Sendable private static func sharedBound(_ p: [Double]) -> Double {
    // b's location and log scale, then the log-odds.
    let (m, t, logits) = (p[0], p[1], Array(p[2...]))
    return normalPart(m, t)
      + assignments(3, 2).reduce(0) { sum, z in
        let q = zip(z, logits).reduce(1) { $0 * logistic($1.0 > 0 ? $1.1 : -$1.1) }
        let count = Double(z.reduce(0, +))
        let likelihood = zip(y, x).reduce(0) {
          $0 + meanLogNormal($1.0, $1.1 + count, m, exp(2 * t))
        }
        let rest = zip(z, logits).reduce(0) { $0 + bernoulliPart(Double($1.0), $1.1, 0.3) }
        return sum + q * (likelihood + rest)
      }
  }

  /// A latent for each row, by a guide of its input, and one that the rows of a batch share.
  private static let rows = """
    dim obs
    data y[obs], x[obs]: real
    param w: real
    b ~ Normal(0, 1)
    c ~ Bernoulli(0.4)
    z[i: obs] ~ Bernoulli(0.3)
    y[i: obs] ~ Normal(b * (x[i] + z[i] + 2 * c), 1)
    guide g { z[i: obs] ~ Bernoulli(logit: w * x[i]) }
    """

  /// w, b's location and log scale, then c's log-odds.
  @Sendable private static func rowBound(_ p: [Double]) -> Double {
    let (w, m, t, logit) = (p[0], p[1], p[2], p[3])
    var sum = normalPart(m, t)
    for c in [0.0, 1] {
      var inner = bernoulliPart(c, logit, 0.4)
      for (y, x) in zip(y, x) {
        for z in [0.0, 1] {
          let q = logistic(z > 0 ? w * x : -w * x)
          inner +=
            q
            * (bernoulliPart(z, w * x, 0.3)
              + meanLogNormal(y, x + z + 2 * c, m, exp(2 * t)))
        }
      }
      sum += logistic(c > 0 ? logit : -logit) * inner
    }
    return sum
  }

  /// A lattice: factors read neighbours along both axes, and one reads all.
  private static let lattice = """
    dim row = 2, column = 3
    data y[row, column]: real
    z[i: row, j: column] ~ Bernoulli(0.4)
    factor across[i: row, j: column[2..]] = 0.7 * (z[i, j] == z[i, j-1])
    factor down[i: row[2..], j: column] = 0.5 * (z[i, j] == z[i-1, j])
    y[i: row, j: column] ~ Normal(z[i, j], 0.7)
    factor all = -0.2 * sum(z)^2
    """

  private static let image = [0.3, 1.1, -0.4, 0.8, 0.2, 1.4]

  @Sendable private static func latticeBound(_ p: [Double]) -> Double {
    assignments(6, 2).reduce(0) { sum, z in
      let value = z.map(Double.init)
      let total = value.reduce(0, +)
      var part = -0.2 * total * total
      for (place, (z, y)) in zip(value, image).enumerated() {
        part += logNormal(y, z, 0.7) + bernoulliPart(z, p[place], 0.4)
        if place % 3 > 0, value[place - 1] == z { part += 0.7 }
        if place >= 3, value[place - 3] == z { part += 0.5 }
      }
      return sum + part * zip(z, p).reduce(1) { $0 * logistic($1.0 > 0 ? $1.1 : -$1.1) }
    }
  }

  /// Labels that all observations read, and integers of which one does not have all.
  private static let categories = """
    dim obs = 4, state = 3, pair = 2, trial = 3
    data total[trial]: real
    data w[t: trial] = 0.5 * t
    data mu[state]: real
    s[i: obs] ~ DiscreteUniform(state)
    n[1] ~ DiscreteUniform(1, 2)
    n[i: pair[2..]] ~ DiscreteUniform(0, 2)
    total[t: trial] ~ Normal(sum(mu[s[i]] for i: obs) - w[t] * sum(n), 1)
    """

  @Sendable private static func categoryBound(_ p: [Double]) -> Double {
    func probabilities(_ logits: some Sequence<Double>) -> [Double] {
      let weights = logits.map { exp($0) }
      return weights.map { $0 / weights.reduce(0, +) }
    }
    let labels = (0..<4).map { probabilities(p[(3 * $0)..<(3 * $0 + 3)]) }
    let first = probabilities(p[13..<15])
    let counts = [[0, first[0], first[1]], probabilities(p[15..<18])]
    let mu = [0, 1, 3.0]
    var sum = 0.0
    for s in assignments(4, 3) {
      for n in assignments(2, 3) where n[0] > 0 {
        let q =
          zip(s, labels).reduce(1) { $0 * $1.1[$1.0] } * counts[0][n[0]] * counts[1][n[1]]
        var density = -4 * log(3.0) - log(2) - log(3) - log(q)
        for (trial, total) in [1.7, 0.4, -0.2].enumerated() {
          let mean = s.reduce(0) { $0 + mu[$1] } - 0.5 * Double(trial + 1) * Double(n[0] + n[1])
          density += logNormal(total, mean)
        }
        sum += q * density
      }
    }
    return sum
  }

  /// A count without end, and one that the first bounds.
  private static let counts = """
    data y: int >= 0
    n ~ Poisson(3)
    k ~ Binomial(n, 0.4)
    y ~ Poisson(0.5 + 0.8 * k)
    infer fit = svi()
    """

  @Sendable private static func countBound(_ p: [Double]) -> Double {
    func mass(_ z: Int, _ location: Double, _ scale: Double, upTo upper: Int?) -> Double {
      let below = z == 0 ? 0 : logistic((Double(z) - 0.5 - location) / scale)
      let above = z == upper ? 1 : logistic((Double(z) + 0.5 - location) / scale)
      return above - below
    }
    func logFactorial(_ n: Int) -> Double { lgamma(Double(n) + 1) }
    var sum = 0.0
    for n in 0...80 {
      let own = mass(n, -0.5 + exp(p[0]), exp(p[1]), upTo: nil)
      for k in 0...n {
        let width = Double(n + 1)
        let inner = mass(k, -0.5 + width * logistic(p[2]), width * exp(p[3]), upTo: n)
        let q = own * inner
        guard q > 1e-30 else { continue }
        let choose = logFactorial(n) - logFactorial(k) - logFactorial(n - k)
        let rate = 0.5 + 0.8 * Double(k)
        var density = Double(n) * log(3) - 3 - logFactorial(n)
        density += choose + Double(k) * log(0.4) + Double(n - k) * log(0.6)
        density += 2 * log(rate) - rate - logFactorial(2)
        sum += q * (density - log(q))
      }
    }
    return sum
  }

  static let cases: [ExactCase] = [
    .init(
      testDescription: "shared by all rows",
      text: shared,
      data: ["y": .numbers(y, shape: [y.count]), "x": .numbers(x, shape: [x.count])],
      names: ["b", "b", "z"],
      parameters: [0.4, -0.7, 0.3, -0.2, 0.9],
      bound: sharedBound
    ),
    .init(
      testDescription: "a batch of rows",
      text: shared,
      data: ["y": .numbers(y, shape: [y.count]), "x": .numbers(x, shape: [x.count])],
      names: ["b", "b", "z"],
      rows: 2,
      parameters: [0.4, -0.7, 0.3, -0.2, 0.9],
      bound: sharedBound
    ),
    .init(
      testDescription: "a guide of rows in batches",
      text: rows,
      data: ["y": .numbers(y, shape: [y.count]), "x": .numbers(x, shape: [x.count])],
      guide: true,
      names: ["w", "b", "b", "c"],
      rows: 2,
      parameters: [0.8, 0.4, -0.7, 0.3],
      bound: rowBound
    ),
    .init(
      testDescription: "a lattice",
      text: lattice,
      data: ["y": .numbers(image, shape: [2, 3])],
      names: ["z"],
      parameters: [0.3, -0.4, 0.1, 0.5, -0.2, 0.6],
      bound: latticeBound
    ),
    .init(
      testDescription: "labels and integers",
      text: categories,
      data: ["total": .vector(1.7, 0.4, -0.2), "mu": .vector(0, 1, 3)],
      names: ["s", "n"],
      parameters: [
        0.3, -0.4, 0.1, 0.5, 0, 0.2, -0.1, -0.3, 0.4, 0.2, 0, 0.1, 9, 0.4, 0.1, -0.3, 0.2, 0.6,
      ],
      bound: categoryBound
    ),
    .init(
      testDescription: "counts without ends",
      text: counts,
      data: ["y": .scalar(2)],
      names: ["n", "n", "k", "k"],
      parameters: [1, 0.1, 0.2, -1.2],
      bound: countBound
    ),
  ]

  @Test(arguments: cases)
  func estimatesOfTheGradientHaveItsMean(_ exact: ExactCase) throws {
    let bound = try CompiledCase.bound(text: exact.text, data: exact.data)
    let dimension = bound.dimensions.indices.first { bound.dimensions[$0].name == "obs" }
    var rows: [DimensionID: Int] = [:]
    if let count = exact.rows, let dimension { rows[.init(dimension)] = count }
    let model = try ModelCompiler.compileStochastic(
      bound,
      rows: rows,
      isVariational: true,
      guide: exact.guide ? bound.model.guides.first : nil
    )
    try #require(model.parameters.map(\.name) == exact.names)
    try #require(model.parameterCount == exact.parameters.count)
    #expect(!model.approximations.isEmpty)
    let executor = ReferenceExecutor(model.gradient)
    let parts = exact.rows.map { count in
      stride(from: 0, to: 4, by: count).map { start in
        (start..<start + count).map { Double($0 * 3 % 4) }
      }
    }
    let repeats = 100_000
    var sums = [Double](repeating: 0, count: model.gradient.outputCount)
    var squares = sums
    for number in 0..<repeats {
      let places = parts.map { $0[number % $0.count] } ?? []
      let found = executor.run(
        inputs: places + exact.parameters,
        outputCount: sums.count,
        key: RandomKey(seed: 7).derived(UInt64(number))
      )
      for (index, value) in found.enumerated() {
        sums[index] += value
        squares[index] += value * value
      }
    }
    var expected = [exact.bound(exact.parameters)]
    for index in exact.parameters.indices {
      var (up, down) = (exact.parameters, exact.parameters)
      up[index] += 1e-4
      down[index] -= 1e-4
      expected.append((exact.bound(up) - exact.bound(down)) / 2e-4)
    }
    for (index, expected) in expected.enumerated() {
      let mean = sums[index] / Double(repeats)
      let variance = squares[index] / Double(repeats) - mean * mean
      let error = (max(variance, 0) / Double(repeats)).squareRoot()
      #expect(abs(mean - expected) < 4.5 * error + 1e-6, "\(index): \(mean), \(expected), \(error)")
      // An estimate so noisy that any mean would pass says nothing.
      #expect(error < 0.05 * max(1, expected.magnitude), "\(index): \(error)")
    }
  }

  /// Of a hundred latents, each with its own observation: an element's score is multiplied by its own terms alone.
  ///
  /// The other estimator, which multiplies all scores by the whole bound, is written out here.
  @Test func signalsOfElementsHaveLessVarianceThanOneOfAll() throws {
    let count = 100
    let y = (0..<count).map { sin(Double(3 * $0)) + 1 }
    let bound = try CompiledCase.bound(
      text: """
        dim obs
        data y[obs]: real
        param w: real
        z[i: obs] ~ Bernoulli(0.3)
        y[i: obs] ~ Normal(2 * z[i], 1)
        guide g { z[i: obs] ~ Bernoulli(logit: w) }
        """,
      data: ["y": .numbers(y, shape: [y.count])]
    )
    let model = try ModelCompiler.compileStochastic(
      bound,
      rows: [:],
      isVariational: true,
      guide: bound.model.guides.first
    )
    let executor = ReferenceExecutor(model.gradient)
    let (logit, repeats) = (0.4, 400)
    let q = Self.logistic(logit)
    var own: [Double] = []
    var whole: [Double] = []
    for number in 0..<repeats {
      let key = RandomKey(seed: 3).derived(UInt64(number))
      own.append(executor.run(inputs: [logit], outputCount: 2, key: key)[1])
      var generator = key.makeGenerator()
      var bounds: [Double] = []
      var scores: [Double] = []
      for _ in 0..<2 {
        let z = (0..<count).map { _ in generator.nextUniform() < q ? 1.0 : 0 }
        bounds.append(
          zip(y, z).reduce(0) {
            $0 + Self.logNormal($1.0, 2 * $1.1) + log($1.1 > 0 ? 0.3 : 0.7)
          }
        )
        scores.append(z.reduce(0) { $0 + $1 - q })
      }
      // The entropy's derivative is exact in both.
      let entropy = -Double(count) * logit * q * (1 - q)
      whole.append(0.5 * (bounds[0] - bounds[1]) * (scores[0] - scores[1]) + entropy)
    }
    func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
      let mean = values.reduce(0, +) / Double(values.count)
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1))
    }
    let (found, other) = (moments(own), moments(whole))
    let error = ((found.variance + other.variance) / Double(repeats)).squareRoot()
    #expect(abs(found.mean - other.mean) < 4.5 * error)
    #expect(found.variance * 20 < other.variance, "\(found.variance), \(other.variance)")
  }

  /// What cannot be summed out is named, with the reason; the rest is summed out as elsewhere.
  @Test func onlyWhatCannotBeSummedOutIsApproximated() throws {
    let bound = try CompiledCase.bound(
      text: """
        dim obs, k = 3
        data y[obs]: real
        u[i: obs] ~ Bernoulli(0.4)
        z[j: k] ~ Bernoulli(0.3)
        n ~ Poisson(2)
        y[i: obs] ~ Normal(u[i] + sum(z) + n, 1)
        infer fit = svi()
        """,
      data: ["y": .numbers(Self.y, shape: [Self.y.count])]
    )
    let model = try ModelCompiler.compileStochastic(bound, rows: [:], isVariational: true)
    let names = model.approximations.map { bound.model.variables[$0.variable.index].name.text }
    #expect(names == ["z", "n"])
    #expect(model.eliminations.count == 1)
    #expect(model.eliminations.first?.hasPrefix("sum out u") == true)
    let kinds = Dictionary(uniqueKeysWithValues: model.recorded.map { ($0.name, $0.kind) })
    #expect(kinds == ["u": .boolean, "z": .boolean, "n": .integer])
    #expect(throws: LoweringError.self) {
      _ = try ModelCompiler.compileStochastic(bound, rows: [:], isVariational: false)
    }
  }

  /// The density ratio at the draw that is recorded: its mean is the bound.
  @Test func ratiosHaveTheBoundAsTheirMean() throws {
    let exact = Self.cases[0]
    let bound = try CompiledCase.bound(text: exact.text, data: exact.data)
    let model = try ModelCompiler.compileStochastic(bound, rows: [:], isVariational: true)
    let ratio = ReferenceExecutor(model.logRatio)
    let draw = ReferenceExecutor(model.draw)
    var sum = 0.0
    let repeats = 20_000
    for number in 0..<repeats {
      let key = RandomKey(seed: 5).derived(UInt64(number))
      let found = ratio.run(inputs: exact.parameters, outputCount: 1, key: key)[0]
      sum += found
      guard number < 20 else { continue }
      // b, then z.
      let drawn = draw.run(inputs: exact.parameters, outputCount: 4, key: key)
      let count = drawn[1...].reduce(0, +)
      var expected = Self.logNormal(drawn[0], 0) - Self.logNormal(drawn[0], 0.4, exp(-0.7))
      for (y, x) in zip(Self.y, Self.x) { expected += Self.logNormal(y, drawn[0] * (x + count)) }
      for (z, logit) in zip(drawn[1...], exact.parameters[2...]) {
        expected += Self.bernoulliPart(z, logit, 0.3)
      }
      #expect(abs(found - expected) < 1e-9)
    }
    #expect(abs(sum / Double(repeats) - exact.bound(exact.parameters)) < 0.1)
  }
}
