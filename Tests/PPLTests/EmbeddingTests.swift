import Foundation
import PPL
import Synchronization
import Testing

/// The library as a program uses it that imports `PPL` alone.
@Suite struct EmbeddingTests {
  private let regression = """
    dim county, house
    data county_of[house]: county
    data floor[house], log_radon[house]: real
    mu, b ~ Normal(0, 10)
    s, sigma ~ HalfNormal(1)
    a[county] ~ Normal(mu, s)
    log_radon[h: house] ~ Normal(a[county_of[h]] + b * floor[h], sigma)
    infer mine = nuts(draws: 10)
    show mine
    """

  private let data: DataSet = [
    "county_of": ["Aitkin", "Aitkin", "Anoka", "Becker", "Anoka", "Becker", "Becker"],
    "floor": [1, 0, 0, 1, 0, 0, 1],
    "log_radon": [0.8, 0.9, 1.1, 0.2, 1.3, 0.7, 0.1],
  ]

  private func model() throws -> Model {
    try Program(checking: regression).compile(data).model
  }

  @Test func draws() async throws {
    let posterior = try await model().infer(
      .nuts(chains: 2, warmup: 300, draws: 200),
      InferenceOptions(seed: 1)
    )
    #expect(posterior.names == ["mu", "b", "s", "sigma", "a"])
    #expect(posterior.engine == "nuts")
    #expect(posterior.seed == 1)
    let a = try #require(posterior["a"])
    #expect(a.axes == [.init(name: "county", labels: ["Aitkin", "Anoka", "Becker"])])
    #expect(a.elementNames == ["a[\"Aitkin\"]", "a[\"Anoka\"]", "a[\"Becker\"]"])
    #expect((a.chainCount, a.drawCount, a.shape) == (2, 200, [3]))
    #expect(a.values.count == 1200)
    let anoka = try #require(a("Anoka"))
    #expect(anoka == a.draws(ofElement: 1))
    #expect(anoka[201] == a.value(chain: 1, draw: 1)[a.value(chain: 1, draw: 1).startIndex + 1])
    #expect(a("nowhere") == nil)
    #expect(posterior["nothing"] == nil)
    let summary = await posterior.summary()
    #expect(summary.map(\.name).suffix(3) == a.elementNames[...])
    #expect(summary[4] == a.summaries[0])
    #expect(abs(a.mean[1] - anoka.reduce(0, +) / 400) < 1e-12)
    #expect(a.quantile(0.5)[0] == a.summaries[0].median)
    #expect(a.quantile(1.5)[0].isNaN)
    let contrast = try posterior.draws(of: "post.a[\"Anoka\"] - post.a[\"Becker\"]")
    #expect(contrast.axes.isEmpty)
    #expect(contrast.values == zip(anoka, a.draws(ofElement: 2)).map { $0 - $1 })
    let all = try posterior.draws(of: "exp(post.a)")
    #expect(all.axes == a.axes)
    #expect(zip(all.values, a.values).allSatisfy { abs($0 - exp($1)) <= 1e-15 * $0 })
    // The same seed gives the same draws, whoever asks.
    let again = try await model().infer(
      "nuts(chains: 2, warmup: 300, draws: 200, seed: 1)"
    )
    #expect(again["a"]?.values == a.values)
  }

  @Test func predictions() async throws {
    let posterior = try await model().infer(.nuts(), InferenceOptions(seed: 2))
    let replicates = try await posterior.predict("log_radon")
    #expect(replicates.shape == [7])
    #expect(replicates.chainCount * replicates.drawCount == 4000)
    let others: DataSet = ["county_of": ["Becker", "Cass"], "floor": [0.0, 1]]
    let predicted = try await posterior.predict("log_radon", data: others)
    #expect(predicted.shape == [2])
    let (a, sigma) = (try #require(posterior["a"]), try #require(posterior["sigma"]))
    // Given a county that is known, the mean is that of its level, within four errors.
    let error = 4 * predicted.sd[0] / 4000.0.squareRoot()
    #expect(abs(predicted.mean[0] - a.mean[2]) < error)
    #expect(predicted.sd[1] > sigma.mean[0])
    let wrong: DataSet = ["floor": [1.0, 2]]
    await #expect(throws: SamplingFailure.self) {
      try await posterior.predict("log_radon", data: wrong)
    }
    await #expect(throws: ProgramError.self) { try await posterior.predict("nothing") }
  }

