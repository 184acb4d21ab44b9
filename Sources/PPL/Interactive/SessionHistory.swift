import PPLStorage

/// The entries of earlier sessions, in a file: the latest ones, one a line.
public struct SessionHistory: Sendable {
  private let path: String
  /// The entries, the latest last.
  public private(set) var entries: [String] = []

  /// Entries that are kept.
  private static let greatestCount = 2000

  /// Reads the file if it is there; one that cannot be read holds nothing.
  ///
  /// - Parameter path: the file; it need not be there.
  public init(path: String) {
    self.path = path
    guard let bytes = try? readFile(path) else { return }
    entries = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { Self.read($0) }
  }

  /// Adds an entry and writes the file; where it cannot be written, the entry is kept for this session.
  ///
  /// An entry that begins with a space, and one that repeats the last, is not added.
  ///
  /// - Parameter entry: what was typed.
  public mutating func append(_ entry: String) {
    guard !entry.isEmpty, !entry.hasPrefix(" "), entry != entries.last else { return }
    entries.append(entry)
    entries.removeFirst(max(0, entries.count - Self.greatestCount))
    let text = entries.map { Self.written($0) + "\n" }.joined()
    try? writeFile(Array(text.utf8), to: path, replacing: true)
  }

  /// An entry on one line.
  private static func written(_ entry: String) -> String {
    var line = ""
    for character in entry {
      switch character {
      case "\\": line += "\\\\"
      case "\n", "\r\n": line += "\\n"
      default: line.append(character)
      }
    }
    return line
  }

  private static func read(_ line: Substring) -> String {
    var entry = ""
    var isEscaped = false
    for character in line {
      if isEscaped {
        entry.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        entry.append(character)
      }
    }
    return entry
  }
}
