import PPLGraphIR
import PPLTensorCore

/// Turns the nodes of a graph into steps: loops over spaces, segment sums and kernels.
///
/// Shape primitives become views. Constants that hold one number become numbers in the code, positions of gathers
/// tables of integers.
struct GraphPlanner {
  let graph: Graph
  private(set) var values: [PlannedValue] = []
  private(set) var steps: [PlanStep] = []
  /// Tables of 32-bit integers, one behind the other.
  private(set) var tables: [Int32] = []
  private(set) var loops: [LoopPlan] = []
  private(set) var outputValue = 0
  /// Inputs that kernels read where they are the same for all steps of a loop.
  private(set) var imported: Set<Int> = []
  private(set) var views: [NodeView] = []
  private let firstInvariant: Int?
  /// Spaces of the loops that make values, by number of the value.
  private var spaces: [Int: [Int]] = [:]
  /// Where each input begins in the buffer of all inputs.
  private var inputStarts: [Int] = []
  private var gatherTables: [TableKey: Int?] = [:]
  private var segmentTables: [TableKey: Segments] = [:]
  /// Constant matrices by columns, by number of the constant.
  var columnMajorValues: [Int: Int] = [:]
  var masks: [MaskKey: Int] = [:]

  /// Positions and the number of rows that they are among.
  private struct TableKey: Hashable {
    var index: NodeID
    var rowCount: Int
  }

  /// Rows in the order of their groups.
  private struct Segments {
    var starts: Int
    var order: Int?
    /// Rows a group, where all groups have as many.
    var uniformCount: Int?
  }

  /// The steps of a graph; of a loop's step, if `firstInvariant` says which input is the first one that is the same for all.
  init(_ graph: Graph, firstInvariant: Int? = nil) {
    self.graph = graph
    self.firstInvariant = firstInvariant
    views.reserveCapacity(graph.nodes.count)
    var start = 0
    for shape in graph.inputs {
      inputStarts.append(start)
      start += shape.count
    }
    for index in graph.nodes.indices { views.append(plan(index)) }
    planOutputs()
  }

  // MARK: Values and steps

  mutating func addValue(_ source: PlannedValue.Source, count: Int) -> Int {
    values.append(PlannedValue(source: source, count: count))
    return values.count - 1
  }

  mutating func append(
    _ op: LoopOp,
    _ operands: [Access],
    space: [Int],
    result: Int,
    target: Access? = nil
  ) {
    if target == nil { spaces[result] = space }
    steps.append(
      .loop(
        Instruction(op: op, operands: operands, space: space, result: result, target: target)
      )
    )
  }

  /// Writes one number to all elements of a value.
  mutating func appendFill(_ number: Double, _ result: Int, _ shape: Shape) {
    let space = shape.longAxes.map { shape[$0] }
    append(
      .fill(number),
      [],
      space: space,
      result: result,
      target: Access(value: result, strides: Access.rowMajorStrides(space))
    )
  }

  /// A value that holds a view's elements in row-major order, copied if need be.
  ///
  /// Kernels know their addresses beforehand, so that `forKernel` inputs are copied, too.
  private mutating func stored(_ view: NodeView, _ shape: Shape, forKernel: Bool = false) -> Int {
    let value = values[view.value]
    let isWhole = view.isContiguous(shape) && view.offset == 0 && value.count == shape.count
    switch value.source {
    case .input(let number, _) where forKernel:
      guard isWhole, let firstInvariant, number >= firstInvariant else { break }
      imported.insert(view.value)
      return view.value
    case .uniform: break
    default: if isWhole { return view.value }
    }
    let copy = addValue(.computed, count: shape.count)
    let axes = shape.longAxes
    let space = axes.map { shape[$0] }
    append(
      .copy,
      [view.access(axes: axes)],
      space: space,
      result: copy,
      target: Access(value: copy, strides: Access.rowMajorStrides(space))
    )
    return copy
  }

  // MARK: Nodes

