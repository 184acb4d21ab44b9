import Foundation

/// A density as help writes it: `log p(x | μ, s) = −|z| − log s, z = (x − μ) / s, x ≥ 0`.
///
/// Behind the equation stand abbreviations and conditions. Another equation is for other values: `log p(0 | p) = …`, or the next line.
struct FormulaText {
  private struct Case {
    /// The variable, or the only value that the case is for.
    var variable: String
    var symbols: [String]
    var value: String
    var clauses: [String] = []
  }

  private var cases: [Case] = []

  init(_ text: String) throws {
    for line in text.split(separator: "\n") {
      for clause in Self.clauses(of: String(line)) {
        guard clause.hasPrefix("log p(") else {
          if !cases.isEmpty { cases[cases.count - 1].clauses.append(clause) }
          continue
        }
        guard let bar = clause.firstIndex(of: "|"), let end = clause.firstIndex(of: ")"),
          let equals = clause.firstIndex(of: "=")
        else { throw FormulaError(message: "no density: \(clause)") }
        let head = clause.dropFirst("log p(".count).prefix { $0 != "|" }
        cases.append(
          Case(
            variable: head.filter { $0 != " " },
            symbols: clause[clause.index(after: bar)..<end].split(separator: ",").map {
              $0.filter { $0 != " " }
            },
            value: String(clause[clause.index(after: equals)...])
          )
        )
      }
    }
  }

  /// The log density; -inf where no case is for x.
  func value(at x: Double, _ parameters: [Double]) throws -> Double {
    for known in cases {
      var names = Dictionary(uniqueKeysWithValues: zip(known.symbols, parameters))
      if let only = Double(known.variable) {
        guard x == only else { continue }
      } else {
        names[known.variable] = x
      }
      // An abbreviation may use those behind it.
      let definitions = known.clauses.filter { clause in
        clause.contains(" = ") && names[String(clause.prefix(1))] == nil
      }
      for clause in definitions.reversed() {
        names[String(clause.prefix(1))] = try Self.evaluate(String(clause.dropFirst(4)), names)
      }
      let isInRange = try Self.isInRange(known.clauses, known.variable, names)
      if isInRange, try known.clauses.allSatisfy({ try Self.holds($0, names) }) {
        return try Self.evaluate(known.value, names)
      }
    }
    return -.infinity
  }

  /// The parts between commas that stand in no parentheses.
  private static func clauses(of line: String) -> [String] {
    var depth = 0
    var clauses = [""]
    for character in line {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        clauses.append("")
      } else {
        clauses[clauses.count - 1].append(character)
      }
    }
    return clauses.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// Whether the variable is one of `k = a, a + 1, …, b`, the integers from a, or from a to b; it is where no clause says so.
  private static func isInRange(
    _ clauses: [String],
    _ variable: String,
    _ names: [String: Double]
  ) throws -> Bool {
    guard let x = names[variable],
      let first = clauses.firstIndex(where: { $0.hasPrefix("\(variable) = ") })
    else { return true }
    guard x == x.rounded(), try x >= evaluate(String(clauses[first].dropFirst(4)), names) else {
      return false
    }
    guard let dots = clauses.firstIndex(of: "…"), dots + 1 < clauses.count else { return true }
    return try x <= evaluate(clauses[dots + 1], names)
  }

  /// Whether a chain of relations holds; other clauses do.
  private static func holds(_ clause: String, _ names: [String: Double]) throws -> Bool {
    let relations: Set<Character> = ["<", ">", "≤", "≥"]
    let signs = clause.filter(relations.contains)
    let values =
      try signs.isEmpty
      ? []
      : clause.split(whereSeparator: relations.contains).map { try evaluate(String($0), names) }
    return zip(signs, zip(values, values.dropFirst())).allSatisfy { sign, pair in
      switch sign {
      case "<": pair.0 < pair.1
      case ">": pair.0 > pair.1
      case "≤": pair.0 <= pair.1
      default: pair.0 >= pair.1
      }
    }
  }

  private static func evaluate(_ text: String, _ names: [String: Double]) throws -> Double {
    var reader = FormulaReader(text: Array(text), names: names)
    return try reader.readAll()
  }
}

