import Foundation
import PPL
import Testing

/// Fits, queries and predictions of a session.
@Suite struct SessionScriptTests {
  /// A normal mean with four observations, and its fit.
  private func fitted() async throws -> SessionHarness {
    let session = try SessionHarness(["d.json": #"{"y": [0.5, 1.5, 2.5, 1.5]}"#])
    await session.enterAll(
      ":data \(session.path("d.json"))",
      "dim obs",
      "data y[obs]: real",
      "mu ~ Normal(0, 1)",
      "y[i: obs] ~ Normal(mu, 1)"
    )
    let answer = await session.enter("infer post = nuts(chains: 2, draws: 300, seed: 1)")
    #expect([.good, .diagnosticsFailed].contains(answer.status))
    #expect(!answer.notes.contains { $0.contains("saved in") })
    return session
  }

  /// The number behind the last `=` of an answer.
  private func number(_ answer: SessionHarness.Answer) throws -> Double {
    let text = try #require(answer.output.last?.split(separator: "=").last)
    return try #require(Double(text.trimmingCharacters(in: .whitespaces)))
  }

  @Test func expressionsAreShownAsByShow() async throws {
    let session = try await fitted()
    // The posterior is normal with mean 6/5 and deviation 0.45; 600 draws.
    let mean = try number(await session.enter("E(post.mu)"))
    #expect(abs(mean - 1.2) < 0.12)
    let shown = await session.enter("show E(post.mu)")
    #expect(try number(shown) == mean)
    let both = await session.enter("E(post.mu), P(post.mu > 0)")
    #expect(both.output.count == 2)
    #expect(await session.enter("mean(y)").output == ["mean(y) = 1.5"])
    #expect(await session.enter("1 + 2").output == ["1 + 2 = 3"])
    #expect(await session.enter("[1, 2] @ [3, 4]  # eleven").output == ["[1, 2] @ [3, 4] = 11"])
    #expect(
      await session.enter(" [[1, 2], [3, 4]];").output == ["[[1, 2], [3, 4]] = [[1, 2], [3, 4]]"]
    )
    #expect(await session.enter("[1, 2]) + ([3, 4]").status == .badProgram)
    #expect(await session.enter("[1, 2").codes.count == 1)
    #expect(await session.enter("post").output.first?.contains("ess_bulk") == true)
  }

  @Test func whatNeedsNoDataIsWorkedOutWithoutThem() async throws {
    let session = try SessionHarness()
    await session.enterAll("dim obs", "data y[obs]: real", "mu ~ Normal(0, 1)")
    #expect(await session.enter("sqrt(16)").output == ["sqrt(16) = 4"])
    let answer = await session.enter("mean(y)")
    #expect(answer.status == .badData)
    #expect(answer.codes == ["E0801"])
    #expect(answer.problems.first?.diagnostic.help == "`:data FILE` adds a file")
  }

  @Test func aFitNeedsEveryName() async throws {
    let session = try SessionHarness()
    await session.enterAll("mu ~ Normal(m0, 1)")
    let answer = await session.enter("infer post = nuts(draws: 10)")
    #expect(answer.status == .badProgram)
    #expect(answer.marked == "m0")
    #expect(await session.enter("E(post.mu)").codes == ["E0602"])
  }

  @Test func aChangeOfTheModelMakesFitsStaleAndKeepsThem() async throws {
    let session = try await fitted()
    let mean = try number(await session.enter("E(post.mu)"))
    let change = await session.enter("mu ~ Normal(100, 0.1)")
    #expect(change.notes.contains { $0.hasPrefix("`post` is a fit of the model before this") })
    let answer = await session.enter("E(post.mu)")
    #expect(try number(answer) == mean)
    #expect(answer.notes.contains { $0.hasPrefix("`post` belongs to the model before") })
    await session.enter("infer post = nuts(chains: 2, draws: 300, seed: 1)")
    let refitted = await session.enter("E(post.mu)")
    #expect(try number(refitted) > 90)
    #expect(refitted.notes.isEmpty)
  }

  /// Without a seed a fit begins where the earlier one of its name ended; with one it can be made again.
  @Test func refitsBeginWhereTheEarlierFitEnded() async throws {
    let session = try await fitted()
    await session.enter("mu ~ Normal(100, 0.1)")
    let refit = await session.enter("infer post = nuts(chains: 2)")
    #expect(refit.notes.contains { $0.hasPrefix("begins where the earlier `post` ended") })
    #expect(abs(try number(await session.enter("E(post.mu)")) - 100) < 10)
    let seeded = await session.enter("infer post = nuts(chains: 2, seed: 1)")
    #expect(!seeded.notes.contains { $0.hasPrefix("begins where") })
    let other = await session.enter("infer another = nuts(chains: 2)")
    #expect(!other.notes.contains { $0.hasPrefix("begins where") })
  }

  @Test func anExtensionLeavesFitsAsTheyAre() async throws {
    let session = try await fitted()
    let extensions = await session.enter("twice = 2 * mu; other ~ Normal(0, 1)")
    #expect(extensions.notes.isEmpty)
    #expect(await session.enter("E(post.mu)").notes.isEmpty)
    let unknown = await session.enter("E(post.twice)")
    #expect(unknown.marked == "twice")
    #expect(
      unknown.problems.first?.diagnostic.notes.first?.contains("was defined after `post`") == true
    )
    let factor = await session.enter("factor pull = -mu^2")
    #expect(factor.notes.contains { $0.hasPrefix("`post` is a fit of the model before this") })
  }

