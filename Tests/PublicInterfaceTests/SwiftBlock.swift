import Foundation
import Testing

/// A block of Swift that readers see: in a page, or in a documentation comment.
struct SwiftBlock: Sendable, CustomTestStringConvertible {
  /// The document, and the line at which the block begins.
  var place: String
  /// The file that the block is a part of, where its fence names one.
  var file: String?
  var text: String

  var testDescription: String { place }

  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// All blocks of the project.
  static let all: [SwiftBlock] = {
    var found = blocks(ofPage: "README.md")
    for folder in ["Sources", "Examples", "grammar"] {
      for path in files(in: folder) {
        if path.hasSuffix(".md") { found += blocks(ofPage: path) }
        if path.hasSuffix(".swift"), folder == "Sources" { found += blocks(ofSource: path) }
      }
    }
    return found
  }()

  /// The files in a folder of the repository and the folders in it, hidden ones apart.
  static func files(in folder: String) -> [String] {
    let start = repository.appending(path: folder)
    let found = FileManager.default.enumerator(
      at: start,
      includingPropertiesForKeys: nil,
      options: .skipsHiddenFiles
    )
    let paths = (found?.allObjects ?? []).compactMap { ($0 as? URL)?.path() }
    return paths.map { String($0.dropFirst(repository.path().count)) }.sorted()
  }

  static func text(_ path: String) -> String {
    (try? String(contentsOf: repository.appending(path: path), encoding: .utf8)) ?? ""
  }

  static func blocks(ofPage path: String) -> [SwiftBlock] { blocks(of: text(path), path) }

  /// The blocks of the documentation comments of a source.
  private static func blocks(ofSource path: String) -> [SwiftBlock] {
    let lines = text(path).split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let line = line.drop { $0 == " " }
      return line.hasPrefix("///") ? line.dropFirst(4) : ""
    }
    return blocks(of: lines.joined(separator: "\n"), path)
  }

  private static func blocks(of text: String, _ path: String) -> [SwiftBlock] {
    var blocks: [SwiftBlock] = []
    var fence: (place: Int, words: [Substring])?
    var body: [Substring] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      guard line.hasPrefix("```") else {
        body.append(line)
        continue
      }
      if let begun = fence {
        if begun.words.first == "swift" {
          blocks.append(
            SwiftBlock(
              place: "\(path):\(begun.place)",
              file: begun.words.dropFirst().first.map(String.init),
              text: body.joined(separator: "\n")
            )
          )
        }
        fence = nil
      } else {
        fence = (number + 1, line.dropFirst(3).split(separator: " "))
        body = []
      }
    }
    return blocks
  }
}
