/// Brackets that do not fit into a line.
extension StatementLayout {
  /// Whether all before the last brackets, and these opened, fits into the line.
  func canHug(_ pieces: ArraySlice<Piece>) -> Bool {
    guard let first = pieces.first, let last = pieces.last, last.canBreak else { return false }
    return fits(first.first, last.first)
  }

  /// Writes the pieces with the last brackets broken only.
  mutating func hug(_ pieces: ArraySlice<Piece>) {
    writeFlat(pieces.dropLast())
    if let last = pieces.last { putGroup(last) }
  }

  /// Writes a name, call or the like, its brackets broken where the line is full.
  mutating func putChain(_ pieces: ArraySlice<Piece>, tail: Int = 0) {
    if fits(pieces, tail: tail) { return writeFlat(pieces) }
    let broken = pieces.lastIndex { $0.canBreak }
    if let broken, canHug(pieces[...broken]) {
      hug(pieces[...broken])
      return writeFlat(pieces[(broken + 1)...])
    }
    for index in pieces.indices {
      let isLast = index + 1 == pieces.endIndex
      if !pieces[index].canBreak || fits(pieces[index...index], tail: isLast ? tail : 0) {
        writeFlat(pieces[index...index])
      } else {
        putGroup(pieces[index])
      }
    }
  }

  /// Writes brackets with what they hold on lines between them.
  ///
  /// What fits into one line stands in one. Else comprehensions break at their clauses, entries of which
  /// one is named or too long have a line each, and others fill the lines.
  private mutating func putGroup(_ piece: Piece) {
    guard case .group(let open, let content, let close) = piece else { return }
    let outer = startOfLine ?? writer.indentation
    let inner = outer + 2
    let forced = writer.forcedIndentation
    writer.forcedIndentation = inner
    write(token: open)
    writer.startLine(indentation: inner)
    if content.contains(where: { isToken($0, .for) }) || fits(content[...]) {
      put(content[...], base: inner)
    } else {
      let entries = entries(of: content[...])
      let isFilled = entries.allSatisfy { entry in
        !entry.contains { isToken($0, .colon) } && fits(entry, indentation: inner)
      }
      if isFilled {
        fill(entries, indentation: inner)
      } else {
        for entry in entries {
          writer.startLine(indentation: inner)
          putEntry(entry, base: inner)
        }
      }
    }
    writer.startLine(indentation: outer)
    writer.forcedIndentation = forced
    write(token: close)
  }
}