  private mutating func plan(_ index: Int) -> NodeView {
    let node = graph.nodes[index]
    let operands = node.operands.map { views[$0.index] }
    let shapes = node.operands.map { graph[$0].shape }
    switch node.op {
    case .constant(let constant): return planConstant(constant, node)
    case .input(let input):
      let value = addValue(.input(input, offset: inputStarts[input]), count: node.shape.count)
      return NodeView(value, shape: node.shape)
    case _ where node.shape.count == 0:
      return NodeView(addValue(.computed, count: 0), shape: node.shape)
    case .reshape:
      if let view = operands[0].reshaped(from: shapes[0], to: node.shape) { return view }
      return NodeView(stored(operands[0], shapes[0]), shape: node.shape)
    case .transpose(let permutation):
      var view = operands[0]
      view.strides = permutation.map { operands[0].strides[$0] }
      return view
    case .broadcast:
      return operands[0]
    case .slice(let axis, let start, let count):
      var view = operands[0]
      view.offset += start * view.strides[axis]
      if count == 1 { view.strides[axis] = 0 }
      return view
    case .diagonal:
      var view = operands[0]
      let last = view.strides.removeLast()
      view.strides[view.strides.count - 1] += last
      return view
    default: break
    }
    let result = addValue(.computed, count: node.shape.count)
    let view = NodeView(result, shape: node.shape)
    switch node.op {
    case .constant, .input, .reshape, .transpose, .broadcast, .slice, .diagonal: break
    case .unary(let op): planElementwise(.unary(op), operands, node.shape, result)
    case .binary(let op): planElementwise(.binary(op), operands, node.shape, result)
    case .select: planElementwise(.select, operands, node.shape, result)
    case .betaP: planElementwise(.betaP, operands, node.shape, result)
    case .pad(let axis, let before, let after):
      planPad(operands[0], shapes[0], node.shape, axis, before, after, result)
    case .concatenate(let axis):
      var start = 0
      for (operand, shape) in zip(operands, shapes) {
        planCopy(operand, shape, to: result, in: node.shape, axis: axis, start: start)
        start += shape[axis]
      }
    case .gather: planGather(node, operands, shapes, result)
    case .scatterAdd(let rows): planScatterAdd(index, rows, operands, shapes, result)
    case .reduce(let reduction, let axes):
      planReduction(reduction, Set(axes), operands[0], shapes[0], node.shape, result)
    case .matrixMultiply(let left, let right):
      let isLoop = planProduct(
        node,
        transposeLeft: left,
        transposeRight: right,
        operands,
        shapes,
        result
      )
      if !isLoop { planKernel(index, operands, shapes, result) }
    case .lowerTriangle(let strict):
      if !planTriangle(strict: strict, operands[0], node.shape, result) {
        planKernel(index, operands, shapes, result)
      }
    case .diagonalMatrix:
      if !planDiagonalMatrix(operands[0], node.shape, result) {
        planKernel(index, operands, shapes, result)
      }
    case .scan(let body, let length, let isReversed):
      if body.isRandom || length == 0 {
        planKernel(index, operands, shapes, result)
        break
      }
      let stored = zip(operands, shapes).map { self.stored($0, $1) }
      loops.append(LoopPlan(body))
      steps.append(
        .scan(
          ScanStep(
            loop: loops.count - 1,
            operands: stored,
            result: result,
            length: length,
            isReversed: isReversed
          )
        )
      )
    case .random, .cumulativeSum, .convolve, .sort, .argsort, .cholesky, .triangularSolve, .solve,
      .determinant, .symmetricEigen, .solveODE, .callout:
      planKernel(index, operands, shapes, result)
    }
    return view
  }

  private mutating func planConstant(_ constant: Int, _ node: Node) -> NodeView {
    let elements = graph.constants[constant].values
    if let first = elements.first,
      elements.allSatisfy({ $0.bitPattern == first.bitPattern })
    {
      return NodeView(addValue(.uniform(first), count: elements.count), shape: node.shape)
    }
    return NodeView(addValue(.constant(constant), count: elements.count), shape: node.shape)
  }

  private mutating func planElementwise(
    _ op: LoopOp,
    _ operands: [NodeView],
    _ shape: Shape,
    _ result: Int
  ) {
    let axes = shape.longAxes
    append(
      op,
      operands.map { $0.access(axes: axes) },
      space: axes.map { shape[$0] },
      result: result
    )
  }

  /// Copies a tensor into part of a larger one.
  private mutating func planCopy(
    _ operand: NodeView,
    _ shape: Shape,
    to result: Int,
    in whole: Shape,
    axis: Int,
    start: Int
  ) {
    if shape.count == 0 { return }
    let value = values[operand.value]
    if let space = spaces[operand.value], space.count > 1, value.count == shape.count,
      operand.offset == 0, operand.isContiguous(shape),
      shape.sizes.prefix(axis).allSatisfy({ $0 == 1 })
    {
      // One block at either end: the copy goes through it as the loop does that makes the value, and joins it.
      let strides = Access.rowMajorStrides(space)
      let offset = start * whole.strides[axis]
      append(
        .copy,
        [Access(value: operand.value, strides: strides)],
        space: space,
        result: result,
        target: Access(value: result, offset: offset, strides: strides)
      )
      return
    }
    appendPart(
      .copy,
      [operand.access(axes: shape.longAxes)],
      shape,
      of: whole,
      axis: axis,
      start: start,
      result: result
    )
  }