  @Test func mistakesAreErrors() async throws {
    #expect(throws: ProgramError.self) { try Program(checking: "mu ~ Norml(0, 1)") }
    do {
      _ = try Program(checking: "mu ~ Norml(0, 1)")
    } catch {
      #expect(error.diagnostics.first?.code == "E0201" || error.diagnostics.first != nil)
      #expect(error.description.contains("Norml"))
      #expect(error.description.contains("model.ppl:1:6"))
    }
    let model = try model()
    for engine: Engine in ["nutz()", "nuts(draw: 5)", "nuts(draws: 0)", "nuts(", "nuts() show x"] {
      await #expect(throws: ProgramError.self, "\(engine.text)") { try await model.infer(engine) }
    }
    let posterior = try await model.infer("nuts(draws: 50, seed: 1)")
    for text in ["post.nothing", "a +", "1 +* 2", "post", "P(post.b > 0) nonsense"] {
      #expect(throws: (any Error).self, "\(text)") { try posterior.draws(of: text) }
    }
    let short: DataSet = ["county_of": ["Aitkin"], "floor": [1.0, 2], "log_radon": [0.1]]
    #expect(throws: BindingFailure.self) { try Program(checking: regression).compile(short) }
  }

  @Test func valuesOfAllKindsAreData() async throws {
    let program = try Program(
      checking: """
        dim row = 2, col = 3, person, visit[person]
        data x[row, col]: real
        data n: int
        data on[row]: bool
        data y[person, visit]: real
        data z[col]: real
        m ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(m, 1)
        z[c: col] ~ Normal(m, 1)
        """
    )
    let data: DataSet = [
      "x": [[1.0, 2, 3], [4, 5, 6]], "n": 3, "on": [true, false], "y": [[1.0, 2], [3]],
      "z": [1.0, nil, 2] as [Double?],
    ]
    let model = try program.compile(data).model
    let posterior = try await model.infer("nuts(seed: 3)")
    // Five observations of sum 9 and a prior: mean 9/6.
    let m = try #require(posterior["m"]?.mean.first)
    #expect(abs(m - 1.5) < 0.1)
    let known = try posterior.draws(of: "post.m + x[2, 3] + n + (if on[1] then 100 else 0)")
    #expect(abs(known.mean[0] - m - 109) < 1e-9)
    var flat = data
    flat.set("x", [1, 2, 3, 4, 5, 6], shape: [2, 3])
    _ = try program.compile(flat)
    for shape in [[3, 3], [-2, -3], [Int.max, Int.max]] {
      flat.set("x", [1, 2, 3, 4, 5, 6], shape: shape)
      #expect(throws: BindingFailure.self, "\(shape)") { try program.compile(flat) }
    }
    flat.set("x", [[1.0, 2], [3, 4], [5, 6]])
    #expect(throws: BindingFailure.self) { try program.compile(flat) }
  }

