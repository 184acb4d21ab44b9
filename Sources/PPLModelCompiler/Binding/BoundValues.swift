package import PPLSemantics
package import PPLTensorCore
import Synchronization

/// Values of data and computed data by variable; indices are positions from 0.
///
/// Large arrays are *streamed*: their rows stay in the file, and fits by steps read those of a step. What wants such an array whole gets
/// it all the same, and it is held from then on.
package struct BoundValues: Sendable {
  private enum Value: Sendable {
    case held(Tensor)
    case streamed(StreamedArray)
  }

  private var values: [VariableID: Value] = [:]

  package init() {}

  /// The value of a variable; nil where it has none, and where a streamed one cannot be held, which `whole` explains.
  package subscript(id: VariableID) -> Tensor? {
    get { try? whole(id) }
    set { values[id] = newValue.map { .held($0) } }
  }

  /// The value of a variable; nil where it has none.
  ///
  /// - Throws: why a streamed array cannot be held.
  package func whole(_ id: VariableID) throws(LoweringError) -> Tensor? {
    switch values[id] {
    case nil: nil
    case .held(let tensor): tensor
    case .streamed(let array): try array.whole()
    }
  }

  /// Whether a variable has a value.
  package func contains(_ id: VariableID) -> Bool { values[id] != nil }

  /// The shape of a variable's value.
  package func shape(of id: VariableID) -> Shape? {
    switch values[id] {
    case nil: nil
    case .held(let tensor): tensor.shape
    case .streamed(let array): array.shape
    }
  }

  /// The streamed array of a variable; nil for others.
  package func streamed(_ id: VariableID) -> StreamedArray? {
    if case .streamed(let array)? = values[id] { array } else { nil }
  }

  /// Lets a variable have a streamed array.
  mutating func stream(_ id: VariableID, _ array: StreamedArray) { values[id] = .streamed(array) }

  /// All variables that have values, in their order.
  package var variables: [VariableID] { values.keys.sorted { $0.index < $1.index } }
}

/// An array whose rows are read when they are wanted, or computed from such.
package final class StreamedArray: Sendable {
  package let shape: Shape
  package let kind: ElementKind
  /// Where its rows are; nil for those that are computed.
  package let source: (any RowSource)?
  private let evaluate: @Sendable () throws(LoweringError) -> Tensor
  private let held = Mutex<Tensor?>(nil)

  /// An array of which `evaluate` gives all rows.
  init(
    _ shape: Shape,
    _ kind: ElementKind,
    source: (any RowSource)?,
    evaluate: @escaping @Sendable () throws(LoweringError) -> Tensor
  ) {
    self.shape = shape
    self.kind = kind
    self.source = source
    self.evaluate = evaluate
  }

  /// Whether something wanted all its rows, so that they are held.
  package var isHeld: Bool { held.withLock { $0 != nil } }

  /// All rows, which are held from then on.
  func whole() throws(LoweringError) -> Tensor {
    if let known = held.withLock({ $0 }) { return known }
    // Not under the lock: what is computed reads others.
    let tensor = try evaluate()
    held.withLock { $0 = tensor }
    return tensor
  }
}