struct FormulaError: Error {
  var message: String
}

/// Reads formulas as mathematics writes them: factors stand side by side, `log x y` is (log x) y, and `log 2π` is log(2π).
private struct FormulaReader {
  var text: [Character]
  var names: [String: Double]
  var place = 0

  mutating func readAll() throws -> Double {
    let value = try sum()
    skipBlanks()
    guard place == text.count else { throw failure() }
    return value
  }

  private var next: Character? { place < text.count ? text[place] : nil }

  private func failure() -> FormulaError {
    FormulaError(message: "cannot be read: \(String(text)) at \(place)")
  }

  private mutating func skipBlanks() {
    while next == " " { place += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipBlanks()
    guard next == character else { return false }
    place += 1
    return true
  }

  private mutating func sum() throws -> Double {
    var total = take("−") ? -(try product()) : try product()
    while true {
      if take("+") {
        total += try product()
      } else if take("−") {
        total -= try product()
      } else {
        return total
      }
    }
  }

  private mutating func product() throws -> Double {
    var value = try power()
    while true {
      skipBlanks()
      if take("/") {
        value /= try power()
      } else if let next, next.isLetter || next.isNumber || next == "(" {
        value *= try power()
      } else {
        return value
      }
    }
  }

  private mutating func power() throws -> Double {
    let base = try factor()
    if next == "^" {
      place += 1
      return pow(base, try factor())
    }
    let raised: [Character: String] = ["²": "2", "ᵏ": "k", "ᵃ": "a"]
    guard let sign = next, let exponent = raised[sign] else { return base }
    place += 1
    guard let value = Double(exponent) ?? names[exponent] else { throw failure() }
    return pow(base, value)
  }

  private mutating func factor() throws -> Double {
    skipBlanks()
    if take("(") {
      let value = try sum()
      guard take(")") else { throw failure() }
      return value
    }
    if take("|") {
      let value = try sum()
      guard take("|") else { throw failure() }
      return abs(value)
    }
    guard let first = next else { throw failure() }
    if first == "½" {
      place += 1
      return 0.5
    }
    if first.isNumber {
      let digits = text[place...].prefix { $0.isNumber && $0.isASCII }
      place += digits.count
      guard let value = Double(String(digits)) else { throw failure() }
      // Without a blank between they are one factor: 2π.
      guard let next, next.isLetter else { return value }
      return value * (try factor())
    }
    let letters = text[place...].prefix { $0.isASCII && $0.isLetter }
    var word = letters.isEmpty ? String(first) : String(letters)
    if text[(place + word.count)...].first == "₀" { word += "₀" }
    place += word.count
    if let value = names[word] { return value }
    if word == "π" { return .pi }
    if next == "(" {
      place += 1
      var arguments = [try sum()]
      while take(",") { arguments.append(try sum()) }
      guard take(")") else { throw failure() }
      return try call(word, arguments)
    }
    return try call(word, [try power()])
  }

  private func call(_ name: String, _ arguments: [Double]) throws -> Double {
    let x = arguments[0]
    switch (name, arguments.count) {
    case ("log", 1): return log(x)
    case ("exp", 1): return exp(x)
    case ("cos", 1): return cos(x)
    case ("logit", 1): return log(x / (1 - x))
    case ("Γ", 1): return tgamma(x)
    case ("Φ", 1): return 0.5 * erfc(-x / 2.0.squareRoot())
    case ("I₀", 1):
      // The power series (DLMF 10.25.2).
      var (term, total) = (1.0, 1.0)
      for k in 1...200 {
        term *= x * x / 4 / Double(k * k)
        total += term
      }
      return total
    case ("B", 2): return exp(lgamma(x) + lgamma(arguments[1]) - lgamma(x + arguments[1]))
    case ("C", 2):
      return exp(
        lgamma(x + 1) - lgamma(arguments[1] + 1) - lgamma(x - arguments[1] + 1)
      )
    case ("max", 2): return max(x, arguments[1])
    case ("min", 2): return min(x, arguments[1])
    default: throw FormulaError(message: "\(name) is not known here")
    }
  }
}
