import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Fits by steps see some rows at a time: over all of them the objective and its gradient are those of the whole.
@Suite struct StochasticModelTests {
  /// Rows with a group, an input and an outcome.
  private static let data: [String: CaseData] = [
    "y": .vector(0.3, 1.1, -0.4, 0.8, 2.0, -1.3), "x": .vector(1, 0.5, -1, 0.2, 0.9, -0.7),
    "g": .texts(["a", "b", "a", "c", "b", "a"]), "k": .vector(1, 0, 2, 3, 1, 0),
    "gaps": .vector(.nan, 1.1, -0.4, .nan, 2.0, 0.1),
    "labels": .texts(["a", "", "a", "c", "", ""]),
    "series": .matrix(
      [0.1, 1.2, 0.4],
      [2.0, 1.9, -0.3],
      [0.4, 0.2, 0.1],
      [1.5, 1.4, 2.2],
      [0, 0.3, 1.8],
      [1, 0.9, 0.7]
    ),
  ]

  static let programs = [
    """
    dim obs, group
    data y[obs], x[obs]: real
    data g[obs]: group
    data k[obs]: int >= 0
    mu ~ Normal(0, 2)
    s ~ HalfNormal(1)
    a[group] ~ Normal(mu, s)
    y[i: obs] ~ Normal(a[g[i]] + x[i] * mean(x), exp(0.1 * mu))
    k[i: obs] ~ Poisson(log: a[g[i]] - 0.1 * size(obs))
    """,
    """
    dim obs, group
    data y[obs], x[obs]: real
    data g[obs]: group
    data k[obs]: int >= 0
    net f(x: real, g: group) -> real = e + x |> Dense(4, tanh) |> Dense(1) with e = g |> Embedding(4)
    f.weights ~ Normal(0, 1)
    z[obs] ~ Normal(0, 1)
    m[i: obs] = f(x[i], g[i]) + 0.3 * z[i]
    y[i: obs] ~ Normal(m[i], 0.5)
    factor extra[i: obs] = -0.1 * k[i] * m[i]^2
    """,
    """
    dim obs, group
    data y[obs], x[obs]: real
    data g[obs]: group
    data k[obs]: int >= 0
    data scaled[i: obs] = (x[i] - mean(x)) / sd(x)
    b, c ~ Normal(0, 1)
    rate[i: obs] = if g[i] == "a" then exp(b) else exp(c * scaled[i])
    k[i: obs] ~ Poisson(rate[i])
    y ~ Normal(b * x, 1)
    """,
    // Cells that are missing, of an array that nothing reads, and of labels that are read.
    """
    dim obs, group
    data gaps[obs], x[obs]: real
    data labels[obs]: group
    w: simplex[group] ~ Dirichlet(2)
    a[group] ~ Normal(0, 1)
    net f(x: real, g: group) -> real = (e + x) |> Dense(2, tanh) |> Dense(1) with e = g |> Embedding(2)
    f.weights ~ Normal(0, 1)
    labels[i: obs] ~ Categorical(w)
    gaps[i: obs] ~ Normal(a[labels[i]] + x[i], 0.7)
    factor more[i: obs] = -0.1 * f(x[i], labels[i])^2
    """,
    // Latents that are summed out row by row: alone, two of a row together, through a derived quantity.
    """
    dim obs, group
    data y[obs], gaps[obs]: real
    data g[obs]: group
    p, q ~ Beta(2, 2)
    mu[group] ~ Normal(0, 1)
    z[i: obs] ~ Bernoulli(p)
    u[i: obs] ~ Bernoulli(if z[i] then q else 1 - q)
    m[i: obs] = mu[g[i]] + z[i] - 2 * u[i]
    y[i: obs] ~ Normal(m[i], 1)
    gaps[i: obs] ~ Normal(0.5 * m[i], 1)
    """,
    // A hidden Markov chain in each row.
    """
    dim obs, time, state = 2
    data series[obs, time]: real
    P[state]: simplex[state] ~ Dirichlet(1)
    mu: ordered[state] ~ Normal([0, 1], 1)
    h[i: obs, 1] ~ DiscreteUniform(state)
    h[i: obs, t: time[2..]] ~ Categorical(P[h[i, t-1]])
    series[i: obs, t: time] ~ Normal(mu[h[i, t]], 0.8)
    """,
  ]

  /// Values and gradients of all parts of the rows, averaged.
  private func average(_ model: StochasticModel, rows: Int, of total: Int, _ parameters: [Double])
    -> [Double]
  {
    let executor = ReferenceExecutor(model.gradient)
    let parts = stride(from: 0, to: total, by: rows).map { start in
      executor.run(
        inputs: (0..<rows).map { Double((start + $0) * 5 % total) } + parameters,
        outputCount: model.gradient.outputCount
      )
    }
    return parts[0].indices.map { index in
      parts.reduce(0) { $0 + $1[index] } / Double(parts.count)
    }
  }

