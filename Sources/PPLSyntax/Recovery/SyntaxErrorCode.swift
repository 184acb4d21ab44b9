import PPLSourceText

/// The codes of what is wrong with a text before its names have a meaning: `E01xx`.
///
/// `E0101` to `E0119` come from the lexer, the rest from the parser. A code keeps its number for
/// good; a new one takes the next free number.
package enum SyntaxErrorCode: String, Sendable, CaseIterable {
  // MARK: Characters, numbers, strings

  /// The file holds bytes that are not UTF-8.
  case invalidUTF8 = "E0101"
  /// A character that the language does not use here, an invisible one included.
  case unknownCharacter = "E0102"
  /// `.5`, `5.`, `1__0`, `3x`, `...`.
  case malformedNumber = "E0103"
  /// A number that is too large, too small or too long to be held.
  case numberOutOfRange = "E0104"
  /// A string whose closing quote is not on its line.
  case unterminatedString = "E0105"
  /// A `\` before a character that has no escape, or a control character in a string.
  case invalidEscape = "E0106"
  /// `**`, `&&`, `||`, `!`, `%`, `×` and other spellings of an operator.
  case foreignOperator = "E0107"
  /// `//` and `/*`.
  case foreignComment = "E0108"
  /// `'…'` and `“…”`.
  case foreignQuotes = "E0109"
  /// The file is larger than the lexer takes.
  case fileTooLarge = "E0110"

  // MARK: Statements

  /// Something else was expected.
  case unexpectedToken = "E0120"
  /// A bracket is not closed.
  case unclosedBracket = "E0121"
  /// A bracket is closed that is not open, or by another kind.
  case unmatchedBracket = "E0122"
  /// No statement starts like this.
  case notAStatement = "E0123"
  /// The first word is no keyword, but near one, or one of another language.
  case unknownKeyword = "E0124"
  /// A statement without `~` and `=`.
  case noRelation = "E0125"
  /// `<-`, `:=`, `==`, `+=` where `=` or `~` is meant.
  case foreignAssignment = "E0126"
  /// `=` or `~` inside an expression.
  case relationInExpression = "E0127"
  /// `a < b < c`.
  case chainedComparison = "E0128"
  /// A reserved word where a name is needed.
  case reservedName = "E0129"
  /// Something follows where a statement was complete.
  case textAfterStatement = "E0130"
  /// `for` in a list or call that has other elements, or outside of brackets.
  case misplacedFor = "E0131"
  /// `for (i in 1:N) { … }`, `while`.
  case loop = "E0132"
  /// `parameters { … }` and the like.
  case foreignBlock = "E0133"
  /// `1:N`.
  case colonRange = "E0134"
  /// `x[i,]`, `f(a,)`, `f(,a)`.
  case missingElement = "E0135"
  /// `i: d` in brackets that cannot bind a name.
  case misplacedBinder = "E0136"
  /// Only a name can be called, and only a name or a call can follow `|>`.
  case notCallable = "E0137"
  /// `if` without `then` or `else`, or as an operand without parentheses.
  case malformedConditional = "E0138"
  /// A `data` declaration whose type is not given.
  case dataWithoutType = "E0139"
  /// `real mu`: the type before the name.
  case typeBeforeName = "E0140"
  /// A bound that cannot be read, or two of them.
  case malformedBound = "E0141"
  /// More than `Parser.deepestNesting` brackets inside each other.
  case nestingTooDeep = "E0142"
  /// An expression tree of more than `Parser.deepestTree` levels.
  case treeTooDeep = "E0143"
  /// `with` or `where` where they cannot stand, `~` in a `with` that does not allow it.
  case misplacedClause = "E0144"
  /// More errors than are shown.
  case tooManyErrors = "E0145"
}

/// The diagnostics of one run, up to a limit; the rest is counted only.
struct DiagnosticLog {
  /// How many are kept.
  ///
  /// A file that is no program at all would otherwise drown its reader.
  static let limit = 100

  private(set) var diagnostics: [Diagnostic] = []

  /// Keeps the diagnostic, or says once that there are more.
  mutating func report(
    _ code: SyntaxErrorCode,
    _ message: String,
    at span: SourceSpan,
    _ label: String = "",
    secondary: [Diagnostic.Label] = [],
    notes: [String] = [],
    help: String? = nil
  ) {
    guard diagnostics.count < Self.limit else { return }
    // Recovery may come to the same place again.
    if let last = diagnostics.last, last.primary?.span == span, last.message == message { return }
    diagnostics.append(
      Diagnostic(
        code: code.rawValue,
        message: message,
        primary: .init(span, label),
        secondary: secondary,
        notes: notes,
        help: help
      )
    )
  }

  /// Those of two runs over the same text in the order of the text, cut at the limit.
  static func merged(_ first: DiagnosticLog, _ second: DiagnosticLog) -> [Diagnostic] {
    let all = (first.diagnostics + second.diagnostics).enumerated().sorted {
      ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
    }
    var result = all.prefix(limit).map(\.element)
    if all.count >= limit, let last = result.last {
      result.append(
        Diagnostic(
          code: SyntaxErrorCode.tooManyErrors.rawValue,
          message: "there are \(limit) errors or more, and only the first \(limit) are shown",
          primary: last.primary.map { .init($0.span, "the last error shown") },
          help: "mend the first ones and check again: the others may go with them"
        )
      )
    }
    return result
  }
}

extension Diagnostic {
  /// Where it points, for sorting.
  fileprivate var start: Int { primary?.span.start ?? 0 }
}