  @Test func densitiesAndGradients() throws {
    let density = try model().logDensity()
    #expect(density.dimension == 7)
    #expect(density.names == ["mu", "b", "s", "sigma", "a[1]", "a[2]", "a[3]"])
    let evaluator = density.makeEvaluator()
    let position = (0..<7).map { sin(Double($0)) }
    var gradient = [Double](repeating: 0, count: 7)
    let value = try evaluator.evaluate(at: position, gradient: &gradient)
    #expect(value.isFinite)
    #expect(throws: SamplingFailure.self) { try evaluator.evaluate(at: [1], gradient: &gradient) }
    var unused = gradient
    for index in 0..<7 {
      let step = 1e-5
      var (up, down) = (position, position)
      up[index] += step
      down[index] -= step
      let rise = try evaluator.evaluate(at: up, gradient: &unused)
      let fall = try evaluator.evaluate(at: down, gradient: &unused)
      #expect(
        abs((rise - fall) / (2 * step) - gradient[index]) < 1e-6 * max(1, abs(gradient[index]))
      )
    }
  }

  /// Random-walk Metropolis, from the origin.
  private struct RandomWalk: CustomEngine {
    let name = "walk"

    func run(_ chain: inout CustomChain) throws {
      let evaluator = chain.density.makeEvaluator()
      var gradient = [Double](repeating: 0, count: chain.density.dimension)
      var position = gradient
      var value = try evaluator.evaluate(at: position, gradient: &gradient)
      while !chain.isDone {
        for _ in 0..<10 {
          let proposal = position.map { $0 + chain.random.normal() }
          let other = try evaluator.evaluate(at: proposal, gradient: &gradient)
          if log(chain.random.uniform()) < other - value { (position, value) = (proposal, other) }
        }
        try chain.keep(position)
      }
    }
  }

  @Test func enginesOfTheCallersOwn() async throws {
    let program = try Program(
      checking: """
        dim obs = 4
        data y[obs]: real
        m ~ Normal(0, 1)
        w = exp(m)
        y[i: obs] ~ Normal(m, 1)
        """
    )
    let model = try program.compile(["y": [0.5, 1.5, 2.5, 1.5]]).model
    let posterior = try await model.infer(with: RandomWalk(), draws: 2000, seed: 4)
    #expect(posterior.engine == "walk")
    let m = try #require(posterior["m"]?.summaries.first)
    // Mean 6/5, variance 1/5.
    #expect(abs(m.mean - 1.2) < 4 * m.mcse)
    #expect(abs(m.sd - 0.2.squareRoot()) < 0.02)
    #expect(posterior["w"]?.values.first == posterior["m"]?.values.first.map { exp($0) })
    #expect(try await posterior.predict("y").shape == [4])
    await #expect(throws: SamplingFailure.self) {
      try await model.infer(with: RandomWalk(), chains: 0)
    }
    let again = try await model.infer(with: RandomWalk(), draws: 2000, seed: 4)
    #expect(again["m"]?.values == posterior["m"]?.values)
  }

  @Test func functionsOfTheHost() async throws {
    var externals = ExternalAccess.none
    externals.register("twice") { arguments in arguments[0].map { 2 * $0 } }
    let program = try Program(
      checking: """
        extern fn twice(x: real) -> real = host("twice", gradient: finite_difference)
        m ~ Normal(0, 1)
        t = twice(m)
        """
    )
    let model = try program.compile(externals: externals).model
    let posterior = try await model.infer("nuts(draws: 100, seed: 1)")
    let (m, t) = (try #require(posterior["m"]), try #require(posterior["t"]))
    #expect(t.values == m.values.map { 2 * $0 })
  }

  @Test func progressComesAsASequence() async throws {
    let model = try model()
    var (progress, posterior): (Int, Posterior?) = (0, nil)
    for try await event in model.inference("nuts(seed: 1)") {
      switch event {
      case .progress(let state):
        progress += 1
        #expect((1...4).contains(state.chain))
      case .note: break
      case .finished(let result): posterior = result
      }
    }
    #expect(progress >= 4)
    #expect(posterior?.drawCount == 1000)
  }

  @Test func cancellationKeepsDraws() async throws {
    let model = try model()
    let drawn = Atomic(0)
    let task = Task {
      try await model.infer("nuts(draws: 1000000000, chains: 1, seed: 1)") {
        drawn.store($0.drawCount, ordering: .relaxed)
      }
    }
    while drawn.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    let posterior = try await task.value
    #expect(posterior.wasInterrupted)
    #expect(posterior.drawCount > 0)
    #expect(posterior["mu"]?.values.count == posterior.drawCount)
    let early = Task { try await model.infer("nuts(warmup: 1000000000, chains: 1, seed: 1)") }
    try await Task.sleep(for: .milliseconds(50))
    early.cancel()
    await #expect(throws: CancellationError.self) { try await early.value }
  }

  @Test func storedFitsAreReadAgain() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.zarr"
    let model = try model()
    let options = InferenceOptions(seed: 5, path: path)
    let posterior = try await model.infer(.nuts(draws: 100), options)
    #expect(posterior.path == path)
    await #expect(throws: SamplingFailure.self) { try await model.infer(.nuts(), options) }
    let read = try model.posterior(at: path)
    #expect(read.engine == "nuts")
    #expect(read.seed == 5)
    for name in posterior.names { #expect(read[name]?.values == posterior[name]?.values) }
    let others: DataSet = ["county_of": ["Becker"], "floor": [0.0]]
    let a = try await posterior.predict("log_radon", data: others)
    let b = try await read.predict("log_radon", data: others)
    #expect(a.values == b.values)
    let other = try Program(checking: "nothing ~ Normal(0, 1)").compile().model
    #expect(throws: SamplingFailure.self) { try other.posterior(at: path) }
  }

  /// Engines of every family run on one compiled model.
  @Test(arguments: [
    "slice(draws: 200)", "vi(guide: full_rank)", "laplace()", "smc(particles: 200)",
    "prior(draws: 100)", "metropolis(draws: 100)", "map()", "auto()",
    "svi(steps: 200, samples: 1)",
  ])
  func allEngines(text: String) async throws {
    let text = text.replacingOccurrences(
      of: ")",
      with: text.contains("()") ? "seed: 1)" : ", seed: 1)"
    )
    let posterior = try await model().infer(Engine(text))
    #expect(posterior["a"]?.shape == [3])
    #expect(posterior["a"]?.values.allSatisfy(\.isFinite) == true)
  }
}
