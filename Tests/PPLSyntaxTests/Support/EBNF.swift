/// A grammar in the notation of ISO/IEC 14977 with blanks for commas.
struct EBNF {
  /// A part of a production; the parts of the whole grammar are numbered.
  enum Part {
    case sequence([Int])
    case choice([Int])
    case option(Int)
    case repetition(Int)
    case terminal(String)
    case reference(String)
    case special(String)
  }

  struct Failure: Error { var message: String }

  private(set) var parts: [Part] = []
  /// Names in the order of the file.
  private(set) var names: [String] = []
  private(set) var productions: [String: Int] = [:]
  /// The text of each production, blanks made single and comments left out.
  private(set) var texts: [String: String] = [:]

  private var symbols: [String] = []
  private var position = 0

  init(_ text: String) throws {
    symbols = try Self.symbols(of: text)
    while position < symbols.count {
      let start = position
      let name = symbols[position]
      position += 1
      try take("=")
      let body = try choice()
      try take(";")
      guard productions[name] == nil else { throw Failure(message: "\(name) is defined twice") }
      names.append(name)
      productions[name] = body
      texts[name] = symbols[start..<position].joined(separator: " ")
    }
  }

  /// The symbols of a grammar text; quoted terminals and special sequences are one each.
  static func symbols(of text: String) throws -> [String] {
    var result: [String] = []
    var rest = Substring(text)
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if rest.hasPrefix("(*") {
        rest = try after("*)", in: rest)
      } else if first == "\"" || first == "'" || first == "?" {
        let end = try after(String(first), in: rest.dropFirst())
        let symbol = rest[..<end.startIndex]
        result.append(symbol.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        rest = end
      } else if first.isLetter {
        let name = rest.prefix { $0.isLetter }
        result.append(String(name))
        rest = rest.dropFirst(name.count)
      } else {
        result.append(String(first))
        rest.removeFirst()
      }
    }
    return result
  }

  private static func after(_ mark: String, in text: Substring) throws -> Substring {
    guard let range = text.firstRange(of: mark) else { throw Failure(message: "no \(mark)") }
    return text[range.upperBound...]
  }

  private var symbol: String { position < symbols.count ? symbols[position] : "" }

  private mutating func take(_ expected: String) throws {
    guard symbol == expected else {
      throw Failure(message: "expected \(expected) at symbol \(position), found \(symbol)")
    }
    position += 1
  }

  private mutating func add(_ part: Part) -> Int {
    parts.append(part)
    return parts.count - 1
  }

  private mutating func choice() throws -> Int {
    var alternatives = [try sequence()]
    while symbol == "|" {
      position += 1
      alternatives.append(try sequence())
    }
    return alternatives.count == 1 ? alternatives[0] : add(.choice(alternatives))
  }

  private mutating func sequence() throws -> Int {
    var items: [Int] = []
    while !["|", ";", ")", "]", "}", ""].contains(symbol) { items.append(try item()) }
    return items.count == 1 ? items[0] : add(.sequence(items))
  }

  private mutating func item() throws -> Int {
    let first = symbol
    position += 1
    switch first {
    case "(":
      let inner = try choice()
      try take(")")
      return inner
    case "[":
      let inner = try choice()
      try take("]")
      return add(.option(inner))
    case "{":
      let inner = try choice()
      try take("}")
      return add(.repetition(inner))
    default:
      if first.hasPrefix("?") {
        return add(.special(String(first.dropFirst().dropLast()).trimmed))
      }
      if first.hasPrefix("\"") || first.hasPrefix("'") {
        return add(.terminal(String(first.dropFirst().dropLast())))
      }
      guard first.first?.isLetter == true else { throw Failure(message: "unexpected \(first)") }
      return add(.reference(first))
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// What the special sequences of the grammar look at.
enum Lookahead {
  static let keywords: Set<String> = [
    "dim", "data", "param", "fn", "net", "causal", "dist", "extern", "ode", "factor", "guide",
    "model", "infer", "predict", "show", "plot", "check", "save",
  ]
  static let behindNames: Set<String> = ["=", "~", "[", ",", ":", "."]

  /// Whether the special sequence holds before these two tokens; nil if it is not known.
  static func holds(_ special: String, first: String, second: String) -> Bool? {
    let isKeyword = keywords.contains(first) && !behindNames.contains(second)
    switch special {
    case "keyword ahead": return isKeyword
    case "no keyword ahead": return !isKeyword
    case "no \"(\" or \"[\" ahead": return first != "(" && first != "["
    default: return nil
    }
  }
}
