import Foundation
import PPL
import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// A folder of `Examples`: a model, its data, and where there is one a reference posterior.
struct Example: Sendable, CustomTestStringConvertible {
  let name: String

  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Examples")

  /// Every folder of a model that is sampled, with its data, by name.
  static let all: [Example] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path())) ?? []
    return names.sorted().map(Example.init).filter { example in
      example.path("model.ppl") != nil
        && (example.path("data.json") != nil || example.path("data.csv") != nil)
    }
  }()

  static let withReference = all.filter { $0.path("reference.json") != nil }

  var testDescription: String { name }

  /// A file of the folder; nil if it is not there.
  func path(_ file: String) -> String? {
    let path = Self.root.appending(path: name).appending(path: file).path()
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// The model with its data.
  func model() throws -> Model {
    let program = try Program(path: try #require(path("model.ppl")))
    try #require(program.isValid, "\(program.diagnostics)")
    let data = try #require(path("data.json") ?? path("data.csv"))
    return try program.compile(DataSet(paths: [data])).model
  }

  /// Runs the model with its own seed and settings; the fit is gone afterwards.
  func run() async throws -> RunOutcome {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    return try await model().run(options) { _ in }
  }

  /// The reference posterior by name of the element.
  func reference() throws -> [String: ReferenceQuantity] {
    let file = try #require(path("reference.json"))
    let document = try JSONDocument([UInt8](Data(contentsOf: URL(filePath: file))))
    guard case .object(let members)? = document.root["params"]?.kind else { return [:] }
    var result: [String: ReferenceQuantity] = [:]
    for member in members {
      result[member.name] = ReferenceQuantity(
        mean: try #require(member.value["mean"]?.real),
        sd: try #require(member.value["sd"]?.real),
        mcse: try #require(member.value["mcse_mean"]?.real),
        ess: try #require(member.value["ess"]?.real)
      )
    }
    return result
  }
}

/// What a reference posterior says of one quantity.
struct ReferenceQuantity: Sendable {
  var mean: Double
  var sd: Double
  /// Monte Carlo error of the mean.
  var mcse: Double
  var ess: Double

  /// Monte Carlo error of the standard deviation, s √((κ − 1) / (4 ESS)) by the delta method, for a
  /// kurtosis κ of 9 (the normal has 3; posteriors of scales have more).
  var mcseOfSD: Double { sd * (2 / ess).squareRoot() }
}

extension FitReport {
  /// The summaries by name of the element.
  var summaries: [String: QuantitySummary] {
    var result: [String: QuantitySummary] = [:]
    for array in parameters {
      for (index, summary) in array.summaries.enumerated() {
        result[array.elementName(index)] = summary
      }
    }
    return result
  }
}

/// A folder that goes away with its owner.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/ppl-examples-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
