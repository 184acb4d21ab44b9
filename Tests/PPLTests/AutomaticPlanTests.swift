import Foundation
import PPL
import Testing

/// What `auto()` chooses, and why, for twelve kinds of models.
@Suite struct AutomaticPlanTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var model: String
    var plan: String

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "regression",
      model: "dim obs = 2\ndata x[obs], y[obs]: real\na, b ~ Normal(0, 1)\nsigma ~ HalfNormal(1)\n"
        + "y[i: obs] ~ Normal(a + b * x[i], sigma)",
      plan: """
        auto (p) chooses nuts
          as the log density has a gradient in `a`, `b`, `sigma`: some ten to a hundred gradients a draw
        """
    ),
    Case(
      name: "many latents",
      model: "data y: real\na, b, c, d, e, f ~ Normal(0, 1)\ny ~ Normal(a + b + c + d + e + f, 1)",
      plan: """
        auto (p) chooses nuts
          as the log density has a gradient in `a`, `b`, `c`, `d` and 2 more: some ten to a hundred gradients a draw
        """
    ),
    Case(
      name: "mixture",
      model: "dim obs = 2, k = 2\ndata y[obs]: real\nmu[k] ~ Normal(0, 3)\n"
        + "z[obs] ~ DiscreteUniform(k)\ny[i: obs] ~ Normal(mu[z[i]], 1)",
      plan: """
        auto (p) chooses nuts
          as `z` is summed out exactly
          as the log density has a gradient in `mu`: some ten to a hundred gradients a draw
        """
    ),
    Case(
      name: "discrete alone",
      model: "data y: real\nz, v ~ Bernoulli(0.5)\ny ~ Normal(if z and v then 1 else 0, 1)",
      plan: """
        auto (p) chooses nuts
          as `z`, `v` are summed out exactly
          as there is a density to be followed
        """
    ),
    Case(
      name: "simulator",
      model:
        "data y: real\nextern dist sim(a: real) -> real = host()\na ~ Normal(0, 1)\ny ~ sim(a)",
      plan: """
        auto (p) chooses npe
          as the density of the simulator `sim`, which gives `y`, is not known
          as a conditional flow learns the posterior from 10,000 simulations at draws from the prior, and its calibration is checked
        """
    ),
    Case(
      name: "opaque function",
      model:
        "data y: real\nextern fn f(a: real) -> real = host()\na ~ Normal(0, 1)\ny ~ Normal(f(a), 1)",
      plan: """
        auto (p) chooses gibbs
          as `f` gives no gradient: what goes into it is drawn from slices, some five evaluations for each value and draw, and the rest follows gradients
          as if `f` is smooth, `gradient: finite_difference` lets `nuts()` follow gradients
        """
    ),
    Case(
      name: "counts without end",
      model: "data y: int\nn ~ Poisson(3)\na ~ Beta(1, 1)\nz ~ Bernoulli(0.5)\n"
        + "y ~ Binomial(n, if z then a else 0.5)",
      plan: """
        auto (p) chooses gibbs
          as `z` is summed out exactly
          as `n` has no last value to sum to: each is drawn given all else, some five evaluations of the density for each value and draw
        """
    ),
    Case(
      name: "opaque function with differences",
      model:
        "data y: real\nextern fn f(a: real) -> real = host(\"f\", gradient: finite_difference)\n"
        + "a ~ Normal(0, 1)\ny ~ Normal(f(a), 1)",
      plan: """
        auto (p) chooses nuts
          as the log density has a gradient in `a`: some ten to a hundred gradients a draw
        """
    ),
    Case(
      name: "opaque function of data",
      model: "data x, y: real\nextern fn f(a: real) -> real = host()\na ~ Normal(0, 1)\n"
        + "y ~ Normal(a * f(x), 1)",
      plan: """
        auto (p) chooses nuts
          as the log density has a gradient in `a`: some ten to a hundred gradients a draw
        """
    ),
    Case(
      name: "nothing observed",
      model: "mu ~ Normal(0, 1)\nx ~ Normal(mu, 1)",
      plan: """
        auto (p) chooses prior
          as nothing is observed, so that independent draws of the statements are the answer
        """
    ),
    Case(
      name: "restricted and nothing observed",
      model: "mu: real > 0 ~ Normal(0, 1)",
      plan: """
        auto (p) chooses nuts
          as the log density has a gradient in `mu`: some ten to a hundred gradients a draw
        """
    ),
    Case(
      name: "fitted alone",
      model: "dim obs = 2\ndata x[obs], y[obs]: real\nparam a: real = 0\nparam b: real = 0\n"
        + "y[i: obs] ~ Normal(a + b * x[i], 1)",
      plan: """
        auto (p) chooses map
          as `a`, `b` have no prior, and nothing else is latent: one best value by a quasi-Newton method
          as `train(batch: …, epochs: …)` goes by steps over some rows where data are large
        """
    ),
    Case(
      name: "fitted beside latents",
      model: "dim obs = 2\ndata y[obs]: real\nparam a: real = 0\nz[obs] ~ Normal(0, 1)\n"
        + "y[i: obs] ~ Normal(a + z[i], 1)",
      plan: """
        auto (p) chooses svi
          as `a` has no prior, and `z` is latent beside: a mean-field guide and the fitted values are moved together
          as `batch:` lets each step see some rows only
        """
    ),
  ]

  private static var externals: ExternalAccess {
    var externals = ExternalAccess()
    externals.register("f") { arguments in arguments[0] }
    externals.register(simulator: "sim") { arguments, _ in arguments[0] }
    return externals
  }

  private func compiled(_ text: String) throws -> Model {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    let isArray = text.contains("[obs]")
    let value = isArray ? "[1, 2]" : "1"
    try "{\"x\": \(value), \"y\": \(value)}".write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let program = Program(name: "m.ppl", text: text)
    try #require(program.isValid, "\(program.diagnostics)")
    return try program.compile(DataSet(paths: [file.path]), externals: Self.externals).model
  }

  @Test(arguments: cases)
  func planNamesEngineAndReasons(_ example: Case) throws {
    let model = try compiled(example.model + "\ninfer p = auto(seed: 1)\n")
    let lines = try model.planDescription.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { $0.hasPrefix("auto ") || $0.hasPrefix("  as ") }
    #expect(lines.joined(separator: "\n") == example.plan)
  }

  /// The choice is that of the run, with the settings that were given; engines that are named stay.
  @Test func runFollowsThePlan() async throws {
    let text = "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\n"
    let (_, outcome) = try await runScript(
      text + "infer p = auto(seed: 1, chains: 2, draws: 50)\n",
      data: #"{"y": 1}"#
    )
    #expect(outcome.json.contains("\"engine\": \"nuts\""))
    // Without `infer` a simulator's model is fitted as it can be.
    let program = Program(
      name: "m.ppl",
      text:
        "data y: real\nextern dist sim(a: real) -> real = host()\na ~ Normal(0, 1)\ny ~ sim(a)\n"
    )
    #expect(program.isValid)
    let plan = try compiled(
      "data y: real\nextern dist sim(a: real) -> real = host()\na ~ Normal(0, 1)\ny ~ sim(a)\n"
    ).planDescription
    #expect(plan.contains("auto (fit) chooses npe"))
  }

  /// What the chosen engine cannot take is said of that engine.
  @Test func settingsAreThoseOfTheChoice() {
    let program = Program(
      name: "m.ppl",
      text: "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\ninfer p = auto(particles: 5)\n"
    )
    #expect(program.diagnostics.map(\.code) == ["E0601"])
    #expect(program.diagnostics.first?.message == "`nuts` has no setting `particles`")
  }
}
