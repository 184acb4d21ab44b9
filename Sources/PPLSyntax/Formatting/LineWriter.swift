/// Writes tokens and comments into lines.
struct LineWriter {
  private(set) var text = ""
  /// Columns of the line so far.
  private(set) var column = 0
  /// Where the line at hand starts.
  private(set) var indentation = 0
  /// Whether nothing but the indentation is to be written of the line yet.
  private(set) var isAtLineStart = true
  /// Whether a comment ended the line, so that the next token needs a new one.
  private(set) var isLineEnded = false
  /// Where lines start that comments force.
  var forcedIndentation = 0

  /// Starts a line, unless nothing is written of the present one.
  mutating func startLine(indentation: Int) {
    if !isAtLineStart { text += "\n" }
    isAtLineStart = true
    isLineEnded = false
    column = indentation
    self.indentation = indentation
  }

  /// Ends the last line.
  mutating func endLine() {
    if !isAtLineStart { text += "\n" }
    isAtLineStart = true
  }

  /// Leaves a line empty.
  mutating func addBlankLine() {
    endLine()
    text += "\n"
  }

  /// Writes a token, with the comments behind it if they stand inside of its statement.
  mutating func write(_ token: LayoutText.Token, withComments: Bool = false) {
    if isLineEnded { startLine(indentation: forcedIndentation) }
    append(token.text, width: token.width, hasSpaceBefore: token.hasSpaceBefore)
    guard withComments else { return }
    for comment in token.gap.comments {
      if comment.isOnOwnLine { startLine(indentation: forcedIndentation) }
      writeComment(comment.text)
    }
  }

  /// Writes a comment, with two spaces before it behind a token.
  mutating func writeComment(_ comment: String) {
    if !isAtLineStart { text += " " }
    append(comment, width: comment.unicodeScalars.count, hasSpaceBefore: true)
    isLineEnded = true
  }

  private mutating func append(_ part: String, width: Int, hasSpaceBefore: Bool) {
    if isAtLineStart {
      text += String(repeating: " ", count: indentation)
      column = indentation
      isAtLineStart = false
    } else if hasSpaceBefore {
      text += " "
      column += 1
    }
    text += part
    column += width
  }
}
