import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Rows of a step that are read from a file.
package struct RowStream: Sendable {
  /// The inputs of the graph that say which rows these are.
  package var positions: Range<Int>
  /// Numbers of a row.
  package var width: Int
  package var source: any RowSource
}

/// The dimensions of which each step of a fit sees some rows only.
///
/// A dimension of M rows has n while a model is lowered so: data over it are the rows at positions that an input of the graph
/// gives, statements over it count M / n times, or T / n where steps take T of the rows only. Each statement may read its own row only.
final class RowBatch {
  /// All data; missing cells of those over batched dimensions have the value of some known cell.
  let full: BoundModel
  /// Which cells are missing of data over batched dimensions, 1 for those.
  let missing: [VariableID: Tensor]
  /// The model whose dimensions have the rows of a step; the values of data over them stand for their shapes only.
  let reduced: BoundModel
  /// Rows of a step.
  let counts: [DimensionID: Int]
  /// Rows that these stand for, where they are not all.
  private let totals: [DimensionID: Int]
  /// Positions of the rows of a step, `[n]`.
  private let positions: [DimensionID: GraphValue]
  /// The rows of a step of data that stay in files.
  private let read: [VariableID: GraphValue]
  /// Data that are computed from such for the rows of a step.
  private let following: Set<VariableID>
  /// Where the inputs for rows from files come from, in their order.
  let streams: [RowStream]
  private let builder: GraphBuilder
  /// Evaluates what data alone give.
  private let evaluator: Lowering

  /// Adds the inputs for the positions, in the order of the dimensions, then those for rows from files, if these are read row by row.
  init(
    _ bound: BoundModel,
    _ counts: [DimensionID: Int],
    totals: [DimensionID: Int],
    readsRows: Bool,
    _ builder: GraphBuilder
  ) throws(LoweringError) {
    self.counts = counts
    self.totals = totals
    self.builder = builder
    var positions: [DimensionID: GraphValue] = [:]
    var places: [DimensionID: Range<Int>] = [:]
    var inputCount = 0
    for id in counts.keys.sorted(by: { $0.index < $1.index }) {
      let count = counts[id] ?? 0
      positions[id] = builder.addInput(shape: [count]).floor()
      places[id] = inputCount..<inputCount + count
      inputCount += count
    }
    self.positions = positions
    var read: [VariableID: GraphValue] = [:]
    var following: Set<VariableID> = []
    var streams: [RowStream] = []
    var (full, reduced) = (bound, bound)
    var missing: [VariableID: Tensor] = [:]
    for (id, count) in counts {
      reduced.dimensions[id.index] = BoundDimension(
        name: bound[id].name,
        labels: bound[id].labels.first(count)
      )
    }
    for id in bound.values.variables {
      let axes = bound.model.variables[id.index].type.axes
      // A step may see all rows, and then in another order.
      let isBatched = axes.map { $0.dimension.map { counts[$0] != nil } ?? false }
      guard isBatched.contains(true), var sizes = bound.values.shape(of: id)?.sizes else {
        continue
      }
      for (axis, type) in axes.enumerated() {
        if let dimension = type.dimension, let count = counts[dimension] { sizes[axis] = count }
      }
      if readsRows, let array = bound.values.streamed(id), isBatched[0],
        !isBatched.dropFirst().contains(true),
        let positions = axes[0].dimension.flatMap({ places[$0] })
      {
        // Its shape and kind are wanted, and no number of it.
        reduced.values[id] = Tensor(
          shape: Shape(sizes),
          kind: array.kind,
          values: [Double](repeating: 0, count: Shape(sizes).count)
        )
        guard let source = array.source else {
          following.insert(id)
          continue
        }
        let rows = builder.addInput(shape: Shape(sizes))
        streams.append(
          RowStream(positions: positions, width: sizes.dropFirst().reduce(1, *), source: source)
        )
        read[id] =
          switch array.kind {
          case .real: rows
          case .integer: rows.floor()
          case .boolean: rows.isEqual(to: builder.constant(1))
          }
        continue
      }
      guard let tensor = try bound.values.whole(id) else { continue }
      if let cells = bound.missing[id], !cells.isEmpty {
        let mask = tensor.marking(cells)
        missing[id] = mask
        full.values[id] = tensor.filling(mask)
        full.missing[id] = nil
        reduced.missing[id] = nil
      }
      reduced.values[id] = (full.values[id] ?? tensor).leading(sizes)
    }
    self.full = full
    self.missing = missing
    self.reduced = reduced
    self.read = read
    self.following = following
    self.streams = streams
    evaluator = Lowering(bound, GraphBuilder(elementBudget: builder.elementBudget))
  }

  /// The rows of a step of data that stay in a file; nil for others.
  func readRows(of id: VariableID) -> GraphValue? { read[id] }

  /// Whether data are computed from such for the rows of a step.
  func isFollowing(_ id: VariableID) -> Bool { following.contains(id) }

  // MARK: What all rows give

