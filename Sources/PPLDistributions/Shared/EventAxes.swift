import PPLGraphIR
import PPLTensorCore

// Values whose last axis (or two) belongs to one event, the axes before to the plate.

extension GraphValue {
  /// The last axis.
  var lastAxis: Int { shape.rank - 1 }

  /// Size of the last axis.
  var eventSize: Int { shape[lastAxis] }

  /// Elements `start ..< start + count` of the last axis.
  func eventSlice(_ start: Int, _ count: Int) -> GraphValue {
    slice(axis: lastAxis, start: start, count: count)
  }

  /// The shape without its last axes.
  func plateShape(eventRank: Int) -> Shape { Shape(shape.sizes.dropLast(eventRank).map { $0 }) }

  /// Without last axes of size 1.
  func droppingEvent(rank: Int = 1) -> GraphValue { reshape(plateShape(eventRank: rank)) }

  /// Sum over the last axes, which go.
  func sumOverEvent(rank: Int = 1) -> GraphValue {
    let axes = Array((shape.rank - rank)..<shape.rank)
    return sum(axes: axes).droppingEvent(rank: rank)
  }

  /// Another axis of size 1 at the end.
  func addingEventAxis() -> GraphValue { reshape(Shape(shape.sizes + [1])) }

  /// The last axes repeated to these sizes, where they have size 1.
  func repeatingEvent(to sizes: [Int]) -> GraphValue {
    broadcast(to: Shape(plateShape(eventRank: sizes.count).sizes + sizes))
  }

  /// A scalar `[]` as an addend for plates of this rank.
  func addend(rank: Int) -> GraphValue { reshape(.ones(rank: rank)) }

  /// A known vector along the last axis of values of this rank.
  func eventConstant(rank: Int, count: Int, _ element: (Int) -> Double) -> GraphValue {
    builder.constant(shape: Shape([Int](repeating: 1, count: rank - 1) + [count])) {
      (0..<count).map(element)
    }
  }

  /// Elements of the last axis at constant positions: plate + `[M]` to plate + index shape.
  func gatherEvent(_ index: GraphValue) -> GraphValue {
    let plateRank = shape.rank - 1
    if plateRank == 0 { return gather(index) }
    let rows = transpose([plateRank] + Array(0..<plateRank)).gather(index)
    let added = index.shape.rank
    return rows.transpose(Array(added..<(added + plateRank)) + Array(0..<added))
  }
}

extension GraphBuilder {
  /// A constant whose elements are made only while the graph is within its budget: sizes come from users.
  func constant(
    shape: Shape,
    kind: ElementKind = .real,
    _ makeValues: () -> [Double]
  ) -> GraphValue {
    guard failure == nil, shape.count <= 1 << 28 else { return constant(0).broadcast(to: shape) }
    return constant(Tensor(shape: shape, kind: kind, values: makeValues()))
  }
}
