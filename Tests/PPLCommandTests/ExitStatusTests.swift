import Foundation
import PPLJSON
import Testing

/// Exit statuses, which scripts read: one for each way in which a command can end.
@Suite struct ExitStatusTests {
  private func workplace(_ script: String = "infer post = nuts(seed: 1)\nshow post") throws
    -> Workplace
  {
    try Workplace(["m.ppl": ConjugateModel.text + "\n" + script, "d.json": ConjugateModel.data])
  }

  @Test func zeroWhenAllIsGood() throws {
    let place = try workplace()
    let result = try place.run("run", "m.ppl", "--data", "d.json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("ess_bulk"))
    #expect(result.output.contains("twice"))
    #expect(result.errors.contains("4 chains x 1000 draws"))
    #expect(place.exists("m.fit.zarr/posterior/mu/0.0"))
  }

  @Test func oneWhenADiagnosticFails() throws {
    let place = try Workplace()
    let folder = Workplace.repository("Examples/eight_schools_centered")
    let result = try place.run("run", folder + "/model.ppl", "--data", folder + "/data.csv")
    #expect(result.status == 1)
    #expect(result.errors.contains("warning[divergences]"))
    #expect(result.output.contains("theta[\"A\"]"))
  }

  @Test func twoWhenTheProgramIsWrong() throws {
    let place = try workplace("show post")
    for command in ["run", "check", "plan", "bench"] {
      let result = try place.run(command, "m.ppl", "--data", "d.json")
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("m.ppl:6:6"), "\(result.errors)")
    }
    let missing = try place.run("check", "nowhere.ppl")
    #expect(missing.status == 2)
    #expect(missing.errors.contains("nowhere.ppl"))
  }

  @Test(arguments: [
    ("{\"y\": [0.5, \"high\", 2.5]}", "y"), ("{\"y\": [0.5, null, 2.5]}", "missing"),
    ("{\"y\": [[0.5], [1.5]]}", "y"), ("{\"z\": [0.5]}", "`y`"), ("{\"y\": [0.5", "d.json"),
  ])
  func threeWhenTheDataAreWrong(_ data: String, _ word: String) throws {
    let place = try workplace()
    try place.write(data, to: "d.json")
    for command in ["run", "check"] {
      let result = try place.run(command, "m.ppl", "--data", "d.json")
      #expect(result.status == 3, "\(result.errors)")
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(word), "\(result.errors)")
    }
    #expect(!place.exists("m.fit.zarr"))
    #expect(try place.run("check", "m.ppl", "--data", "nowhere.json").status == 3)
  }

  /// The table names each statement with its line, its log density and the first offending element.
  @Test func fourWhenNoStartIsFound() throws {
    let place = try Workplace([
      "m.ppl": """
      dim obs
      data y[obs]: real
      mu ~ Normal(0, 1)
      bound[i: obs] = if i < 3 then 1 else log(-1 - mu^2)
      y[i: obs] ~ Normal(mu, bound[i])
      """,
      "d.json": ConjugateModel.data,
    ])
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--seed", "1")
    #expect(result.status == 4, "\(result.errors)")
    #expect(result.output.isEmpty)
    let rows = result.errors.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    }
    #expect(
      rows.contains(["statement", "line", "log", "density", "first", "offending", "element"])
    )
    #expect(rows.contains { $0.starts(with: ["mu", "3"]) && $0.count == 3 })
    #expect(rows.contains { $0.starts(with: ["y", "5", "nan", "element", "3", "of", "4:"]) })
    #expect(!place.exists("m.fit.zarr"))
    #expect(!place.exists("m.fit.zarr.new"))
  }

  @Test(arguments: [
    [], ["run"], ["run", "m.ppl", "--chains", "0"], ["run", "m.ppl", "--draws", "many"],
    ["run", "m.ppl", "--format", "xml"], ["run", "m.ppl", "--adapt", "none"],
    ["run", "m.ppl", "--no-such-option"], ["nonsense", "m.ppl"], ["density", "m.ppl"],
  ])
  func sixtyFourForWrongUsage(_ arguments: [String]) throws {
    let place = try workplace()
    let result = try place.finish(place.start(arguments))
    // Without arguments the program shows its help.
    #expect(result.status == (arguments.isEmpty ? 0 : 64), "\(result.errors)")
  }

  /// Ctrl-C ends sampling; the draws so far are kept and summarised.
  @Test(arguments: ["text", "json"])
  func oneHundredAndThirtyWhenInterrupted(_ format: String) async throws {
    let place = try workplace()
    let running = try place.start([
      "run", "m.ppl", "--data", "d.json", "--draws", "4000000", "--out", "f.zarr", "--format",
      format,
    ])
    // Tuning takes milliseconds; the run would take minutes.
    try await Task.sleep(for: .seconds(2))
    #expect(running.process.isRunning)
    running.process.interrupt()
    let result = try place.finish(running)
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors.contains("draws of 4 chains are kept"), "\(result.errors)")
    if format == "json" {
      let fit = try #require(result.json()["fits"]?.elements.first)
      #expect(fit["parameters"]?.keys == ["mu", "twice"])
    } else {
      #expect(result.output.contains("mu"))
    }
    let draws = try Draws(place.path + "/f.zarr")
    let count = try #require(draws.counts.min())
    #expect(count > 100)
    #expect(result.errors.contains("\(count) draws of 4 chains are kept"))
  }
}
