package import PPLSourceText

/// Makes a syntax tree of a program, in one pass over its tokens.
///
/// Each parse method quotes the productions of `grammar/ppl.ebnf` that it follows; a test holds them
/// against the file. After an error the parser goes on with the next statement, so that a run shows
/// the errors of all statements; what could be read of a broken statement stays in the tree, with
/// `Expression.Kind.invalid` for the rest.
///
/// Two limits make recursion over the tree safe, whoever does it: brackets nest at most
/// `deepestNesting` deep, and an expression has at most `deepestTree` levels, which a long sum
/// reaches without any bracket.
///
/// - Complexity: O(tokens) for any text.
package struct Parser {
  /// Most levels of an expression tree.
  package static let deepestTree = 400
  /// Most brackets, block braces included, inside each other.
  package static let deepestNesting = 256

  let file: SourceFile
  let tokens: [Token]
  var log: DiagnosticLog

  /// The token looked at.
  var index = 0
  /// Its kind; a line end inside of brackets is never looked at.
  var kind: Token.Kind
  /// Offset behind the last token taken that is no line end.
  var lastEnd = 0
  /// Indices of the tokens that were read as words of a statement (`from`, `given`), not as names.
  var words: Set<Int> = []
  /// Indices of the `{` that open blocks of statements, not sets.
  var blocks: Set<Int> = []

  /// The brackets that are open, outermost first: indices of their tokens.
  var openBrackets: [Int] = []
  /// How many of them make line ends insignificant: all but block braces.
  var joiningBrackets = 0
  /// `{` of another language's blocks and loops that were passed; their `}` are passed too.
  var foreignBraces = 0

  /// Levels of the expression parsed last; each method that parses one leaves them here.
  var treeDepth = 0
  /// Levels of operators and conditionals above the place, which recursion follows.
  var descent = 0
  /// The first token of the statement at hand.
  var statementStart = 0
  /// Whether the statement at hand failed and its rest is to be skipped.
  var isBroken = false
  /// Whether the first failure was that the text ended; nil before any failure.
  var firstFailureAtEnd: Bool?

  private init(_ file: SourceFile) {
    self.file = file
    (tokens, log) = Lexer.run(file)
    kind = tokens.first?.kind ?? .endOfFile
  }

  /// The program in a file, and what is wrong with its text, in the order of the text.
  package static func parse(_ file: SourceFile) -> (program: Program, diagnostics: [Diagnostic]) {
    let parsed = read(file)
    return (parsed.program, parsed.diagnostics)
  }

  /// The same with the tokens, for tools that need the text as it was written.
  package static func read(_ file: SourceFile) -> ParsedText {
    var parser = Parser(file)
    let items = parser.parseFile()
    return ParsedText(
      program: Program(items: items),
      diagnostics: DiagnosticLog.merged(parser.log, DiagnosticLog()),
      tokens: parser.tokens,
      words: parser.words,
      blocks: parser.blocks
    )
  }

  /// The one expression that the text is, for a query typed by itself; `.invalid` if it is none.
  package static func parseExpression(
    _ file: SourceFile
  ) -> (expression: Expression, diagnostics: [Diagnostic]) {
    var parser = Parser(file)
    let expression = parser.parseSoleExpression()
    return (expression, DiagnosticLog.merged(parser.log, DiagnosticLog()))
  }

  /// Whether Enter submits the text: it is complete, or wrong in a way that more lines cannot mend.
  ///
  /// A text is incomplete if a bracket, a block or an `if` is open at its end, or its last line ends
  /// in an operator, a comma or another token that joins lines (rule 2).
  package static func isComplete(_ text: String) -> Bool {
    let file = SourceFile(name: "", text: text + "\n")
    var asProgram = Parser(file)
    _ = asProgram.parseFile()
    guard let endedEarly = asProgram.firstFailureAtEnd, !endedEarly else {
      return asProgram.firstFailureAtEnd == nil
    }
    var asExpression = Parser(file)
    _ = asExpression.parseSoleExpression()
    return asExpression.firstFailureAtEnd != true
  }

  private mutating func parseSoleExpression() -> Expression {
    while accept(.newline) {}
    let value = parseValue()
    while !isBroken, accept(.newline) || accept(.semicolon) {}
    if !isBroken, kind != .endOfFile { _ = textAfterStatement() }
    return value
  }
}

/// What the parser made of a text.
package struct ParsedText: Sendable {
  /// The program; where it is wrong, what could be read of it.
  package let program: Program
  /// What is wrong, in the order of the text.
  package let diagnostics: [Diagnostic]
  /// The tokens, line ends among them.
  package let tokens: [Token]
  /// Indices of the tokens of kind `.name` that are words of the language at their places, such as
  /// `data`, `from` and `given`, which are names elsewhere.
  package let words: Set<Int>
  /// Indices of the `{` that open blocks of statements; all others open sets.
  package let blocks: Set<Int>
}

