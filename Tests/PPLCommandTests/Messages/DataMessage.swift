import Foundation
import Testing

/// A mistake that shows when data are bound, a model is lowered or a script runs.
struct DataMessage: Sendable, CustomTestStringConvertible {
  /// Name of its recorded file.
  var name: String
  /// Codes of all messages, in the order in which they are written.
  var codes: [String]
  /// How the program ends; nil where the contract leaves open whose mistake it is.
  var status: Int32?
  /// The program, in `model.ppl`.
  var model: String
  /// The other files, by name.
  var files: [String: String]
  var arguments: [String]
  /// Whether chains run before, so that only the message of the first code is recorded.
  var isAfterSampling: Bool

  /// A mistake that `run` finds, unless other arguments are given.
  ///
  /// `data` are in `data.json` and `table` in `data.csv`; other files are in `files`.
  init(
    _ name: String,
    _ codes: String...,
    status: Int32? = 3,
    model: String,
    data: String? = nil,
    table: String? = nil,
    files: [String: String] = [:],
    arguments: [String]? = nil,
    isAfterSampling: Bool = false
  ) {
    self.name = name
    self.codes = codes
    self.status = status
    self.model = model
    self.files = files
    if let data { self.files["data.json"] = data }
    if let table { self.files["data.csv"] = table }
    let file = table == nil ? "data.json" : "data.csv"
    self.arguments = arguments ?? ["run", "model.ppl", "--data", file, "--out", "fit.zarr"]
    self.isAfterSampling = isAfterSampling
  }

  var testDescription: String { name }

  /// Runs the program over the files.
  func run() throws -> CommandResult {
    let place = try Workplace(files)
    try place.write(model + "\n", to: "model.ppl")
    return try place.finish(place.start(arguments))
  }

  /// The codes of what was written to standard error; warnings about draws have none.
  static func codes(in errors: String) -> [String] {
    errors.matches(of: /(?:error|warning)\[([EW]\d{4})\]/).map { String($0.output.1) }
  }

  /// Standard error from the first message on, without what differs from run to run.
  func messages(in errors: String) -> String {
    var lines = errors.split(separator: "\n", omittingEmptySubsequences: false)[...]
    let beginnings = isAfterSampling ? ["error[\(codes[0])]"] : ["error[", "warning["]
    lines = lines.drop { line in !beginnings.contains { line.hasPrefix($0) } }
    if isAfterSampling { lines = lines.prefix { !$0.isEmpty } }
    var kept = lines.filter { !$0.hasPrefix("chain ") && !$0.contains("saved in") }
    while kept.last?.isEmpty == true { kept.removeLast() }
    return kept.joined(separator: "\n") + "\n"
  }
}

/// Messages recorded in `Golden`, to be read as prose: what is wrong, why here, what to do.
///
/// `PPL_RECORD_GOLDEN=1 swift test --filter PPLCommandTests` writes the files anew; read their
/// differences before they are committed.
enum RecordedMessages {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")

  /// The recorded text of a name, after it was recorded if that is asked for.
  static func text(_ name: String, now text: String) throws -> String {
    let url = folder.appending(path: "\(name).txt")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    return try String(contentsOf: url, encoding: .utf8)
  }

  /// Names of the recorded files, each with its ending.
  static func fileNames() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
  }
}
