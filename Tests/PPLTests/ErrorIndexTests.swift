import Foundation
import PPL
import Testing

/// The index of codes is complete, and holds nothing else.
@Suite struct ErrorIndexTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The codes that stand in the sources, the index apart.
  private static func codesInUse() throws -> Set<String> {
    let folder = root.appending(path: "Sources")
    var codes: Set<String> = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    where path.hasSuffix(".swift") && !path.contains("PPL/ErrorIndex/") {
      let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      for match in text.matches(of: /"([EW]\d{4})"/) { codes.insert(String(match.output.1)) }
    }
    return codes
  }

  @Test func everyCodeInUseHasOneEntryAndNoOtherHas() throws {
    let codes = try Self.codesInUse()
    let entries = ErrorIndex.entries.map(\.code)
    #expect(codes.count > 100)
    #expect(codes.subtracting(entries).sorted() == [], "without an entry")
    #expect(Set(entries).subtracting(codes).sorted() == [], "not used any more")
    #expect(Set(entries).count == entries.count, "explained twice")
  }

  @Test func entriesReadWell() {
    for entry in ErrorIndex.entries {
      #expect(!entry.title.hasSuffix(".") && entry.title.count < 70, "\(entry.code)")
      #expect(entry.text.hasSuffix(".") && entry.text.count > 60, "\(entry.code)")
      for line in entry.text.split(separator: "\n") { #expect(line.count < 100, "\(entry.code)") }
    }
  }

  /// Only what needs large files or two versions of the program is not shown.
  @Test func nearlyAllHaveExamples() {
    let unshown = ErrorIndex.entries.filter { $0.unshown != nil }.map(\.code)
    #expect(unshown == ["E0110", "E0816", "E0817"])
  }

  /// Mended programs are laid out as `ppl fmt` does.
  @Test func mendedProgramsAreInTheLayout() {
    for entry in ErrorIndex.entries {
      guard let program = entry.mended?.program else { continue }
      let file = SourceFile(name: entry.code, text: program + "\n")
      guard case .formatted(let text) = ProgramFormat.format(file) else {
        Issue.record("\(entry.code) has mistakes of syntax")
        continue
      }
      #expect(text == program + "\n", "\(entry.code)")
    }
  }

  @Test func explanationsAreFoundInAnyCase() throws {
    let text = try #require(ErrorIndex.explanation(of: "e0201"))
    #expect(text.hasPrefix("E0201: ") && text.contains("\n    x ~ Normal(0, sgima)\n"))
    #expect(text.contains("  $ ppl check model.ppl\n"))
    #expect(ErrorIndex.explanation(of: "E9999") == nil)
    for entry in ErrorIndex.entries { #expect(ErrorIndex.overview.contains("\(entry.code)  ")) }
  }
}
