/// Writes one statement in as few lines as its length allows, broken from the outside in.
///
/// A part that fits into the rest of its line is written as it is. Else its loosest operators break it
/// (`StatementLayout+Sequences.swift`), or its brackets do (`StatementLayout+Brackets.swift`), and each
/// part is written by the same rule.
///
/// - Complexity: O(tokens × depth of brackets).
struct StatementLayout {
  let source: LayoutText
  var writer: LineWriter
  /// Where the statement starts.
  private var indentation = 0
  /// Index of the last token of the statement, the comments behind which are not part of it.
  private var last = 0
  /// Characters of each token with the space before it, summed over all tokens before.
  private let widths: [Int]
  /// Comments behind each token, summed over all tokens before.
  private let comments: [Int]

  init(_ source: LayoutText) {
    self.source = source
    writer = LineWriter()
    var (width, comment) = (0, 0)
    var (widths, comments) = ([0], [0])
    for token in source.tokens {
      width += token.width + (token.hasSpaceBefore ? 1 : 0)
      comment += token.gap.comments.count
      widths.append(width)
      comments.append(comment)
    }
    self.widths = widths
    self.comments = comments
  }

  /// Writes the statement of these tokens, which is not empty, on the line at hand.
  mutating func writeStatement(_ range: Range<Int>, indentation: Int) {
    self.indentation = indentation
    last = range.upperBound - 1
    writer.forcedIndentation = indentation + 2
    let hasBlock = range.upperBound < source.tokens.count && source.tokens[range.upperBound].isBlock
    if hasBlock { last += 1 }
    let pieces = Piece.pieces(range, of: source)[...]
    if fits(pieces, tail: hasBlock ? 2 : 0) { return writeFlat(pieces) }
    guard let with = pieces.firstIndex(where: { isToken($0, .with) }) else {
      return writeHead(pieces)
    }
    writeHead(pieces[..<with])
    writer.startLine(indentation: indentation + 2)
    writeLocals(pieces[with...])
  }

  /// Writes what stands before `with`.
  private mutating func writeHead(_ pieces: ArraySlice<Piece>) {
    if fits(pieces) { return writeFlat(pieces) }
    let isList = pieces.first.map { source.tokens[$0.first] }.map { first in
      first.isWord && ["data", "dim", "show", "plot", "check"].contains(first.text)
    }
    let hasRelation = pieces.contains { isRelation($0) }
    let hasEntries = pieces.contains { isToken($0, .comma) || source.isPath(at: $0.first) }
    if isList == true, hasEntries || !hasRelation {
      write(token: pieces[pieces.startIndex].first)
      fill(entries(of: pieces.dropFirst()), indentation: indentation + 2)
    } else {
      put(pieces, base: indentation)
    }
  }

  /// Writes `with a = …, b = …`, each definition on a line of its own if not all fit into one.
  private mutating func writeLocals(_ pieces: ArraySlice<Piece>) {
    if fits(pieces) { return writeFlat(pieces) }
    write(token: pieces[pieces.startIndex].first)
    let definitions = entries(of: pieces.dropFirst())
    let base = indentation + (definitions.count > 1 ? 2 + "with ".count : 2)
    for (place, definition) in definitions.enumerated() {
      if place > 0 { writer.startLine(indentation: base) }
      putEntry(definition, base: base)
    }
  }

  // MARK: What fits

  /// Whether the pieces and `tail` characters behind them fit into the line at hand.
  func fits(_ pieces: ArraySlice<Piece>, tail: Int = 0) -> Bool {
    guard let first = pieces.first, let last = pieces.last else { return true }
    return fits(first.first, last.last, tail: tail)
  }

  /// The same for the tokens from `first` to `last`.
  func fits(_ first: Int, _ last: Int, tail: Int = 0) -> Bool {
    guard comments[last] == comments[first] else { return false }
    let width = widths[last + 1] - widths[first]
    let space = source.tokens[first].hasSpaceBefore ? 1 : 0
    let start =
      if let startOfLine { startOfLine - space } else { writer.column }
    return start + width + tail <= SourceFormatter.lineLength
  }

  /// Whether the pieces and `tail` characters fit into a line of their own.
  func fits(_ pieces: ArraySlice<Piece>, indentation: Int, tail: Int = 0) -> Bool {
    guard let first = pieces.first, let last = pieces.last else { return true }
    let space = source.tokens[first.first].hasSpaceBefore ? 1 : 0
    return comments[last.last] == comments[first.first]
      && indentation + widths[last.last + 1] - widths[first.first] - space + tail
        <= SourceFormatter.lineLength
  }

  /// Where the next token starts, if it starts a line.
  var startOfLine: Int? {
    if writer.isLineEnded { return writer.forcedIndentation }
    return writer.isAtLineStart ? writer.indentation : nil
  }

  // MARK: Parts

  func isToken(_ piece: Piece, _ kind: Token.Kind) -> Bool {
    piece.token.map { source.tokens[$0].kind == kind } ?? false
  }

  /// Whether it is the `=` or `~` of a statement.
  func isRelation(_ piece: Piece) -> Bool {
    isToken(piece, .equal) || isToken(piece, .tilde)
  }

  /// The parts between commas, each with its comma; `from "path"` is a part too.
  func entries(of pieces: ArraySlice<Piece>) -> [ArraySlice<Piece>] {
    var result: [ArraySlice<Piece>] = []
    var start = pieces.startIndex
    for index in pieces.indices {
      if isToken(pieces[index], .comma) {
        result.append(pieces[start...index])
        start = index + 1
      } else if index > start, source.isPath(at: pieces[index].first) {
        result.append(pieces[start..<index])
        start = index
      }
    }
    if start < pieces.endIndex { result.append(pieces[start...]) }
    return result
  }

  // MARK: Writing

  mutating func write(token: Int) {
    writer.write(source.tokens[token], withComments: token < last)
  }

  /// Writes the pieces as they are, without line ends but those that comments force.
  mutating func writeFlat(_ pieces: ArraySlice<Piece>) {
    guard let first = pieces.first, let last = pieces.last else { return }
    for index in first.first...last.last { write(token: index) }
  }
}