  /// Writes to the part of a tensor that begins at `start` along an axis.
  private mutating func appendPart(
    _ op: LoopOp,
    _ operands: [Access],
    _ part: Shape,
    of whole: Shape,
    axis: Int,
    start: Int,
    result: Int
  ) {
    let axes = part.longAxes
    let strides = whole.strides
    append(
      op,
      operands,
      space: axes.map { part[$0] },
      result: result,
      target: Access(
        value: result,
        offset: start * strides[axis],
        strides: axes.map { strides[$0] }
      )
    )
  }

  private mutating func planPad(
    _ operand: NodeView,
    _ shape: Shape,
    _ whole: Shape,
    _ axis: Int,
    _ before: Int,
    _ after: Int,
    _ result: Int
  ) {
    planCopy(operand, shape, to: result, in: whole, axis: axis, start: before)
    for (start, count) in [(0, before), (before + shape[axis], after)] where count > 0 {
      let margin = whole.replacing(axis: axis, with: count)
      appendPart(.fill(0), [], margin, of: whole, axis: axis, start: start, result: result)
    }
  }

  private mutating func planReduction(
    _ reduction: Reduction,
    _ reduced: Set<Int>,
    _ operand: NodeView,
    _ shape: Shape,
    _ resultShape: Shape,
    _ result: Int
  ) {
    if shape.count == 0 {
      appendFill(reduction.identity, result, resultShape)
      return
    }
    let axes = shape.longAxes
    if !axes.contains(where: reduced.contains) {
      // Nothing but axes of size 1 is reduced.
      planElementwise(.copy, [operand], shape, result)
      return
    }
    let strides = resultShape.strides
    append(
      .reduce(reduction),
      [operand.access(axes: axes)],
      space: axes.map { shape[$0] },
      result: result,
      target: Access(value: result, strides: axes.map { reduced.contains($0) ? 0 : strides[$0] })
    )
  }

  private mutating func planGather(
    _ node: Node,
    _ operands: [NodeView],
    _ shapes: [Shape],
    _ result: Int
  ) {
    let indexRank = shapes[1].rank
    let axes = node.shape.longAxes
    var rows = operands[0]
    if case .uniform = values[rows.value].source {
      // Rows are looked up in memory.
      rows = NodeView(stored(rows, shapes[0]), shape: shapes[0])
    }
    let rowAccess = Access(
      value: rows.value,
      offset: rows.offset,
      strides: axes.map { $0 < indexRank ? 0 : rows.strides[$0 - indexRank + 1] }
    )
    let rowCount = shapes[0][0]
    var table: IndexAccess?
    var accesses = [rowAccess]
    if let start = gatherTable(node.operands[1], rowCount: rowCount) {
      let strides = shapes[1].strides
      table = IndexAccess(
        table: start,
        strides: axes.map { $0 < indexRank && shapes[1][$0] != 1 ? strides[$0] : 0 }
      )
    } else {
      accesses.append(
        Access(
          value: operands[1].value,
          offset: operands[1].offset,
          strides: axes.map { $0 < indexRank ? operands[1].strides[$0] : 0 }
        )
      )
    }
    append(
      .gather(
        rowStride: rowCount == 1 ? 0 : rows.strides[0],
        rowCount: rowCount,
        table: table
      ),
      accesses,
      space: axes.map { node.shape[$0] },
      result: result
    )
  }

  /// The start of the table of positions that a constant holds; nil where it is not constant or names no row.
  private mutating func gatherTable(_ id: NodeID, rowCount: Int) -> Int? {
    let key = TableKey(index: id, rowCount: rowCount)
    if case .some(let known) = gatherTables[key] { return known }
    var start: Int?
    if let positions = positions(id, rowCount: rowCount) {
      start = tables.count
      tables += positions
    }
    gatherTables[key] = .some(start)
    return start
  }

  /// Positions that are constant and all within `0 ..< rowCount`.
  private func positions(_ id: NodeID, rowCount: Int) -> [Int32]? {
    guard case .constant(let constant) = graph[id].op else { return nil }
    var positions: [Int32] = []
    positions.reserveCapacity(graph.constants[constant].values.count)
    for element in graph.constants[constant].values {
      guard let position = Int32(exactly: element), position >= 0, position < rowCount else {
        return nil
      }
      positions.append(position)
    }
    return positions
  }

