import Foundation
import PPL
import PPLInference
import PPLTypeSystem
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private func text(_ path: String) throws -> String {
  try String(contentsOf: root.appending(path: path), encoding: .utf8)
}

@Suite struct DocumentationTests {
  /// Every target with sources is on the map.
  @Test func mapOfTheSourcesNamesEveryTarget() throws {
    let map = try text("Sources/README.md")
    let targets = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Sources").path
    ).filter { !$0.contains(".") }
    #expect(targets.count > 15)
    for target in targets { #expect(map.contains("`\(target)`"), "\(target) is not on the map") }
  }

  /// Every example folder is in the table of examples, with a model.
  @Test func tableOfExamplesIsComplete() throws {
    let table = try text("Examples/README.md")
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Examples").path
    ).filter { !$0.contains(".") }
    #expect(folders.count >= 9)
    for folder in folders where folder != "data" {
      #expect(table.contains("`\(folder)`"), "\(folder) is not in the table")
      let main = folder == "embedding" ? "Package.swift" : "model.ppl"
      #expect(
        FileManager.default.fileExists(
          atPath: root.appending(path: "Examples/\(folder)/\(main)").path
        )
      )
    }
  }

  /// The page of the engines is what they say of themselves; `PPL_RECORD_GOLDEN=1` writes it anew.
  @Test func pageOfTheEnginesIsTheirOwn() throws {
    let file = root.appending(path: "Sources/PPL/PPL.docc/Engines.md")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try EngineIndex.page.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == EngineIndex.page)
  }

  /// So is the page of the codes of diagnostics.
  @Test func pageOfTheCodesIsTheirIndex() throws {
    let file = root.appending(path: "Sources/PPL/PPL.docc/Errors.md")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try ErrorIndex.page.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == ErrorIndex.page)
  }

  /// The README names every engine.
  @Test func readmeNamesEveryEngine() throws {
    let readme = try text("README.md")
    for engine in EngineLibrary.standard.engines {
      #expect(readme.contains("`\(engine.name)("), "\(engine.name) is not in the README")
    }
  }
}
