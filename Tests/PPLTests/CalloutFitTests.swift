import Foundation
import PPL
import Synchronization
import TestSupport
import Testing

/// Posteriors of models with functions outside of the program, against their known moments.
///
/// y[j] ~ Normal(a + b j, 1) with standard normal a and b: the posterior is normal, with precision I + XᵀX.
@Suite struct CalloutFitTests {
  private static let data = [0.5, 1.5, 2.5, 3.1]

  /// Means and standard deviations of a and b.
  private static let exact: (means: [Double], sds: [Double]) = {
    let n = Double(data.count)
    let (s, q) = (n * (n - 1) / 2, (n - 1) * n * (2 * n - 1) / 6)
    let (aa, ab, bb) = (1 + n, s, 1 + q)
    let determinant = aa * bb - ab * ab
    let u = data.reduce(0, +)
    let v = data.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    return (
      [(bb * u - ab * v) / determinant, (aa * v - ab * u) / determinant],
      [(bb / determinant).squareRoot(), (aa / determinant).squareRoot()]
    )
  }()

  private func model(
    _ place: String,
    observed: String = "y ~ Normal(line(a, b), 1)",
    script: String
  ) -> String {
    """
    dim obs
    data y[obs]: real
    extern fn line(a: real, b: real) -> real[obs] = \(place)
    a ~ Normal(0, 1)
    b ~ Normal(0, 1)
    \(observed)
    \(script)
    """
  }

  private func run(_ text: String, _ access: ExternalAccess = ExternalAccess(.all)) async throws
    -> RunOutcome
  {
    try await runScript(text, data: "{\"y\": \(Self.data)}", externals: access).outcome
  }

