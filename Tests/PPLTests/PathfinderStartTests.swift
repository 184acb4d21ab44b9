import Foundation
import PPL
import Testing

/// Chains of NUTS that begin at draws of Pathfinder.
@Suite struct PathfinderStartTests {
  private static let schools = """
    dim school
    data y[school]: real, s[school]: real
    mu ~ Normal(0, 5)
    tau ~ HalfCauchy(5)
    theta[school] ~ Normal(mu, tau)
    y[i: school] ~ Normal(theta[i], s[i])

    """
  private static let data =
    #"{"y": [28, 8, -3, 7, -1, 1, 18, 12], "s": [15, 10, 16, 11, 9, 11, 10, 18]}"#

  private func notesAndFit(_ text: String, data: String) async throws -> (
    notes: [String], fit: [String: Any]
  ) {
    let program = Program(name: "m.ppl", text: text)
    #expect(program.diagnostics.isEmpty, "\(program.diagnostics)")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "data.json")
    try data.write(to: file, atomically: true, encoding: .utf8)
    var options = RunOptions()
    options.path = folder.appending(path: "fit.zarr").path
    var notes: [String] = []
    let outcome = try await program.compile(DataSet(paths: [file.path])).model.run(options) {
      if case .note(let text) = $0 { notes.append(text) }
    }
    let attributes = try String(
      contentsOf: folder.appending(path: "fit.zarr/.zattrs"),
      encoding: .utf8
    )
    notes.append(attributes)
    let json = try JSONSerialization.jsonObject(with: Data(outcome.json.utf8))
    let fits = try #require((json as? [String: Any])?["fits"] as? [[String: Any]])
    return (notes, try #require(fits.first))
  }

  private func mean(_ fit: [String: Any], _ name: String) throws -> Double {
    let parameters = try #require(fit["parameters"] as? [String: [String: Any]])
    return try #require(parameters[name]?["mean"] as? Double)
  }

  /// As `stan` keeps the coordinates of the text, its chains stick in the hierarchy's neck and are less sure of its scale.
  @Test(arguments: [("fisher", 0.6), ("stan", 1.5)])
  func posteriorsAreThoseOfOtherStarts(adaptation: String, tolerance: Double) async throws {
    let text = Self.schools + "infer post = nuts(start: pathfinder, adapt: \(adaptation), seed: 1)"
    let (notes, fit) = try await notesAndFit(text, data: Self.data)
    // Posterior means of long runs: mu 4.4, tau 3.6; their errors here are some 0.1.
    #expect(abs(try mean(fit, "mu") - 4.4) < tolerance)
    #expect(abs(try mean(fit, "tau") - 3.6) < tolerance)
    #expect(notes.last?.filter { $0 != " " }.contains(#""start":"pathfinder""#) == true)
  }

  @Test func drawsFollowTheSeed() async throws {
    let text = Self.schools + "infer post = nuts(start: pathfinder, chains: 2, draws: 50, seed: "
    let first = try await notesAndFit(text + "7)", data: Self.data).fit
    let again = try await notesAndFit(text + "7)", data: Self.data).fit
    let other = try await notesAndFit(text + "8)", data: Self.data).fit
    #expect(try mean(first, "mu") == mean(again, "mu"))
    #expect(try mean(first, "mu") != mean(other, "mu"))
  }

  @Test func modelsWithoutLatentsHaveNothingToStart() async throws {
    let (_, fit) = try await notesAndFit(
      "data y: real\ny ~ Normal(0, 1)\nz ~ Normal(0, 1)\ninfer post = nuts(start: pathfinder, seed: 1)",
      data: #"{"y": 1}"#
    )
    #expect(abs(try mean(fit, "z")) < 0.2)
  }
}
