import PPLSourceText

/// The text that statements make together, and where each part of it was typed.
///
/// The checker sees one program; its messages are brought back to the lines that the user wrote.
struct SessionText {
  /// A part of the text.
  private struct Piece {
    /// The bytes of the whole text that it takes, words before it included.
    var range: Range<Int>
    /// Where the statement itself begins.
    var start: Int
    /// The statement that it is; nil for what stands around them.
    var statement: SessionStatement
  }

  private var text = ""
  private var pieces: [Piece] = []

  /// The text of statements, each on lines of its own.
  init(_ statements: [SessionStatement]) {
    for statement in statements { append(statement) }
  }

  /// Appends a statement, behind words that stand before it on its line.
  mutating func append(_ statement: SessionStatement, prefix: String = "") {
    let first = text.utf8.count
    text += prefix
    let start = text.utf8.count
    text += statement.text
    pieces.append(Piece(range: first..<text.utf8.count, start: start, statement: statement))
    text += "\n"
  }

  /// The text as a file; `name` is a path relative to which its own paths are resolved.
  func source(named name: String) -> SourceFile { SourceFile(name: name, text: text) }

  /// The statement that a place of the text belongs to; a place between two belongs to the one before.
  func statement(at offset: Int) -> SessionStatement? { piece(at: offset)?.statement }

  private func piece(at offset: Int) -> Piece? {
    pieces.last { $0.range.lowerBound <= offset } ?? pieces.first
  }

  /// A diagnostic of the text, at the place where it was typed.
  ///
  /// Places in other statements become notes that quote them.
  func located(_ diagnostic: Diagnostic) -> LocatedDiagnostic {
    guard let primary = diagnostic.primary, let piece = piece(at: primary.span.start) else {
      return LocatedDiagnostic(diagnostic, in: SourceFile(name: "", text: ""), statement: nil)
    }
    func moved(_ label: Diagnostic.Label) -> Diagnostic.Label {
      let own = piece.start...max(piece.start, piece.range.upperBound)
      let shift = piece.statement.offset - piece.start
      let start = min(max(label.span.start, own.lowerBound), own.upperBound)
      let end = min(max(label.span.end, start), own.upperBound)
      return Diagnostic.Label(SourceSpan(start: start + shift, end: end + shift), label.text)
    }
    var result = diagnostic
    result.primary = moved(primary)
    result.secondary = []
    for label in diagnostic.secondary {
      guard let other = self.piece(at: label.span.start) else { continue }
      if other.statement.id == piece.statement.id {
        result.secondary.append(moved(label))
      } else {
        let words = label.text.isEmpty ? "see" : label.text
        result.notes.append("\(words): `\(other.statement.summary)`")
      }
    }
    return LocatedDiagnostic(result, in: piece.statement.origin, statement: piece.statement)
  }
}

/// A diagnostic with the text that its places are in.
public struct LocatedDiagnostic: Sendable {
  /// What is wrong, with places in `source`.
  public var diagnostic: Diagnostic
  /// What the user typed, or the file that was read.
  public var source: SourceFile
  let statement: SessionStatement?

  init(_ diagnostic: Diagnostic, in source: SourceFile, statement: SessionStatement? = nil) {
    self.diagnostic = diagnostic
    self.source = source
    self.statement = statement
  }
}