  @Test func fitsOfOneModelAreReadTogether() async throws {
    let session = try await fitted()
    await session.enter("infer again = nuts(chains: 2, draws: 300, seed: 1)")
    #expect(await session.enter("E(post.mu) - E(again.mu)").output.last?.hasSuffix("= 0") == true)
    await session.enter("mu ~ Normal(0, 2)")
    await session.enter("infer again = nuts(chains: 2, draws: 300, seed: 1)")
    let answer = await session.enter("E(post.mu) - E(again.mu)")
    #expect(answer.status == .badProgram)
    #expect(answer.failures.first?.contains("fits of different models") == true)
  }

  /// A fit that a statement does not read has no say in it, also where both engines could not be in one program.
  @Test func fitsOfOtherEnginesStandBesideEachOther() async throws {
    let session = try await fitted()
    await session.enter("infer point = map(seed: 1)")
    await session.enter("infer before = prior(draws: 50, seed: 1)")
    #expect(abs(try number(await session.enter("E(point.mu)")) - 1.2) < 1e-3)
    #expect(abs(try number(await session.enter("E(post.mu)")) - 1.2) < 0.12)
    #expect(await session.enter("E(before.y[1])").status == .good)
    #expect(await session.enter(":type E(point.mu) - E(post.mu)").output == ["real"])
  }

  @Test func predictionsGoWithTheirFit() async throws {
    let session = try await fitted()
    await session.enterAll("predict first = y given post", "predict y2 = y given post")
    #expect(await session.enter("y2").output.first?.contains("y2[4]") == true)
    let score = await session.enter("rmse(y2)")
    #expect(score.output.first?.hasPrefix("rmse(y2) = ") == true)
    // A difference draw by draw: both were drawn from the same fit, with random numbers of their own.
    let difference = await session.enter("SD(first[1] - y2[1])")
    #expect(try number(difference) > 0.5)
    let refit = await session.enter("infer post = nuts(chains: 2, draws: 200, seed: 2)")
    #expect(refit.notes.contains { $0.contains("`y2` was given the earlier `post`") })
    #expect(await session.enter("y2").status == .badProgram)
  }

  @Test func aStoppedFitKeepsItsDraws() async throws {
    let session = try await fitted()
    let interruption = Interruption()
    let answer = await session.enter(
      "infer long = nuts(chains: 1, warmup: 100, draws: 300_000, seed: 1)",
      control: .init(
        interruption: interruption,
        progress: { if $0.drawCount > 10 { interruption.raise() } }
      )
    )
    #expect(answer.status == .interrupted)
    #expect(answer.notes.contains { $0.contains("draws of 1 chains are kept") })
    #expect(await session.enter("E(long.mu)").status == .good)
  }

  @Test func undoBringsBackModelAndFits() async throws {
    let session = try await fitted()
    await session.enterAll("mu ~ Normal(5, 1)", ":undo")
    let answer = await session.enter("E(post.mu)")
    #expect(answer.notes.isEmpty)
    // After a statement was taken back, another has a model of its own.
    await session.enterAll("mu ~ Normal(50, 0.01)")
    await session.enter("infer post = nuts(chains: 2, draws: 300, seed: 1)")
    #expect(try number(await session.enter("E(post.mu)")) > 45)
    await session.enterAll(":reset")
    #expect(await session.enter(":list").output.isEmpty)
  }

