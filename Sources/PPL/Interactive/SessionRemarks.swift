import PPLSourceText

/// The comments around a statement, which `:save` writes with it.
struct SessionRemarks: Sendable {
  /// Lines above it, without a blank line at either end.
  var above: [String] = []
  /// What stands behind it on its last line, `#` included.
  var beside = ""
  /// Lines below the last statement of a text.
  var below: [String] = []

  /// The remarks of each statement of a text.
  ///
  /// - Parameters:
  ///   - spans: the places of the statements, ascending.
  ///   - source: the text.
  /// - Returns: the remarks, in the order of the places.
  static func all(around spans: [SourceSpan], in source: SourceFile) -> [SessionRemarks] {
    var remarks = [SessionRemarks](repeating: SessionRemarks(), count: spans.count)
    for index in 0...spans.count {
      let start = index == 0 ? 0 : spans[index - 1].end
      let end = index == spans.count ? source.bytes.count : spans[index].start
      let gap = source.text(of: SourceSpan(start: start, end: max(start, end)))
      guard gap.contains("#") else { continue }
      // Lines end where they do for the lexer.
      var lines = gap.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map {
        $0.trimmingSpaces
      }
      if index > 0, let comment = lines.removeFirst().comment {
        remarks[index - 1].beside = comment
      }
      let own = comments(of: lines)
      if index < spans.count {
        remarks[index].above = own
      } else if index > 0 {
        remarks[index - 1].below = own
      }
    }
    return remarks
  }

  /// The comments of a text without statements.
  static func alone(in source: SourceFile) -> [String] {
    comments(
      of: source.text(of: SourceSpan(start: 0, end: source.bytes.count))
        .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        .map { $0.trimmingSpaces }
    )
  }

  /// The comments among lines, with at most one blank line between two.
  private static func comments(of lines: [String]) -> [String] {
    var result: [String] = []
    var isApart = false
    for line in lines {
      guard let comment = line.comment else {
        isApart = true
        continue
      }
      if isApart, !result.isEmpty { result.append("") }
      isApart = false
      result.append(comment)
    }
    return result
  }
}

extension SessionStatement {
  /// The lines of a file for the statement, written as `text`, with its comments.
  func lines(_ text: String) -> [String] {
    let own = remarks.beside.isEmpty ? text : text + "  " + remarks.beside
    return remarks.above + [own] + remarks.below
  }
}

extension String {
  /// The comment that stands on a line between statements.
  fileprivate var comment: String? { firstIndex(of: "#").map { String(self[$0...]) } }
}
