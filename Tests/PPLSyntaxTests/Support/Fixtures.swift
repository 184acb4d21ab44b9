import Foundation
import PPLSourceText
import PPLSyntax

/// Files that tests read from the source tree.
enum Fixtures {
  static let testFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
  static let packageFolder = testFolder.deletingLastPathComponent().deletingLastPathComponent()

  /// Names of the model files, sorted.
  static let modelNames: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(
      at: testFolder.appendingPathComponent("Models"),
      includingPropertiesForKeys: nil
    )
    return (files ?? []).filter { $0.pathExtension == "ppl" }
      .map { $0.deletingPathExtension().lastPathComponent }.sorted()
  }()

  static func model(_ name: String) throws -> SourceFile {
    let url = testFolder.appendingPathComponent("Models/\(name).ppl")
    return SourceFile(name: "\(name).ppl", bytes: [UInt8](try Data(contentsOf: url)))
  }

  static func text(atPackagePath path: String) throws -> String {
    try String(contentsOf: packageFolder.appendingPathComponent(path), encoding: .utf8)
  }
}

/// The codes and messages of diagnostics, for the comment of a failed expectation.
func summary(_ diagnostics: [Diagnostic], in file: SourceFile) -> String {
  DiagnosticRenderer().render(diagnostics, in: file)
}

/// Parses a text under the name `test.ppl`.
func parse(_ text: String) -> (program: Program, diagnostics: [Diagnostic], file: SourceFile) {
  let file = SourceFile(name: "test.ppl", text: text)
  let (program, diagnostics) = Parser.parse(file)
  return (program, diagnostics, file)
}

/// The outline of a program without spans.
func outline(_ program: Program) -> String { SyntaxDump.text(of: program, in: nil) }

/// SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195): the same sequence on every system.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
