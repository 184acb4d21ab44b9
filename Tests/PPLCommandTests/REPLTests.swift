import Foundation
import Testing

/// `ppl repl` with lines that are piped in.
@Suite struct PipedSessionTests {
  private func run(_ lines: String, _ arguments: String..., files: [String: String] = [:]) throws
    -> CommandResult
  {
    let place = try Workplace(files)
    try place.write(lines, to: "input.txt")
    return try place.run("repl", arguments, input: "input.txt")
  }

  @Test func answersGoToStandardOutputAndRemarksElsewhere() throws {
    let result = try run(
      """
      mu ~ Normal(0, 1)
      # a comment
      x = [1,
           2]
      1 + 2
      sum([1, 2]
        )
      """
    )
    #expect(result.status == 0)
    #expect(result.output == "1 + 2 = 3\nsum([1, 2]\n  ) = 3\n")
    #expect(result.errors.isEmpty)
  }

  @Test func theStatusIsThatOfTheFirstFailure() throws {
    let program = try run("x ~ Norml(0, 1)\n2 + 2\n:data nowhere.json\n")
    #expect(program.status == 2)
    #expect(program.output == "2 + 2 = 4\n")
    #expect(program.errors.contains("--> stdin:1:5"))
    let data = try run("dim d\ndata y[d]: real\n:data nowhere.json\nmean(y)\nx ~ Norml(0, 1)\n")
    #expect(data.status == 3)
    let unfinished = try run("x ~ Normal(0,\n")
    #expect(unfinished.status == 2)
    #expect(unfinished.errors.contains("stdin:1"))
    #expect(try run(":save /proc/none/x.ppl\n").status == 4)
    #expect(try run(":quit\nx ~ Norml(0, 1)\n").status == 0)
  }

  @Test func linesThatGoOnBelongToTheStatementAbove() throws {
    let result = try run("a = 2\nb = c + a\n  with c = 1\n:type b\n3\n  |> sqrt\n")
    #expect(result.status == 0, "\(result)")
    #expect(result.output.hasPrefix("b: int"))
  }

  @Test func messagesCountLinesOfTheInput() throws {
    let result = try run("a = 1\n\nb = 2\nc ~ Normal(0, 1, 2)\n")
    #expect(result.errors.contains("--> stdin:4:12"))
    #expect(result.errors.contains("\n 4 | c ~ Normal(0, 1, 2)\n"))
  }

  @Test func filesOfTheCommandLineAreThereFirst() throws {
    let result = try run(
      "E(post.twice) - 2 * E(post.mu)\n",
      "m.ppl",
      "--data",
      "d.json",
      files: [
        "m.ppl": ConjugateModel.text + "\ninfer post = nuts(chains: 1, draws: 50, seed: 1)\n",
        "d.json": ConjugateModel.data,
      ]
    )
    #expect(result.output.hasSuffix("= 0\n"), "\(result)")
    #expect([0, 1].contains(result.status))
  }

  /// A session leaves nothing behind but what was saved.
  @Test func nothingIsWrittenUnasked() throws {
    let place = try Workplace([
      "input.txt": "mu ~ Normal(0, 1)\ninfer p = prior(draws: 3, seed: 1)\np\n"
    ])
    let before = try FileManager.default.contentsOfDirectory(atPath: place.path).filter {
      !$0.hasPrefix(".")
    }
    let result = try place.run("repl", [], input: "input.txt")
    #expect(result.status == 0, "\(result)")
    let after = try FileManager.default.contentsOfDirectory(atPath: place.path).filter {
      !$0.hasPrefix(".")
    }
    #expect(after == before)
  }

  @Test func withoutArgumentsASessionBegins() throws {
    let place = try Workplace(["input.txt": "2 * 3\n"])
    #expect(try place.run(nil, [], input: "input.txt").output == "2 * 3 = 6\n")
    #expect(try place.run("--help").output.contains("SUBCOMMANDS"))
  }
}

/// `ppl` at a terminal.
@Suite(.serialized) struct TerminalSessionTests {
  // Ctrl-C and Ctrl-D are keys of the editor only while it reads a line, so tests wait for the prompt before they type them.

  @Test func linesAreEditedCompletedAndRemembered() throws {
    let place = try Workplace()
    let first = try PseudoTerminal(place)
    try first.wait(for: "ppl> ")
    first.type("mu ~ Norm\t(0, 1)\n")
    try first.wait(for: "mu: real")
    try first.wait(for: "ppl> ")
    first.type("sigma ~ HalfNormal(\n")
    try first.wait(for: "...> ")
    first.type("2)\n")
    try first.wait(for: "sigma: real")
    try first.wait(for: "ppl> ")
    // Ctrl-C forgets what is typed, and what was begun.
    first.type("x ~ Half\u{3}")
    try first.wait(for: "^C")
    try first.wait(for: "ppl> ")
    first.type("y = [1,\n")
    try first.wait(for: "...> ")
    first.type("\u{3}")
    try first.wait(for: "^C")
    try first.wait(for: "ppl> ")
    first.type("x ~ Norml(0, 1)\n")
    try first.wait(for: "did you mean `Normal`?")
    first.type("40 + 2\n")
    try first.wait(for: "40 + 2 = 42")
    try first.wait(for: "ppl> ")
    first.type("\u{4}")
    #expect(try first.finish() == 0)
    // The arrow up brings back the last line of the session before.
    let second = try PseudoTerminal(place)
    try second.wait(for: "ppl> ")
    second.type("\u{1B}[A\n")
    try second.wait(for: "40 + 2 = 42")
    second.type(":quit\n")
    #expect(try second.finish() == 0)
  }

  @Test func candidatesAreListed() throws {
    let terminal = try PseudoTerminal(Workplace())
    try terminal.wait(for: "ppl> ")
    terminal.type("x ~ Half\t")
    try terminal.wait(for: "HalfCauchy")
    try terminal.wait(for: "HalfStudentT")
    terminal.type("N\t(1)\n")
    try terminal.wait(for: "x: real")
    try terminal.wait(for: "ppl> ")
    terminal.type("\u{4}")
    #expect(try terminal.finish() == 0)
  }

  /// A gradient over many terms: the draws that are asked for take far longer than the test.
  @Test func controlCStopsAFitAndKeepsItsDraws() throws {
    let place = try Workplace([
      "m.ppl": """
      dim n = 200_000
      data y[i: n] = i / 100_000
      mu ~ Normal(0, 1)
      y[i: n] ~ StudentT(4, mu, 3)
      """
    ])
    let terminal = try PseudoTerminal(place, ["repl", "m.ppl"])
    try terminal.wait(for: "ppl> ")
    terminal.type("infer post = nuts(chains: 1, warmup: 3, draws: 1_000_000, seed: 1)\n")
    try terminal.wait(for: "  sampling  ")
    terminal.type("\u{3}")
    try terminal.wait(for: "draws of 1 chains are kept")
    try terminal.wait(for: "ppl> ")
    terminal.type("P(post.mu > -1000)\n")
    try terminal.wait(for: "= 1")
    try terminal.wait(for: "ppl> ")
    terminal.type("\u{4}")
    #expect(try terminal.finish() == 0)
  }
}