  @Test func aSavedSessionRunsAndGivesTheSame() async throws {
    let session = try await fitted()
    await session.enterAll("twice = 2 * mu", "late = nowhere + 1", "E(post.mu)")
    let file = session.path("s.ppl")
    await session.enterAll(":save \(file)")
    #expect(await session.enter(":save \(file)").status == .runFailed)
    await session.enterAll(":save! \(file)")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains("# waits for nowhere:\n#   late = nowhere + 1\n"))
    let program = try Program(path: file)
    #expect(program.diagnostics.isEmpty, "\(program.diagnostics)")
    let other = try SessionHarness()
    let answer = await { await other.enter(":data \(session.path("d.json"))") }()
    #expect(answer.status == .good)
    let loaded = await other.enter(":load \(file)")
    #expect([.good, .diagnosticsFailed].contains(loaded.status))
    #expect(try number(loaded) == number(await session.enter("E(post.mu)")))
  }

  /// Comments stay where they were, also when a file is saved again; those of a statement that is defined anew go with it.
  @Test func commentsAreSaved() async throws {
    let session = try SessionHarness()
    let text = """
      # A study.

      # The mean.
      mu ~ Normal(0, 1)  # weak
      # Two things on a line.
      a = 1; b = 2 # both
      # What is wanted.
      infer p = prior(draws: 5, seed: 1)
      show E(p.mu)  # near 0
      # The end.

      """
    let file = session.path("commented.ppl")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    await session.enterAll(":load \(file)")
    let saved = session.path("s.ppl")
    await session.enterAll(":save \(saved)")
    let expected = """
      # A study.

      # The mean.
      mu ~ Normal(0, 1)  # weak
      # Two things on a line.
      a = 1
      b = 2  # both

      # What is wanted.
      infer p = prior(draws: 5, seed: 1)
      show E(p.mu)  # near 0
      # The end.

      """
    #expect(try String(contentsOfFile: saved, encoding: .utf8) == expected)
    await session.enterAll(":reset", ":load \(saved)", ":save! \(file)")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == expected)
    await session.enterAll("mu ~ Normal(0, 2)  # wider", ":save! \(file)")
    #expect(
      try String(contentsOfFile: file, encoding: .utf8)
        == expected.replacing(
          "# A study.\n\n# The mean.\nmu ~ Normal(0, 1)  # weak",
          with: "mu ~ Normal(0, 2)  # wider"
        )
    )
  }

  /// Comments on lines of their own belong to the statement that is entered next; those of statements that wait are kept, too.
  @Test func commentsThatAreTypedAreSaved() async throws {
    let session = try SessionHarness()
    await session.enterAll(
      "# about c",
      "# more",
      "c ~ Normal(0, 1)",
      "# above w",
      "w = q + 1 # beside w"
    )
    await session.enterAll("# one\u{2028}line", "e = 2")
    let saved = session.path("s.ppl")
    await session.enterAll(":save \(saved)")
    #expect(
      try String(contentsOfFile: saved, encoding: .utf8) == """
        # about c
        # more
        c ~ Normal(0, 1)
        # waits for q:
        #   # above w
        #   w = q + 1  # beside w
        # one\u{2028}line
        e = 2

        """
    )
  }

  @Test func dataAreListedAndReadAgain() async throws {
    let session = try await fitted()
    let file = session.path("d.json")
    #expect(
      await session.enter(":data").output
        == ["y: 4 numbers, from \(file)\ndim obs: 4, 1 to 4"]
    )
    try #"{"y": [1, 2]}"#.write(toFile: file, atomically: true, encoding: .utf8)
    let again = await session.enter(":data \(file)")
    #expect(again.notes.contains { $0.hasPrefix("`post` is a fit of the model before this") })
    #expect(await session.enter("mean(y)").output == ["mean(y) = 1.5"])
    try #"{"y": [1, "a"]}"#.write(toFile: file, atomically: true, encoding: .utf8)
    await session.enter(":data \(file)")
    let bad = await session.enter("mean(y)")
    #expect(bad.status == .badData)
  }

  @Test func timesAndPlansAreTold() async throws {
    let session = try await fitted()
    #expect(await session.enter(":time a = 3").output.last?.hasPrefix("parse ") == true)
    #expect(await session.enter(":plan").output.first?.contains("sampled mu: real") == true)
    #expect(await session.enter(":graph").output.first?.isEmpty == false)
    #expect(await session.enter(":type mu + y[1]").output == ["real"])
    #expect(await session.enter(":type post.mu").output == ["real"])
    #expect(await session.enter(":type y").output == ["y: real[obs], any number, data, observed"])
    #expect(await session.enter(":type obs").output == ["dim obs: size and labels from data"])
    #expect(await session.enter(":quit").status == .quit)
    #expect(await session.enter(":lod x").failures.first?.contains("`:load`") == true)
  }
}
