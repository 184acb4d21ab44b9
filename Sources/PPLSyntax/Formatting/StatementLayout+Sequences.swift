/// Sequences that do not fit into a line: relations, conditionals, operators.
extension StatementLayout {
  /// Writes a part of a statement.
  ///
  /// - Parameters:
  ///   - pieces: the part.
  ///   - base: the indentation of the part's first line; what follows in further lines stands there
  ///     too if the part starts the line, and deeper if not.
  ///   - tail: characters that will follow on its last line.
  mutating func put(_ pieces: ArraySlice<Piece>, base: Int, tail: Int = 0) {
    if fits(pieces, tail: tail) { return writeFlat(pieces) }
    if let relation = pieces.firstIndex(where: { isRelation($0) }) {
      return putRelation(pieces, at: relation, base: base, tail: tail)
    }
    let continuation = startOfLine ?? base + 2
    if let clause = pieces.firstIndex(where: { isToken($0, .for) || isToken($0, .where) }) {
      return putClauses(pieces, from: clause, continuation: continuation, tail: tail)
    }
    if let colon = pieces.firstIndex(where: { isToken($0, .colon) }) {
      putChain(pieces[...colon])
      return put(pieces[(colon + 1)...], base: base, tail: tail)
    }
    if let first = pieces.first, isToken(first, .if) {
      return putConditional(pieces, continuation: continuation, tail: tail)
    }
    if let level = pieces.compactMap({ level(of: $0) }).min() {
      return putOperators(pieces, level, continuation: continuation, tail: tail)
    }
    putChain(pieces, tail: tail)
  }

  /// Writes an entry of a list with the comma at its end, if there is one.
  mutating func putEntry(_ pieces: ArraySlice<Piece>, base: Int) {
    guard let last = pieces.last, isToken(last, .comma) else { return put(pieces, base: base) }
    put(pieces.dropLast(), base: base, tail: 1)
    write(token: last.first)
  }

  /// Writes entries, as many into a line as fit.
  mutating func fill(_ entries: [ArraySlice<Piece>], indentation: Int) {
    for (place, entry) in entries.enumerated() {
      if place > 0, writer.isLineEnded || !fits(entry) {
        writer.startLine(indentation: indentation)
      }
      putEntry(entry, base: indentation)
    }
  }

  // MARK: Relations

  /// Writes `left = right` or `left ~ right`.
  private mutating func putRelation(
    _ pieces: ArraySlice<Piece>,
    at relation: Int,
    base: Int,
    tail: Int
  ) {
    putChain(pieces[..<relation], tail: 2)
    write(token: pieces[relation].first)
    let right = pieces[(relation + 1)...]
    if fits(right, tail: tail) { return writeFlat(right) }
    let commas = right.contains { isToken($0, .comma) }
    if commas, !canHug(right) {
      fill(entries(of: right), indentation: base + 2)
    } else if commas {
      hug(right)
    } else {
      let isOneValue = level(of: right) == nil
      let isOnlyBrackets = right.count == 1
      if !isOneValue || !canHug(right)
        || isOnlyBrackets && fits(right, indentation: base + 2, tail: tail)
      {
        writer.startLine(indentation: base + 2)
      }
      put(right, base: base + 2, tail: tail)
    }
  }

  // MARK: Clauses

  /// Writes `e for i: d where c` with a line for each clause.
  private mutating func putClauses(
    _ pieces: ArraySlice<Piece>,
    from start: Int,
    continuation: Int,
    tail: Int
  ) {
    put(pieces[..<start], base: continuation)
    var start = start
    while start < pieces.endIndex {
      let end =
        pieces[(start + 1)...].firstIndex { isToken($0, .for) || isToken($0, .where) }
        ?? pieces.endIndex
      writer.startLine(indentation: continuation)
      write(token: pieces[start].first)
      let binders = entries(of: pieces[(start + 1)..<end])
      fill(binders, indentation: continuation + 2)
      start = end
    }
  }

  /// Writes `if a then b else c` with a line for each part; a conditional behind `else` goes on so.
  private mutating func putConditional(
    _ pieces: ArraySlice<Piece>,
    continuation: Int,
    tail: Int
  ) {
    var depth = 0
    var start = pieces.startIndex
    for index in pieces.indices {
      if isToken(pieces[index], .if) { depth += 1 }
      let isPart = depth == 1 && (isToken(pieces[index], .then) || isToken(pieces[index], .else))
      if isToken(pieces[index], .else) { depth -= 1 }
      guard isPart else { continue }
      write(token: pieces[start].first)
      put(pieces[(start + 1)..<index], base: continuation)
      writer.startLine(indentation: continuation)
      start = index
      if depth == 0 { break }
    }
    write(token: pieces[start].first)
    let otherwise = pieces[(start + 1)...]
    if let first = otherwise.first, isToken(first, .if), !fits(otherwise, tail: tail) {
      putConditional(otherwise, continuation: continuation, tail: tail)
    } else {
      put(otherwise, base: continuation, tail: tail)
    }
  }

  // MARK: Operators

  /// How tightly operators hold, loosest first.
  enum Level: Int, Comparable {
    case conditional, pipe, or, and, compare, sum, product

    static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  private func level(of piece: Piece) -> Level? {
    guard let index = piece.token, source.tokens[index].isInfix else { return nil }
    switch source.tokens[index].kind {
    case .pipe: return .pipe
    case .or: return .or
    case .and: return .and
    case .equalEqual, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return .compare
    case .plus, .minus: return .sum
    case .star, .slash, .at, .div, .mod: return .product
    default: return nil
    }
  }

  /// The loosest operator of a value outside of brackets; nil if it is one call, list or name.
  private func level(of pieces: ArraySlice<Piece>) -> Level? {
    if let first = pieces.first, isToken(first, .if) { return .conditional }
    return pieces.compactMap { level(of: $0) }.min()
  }

  /// Writes operands with a line each: infix operators end a line, `|>` starts one.
  private mutating func putOperators(
    _ pieces: ArraySlice<Piece>,
    _ level: Level,
    continuation: Int,
    tail: Int
  ) {
    let operators = pieces.indices.filter { self.level(of: pieces[$0]) == level }
    let ends = operators + [pieces.endIndex]
    let starts = [pieces.startIndex] + operators.map { $0 + 1 }
    let operands = zip(starts, ends).map { pieces[$0..<$1] }
    let allFit = operands.allSatisfy { fits($0, indentation: continuation, tail: 3) }
    if level != .pipe, !allFit, canHug(pieces) { return hug(pieces) }
    for (place, operand) in operands.enumerated() {
      if place > 0 {
        if level == .pipe { writer.startLine(indentation: continuation) }
        write(token: pieces[operators[place - 1]].first)
        if level != .pipe { writer.startLine(indentation: continuation) }
      }
      put(operand, base: continuation, tail: place + 1 < operands.count ? 3 : tail)
    }
  }
}
