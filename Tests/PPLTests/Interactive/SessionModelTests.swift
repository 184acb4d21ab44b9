import PPL
import Testing

/// Statements of the model, entered one by one.
@Suite struct SessionModelTests {
  @Test func definitionsAreTakenWithTheirTypes() async throws {
    let session = try SessionHarness()
    #expect(await session.enter("dim d = 3").taken == ["dim d"])
    #expect(await session.enter("mu, tau ~ HalfNormal(1)").taken == ["mu: real", "tau: real"])
    #expect(await session.enter("x[d] ~ Normal(mu, tau)").taken == ["x: real[d]"])
    #expect(await session.enter("fn f(a: real) -> real = a^2").taken == ["f"])
  }

  @Test func statementsWaitForNamesAndComeInWhenTheyAreDefined() async throws {
    let session = try SessionHarness()
    let first = await session.enter("y[i: obs] ~ Normal(theta[i], sigma)")
    #expect(first.status == .good)
    #expect(first.notes == ["waits for: obs, theta, sigma"])
    await session.enterAll("dim obs = 4", "sigma ~ HalfNormal(1)")
    let last = await session.enter("theta[obs] ~ Normal(0, 1)")
    #expect(last.notes == ["`y[i: obs] ~ Normal(theta[i], sigma)` waits no longer"])
    #expect(await session.enter(":type y").output == ["y: real[obs], any number, latent, sampled"])
  }

  @Test func mistakesThatComeOfAMissingNameWaitForIt() async throws {
    let session = try SessionHarness()
    let shift = await session.enter("q = 1 / size(row)")
    #expect(shift.notes == ["waits for: row"])
    let indices = await session.enter("x[i: row] ~ Bernoulli(logit: rod(i))")
    #expect(indices.notes.first?.hasPrefix("waits for: row, rod") == true)
    await session.enterAll("z ~ DiscreteUniform(state)", "dim row = 2", "dim state = 3")
    #expect(await session.enter("w ~ Norml(0, later)").status == .badProgram)
    await session.enterAll("fn rod(i: int) -> real = 0.5 * i")
    #expect(await session.list().allSatisfy { !$0.contains("waits for") })
    #expect(InteractiveSession.continues("  |> Dense(1)"))
    #expect(InteractiveSession.continues("from \"a.csv\""))
    #expect(!InteractiveSession.continues("from = 3"))
  }

  @Test func statementsThatWaitForEachOtherComeInTogether() async throws {
    let session = try SessionHarness()
    await session.enterAll("a = b + 1", "b = c + 1")
    #expect(await session.list() == ["a = b + 1   # waits for: b", "b = c + 1   # waits for: c"])
    let last = await session.enter("c ~ Normal(0, 1)")
    #expect(last.notes.count == 2)
    #expect(await session.enter(":type a").output == ["a: real, defined"])
  }

  @Test(arguments: [
    "x ~ Norml(0, 1)", "x ~ Normal(0, 1, 2, 3)", "x ~ Normal(0, 1", "x = sqrt(1, 2)", "x ~", "1 +",
    "x: float ~ Normal(0, 1)", "x = pw(2, 3)(", "data x[d: real", "x ~ normal(0, 1)",
  ])
  func aStatementWithAMistakeChangesNothing(_ text: String) async throws {
    let session = try SessionHarness()
    await session.enterAll("mu ~ Normal(0, 1)")
    let answer = await session.enter(text)
    #expect(answer.status == .badProgram)
    #expect(!answer.problems.isEmpty)
    #expect(await session.list() == ["mu ~ Normal(0, 1)"])
  }

  @Test func messagesPointAtWhatWasTyped() async throws {
    let session = try SessionHarness()
    await session.enterAll("dim d = 3", "dim e = 2", "x[d] ~ Normal(0, 1)")
    let answer = await session.enter("z[i: e] = x[i]")
    #expect(answer.marked == "i")
    #expect(answer.problems.first?.source.name == "entry 4")
    let second = await session.enter("a = 1\nb ~ Normal(a, 1, 2)\nc = 3")
    #expect(second.problems.count == 1)
    let problem = try #require(second.problems.first)
    let span = try #require(problem.diagnostic.primary?.span)
    #expect(problem.source.position(of: span.start).line == 2)
  }

