import PPLSourceText
import PPLSyntax

/// Decides by the grammar alone whether tokens are a program: all ways are followed, with a memory.
struct Recogniser {
  /// What the grammar sees of a token.
  struct Terminal {
    var kind: Token.Kind
    var text: String
  }

  let grammar: EBNF
  private let tokens: [Terminal]
  private var memory: [Int: [Int]] = [:]
  /// Productions and alternatives that the derivation found uses, as `name` and `part:alternative`.
  private(set) var used: Set<String> = []

  init(_ grammar: EBNF, _ tokens: [Terminal]) {
    self.grammar = grammar
    self.tokens = tokens
  }

  /// Whether the grammar derives the tokens from its first production; notes what the derivation uses.
  mutating func accepts() -> Bool {
    guard let start = grammar.names.first, let body = grammar.productions[start] else {
      return false
    }
    guard ends(body, 0).contains(tokens.count) else { return false }
    used.insert(start)
    note(body, 0, tokens.count)
    return true
  }

  /// The tokens of a file as the grammar sees them: without line ends in brackets and the end.
  static func terminals(of file: SourceFile) -> [Terminal] {
    var result: [Terminal] = []
    var joins: [Bool] = []
    for token in Lexer.tokenize(file).tokens where token.kind != .endOfFile {
      let text = token.kind == .newline ? "" : file.text(of: token.span)
      if token.kind == .newline, joins.contains(true) { continue }
      if token.kind.isOpening { joins.append(token.kind != .leftBrace || isSet(result)) }
      if token.kind.isClosing, !joins.isEmpty { joins.removeLast() }
      result.append(Terminal(kind: token.kind, text: text))
    }
    return result
  }

  /// Whether a brace behind these tokens opens a set: `in {`, but not `model in {`.
  private static func isSet(_ before: [Terminal]) -> Bool {
    guard before.last?.text == "in" else { return false }
    return !["model", "guide", "->"].contains(before.dropLast().last?.text ?? "")
  }

  // MARK: All ends of a part

  private mutating func ends(_ part: Int, _ position: Int) -> [Int] {
    let key = part * (tokens.count + 1) + position
    if let known = memory[key] { return known }
    let result: Set<Int>
    switch grammar.parts[part] {
    case .terminal(let text): result = matches(text, position) ? [position + 1] : []
    case .reference(let name): result = Set(ends(of: name, position))
    case .special(let special):
      let holds = Lookahead.holds(special, first: text(position), second: text(position + 1))
      result = holds == true ? [position] : []
    case .option(let inner): result = Set(ends(inner, position)).union([position])
    case .choice(let alternatives):
      var all: Set<Int> = []
      for alternative in alternatives { all.formUnion(ends(alternative, position)) }
      result = all
    case .sequence(let items):
      var reached: Set<Int> = [position]
      for item in items {
        var next: Set<Int> = []
        for place in reached { next.formUnion(ends(item, place)) }
        reached = next
      }
      result = reached
    case .repetition(let inner):
      var all: Set<Int> = [position]
      var open = [position]
      while let place = open.popLast() {
        for end in ends(inner, place) where all.insert(end).inserted { open.append(end) }
      }
      result = all
    }
    let sorted = result.sorted()
    memory[key] = sorted
    return sorted
  }

  private mutating func ends(of name: String, _ position: Int) -> [Int] {
    guard position <= tokens.count else { return [] }
    let kind = position < tokens.count ? tokens[position].kind : .endOfFile
    switch name {
    case "NAME": return kind.isName ? [position + 1] : []
    case "NUMBER": return kind == .number ? [position + 1] : []
    case "STRING": return kind == .string ? [position + 1] : []
    case "NEWLINE": return kind == .newline ? [position + 1] : []
    default: return grammar.productions[name].map { ends($0, position) } ?? []
    }
  }

  private func text(_ position: Int) -> String {
    position < tokens.count ? tokens[position].text : ""
  }

  private func matches(_ terminal: String, _ position: Int) -> Bool {
    guard position < tokens.count else { return false }
    let token = tokens[position]
    return token.text == terminal && token.kind != .string && token.kind != .number
  }

  // MARK: One derivation

  private mutating func note(_ part: Int, _ start: Int, _ end: Int) {
    switch grammar.parts[part] {
    case .terminal, .special: break
    case .reference(let name):
      used.insert(name)
      if let body = grammar.productions[name] { note(body, start, end) }
    case .option(let inner):
      let isTaken = start != end || !ends(inner, start).isEmpty && ends(inner, start).contains(end)
      used.insert("\(part):\(isTaken ? 1 : 0)")
      if isTaken { note(inner, start, end) }
    case .choice(let alternatives):
      for (index, alternative) in alternatives.enumerated()
      where ends(alternative, start).contains(end) {
        used.insert("\(part):\(index)")
        return note(alternative, start, end)
      }
    case .sequence(let items): noteSequence(items[...], start, end)
    case .repetition(let inner): noteRepetition(part, inner, start, end)
    }
  }

  private mutating func noteSequence(_ items: ArraySlice<Int>, _ start: Int, _ end: Int) {
    guard let first = items.first else { return }
    for middle in ends(first, start) where reaches(items.dropFirst(), middle, end) {
      note(first, start, middle)
      return noteSequence(items.dropFirst(), middle, end)
    }
  }

  private mutating func reaches(_ items: ArraySlice<Int>, _ start: Int, _ end: Int) -> Bool {
    guard let first = items.first else { return start == end }
    for middle in ends(first, start) where middle <= end {
      if reaches(items.dropFirst(), middle, end) { return true }
    }
    return false
  }

  private mutating func noteRepetition(_ part: Int, _ inner: Int, _ start: Int, _ end: Int) {
    used.insert("\(part):\(start == end ? 0 : 1)")
    guard start < end else { return }
    for middle in ends(inner, start)
    where middle > start && ends(part, middle).contains(end) {
      note(inner, start, middle)
      return noteRepetition(part, inner, middle, end)
    }
  }
}
