import Foundation
import PPL
import PPLInference
import PPLModelCompiler
import PPLSourceText
import PPLSyntax
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

  /// Pages that are written from the code are what it says; `PPL_RECORD_GOLDEN=1` writes them anew.
  @Test(arguments: ["Distributions", "Engines", "Errors", "Functions", "Layers"])
  func pageIsWhatTheCodeSays(name: String) throws {
    let page =
      switch name {
      case "Distributions": DistributionPage.text
      case "Engines": EngineIndex.page
      case "Errors": ErrorIndex.page
      case "Functions": FunctionPage.text
      default: LayerPage.text
      }
    let file = root.appending(path: "Sources/PPL/PPL.docc/\(name).md")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try page.write(to: file, atomically: true, encoding: .utf8)
    }
    let isSame = try String(contentsOf: file, encoding: .utf8) == page
    #expect(isSame, "\(name).md differs from what the code says; record it")
  }

  /// Everything of the library is on its page, and no table of the pages is broken by what it holds.
  @Test func pagesHoldTheWholeLibrary() {
    for name in ModelCompiler.signatures.distributions.keys {
      #expect(DistributionPage.text.contains("\n### \(name)\n"), "\(name) is not on its page")
    }
    for layer in LayerKind.allCases {
      #expect(LayerPage.text.contains("\n## \(layer.rawValue)\n"), "\(layer) is not on its page")
    }
    for function in BuiltinFunction.allCases {
      #expect(FunctionPage.text.contains("| `\(function.rawValue)("), "\(function) is not there")
    }
    for page in [DistributionPage.text, FunctionPage.text, LayerPage.text] {
      var columns = 0
      for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
        let bars = line.hasPrefix("|") ? line.count { $0 == "|" } : 0
        #expect(bars == 0 || columns == 0 || bars == columns, "\(line)")
        columns = bars
      }
    }
  }

  /// The page of the language lists the words that are reserved, and those that begin statements.
  @Test func pageOfTheLanguageHasEveryWord() throws {
    let reserved = Token.Kind.allCases.filter { kind in
      let file = SourceFile(name: "", text: "\(kind)")
      return ![.name, .div, .mod].contains(kind) && Lexer.tokenize(file).tokens.first?.kind == kind
    }.map { "\($0)" }
    #expect(reserved.count == 9)
    let page = try text("Sources/PPL/PPL.docc/LanguageReference.md")
    let words =
      try #require(page.components(separatedBy: "- Reserved are ").dropFirst().first)
      .components(separatedBy: "are ordinary names").first ?? ""
    let parts = words.components(separatedBy: "The words that begin statements")
    func quoted(_ text: String) -> Set<String> {
      Set(
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter {
          $0.offset % 2 == 1
        }.map { String($0.element) }
      )
    }
    #expect(quoted(parts[0]) == Set(reserved))
    #expect(parts.count == 2 && quoted(parts[1]) == Set(Parser.statementWords))
  }

  /// The README names every engine.
  @Test func readmeNamesEveryEngine() throws {
    let readme = try text("README.md")
    for engine in EngineLibrary.standard.engines {
      #expect(readme.contains("`\(engine.name)("), "\(engine.name) is not in the README")
    }
  }
}