  @Test func placesInEarlierStatementsAreQuoted() async throws {
    let session = try SessionHarness()
    await session.enterAll("dim d = 3", "dim e = 2", "b[d] ~ Normal(0, 1)")
    let answer = await session.enter("z[i: e] = b[i]")
    let notes = answer.problems.flatMap(\.diagnostic.notes)
    #expect(notes.contains { $0.contains("`dim e = 2`") || $0.contains("`b[d] ~ Normal(0, 1)`") })
  }

  @Test func theSameLeftSideTakesThePlaceOfTheEarlierStatement() async throws {
    let session = try SessionHarness()
    await session.enterAll("mu ~ Normal(0, 1)", "x = 2 * mu")
    let answer = await session.enter("mu ~ Normal(0, 5)")
    #expect(answer.notes == ["`mu` is defined anew"])
    #expect(await session.list() == ["mu ~ Normal(0, 5)", "x = 2 * mu"])
  }

  @Test func aStatementOfSeveralNamesKeepsThoseThatAreNotDefinedAnew() async throws {
    let session = try SessionHarness()
    await session.enterAll("dim d = 2", "a, b[d], c ~ Normal(0, 1)", "b[d] ~ Normal(1, 2)")
    #expect(await session.list() == ["dim d = 2", "b[d] ~ Normal(1, 2)", "a, c ~ Normal(0, 1)"])
  }

  @Test func partsOfAnArrayStandBesideEachOther() async throws {
    let session = try SessionHarness()
    await session.enterAll(
      "dim time = 5",
      "z[1] ~ Normal(0, 1)",
      "z[t: time[2..]] ~ Normal(z[t-1], 1)",
      "z[s: time[2..]] ~ Normal(z[s-1], 2)"
    )
    #expect(
      await session.list()
        == ["dim time = 5", "z[1] ~ Normal(0, 1)", "z[s: time[2..]] ~ Normal(z[s-1], 2)"]
    )
    await session.enterAll(":undo", ":undo")
    #expect(await session.enter(":undo").notes == ["the last change is taken back"])
    let alone = await session.enter("z[1] ~ Normal(0, 1)")
    #expect(alone.notes == ["waits for: a dimension for axis 1 of `z`"])
    await session.enterAll("z[t: time[2..]] ~ Normal(z[t-1], 1)")
    #expect(await session.enter(":type z").output.first?.hasPrefix("z: real[time]") == true)
    await session.enterAll("z[time] ~ Normal(0, 1)")
    #expect(await session.list() == ["dim time = 5", "z[time] ~ Normal(0, 1)"])
  }

  @Test func aRedefinitionThatBreaksAUseIsRefusedWithTheStatementQuoted() async throws {
    let session = try SessionHarness()
    await session.enterAll("dim d = 3", "x[d] ~ Normal(0, 1)", "s = sum(x[i] for i: d)")
    let answer = await session.enter("x = 3")
    #expect(answer.status == .badProgram)
    #expect(
      answer.problems.first?.source.text(of: .init(start: 0, end: 99)).hasPrefix("s =") == true
    )
    #expect(
      answer.problems.first?.diagnostic.notes.contains { $0.hasPrefix("this was entered before") }
        == true
    )
    #expect(await session.list().count == 3)
  }

  @Test func whatLosesADefinitionWaits() async throws {
    let session = try SessionHarness()
    await session.enterAll("mu ~ Normal(0, 1)", "x = 2 * mu")
    let answer = await session.enter("mu ~ Normal(m0, 1)")
    #expect(answer.notes.contains("`x = 2 * mu` waits for: mu"))
    await session.enterAll(":undo")
    #expect(await session.list() == ["mu ~ Normal(0, 1)", "x = 2 * mu"])
  }

  @Test func severalStatementsOfAnEntryAreTakenTogetherOrNotAtAll() async throws {
    let session = try SessionHarness()
    let bad = await session.enter("a ~ Normal(0, 1); b ~ Normal(a, 1, 1)")
    #expect(bad.status == .badProgram)
    #expect(await session.enter(":list").output.isEmpty)
    await session.enterAll("b ~ Normal(a, 1); a ~ Normal(0, 1)")
    #expect(await session.list().count == 2)
  }

  @Test func completenessFollowsBracketsAndLineEnds() {
    for text in ["mu ~ Normal(0, 1)", ":data", "?Normal", "x = 1 +) 2", "", "show post"] {
      #expect(InteractiveSession.isComplete(text), "\(text)")
    }
    for text in ["mu ~ Normal(", "mu ~", "x = [1,", "guide g {", "x = a |>", "x = if a then"] {
      #expect(!InteractiveSession.isComplete(text), "\(text)")
    }
  }
}