/// Thrown where a statement cannot be read further; the reason is in the log already.
struct SyntaxFailure: Error {}

// MARK: - The cursor

extension Parser {
  /// The token looked at.
  var token: Token { tokens[index] }

  /// The token with this index; the last one, `.endOfFile`, behind the end.
  func token(at index: Int) -> Token { tokens[min(index, tokens.count - 1)] }

  /// The text of the token looked at.
  var tokenText: String { text(of: token) }

  func text(of token: Token) -> String {
    String(decoding: file.bytes[token.start..<token.end], as: UTF8.self)
  }

  /// The span from an offset to the end of what was taken last.
  func span(from start: Int) -> SourceSpan { SourceSpan(start: start, end: max(start, lastEnd)) }

  /// Looks at the token with this index, or behind it if it is a line end in brackets.
  mutating func jump(to target: Int) {
    index = min(target, tokens.count - 1)
    if joiningBrackets > 0, tokens[index].kind == .newline { index += 1 }
    kind = tokens[index].kind
  }

  /// Takes the token looked at; the last one is never passed.
  mutating func advance() {
    if kind != .newline { lastEnd = tokens[index].end }
    jump(to: index + 1)
  }

  /// Takes the token if it is of this kind.
  mutating func accept(_ wanted: Token.Kind) -> Bool {
    guard kind == wanted else { return false }
    advance()
    return true
  }

  /// The kind of the token after the one looked at.
  var nextKind: Token.Kind {
    var next = min(index + 1, tokens.count - 1)
    if joiningBrackets > 0, tokens[next].kind == .newline { next += 1 }
    return tokens[next].kind
  }

  /// Whether the token looked at is this word, which is an ordinary name elsewhere.
  func isWord(_ word: String) -> Bool { isWord(word, at: index) }

  /// Whether the token with this index is this word.
  func isWord(_ word: String, at index: Int) -> Bool {
    let token = token(at: index)
    return token.kind == .name && file.bytes[token.start..<token.end].elementsEqual(word.utf8)
  }

  /// Takes the word if it is looked at.
  mutating func acceptWord(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    words.insert(index)
    advance()
    return true
  }

  /// Takes the word, or fails.
  mutating func expectWord(_ word: String, _ help: String) throws(SyntaxFailure) {
    guard acceptWord(word) else { throw unexpected("`\(word)`", help: help) }
  }

  /// Takes the sign, or fails.
  mutating func expect(
    _ wanted: Token.Kind,
    _ expected: String? = nil,
    help: String? = nil
  ) throws(SyntaxFailure) {
    guard accept(wanted) else {
      throw unexpected(expected ?? "`\(wanted.spelling ?? "")`", help: help)
    }
  }

  /// Takes a name, or fails.
  ///
  /// `role` says what it names, with its article ("a dimension"), and `alternative` what to do if the
  /// name wished for is a reserved word.
  mutating func expectName(
    _ role: String,
    alternative: String = "choose another name"
  ) throws(SyntaxFailure) -> Name {
    guard kind.isName else { throw notAName(role, alternative) }
    let name = Name(tokenText, span: token.span)
    advance()
    return name
  }

  /// Takes a string, or fails.
  mutating func expectString(_ role: String) throws(SyntaxFailure) -> (String, SourceSpan) {
    guard kind == .string else {
      throw unexpected(role, help: "write it between double quotes")
    }
    let (value, span) = (stringValue(of: token), token.span)
    advance()
    return (value, span)
  }
}

// MARK: - Brackets and depth

extension Parser {
  /// Takes an opening bracket.
  ///
  /// Inside of the braces of a block, if `isBlock`, line ends stay significant.
  mutating func open(isBlock: Bool = false) throws(SyntaxFailure) {
    guard openBrackets.count < Self.deepestNesting else { throw nestingTooDeep() }
    openBrackets.append(index)
    if !isBlock { joiningBrackets += 1 }
    advance()
  }

  /// Takes the closing bracket that fits the one opened last, or another one of `kinds`.
  mutating func close(
    _ kinds: Token.Kind...,
    isBlock: Bool = false,
    expected: String
  ) throws(SyntaxFailure) {
    guard kinds.contains(kind) else { throw unexpected(expected) }
    openBrackets.removeLast()
    if !isBlock { joiningBrackets -= 1 }
    advance()
  }

  /// Goes one level down; the caller goes up by `descent -= 1`.
  mutating func descend() throws(SyntaxFailure) {
    guard descent < Self.deepestTree else { throw treeTooDeep(from: token.start) }
    descent += 1
  }

  /// Makes the node over subtrees of at most `depth` levels; it ends with the token taken last.
  mutating func node(
    _ kind: Expression.Kind,
    from start: Int,
    over depth: Int
  ) throws(SyntaxFailure) -> Expression {
    guard depth < Self.deepestTree else { throw treeTooDeep(from: start) }
    treeDepth = depth + 1
    return Expression(kind, span: span(from: start))
  }
}
