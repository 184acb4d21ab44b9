import Foundation
import PPL
import Testing

/// A run of a program in a folder of its own.
func runScript(
  _ text: String,
  data: String = "{}",
  externals: ExternalAccess = .none
) async throws -> (output: [String], outcome: RunOutcome) {
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
  let outcome = try await model.run(options) { event in
    if case .output(let text) = event { output.append(text) }
  }
  return (output, outcome)
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