  /// The value of an expression that data alone give, the same for all rows, if it reads more than one row; nil for others.
  func value(_ expression: CheckedExpression) throws(LoweringError) -> Tensor? {
    guard expression.stage == .data, !expression.type.axes.contains(where: contains),
      readsRows(expression), expression.isClosed
    else { return nil }
    return try evaluator.lower(expression, .makeRoot()).node.constantValue
  }

  /// Whether an expression has several rows of a batched dimension in it, or their number.
  private func readsRows(_ expression: CheckedExpression) -> Bool {
    var found = false
    expression.forEachPart { part in
      switch part.kind {
      case .size(let id, _), .endpoint(let id, _, _): found = found || counts[id] != nil
      default: found = found || part.type.axes.contains(where: contains)
      }
    }
    return found
  }

  /// Reports an expression that reads several rows and is not known from data.
  func refuse(_ what: String, at span: SourceSpan) -> LoweringError {
    let names = counts.keys.sorted { $0.index < $1.index }.map { "`\(full[$0].name)`" }
    return LoweringError(
      "E0612",
      "\(what), and each step of the fit sees some rows of \(names.joined(separator: ", ")) only",
      at: span,
      help: "statements over a batched dimension read their own row only; fit without `batch`, or"
        + " along another dimension"
    )
  }

  /// Whether an axis has the rows of a step.
  func contains(_ axis: Axis) -> Bool { axis.dimension.map { counts[$0] != nil } ?? false }

  /// How often the rows of a step count over these axes, to stand for all that steps take.
  func repeats(over axes: some Sequence<Axis>) -> Double {
    var product = 1.0
    for axis in axes {
      guard let id = axis.dimension, let count = counts[id] else { continue }
      product *= Double(totals[id] ?? full[id].count) / Double(count)
    }
    return product
  }

  /// The dimensions of which a step sees some rows, among those of axes.
  func dimensions(_ axes: some Sequence<Axis>) -> Set<DimensionID> {
    Set(axes.compactMap(\.dimension).filter { counts[$0] != nil })
  }

  /// Which cells of the rows of a step are missing; nil where none of all rows is.
  func missingRows(of id: VariableID) -> GraphValue? {
    missing[id].map { rows(of: builder.constant($0), full.model.variables[id.index].type.axes) }
  }

  /// The positions of the rows of a step.
  func rows(of id: DimensionID) -> GraphValue? { positions[id] }

  /// The rows of a step of an array over all rows.
  func rows(of whole: GraphValue, _ axes: [Axis]) -> GraphValue {
    var result = whole
    for (axis, type) in axes.enumerated() {
      guard let id = type.dimension, let rows = positions[id] else { continue }
      let rank = result.shape.rank
      let order = [axis] + (0..<rank).filter { $0 != axis }
      let back = (0..<rank).map { $0 < axis ? $0 + 1 : $0 == axis ? 0 : $0 }
      result = result.transpose(order).gather(rows).transpose(back)
    }
    return result
  }
}

extension CheckedExpression {
  /// Whether it reads no index or name of the statement that it stands in.
  fileprivate var isClosed: Bool {
    var own: Set<BinderID> = []
    forEachPart { part in
      if case .comprehension(let comprehension) = part.kind {
        for binder in comprehension.binders { own.insert(binder.id) }
      }
    }
    var isClosed = true
    forEachPart { part in
      switch part.kind {
      case .binder(let id): isClosed = isClosed && own.contains(id)
      case .local: isClosed = false
      default: break
      }
    }
    return isClosed
  }
}

extension BoundDimension.Labels {
  /// The first labels.
  func first(_ count: Int) -> Self {
    switch self {
    case .integers(let first, _): .integers(first: first, count: count)
    case .codes(let codes): .codes(Array(codes.prefix(count)))
    case .strings(let strings): .strings(Array(strings.prefix(count)))
    }
  }
}

extension Tensor {
  /// An array of the same shape that is 1 at some positions.
  fileprivate func marking(_ positions: [Int]) -> Tensor {
    var marks = [Double](repeating: 0, count: values.count)
    for position in positions { marks[position] = 1 }
    return Tensor(shape: shape, kind: .boolean, values: marks)
  }

  /// The same array with the value of an unmarked element, 0 if there is none, in place of marked ones.
  fileprivate func filling(_ marks: Tensor) -> Tensor {
    let known = values.indices.first { marks.values[$0] == 0 }.map { values[$0] } ?? 0
    let filled = zip(values, marks.values).map { $1 == 0 ? $0 : known }
    return Tensor(shape: shape, kind: kind, values: filled)
  }

  /// The leading elements along each axis.
  func leading(_ sizes: [Int]) -> Tensor {
    var result: [Double] = []
    result.reserveCapacity(sizes.reduce(1, *))
    let strides = shape.strides
    func visit(_ axis: Int, _ start: Int) {
      if axis == sizes.count {
        result.append(values[start])
        return
      }
      for index in 0..<sizes[axis] { visit(axis + 1, start + index * strides[axis]) }
    }
    visit(0, 0)
    return Tensor(shape: Shape(sizes), kind: kind, values: result)
  }
}
