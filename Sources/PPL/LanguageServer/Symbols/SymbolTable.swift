import PPLSourceText

/// The names that a program defines, with all places where they stand.
struct SymbolTable: Sendable {
  /// What a name means.
  enum Kind: Sendable, Hashable {
    case dimension, data, quantity, function, net, distribution, guide, model, factor, fit
    case prediction
    /// Bound in brackets or behind `for`.
    case index
    /// Defined behind `with`, or within a system of differential equations.
    case local
    /// A parameter of a function, net or distribution.
    case argument
    /// A dimension that a function is written for.
    case genericDimension

    /// Whether it is seen in the whole program.
    var isGlobal: Bool {
      switch self {
      case .index, .local, .argument, .genericDimension: false
      default: true
      }
    }
  }

  struct Symbol: Sendable {
    var name: String
    var kind: Kind
    /// The name where it is defined first.
    var definition: SourceSpan
    /// The statement or clause that defines it.
    var statement: SourceSpan
    /// Where data without `key` would get it.
    var keyPlace: Int?
  }

  /// A place where a name stands.
  struct Occurrence: Sendable {
    var symbol: Int
    var span: SourceSpan
    var isDefinition: Bool
  }

  var symbols: [Symbol] = []
  /// In the order of the text.
  var occurrences: [Occurrence] = []

  /// The name at an offset, or right before it.
  func occurrence(at offset: Int) -> Occurrence? {
    let near = occurrences.filter { $0.span.start <= offset && offset <= $0.span.end }
    return near.first { $0.span.start == offset } ?? near.first
  }

  /// All places of a symbol.
  func occurrences(of symbol: Int) -> [Occurrence] {
    occurrences.filter { $0.symbol == symbol }
  }

  /// The symbols that can be named at an offset.
  func visible(at offset: Int) -> [Symbol] {
    symbols.filter { symbol in
      symbol.kind.isGlobal || symbol.statement.start <= offset && offset <= symbol.statement.end
    }
  }
}
