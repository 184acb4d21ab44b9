import Foundation
import PPL
import Testing

/// A run of a program in a folder of its own.
func runScript(
  _ text: String,
  data: String = "{}",
  externals: ExternalAccess = .none
) async throws -> (output: [String], outcome: RunOutcome) {
  let (output, _, outcome) = try await runScriptWithNotes(text, data: data, externals: externals)
  return (output, outcome)
}

/// The same, with what is said beside the output.
func runScriptWithNotes(
  _ text: String,
  data: String = "{}",
  externals: ExternalAccess = .none
) async throws -> (output: [String], notes: [String], outcome: RunOutcome) {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let dataFile = folder.appending(path: "data.json")
  try data.write(to: dataFile, atomically: true, encoding: .utf8)
  let program = Program(name: folder.appending(path: "model.ppl").path, text: text)
  try #require(program.diagnostics.isEmpty, "\(program.diagnostics)")
  let model = try program.compile(DataSet(paths: [dataFile.path]), externals: externals).model
  var options = RunOptions()
  options.path = folder.appending(path: "fit.zarr").path
  var output: [String] = []
  var notes: [String] = []
  let outcome = try await model.run(options) { event in
    switch event {
    case .output(let text): output.append(text)
    case .note(let text): notes.append(text)
    default: break
    }
  }
  return (output, notes, outcome)
}

/// The answers of a run by their text.
func answers(of outcome: RunOutcome) throws -> [String: Any] {
  let object = try #require(
    try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
  )
  let queries = try #require(object["queries"] as? [[String: Any]])
  return Dictionary(
    uniqueKeysWithValues: queries.compactMap { query in
      (query["text"] as? String).map { ($0, query["value"] ?? "") }
    }
  )
}

/// Ranks of what data of a program's shape are simulated from among the draws of its first fit.
func calibration(
  of text: String,
  data: String,
  externals: ExternalAccess = .none,
  _ options: CalibrationOptions
) async throws -> CalibrationOutcome {
  let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
  try data.write(to: file, atomically: true, encoding: .utf8)
  defer { try? FileManager.default.removeItem(at: file) }
  let program = Program(name: "model.ppl", text: text)
  try #require(program.diagnostics.isEmpty, "\(program.diagnostics)")
  let model = try program.compile(DataSet(paths: [file.path]), externals: externals).model
  return try await model.calibrate(options)
}
