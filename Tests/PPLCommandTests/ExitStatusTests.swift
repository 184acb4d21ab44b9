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
    ("{\"y\": [0.5, \"high\", 2.5]}", "y"), ("{\"y\": [0.5, [1], 2.5]}", "y"),
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
}
