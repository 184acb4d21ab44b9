import Foundation
import PPLJSON
import Testing

/// `ppl sbc` on models of ten kinds that are right, and on one that is not.
///
/// The level over all quantities is 1 %, the seed is fixed; fewer replicates than usual keep it fast.
@Suite struct CalibrationTests {
  private func run(_ name: String, _ arguments: [String]) throws -> CommandResult {
    let folder = Workplace.repository("Tests/PPLCommandTests/Calibration/")
    let place = try Workplace()
    let all = ["sbc", folder + name + ".ppl", "--data", folder + name + ".json"] + arguments
    return try place.finish(place.start(all, launcher: []))
  }

  @Test(
    arguments: [
      ("conjugate", 3), ("hierarchical", 8), ("logistic", 4), ("poisson", 4), ("mixture", 19),
      ("hmm", 27), ("censored", 3), ("missing", 9), ("constrained", 12), ("garch", 6),
    ]
  )
  func modelsAreCalibrated(_ name: String, quantities: Int) throws {
    let result = try run(
      name,
      ["--replicates", "40", "--draws", "19", "--seed", "1", "--format", "json"]
    )
    #expect(result.status == 0, "\(result.errors)\(result.output)")
    let report = try result.json()
    #expect(report["passed"]?.kind.isTrue == true)
    #expect(report["replicates"]?.integer == 40)
    #expect(report["failed_replicates"]?.integer == 0)
    #expect(report["quantities"]?.elements.count == quantities)
  }

  @Test func aDensityThatIsNotThatOfTheDrawsIsFound() throws {
    let result = try run(
      "wrong",
      ["--replicates", "200", "--draws", "19", "--seed", "1", "--bins"]
    )
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.output.contains("FAILED"))
    #expect(result.output.contains("draws too narrow"))
    #expect(result.output.contains("bins"))
  }

  /// Equal seeds give equal ranks, whatever the number of threads.
  @Test func runsCanBeRepeated() throws {
    let options = ["--replicates", "10", "--draws", "9", "--seed", "3", "--format", "json"]
    let first = try run("conjugate", options)
    let second = try run("conjugate", options)
    #expect(first.output == second.output)
  }

  @Test func whatCannotBeSimulatedIsRefused() throws {
    let programs = [
      "data y: real\nmu ~ Flat()\ny ~ Normal(mu, 1)",
      "data y: real\nmu ~ Normal(0, 1)\nfactor f = -mu^2\ny ~ Normal(mu, 1)",
      "data y: real\nmu ~ Normal(y, 1)",
      "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\ninfer p = prior()",
      "data y: real\ndata e = y > 0\nmu ~ Normal(0, 1)\ny ~ censored(Normal(mu, 1), right: e)",
    ]
    for text in programs {
      let place = try Workplace(["m.ppl": text, "d.json": "{\"y\": 1}"])
      let result = try place.run("sbc", "m.ppl", "--data", "d.json", "--replicates", "10")
      #expect(result.status == 2, "\(text): \(result.errors)")
      #expect(result.errors.contains("E0607"), "\(result.errors)")
    }
  }
}

extension JSONNode.Kind {
  fileprivate var isTrue: Bool { if case .bool(true) = self { true } else { false } }
}
