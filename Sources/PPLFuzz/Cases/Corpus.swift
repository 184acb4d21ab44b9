import Foundation

/// The programs with their data that cases start from.
package struct Corpus: Sendable {
  struct Entry: Sendable {
    var name: String
    var program: String
    var data: DataTree
  }

  /// Small programs that together use the whole language; most cases start here.
  private let small: [Entry]
  /// The examples with their data.
  private let examples: [Entry]
  /// Models of the language's description; many use what this version does not run.
  private let fixtures: [Entry]

  /// Reads the examples and the parser's model files of a source tree.
  ///
  /// - Parameter root: folder of the package.
  /// - Throws: why a folder or file cannot be read.
  package init(packageFolder root: String) throws {
    func text(_ path: String) throws -> String {
      try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }
    small = SmallPrograms.all.map {
      Entry(name: $0.name, program: $0.program, data: DataTree(json: Array($0.data.utf8)))
    }
    let files = FileManager.default
    examples = try files.contentsOfDirectory(atPath: "\(root)/Examples").sorted().compactMap {
      let folder = "Examples/\($0)"
      guard files.fileExists(atPath: "\(root)/\(folder)/model.ppl") else { return nil }
      let data = (try? text("\(folder)/data.json")) ?? ""
      return Entry(
        name: $0,
        program: try text("\(folder)/model.ppl"),
        data: DataTree(json: Array(data.utf8))
      )
    }
    let models = "Tests/PPLSyntaxTests/Models"
    fixtures = try files.contentsOfDirectory(atPath: "\(root)/\(models)").sorted()
      .filter { $0.hasSuffix(".ppl") }
      .map { Entry(name: $0, program: try text("\(models)/\($0)"), data: DataTree()) }
  }

  func pick(_ random: inout FuzzGenerator) -> Entry {
    switch random.below(10) {
    case 0 where !fixtures.isEmpty: random.one(of: fixtures)
    case 1 where !examples.isEmpty, 2 where !examples.isEmpty: random.one(of: examples)
    default: random.one(of: small)
    }
  }
}