  /// The first fit of a run's JSON.
  private func fit(_ outcome: RunOutcome) throws -> [String: Any] {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
    )
    return try #require((object["fits"] as? [[String: Any]])?.first)
  }

  /// Means within 4.5 of their standard errors, of which one in 150,000 is not; standard deviations within 15 %.
  private func expectPosterior(_ outcome: RunOutcome, _ comment: String) throws {
    let parameters = try #require(try fit(outcome)["parameters"] as? [String: Any])
    for (place, name) in ["a", "b"].enumerated() {
      let row = try #require(parameters[name] as? [String: Any])
      let mean = try #require(row["mean"] as? Double)
      let sd = try #require(row["sd"] as? Double)
      let error = try #require(row["mcse"] as? Double)
      let (expected, expectedSD) = (Self.exact.means[place], Self.exact.sds[place])
      #expect(abs(mean - expected) < 4.5 * error, "\(comment): \(name) \(mean), \(expected)")
      #expect(abs(sd / expectedSD - 1) < 0.15, "\(comment): \(name) \(sd), \(expectedSD)")
    }
  }

  /// What the report says of calls that gave nothing.
  private func failures(_ outcome: RunOutcome) throws -> (count: Int, message: String) {
    let warnings = try #require(try fit(outcome)["warnings"] as? [[String: Any]])
    guard let warning = warnings.first(where: { $0["code"] as? String == "callout" }) else {
      return (0, "")
    }
    return (try #require(warning["count"] as? Int), warning["message"] as? String ?? "")
  }

  private static let nuts = "infer post = nuts(chains: 2, draws: 1000, warmup: 300, seed: 3)"

  @Test(arguments: ["given", "finite_difference"])
  func posteriorOfAWorkersFunctionIsExact(_ gradient: String) async throws {
    let worker = try TestWorker()
    let place = "process(\"\(worker.command("--function line"))\", gradient: \(gradient))"
    let outcome = try await run(model(place, script: Self.nuts))
    try expectPosterior(outcome, gradient)
    #expect(try failures(outcome).count == 0)
    let written = try await run(
      model(place, observed: "y[j: obs] ~ Normal(a + b * (j - 1), 1)", script: Self.nuts)
    )
    try expectPosterior(written, "in the language")
  }

  /// One call for each observation, with an index; values, pullbacks and differences of a function of the host.
  @Test(arguments: ["gradient: given", "gradient: finite_difference", "cache: true"])
  func functionsOfTheHostAreCalledOnPlates(_ setting: String) async throws {
    var access = ExternalAccess()
    access.register(
      "at",
      vectorJacobianProduct: { arguments, weights in
        [[weights[0]], [weights[0] * (arguments[2][0] - 1)], [0]]
      }
    ) { arguments in
      [arguments[0][0] + arguments[1][0] * (arguments[2][0] - 1)]
    }
    let text = """
      dim obs
      data y[obs]: real
      extern fn at(a: real, b: real, j: obs) -> real = host(\(setting))
      a ~ Normal(0, 1)
      b ~ Normal(0, 1)
      y[j: obs] ~ Normal(at(a, b, j), 1)
      \(Self.nuts)
      """
    try expectPosterior(try await run(text, access), setting)
  }

  /// Second derivatives are not asked of it.
  @Test(arguments: ["laplace(seed: 1)", "pathfinder(seed: 1)", "vi(seed: 1)"])
  func approximationsCallIt(_ engine: String) async throws {
    let worker = try TestWorker()
    let place = "process(\"\(worker.command("--function line"))\", gradient: given)"
    let outcome = try await run(model(place, script: "infer post = \(engine)"))
    let parameters = try #require(try fit(outcome)["parameters"] as? [String: Any])
    let mean = try #require((parameters["a"] as? [String: Any])?["mean"] as? Double)
    #expect(abs(mean - Self.exact.means[0]) < 0.15, "\(engine)")
  }

  // MARK: Delayed acceptance

  private final class CallCounter: Sendable {
    let count = Atomic(0)
  }

  /// A cheap function saves calls and leaves the posterior as it is, however wrong it is: in the language, or outside of it.
  @Test(arguments: [
    ("fn cheap(a: real, b: real) = [a + b * (j - 1) for j: obs]", "cheap", 0.6),
    (
      "fn cheap(p: real, q: real) = [0.3 + 1.2 * p + q * (j - 1) for j: obs]", "cheap",
      0.8
    ),
    ("extern fn rough(a: real, b: real) -> real[obs] = host(\"rough\")", "rough", 0.8),
  ])
  func cheapFunctionsSaveCalls(_ declaration: String, _ name: String, _ most: Double) async throws {
    func run(_ settings: String, _ extra: String) async throws -> (RunOutcome, [String], Int) {
      let counter = CallCounter()
      var access = ExternalAccess()
      access.register("line") { arguments in
        counter.count.wrappingAdd(1, ordering: .relaxed)
        return Self.data.indices.map { arguments[0][0] + arguments[1][0] * Double($0) }
      }
      access.register("rough") { arguments in
        Self.data.indices.map { 0.2 + arguments[0][0] + 1.1 * arguments[1][0] * Double($0) }
      }
      let text = model(
        "host(\"line\"\(settings))",
        script: extra + "\ninfer post = metropolis(draws: 4000, warmup: 1000, seed: 4)"
      )
      let (_, lines, outcome) = try await runScriptWithNotes(
        text,
        data: "{\"y\": \(Self.data)}",
        externals: access
      )
      return (outcome, lines, counter.count.load(ordering: .relaxed))
    }
    let plain = try await run("", "")
    let cheap = try await run(", approx: \(name)", declaration)
    try expectPosterior(plain.0, "plain")
    try expectPosterior(cheap.0, declaration)
    // Each draw that is kept costs a call for its likelihoods, in both.
    let kept = 4 * 4000
    let share = Double(cheap.2 - kept) / Double(plain.2 - kept)
    #expect(share < most, "\(cheap.2) of \(plain.2) calls")
    #expect(cheap.1.contains { $0.contains("`\(name)` turned down") })
  }

  @Test func otherEnginesSayThatTheyHaveNoUseForIt() async throws {
    var access = ExternalAccess()
    access.register("line") { arguments in
      Self.data.indices.map { arguments[0][0] + arguments[1][0] * Double($0) }
    }
    let text = model(
      "host(approx: cheap)",
      script: """
        fn cheap(p: real, q: real) = [p + q * (j - 1) for j: obs]
        infer post = slice(draws: 50, warmup: 50, seed: 4)
        """
    )
    let (_, lines, _) = try await runScriptWithNotes(
      text,
      data: "{\"y\": \(Self.data)}",
      externals: access
    )
    #expect(lines.contains { $0.contains("`cheap` is of no use to `slice`") })
  }

  // MARK: Faults

  /// Faults at one or two requests in a hundred, in a run of 1000 draws: it ends, its draws are those of the posterior, and
  /// the report counts what happened.
  ///
  /// `exactly` says that each fault is one failed call; others may cost no call, or wait out a time that a busy machine
  /// also takes.
  @Test(arguments: [
    ("crashBefore", 0.02, true), ("kill", 0.01, true), ("partialExit", 0.02, true),
    ("grandchild", 0.01, true), ("closeOutput", 0.01, true), ("garbage", 0.02, true),
    ("wrongID", 0.02, true), ("random", 0.02, true), ("wrongShape", 0.02, true),
    ("endless", 0.01, true), ("error", 0.02, true), ("nan", 0.02, true),
    ("noGradient", 0.02, false), ("crashAfter", 0.02, false), ("twice", 0.02, false),
    ("flood", 0.01, false), ("hang", 0.01, false), ("partialHang", 0.01, false),
    ("ignoreTerm", 0.01, false), ("closeInput", 0.01, false),
  ])
  func runsOutliveFaults(_ name: String, _ rate: Double, _ exactly: Bool) async throws {
    let worker = try TestWorker()
    let command = worker.command("--function line --fault \(name) --rate \(rate) --seed 7")
    let isSlow = ["hang", "partialHang", "ignoreTerm", "closeInput"].contains(name)
    let settings = "gradient: given, workers: 1, retries: 0, timeout: \(isSlow ? "0.05" : "60")"
    let outcome = try await run(
      model(
        "process(\"\(command)\", \(settings))",
        script: "infer post = nuts(chains: 1, draws: 1000, warmup: 150, seed: 5)"
      )
    )
    try expectPosterior(outcome, name)
    let (count, message) = try failures(outcome)
    let due = TestWorker.dueCount(rate: rate, seed: 7, of: worker.requestCount)
    #expect(due > 10)
    if exactly {
      #expect(count == due, "\(message)")
    } else if isSlow {
      #expect(count >= due, "\(message)")
    } else {
      #expect(count <= due, "\(message)")
    }
  }

  /// With another attempt, faults cost time and no call.
  @Test(arguments: ["crashBefore", "garbage", "slowStart"])
  func otherAttemptsMendThem(_ name: String) async throws {
    let worker = try TestWorker()
    let rate = name == "slowStart" ? 0.5 : 0.01
    let command = worker.command("--function line --fault \(name) --rate \(rate) --seed 7")
    let outcome = try await run(
      model(
        "process(\"\(command)\", gradient: given, workers: 2, retries: 3)",
        script: "infer post = nuts(chains: 2, draws: 500, warmup: 150, seed: 5)"
      )
    )
    try expectPosterior(outcome, name)
    #expect(try failures(outcome).count == 0)
  }
}