  private mutating func planScatterAdd(
    _ index: Int,
    _ rows: Int,
    _ operands: [NodeView],
    _ shapes: [Shape],
    _ result: Int
  ) {
    let node = graph.nodes[index]
    let width = node.shape.count / max(rows, 1)
    if shapes[1].count == 0 {
      appendFill(0, result, node.shape)
      return
    }
    guard let segments = segments(node.operands[1], rows: rows) else {
      planKernel(index, operands, shapes, result)
      return
    }
    let source = stored(operands[0], shapes[0])
    if segments.order == nil, let count = segments.uniformCount {
      // All groups are as large and in order: a reduction of an axis.
      append(
        .reduce(.sum),
        [
          Access(
            value: source,
            strides: Self.strides([rows, count, width], [count * width, width, 1])
          )
        ],
        space: [rows, count, width].filter { $0 != 1 },
        result: result,
        target: Access(
          value: result,
          strides: Self.strides([rows, count, width], [width, 0, 1])
        )
      )
      return
    }
    steps.append(
      .segments(
        SegmentSum(
          source: source,
          result: result,
          rowCount: rows,
          width: width,
          starts: segments.starts,
          order: segments.order
        )
      )
    )
  }

  private static func strides(_ sizes: [Int], _ strides: [Int]) -> [Int] {
    zip(sizes, strides).filter { $0.0 != 1 }.map { $0.1 }
  }

  private mutating func segments(_ id: NodeID, rows: Int) -> Segments? {
    let key = TableKey(index: id, rowCount: rows)
    if let known = segmentTables[key] { return known }
    guard let positions = positions(id, rowCount: rows), positions.count < Int(Int32.max) else {
      return nil
    }
    var starts = [Int32](repeating: 0, count: rows + 1)
    for position in positions { starts[Int(position) + 1] += 1 }
    let first = starts[min(1, rows)]
    let isUniform = starts.dropFirst().allSatisfy { $0 == first }
    for row in 0..<rows { starts[row + 1] += starts[row] }
    let isSorted = zip(positions, positions.dropFirst()).allSatisfy { $0 <= $1 }
    var segments = Segments(
      starts: tables.count,
      order: nil,
      uniformCount: isUniform && rows > 0 ? Int(first) : nil
    )
    tables += starts
    if !isSorted {
      var next = starts
      var order = [Int32](repeating: 0, count: positions.count)
      for (row, position) in positions.enumerated() {
        order[Int(next[Int(position)])] = Int32(row)
        next[Int(position)] += 1
      }
      segments.order = tables.count
      tables += order
    }
    segmentTables[key] = segments
    return segments
  }

  private mutating func planKernel(
    _ index: Int,
    _ operands: [NodeView],
    _ shapes: [Shape],
    _ result: Int
  ) {
    var stored: [Int] = []
    for (operand, shape) in zip(operands, shapes) {
      stored.append(self.stored(operand, shape, forKernel: true))
    }
    steps.append(.kernel(KernelStep(node: index, operands: stored, result: result)))
  }

  // MARK: Outputs

  /// Gives outputs their places: a whole value made by loops is written there at once, others are copied.
  private mutating func planOutputs() {
    outputValue = addValue(.outputs, count: graph.outputCount)
    var isKernelResult: Set<Int> = []
    for case .kernel(let step) in steps {
      isKernelResult.insert(step.result)
      isKernelResult.formUnion(step.operands)
    }
    var offset = 0
    for output in graph.outputs {
      let shape = graph[output].shape
      let view = views[output.index]
      let value = values[view.value]
      if shape.count > 0 {
        if value.isComputed, value.place == nil, value.count == shape.count, view.offset == 0,
          view.isContiguous(shape), !isKernelResult.contains(view.value)
        {
          values[view.value].place = Place(memory: .outputs, offset: offset)
        } else {
          let axes = shape.longAxes
          let space = axes.map { shape[$0] }
          append(
            .copy,
            [view.access(axes: axes)],
            space: space,
            result: outputValue,
            target: Access(
              value: outputValue,
              offset: offset,
              strides: Access.rowMajorStrides(space)
            )
          )
        }
      }
      offset += shape.count
    }
    values[outputValue].place = Place(memory: .outputs, offset: 0)
  }
}
