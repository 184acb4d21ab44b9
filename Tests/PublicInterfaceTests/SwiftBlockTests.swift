import Foundation
import Testing

/// What readers see of Swift is compiled and run: each block stands in a source of this target, whose tests run it, or is a part of
/// the tutorial's program.
@Suite struct SwiftBlockTests {
  /// The sources of this target without blanks and line ends, which are as the layout of sources wants them.
  private static let sources = SwiftBlock.files(in: "Tests/PublicInterfaceTests").map {
    characters(SwiftBlock.text($0))
  }

  private static func characters(_ text: some StringProtocol) -> String {
    String(text.filter { !$0.isWhitespace })
  }

  @Test(arguments: SwiftBlock.all.filter { $0.file == nil })
  func blockIsRun(block: SwiftBlock) {
    let lines = block.text.split(separator: "\n")
    let imports = lines.filter { $0.hasPrefix("import ") }.map { Self.characters($0) }
    let body = Self.characters(lines.filter { !$0.hasPrefix("import ") }.joined(separator: "\n"))
    let isHeld = Self.sources.contains { source in
      source.contains(body) && imports.allSatisfy(source.contains)
    }
    #expect(isHeld, "no source of this target has the block:\n\(block.text)")
  }

  /// Links of pages to files lead to files.
  @Test func linksLeadSomewhere() {
    let pages = ["README.md"] + ["Sources", "Examples", "grammar"].flatMap(SwiftBlock.files(in:))
    var count = 0
    for page in pages where page.hasSuffix(".md") {
      let folder = SwiftBlock.repository.appending(path: page).deletingLastPathComponent()
      for link in SwiftBlock.text(page).matches(of: /\]\(([A-Za-z0-9_.\/-]+)(#[a-z0-9-]+)?\)/) {
        let path = String(link.output.1)
        guard path.contains(/[.\/][a-zA-Z]/), !path.hasPrefix("http") else { continue }
        count += 1
        #expect(
          FileManager.default.fileExists(atPath: folder.appending(path: path).path()),
          "\(page) names \(path)"
        )
      }
    }
    #expect(count > 80)
  }

  @Test func blocksAreFound() {
    let places = SwiftBlock.all.map(\.place)
    for document in ["README.md", "Callouts.md", "PPL.docc/PPL.md", "Posterior.swift"] {
      #expect(places.contains { $0.contains(document) }, "\(document) has no block")
    }
    #expect(SwiftBlock.all.allSatisfy { !$0.text.isEmpty })
    // Parts of files are those of the tutorial, which has tests of its own.
    let parts = SwiftBlock.all.filter { $0.file != nil }
    #expect(parts.allSatisfy { $0.place.contains("SwiftTutorial.md") })
  }
}
