package import PPLSourceText

/// Writes a program in the one layout of the language, comments included.
///
/// The layout depends on the tokens, the comments and the blank lines between statements only, and the
/// result has the same ones; so formatting it again changes nothing.
///
/// - One statement a line, blocks indented by two; at most one blank line between two statements.
/// - One space around operators and behind commas, none around `^`, `..` and `.`, nor around the signs of
///   a subscript that only counts: `y[t-1]`.
/// - A statement longer than `lineLength` is broken from the outside in: before `with`, behind `=` and
///   `~` or in the last brackets, before `|>`, `then`, `else` and `for`, behind operators and commas
///   (`StatementLayout`).
/// - Comments keep their text and their places: behind the token they follow, or on lines of their own.
package struct SourceFormatter {
  /// Most characters of a line, if it can be broken.
  package static let lineLength = 100

  /// The text of a file in the layout; nil if the text has syntax errors.
  ///
  /// Takes the parsed file.
  package static func format(_ file: SourceFile, _ parsed: ParsedText) -> String? {
    guard !parsed.diagnostics.contains(where: \.isError) else { return nil }
    var formatter = SourceFormatter(LayoutText(file, parsed))
    return formatter.run()
  }

  private let source: LayoutText
  private var layout: StatementLayout
  /// The token looked at.
  private var index = 0

  private init(_ source: LayoutText) {
    self.source = source
    layout = StatementLayout(source)
  }

  private mutating func run() -> String {
    writeComments(source.leading, depth: 0, isFirst: true)
    formatStatements(depth: 0)
    layout.writer.endLine()
    return layout.writer.text
  }

  // MARK: Statements

  /// Writes statements up to a `}` or the end.
  private mutating func formatStatements(depth: Int) {
    while index < source.tokens.count, source.tokens[index].kind != .rightBrace {
      formatStatement(depth: depth)
    }
  }

  private mutating func formatStatement(depth: Int) {
    layout.writer.startLine(indentation: 2 * depth)
    let end = source.endOfStatement(from: index)
    layout.writeStatement(index..<end, indentation: 2 * depth)
    index = end
    if end < source.tokens.count, source.tokens[end].isBlock { formatBlock(depth: depth) }
    writeComments(source.tokens[index - 1].gap, depth: depth, isFirst: false)
  }

  /// Writes a block from its `{` to its `}`.
  private mutating func formatBlock(depth: Int) {
    let gap = source.tokens[index].gap
    layout.writer.write(source.tokens[index])
    index += 1
    let isEmpty = source.tokens[index].kind == .rightBrace && gap.comments.isEmpty
    if !isEmpty {
      writeComments(gap, depth: depth + 1, isFirst: true)
      formatStatements(depth: depth + 1)
      layout.writer.startLine(indentation: 2 * depth)
    }
    layout.writer.write(source.tokens[index])
    index += 1
  }

  // MARK: Comments

  /// Writes the comments between two statements, and a blank line where the text has one between them.
  ///
  /// `isFirst` says that a file or block begins, which no blank line follows.
  private mutating func writeComments(_ gap: LayoutText.Gap, depth: Int, isFirst: Bool) {
    var isFirst = isFirst
    for comment in gap.comments {
      if comment.isOnOwnLine {
        if comment.isAfterBlankLine, !isFirst { layout.writer.addBlankLine() }
        layout.writer.startLine(indentation: 2 * depth)
        layout.writer.writeComment(comment.text)
        isFirst = false
      } else {
        layout.writer.writeComment(comment.text)
      }
    }
    let isLast = index >= source.tokens.count || source.tokens[index].kind == .rightBrace
    if gap.endsInBlankLine, !isFirst, !isLast { layout.writer.addBlankLine() }
  }
}
