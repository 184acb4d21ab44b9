import PPLGraphIR
import PPLTensorCore

/// A value with n elements as Σₜ cₜ dₜ: coefficients that vary with parameters, times data that do not.
///
/// Elements are counted in row-major order. Coefficients are values of the graph under construction; data live in a
/// builder of their own, in which everything folds.
struct LinearForm {
  /// Number of elements, n.
  let count: Int
  /// The terms; no two have the same coefficient and the same elements.
  private(set) var terms: [Term]

  /// One term, or k terms whose coefficients are a vector.
  struct Term {
    var coefficient: Coefficient
    /// d: constants `[n, k]`, or `[1, 1]` where they are the same for all elements; k = 1 but for vectors.
    var data: GraphValue
    /// A boolean constant `[n, 1]`, false where the term is absent whatever the coefficient; nil if nowhere.
    var presence: GraphValue?
  }

  init(count: Int, terms: [Term]) {
    self.count = count
    self.terms = terms
  }

  /// Most terms that a form may have.
  static let termLimit = 64

  mutating func add(_ term: Term) {
    let same = terms.firstIndex {
      $0.coefficient == term.coefficient && $0.presence?.id == term.presence?.id
    }
    if let same {
      terms[same].data = terms[same].data + term.data
    } else {
      terms.append(term)
    }
  }
}

/// A coefficient of a linear form.
enum Coefficient: Equatable {
  /// 1: the term is known.
  case one
  /// One value for all elements, shape `[]`.
  case shared(GraphValue)
  /// A vector `[k]`, whose element j goes with column j of the data.
  case vector(GraphValue)
  /// Row gᵢ of a table (a vector) for element i.
  case grouped(GraphValue, IndexTable)

  /// Number of parameter values in it.
  var size: Int {
    switch self {
    case .one: 0
    case .shared: 1
    case .vector(let value): value.shape.count
    case .grouped(_, let index): index.usedRows.count
    }
  }

  static func == (left: Coefficient, right: Coefficient) -> Bool {
    switch (left, right) {
    case (.one, .one): true
    case (.shared(let a), .shared(let b)), (.vector(let a), .vector(let b)): a.id == b.id
    case (.grouped(let a, let g), .grouped(let b, let h)): a.id == b.id && g == h
    default: false
    }
  }

  /// The product or quotient with another; nil if it is no coefficient.
  func combined(_ op: BinaryOp, _ other: Coefficient) -> Coefficient? {
    func apply(_ a: GraphValue, _ b: GraphValue) -> GraphValue { a.binary(op, b) }
    switch (self, other) {
    case (_, .one): return self
    case (.one, _) where op == .multiply: return other
    case (.one, .shared(let b)): return .shared(apply(b.scalar(1), b))
    case (.one, .grouped(let b, let g)): return .grouped(apply(b.scalar(1), b), g)
    case (.shared(let a), .shared(let b)): return .shared(apply(a, b))
    case (.shared(let a), .grouped(let b, let g)): return .grouped(apply(a, b), g)
    case (.shared(let a), .vector(let b)) where op == .multiply: return .vector(apply(a, b))
    case (.grouped(let a, let g), .shared(let b)): return .grouped(apply(a, b), g)
    case (.grouped(let a, let g), .grouped(let b, let h)) where g == h && a.shape == b.shape:
      return .grouped(apply(a, b), g)
    case (.vector(let a), .shared(let b)): return .vector(apply(a, b))
    default: return nil
    }
  }
}
