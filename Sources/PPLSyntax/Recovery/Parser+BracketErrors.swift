import PPLSourceText

/// The messages for brackets that do not match, and for what cannot stand inside of them.
extension Parser {
  /// A bracket that is not closed, or not by its own kind.
  mutating func bracketFailure() -> SyntaxFailure? {
    if kind.isClosing { return closingFailure() }
    guard let opening = openBrackets.last else { return nil }
    guard kind != .endOfFile else { return unclosed(opening, at: place) }
    guard joiningBrackets > 0 else { return nil }
    let line = firstTokenOfLine(with: index, notBefore: opening)
    guard line > opening, looksLikeStatement(line) else { return nil }
    var last = tokens[line - 1]
    if last.kind == .newline, line > 1 { last = tokens[line - 2] }
    return unclosed(opening, at: SourceSpan(start: last.end, end: last.end))
  }

  private mutating func unclosed(_ opening: Int, at place: SourceSpan) -> SyntaxFailure {
    let (sign, closing) = signs(ofBracket: opening)
    return failure(
      .unclosedBracket,
      "`\(sign)` is not closed",
      at: place,
      "`\(closing)` is missing",
      secondary: [.init(tokens[opening].span, "opened here")],
      help: "close it with `\(closing)`"
    )
  }

  private func signs(ofBracket opening: Int) -> (opening: String, closing: String) {
    switch tokens[opening].kind {
    case .leftParenthesis: ("(", ")")
    case .leftBracket: ("[", "]")
    default: ("{", "}")
    }
  }

  private mutating func closingFailure() -> SyntaxFailure? {
    guard let opening = openBrackets.last else {
      return failure(
        .unmatchedBracket,
        "\(found) closes nothing",
        at: place,
        "no bracket is open here",
        help: "remove it, or open the bracket before"
      )
    }
    let (sign, closing) = signs(ofBracket: opening)
    guard closing != kind.spelling else { return nil }
    if kind == .rightBrace {
      return unclosed(opening, at: SourceSpan(start: lastEnd, end: lastEnd))
    }
    guard joiningBrackets > 0 else {
      return failure(
        .unmatchedBracket,
        "\(found) closes nothing",
        at: place,
        "no bracket is open here",
        help: "remove it, or open the bracket before"
      )
    }
    return failure(
      .unmatchedBracket,
      "`\(sign)` is closed by \(found)",
      at: place,
      "expected `\(closing)`",
      secondary: [.init(tokens[opening].span, "opened here")],
      help: "write `\(closing)`"
    )
  }

  /// A sign that separates parts of a statement, inside of a bracket.
  mutating func separatorFailure() -> SyntaxFailure? {
    guard joiningBrackets > 0, let opening = openBrackets.last else { return nil }
    switch kind {
    case .equal, .tilde: return relationInBrackets(opening)
    case .colon: return colonInBrackets(opening)
    case .with:
      return failure(
        .misplacedClause,
        "`with` stands at the end of a statement",
        at: place,
        "inside of a bracket",
        secondary: [.init(tokens[opening].span, "this bracket is still open")],
        help: "move it behind the last bracket"
      )
    case .where:
      return failure(
        .misplacedClause,
        "`where` is out of place",
        at: place,
        "no binder stands before it",
        help: "`where` follows the binders: `sum(x[i] for i: d where c)`, or `y[i: d where c]`"
      )
    case .semicolon:
      return failure(
        .unexpectedToken,
        "`;` ends a statement",
        at: place,
        "inside of a bracket",
        secondary: [.init(tokens[opening].span, "this bracket is still open")],
        help: "elements are separated by `,`"
      )
    default: return nil
    }
  }

  private mutating func relationInBrackets(_ opening: Int) -> SyntaxFailure {
    let isOption = kind == .equal && tokens[opening].kind == .leftParenthesis
    var help = "an equation is a statement of its own; two values are compared with `==`"
    if isOption, let name = previous, name.kind.isName {
      let word = shortText(name.span)
      help = "an option is named with a colon, `\(word): …`; values are compared with `==`"
    }
    return failure(
      .relationInExpression,
      "\(found) stands inside of a value",
      at: place,
      secondary: [.init(tokens[opening].span, "this bracket is still open")],
      help: help
    )
  }

  private mutating func colonInBrackets(_ opening: Int) -> SyntaxFailure {
    guard let last = previous, last.kind.isName else {
      return failure(
        .colonRange,
        "a range is written with two dots",
        at: place,
        help: "write `..` for `:`, as in `1..n`, `2..` or `..n`"
      )
    }
    let name = shortText(last.span)
    return failure(
      .misplacedBinder,
      "`\(name):` cannot stand here",
      at: place,
      secondary: [.init(tokens[opening].span, "in this bracket")],
      help: "a name is bound in the brackets of a left side, or behind `for`; a range is "
        + "`\(name)..n`"
    )
  }
}
