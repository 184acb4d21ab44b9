import PPLGraphIR
import PPLTensorCore

/// The data of a term, element by element.
struct TermColumns {
  private let values: [Double]
  private let presence: [Double]?
  private let width: Int
  private let isUniform: Bool

  init(_ term: LinearForm.Term, count: Int) {
    values = term.data.constantValue?.values ?? []
    presence = term.presence?.constantValue?.values
    width = term.data.shape[1]
    isUniform = term.data.shape[0] == 1 && count > 1
  }

  /// The number that belongs to a coefficient at an element.
  subscript(element: Int, column: Int) -> Double {
    isUniform ? values[column] : values[element * width + column]
  }

  /// Whether an element has the term.
  func isPresent(_ element: Int) -> Bool {
    guard let presence else { return true }
    return presence[presence.count == 1 ? 0 : element] != 0
  }

  /// Whether no element has the term.
  var isAbsent: Bool { presence?.allSatisfy { $0 == 0 } ?? false }
}