  @Test(arguments: programs, [1, 2, 3, 6])
  func partsAddUpToTheWhole(_ text: String, rows: Int) throws {
    let compiled = try CompiledCase(text: text, data: Self.data)
    let dimension = try #require(
      compiled.bound.dimensions.indices.first { compiled.bound.dimensions[$0].name == "obs" }
    )
    let model = try ModelCompiler.compileStochastic(
      compiled.bound,
      rows: [.init(dimension): rows],
      isVariational: false
    )
    try #require(model.parameterCount == compiled.dimension)
    let position = compiled.position(1)
    let found = average(model, rows: rows, of: 6, position)
    #expect(abs(found[0] - compiled.density(at: position).alone) < 1e-10 * (1 + abs(found[0])))
    let whole = try ModelCompiler.compileStochastic(compiled.bound, rows: [:], isVariational: false)
    let expected = ReferenceExecutor(whole.gradient).run(
      inputs: position,
      outputCount: whole.gradient.outputCount
    )
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-9 * (1 + abs(b)), "\(a), \(b)") }
  }

  /// With a narrow approximation the bound is the density at its centre, and the entropy.
  @Test func boundsOfNarrowApproximationsAreDensities() throws {
    let compiled = try CompiledCase(text: Self.programs[0], data: Self.data)
    let model = try ModelCompiler.compileStochastic(compiled.bound, rows: [:], isVariational: true)
    let position = compiled.position(1)
    var parameters: [Double] = []
    var next = position[...]
    for parameter in model.parameters {
      let count = parameter.shape.count
      switch parameter.role {
      case .location:
        parameters += next.prefix(count)
        next = next.dropFirst(count)
      case .logScale: parameters += [Double](repeating: -12, count: count)
      case .fitted, .value, .running, .logit:
        Issue.record("all latents have normal distributions")
      }
    }
    let found = ReferenceExecutor(model.objective).run(inputs: parameters, outputCount: 1)[0]
    let entropy = Double(position.count) * (-12 + 1.418_938_533_204_672_7)
    let expected = compiled.density(at: position).withJacobian + entropy
    #expect(abs(found - expected) < 1e-3 * (1 + abs(expected)))
  }

  /// Statements that need other rows than their own.
  static let refused: [(name: String, text: String)] = [
    ("other row", "y[1] ~ Normal(0, 1)\ny[i: obs[2..]] ~ Normal(b * y[i-1], 1)"),
    ("sum of latents", "m[i: obs] = b * x[i]\ny[i: obs] ~ Normal(m[i] - mean(m), 1)"),
    ("comprehension", "y[i: obs] ~ Normal(sum(b * x[j] for j: obs), 1)"),
    ("part", "y[i: obs where x[i] > 0] ~ Normal(b, 1)"),
    ("one event", "y ~ MultiNormal(b * x, cov_exp_quad(x, 1, 1) + diag_matrix(exp(x)))"),
    ("shared", "z ~ Bernoulli(0.5)\ny[i: obs] ~ Normal(b + z, 1)"),
    ("shared by a group", "z[group] ~ Bernoulli(0.5)\ny[i: obs] ~ Normal(b + z[g[i]], 1)"),
    (
      "read cells",
      "data gaps[obs]: real\ngaps[i: obs] ~ Normal(b, 1)\ny[i: obs] ~ Normal(gaps[i], 1)"
    ),
    ("product", "M: real[obs, obs] = cov_exp_quad(x, 1, 1)\ny[i: obs] ~ Normal((M @ x)[i] * b, 1)"),
  ]

  @Test(arguments: refused.map(\.name))
  func otherRowsAreRefused(_ name: String) throws {
    let text = try #require(Self.refused.first { $0.name == name }?.text)
    let compiled = try CompiledCase(
      text:
        "dim obs, group\ndata y[obs], x[obs]: real\ndata g[obs]: group\nb ~ Normal(0, 1)\n\(text)",
      data: Self.data
    )
    let dimension = try #require(
      compiled.bound.dimensions.indices.first { compiled.bound.dimensions[$0].name == "obs" }
    )
    do {
      _ = try ModelCompiler.compileStochastic(
        compiled.bound,
        rows: [.init(dimension): 2],
        isVariational: false
      )
      Issue.record("nothing was refused")
    } catch {
      #expect(error.diagnostic.code == "E0612", "\(error.diagnostic)")
    }
  }
}
