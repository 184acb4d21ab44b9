/// Makes programs by random derivation from the grammar.
struct ProgramGenerator {
  private let grammar: EBNF
  private var random: SeededGenerator
  /// The least depth of a derivation of each part.
  private let leastDepth: [Int]
  private var tokens: [String] = []
  private var lookaheads: [(position: Int, special: String)] = []

  private static let names = [
    "x", "y", "mu", "sigma", "beta1", "obs", "school", "real", "Normal", "i", "t", "f", "a_b",
    "from", "key", "missing", "at", "to", "given", "div", "mod", "show", "data", "dim", "save", "T",
  ]
  private static let numbers = ["0", "3", "1_000", "2.5e-3", "1E+5", "0.5", "64", "12.25"]
  private static let strings = [
    "\"\"", "\"A\"", "\"HENNEPIN\"", "\"a \\\"b\\\" \\\\ c\"", "\"tab\\tline\\n\"", "\"# é ∑\"",
  ]

  init(_ grammar: EBNF, seed: UInt64) {
    self.grammar = grammar
    random = SeededGenerator(seed: seed)
    leastDepth = Self.leastDepths(grammar)
  }

  /// A program of the grammar; what its lookaheads rule out is thrown away and made again.
  mutating func program(depth: Int) -> String {
    while true {
      tokens = []
      lookaheads = []
      derive(.reference(grammar.names.first ?? ""), depth)
      let isAllowed = lookaheads.allSatisfy { place, special in
        Lookahead.holds(special, first: token(place), second: token(place + 1)) == true
      }
      if isAllowed { return text() }
    }
  }

  private func token(_ position: Int) -> String {
    position < tokens.count ? tokens[position] : ""
  }

  private static func leastDepths(_ grammar: EBNF) -> [Int] {
    let far = 1_000
    var depths = [Int](repeating: far, count: grammar.parts.count)
    var isChanging = true
    while isChanging {
      isChanging = false
      for (index, part) in grammar.parts.enumerated() {
        let depth: Int
        switch part {
        case .terminal, .special, .option, .repetition: depth = 0
        case .reference(let name):
          let body = ["NAME", "NUMBER", "STRING"].contains(name) ? nil : grammar.productions[name]
          depth = body.map { min(far, depths[$0] + 1) } ?? 0
        case .choice(let parts): depth = parts.map { depths[$0] }.min() ?? 0
        case .sequence(let parts): depth = parts.map { depths[$0] }.max() ?? 0
        }
        if depth < depths[index] {
          depths[index] = depth
          isChanging = true
        }
      }
    }
    return depths
  }

  private mutating func derive(_ part: Int, _ depth: Int) {
    switch grammar.parts[part] {
    case .option(let inner):
      if leastDepth[inner] < depth, chance(0.45) { derive(inner, depth) }
    case .repetition(let inner):
      guard leastDepth[inner] < depth else { return }
      while chance(0.4) { derive(inner, depth) }
    case .choice(let alternatives):
      let possible = alternatives.filter { leastDepth[$0] < depth }
      let least = alternatives.map { leastDepth[$0] }.min() ?? 0
      let open = possible.isEmpty ? alternatives.filter { leastDepth[$0] == least } : possible
      derive(open[Int.random(in: 0..<open.count, using: &random)], depth)
    case .sequence(let items):
      for item in items { derive(item, depth) }
    case let other: derive(other, depth)
    }
  }

  private mutating func derive(_ part: EBNF.Part, _ depth: Int) {
    switch part {
    case .terminal(let text): tokens.append(text)
    case .special(let special): lookaheads.append((tokens.count, special))
    case .reference("NAME"): tokens.append(one(of: Self.names))
    case .reference("NUMBER"): tokens.append(one(of: Self.numbers))
    case .reference("STRING"): tokens.append(one(of: Self.strings))
    case .reference("NEWLINE"): tokens.append("\n")
    case .reference(let name):
      if let body = grammar.productions[name] { derive(body, depth - 1) }
    default: break
    }
  }

  private mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  private mutating func one(of texts: [String]) -> String {
    texts[Int.random(in: 0..<texts.count, using: &random)]
  }

  /// The tokens with blanks, comments and, where they mean nothing, line ends between them.
  private mutating func text() -> String {
    var result = ""
    var depth = 0
    for (index, token) in tokens.enumerated() {
      if token == "(" || token == "[" { depth += 1 }
      if token == ")" || token == "]" { depth -= 1 }
      if token == "\n" {
        result += chance(0.2) ? " # a comment\n" : chance(0.2) ? "\n\n  \t\n" : "\n"
        continue
      }
      let joins = ["+", "*", ",", "~", "=", "->", "|>", "and", "if", "=="].contains(token)
      result += token
      if self.token(index + 1) != "'" {
        result += depth > 0 && chance(0.05) || joins && chance(0.1) ? "\n  " : " "
      }
    }
    return result
  }
}
