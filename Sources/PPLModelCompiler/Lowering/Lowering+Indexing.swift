import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  /// An integer or string made a position in a dimension.
  func lowerCast(_ value: CheckedExpression, to id: DimensionID, _ plate: Plate)
    throws(LoweringError) -> LoweredValue
  {
    let dimension = try dimensions(id)
    if case .string(let text) = value.kind {
      guard let position = dimension.position(of: text) else {
        throw unknownLabel("\"\(text)\"", dimension, value.span, text)
      }
      return invariant(constant(Double(position)), plate)
    }
    var result = try lower(value, plate)
    try checkBudget(value.span)
    guard let tensor = result.node.constantValue else {
      // Known only in a draw: positions of consecutive labels; what lies outside reads as NaN.
      guard case .integers(let first, _) = dimension.labels else {
        throw LoweringError(
          "E0304",
          "an index of `\(dimension.name)` must be computable from data here",
          at: value.span
        )
      }
      result.node = result.node - constant(Double(first))
      return result
    }
    var positions: [Double] = []
    positions.reserveCapacity(tensor.values.count)
    for integer in tensor.values {
      guard let position = dimension.position(of: integer) else {
        throw unknownLabel(shortNumber(integer), dimension, value.span, nil)
      }
      positions.append(Double(position))
    }
    result.node = builder.constant(
      Tensor(shape: tensor.shape, kind: .integer, values: positions)
    )
    return result
  }

  private func unknownLabel(
    _ label: String,
    _ dimension: BoundDimension,
    _ span: SourceSpan,
    _ text: String?
  ) -> LoweringError {
    var help: String?
    if let text, case .strings(let strings) = dimension.labels {
      help = nearestName(to: text, among: strings).map { "did you mean \"\($0)\"?" }
    }
    return LoweringError(
      "E0701",
      "`\(dimension.name)` has no \(label)",
      at: span,
      "its labels are \(dimension.summary)",
      help: help
    )
  }

  /// A number without a trailing `.0`.
  func shortNumber(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }

  /// The integer label of an index.
  func lowerLabel(_ index: CheckedExpression, _ plate: Plate) throws(LoweringError) -> LoweredValue
  {
    var value = try lower(index, plate)
    guard case .index(let id) = index.type.element else { return value }
    let dimension = try dimensions(id)
    switch dimension.labels {
    case .strings:
      throw LoweringError(
        "E0302",
        "`\(dimension.name)` has text labels, which are no numbers",
        at: index.span,
        help:
          "compare the index with a label: `… == \"\(dimension.name(at: 0).dropFirst().dropLast())\"`"
      )
    case .integers(let first, _):
      value.node = value.node + constant(Double(first))
    case .codes(let codes):
      let table = builder.constant(
        Tensor(shape: Shape([codes.count]), kind: .integer, values: codes.map(Double.init))
      )
      value.node = table.gather(value.node)
    }
    value.identityAxis = nil
    return value
  }

  // MARK: Subscripts

  /// The index that one subscript stands for, as positions from 0 of the axis as it is stored.
  private func positions(
    _ entry: CheckedSubscript,
    axis: Axis,
    size: Int,
    origin: Int,
    _ plate: Plate
  ) throws(LoweringError) -> (value: LoweredValue, span: SourceSpan)? {
    switch entry {
    case .keep, .range: return nil
    case .index(let expression):
      var value = try lower(expression, plate)
      let start = axis.dimension == nil ? 1 : origin
      if start != 0 {
        value.node = value.node - constant(Double(start))
        // An index over 1..n stands at its own place.
        value.identityAxis = axis.dimension == nil ? identity(value.node, plate, size) : nil
      }
      return (value, expression.span)
    case .shifted(let index, let amount, let isBackward):
      let base = try lower(index, plate)
      let shift = try lower(amount, plate)
      var value = try combine(base, shift, plate, amount.span) { isBackward ? $0 - $1 : $0 + $1 }
      if origin != 0 { value.node = value.node - constant(Double(origin)) }
      value.identityAxis = nil
      return (value, index.span.union(amount.span))
    }
  }

  /// The axis along which a constant index counts 0, 1, 2, …, if it is one.
  private func identity(_ node: GraphValue, _ plate: Plate, _ size: Int) -> Int? {
    let varying = node.shape.sizes.indices.filter { node.shape[$0] > 1 }
    guard varying.count == 1, let axis = varying.first, axis < plate.rank,
      node.shape[axis] == size, let tensor = node.constantValue,
      tensor.values.indices.allSatisfy({ tensor.values[$0] == Double($0) })
    else { return nil }
    return axis
  }

  func lowerSubscripted(
    _ base: CheckedExpression,
    _ subscripts: [CheckedSubscript],
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    if case .variable(let id) = base.kind, recursion?.contains(id) == true {
      return try readRecursion(id, base.type.axes, subscripts, plate, base.span)
    }
    if case .variable(let id) = base.kind, enumeration?.replaces(id) == true {
      return try readEnumerated(id, base.type.axes, subscripts, plate, base.span)
    }
    if let value = try pickedBeforeSelection(base, subscripts, plate) { return value }
    let value = try lower(base, plate)
    return try subscripted(value, base.type.axes, subscripts, plate, base.span)
  }

  /// Elements of an array that varies over a plate, at places that binders name, where the present plate is a selection of
  /// that plate's index tuples: picked before the selection, so that the array is not repeated for each tuple.
  private func pickedBeforeSelection(
    _ base: CheckedExpression,
    _ subscripts: [CheckedSubscript],
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue? {
    guard case .local(let id) = base.kind else { return nil }
    let (value, origin) = try local(id)
    guard !value.isPlateInvariant, let path = plate.path(from: origin) else { return nil }
    let selection = path.firstIndex { if case .selected = $0.step { true } else { false } }
    guard let selection, let whole = path[selection].parent else { return nil }
    for entry in subscripts {
      switch entry {
      case .keep: continue
      case .index(let index):
        guard case .binder(let binder) = index.kind, let (_, origin) = binders[binder],
          whole.path(from: origin) != nil
        else { return nil }
      case .range, .shifted: return nil
      }
    }
    do throws(LoweringError) {
      let picked = try lowerSubscripted(base, subscripts, whole)
      return lift(picked, from: whole, to: plate)
    } catch {
      // Tuples that are not selected may leave the array.
      return nil
    }
  }

  func readRecursion(
    _ id: VariableID,
    _ axes: [Axis],
    _ subscripts: [CheckedSubscript],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard let recursion else { preconditionFailure("a recursion is being lowered") }
    return try recursion.read(id, axes, subscripts, plate, span)
  }

  /// The positions from 0 that one subscript stands for, over the plate.
  func indexPositions(_ entry: CheckedSubscript, _ axis: Axis, _ plate: Plate)
    throws(LoweringError) -> GraphValue
  {
    guard let index = try positions(entry, axis: axis, size: .max, origin: 0, plate) else {
      return constant(.nan)
    }
    return index.value.node
  }

  /// The elements of a value that subscripts pick.
  func subscripted(
    _ base: LoweredValue,
    _ axes: [Axis],
    _ subscripts: [CheckedSubscript],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    var value = base
    for (axis, entry) in subscripts.enumerated() {
      guard case .range(let range) = entry else { continue }
      let size = value.ownSizes[axis]
      let bounds = try sliceBounds(range, axes[axis], size, origin: value.origins[axis], plate)
      value.node = value.node.slice(
        axis: plate.rank + axis,
        start: bounds.lowerBound,
        count: bounds.count
      )
      value.origins[axis] += bounds.lowerBound
    }
    var picks: [(axis: Int, index: LoweredValue)] = []
    for (axis, entry) in subscripts.enumerated() {
      let size = value.ownSizes[axis]
      guard
        let (index, place) = try positions(
          entry,
          axis: axes[axis],
          size: size,
          origin: value.origins[axis],
          plate
        )
      else { continue }
      try checkBounds(index, size, axes[axis], value.origins[axis], place)
      if let batch, batch.contains(axes[axis]) {
        guard let own = index.identityAxis, index.ownRank == 0, plate.shape[own] == size else {
          throw batch.refuse("this reads another row", at: place)
        }
        picks.append((axis, placesInBatch(own, plate)))
        continue
      }
      picks.append((axis, index))
    }
    guard !picks.isEmpty else { return value }
    try checkRows(picks, axes, plate, span)
    return aligned(value, picks, plate) ?? pickedBeside(value, picks, plate)
      ?? gathered(value, picks, plate)
  }

  /// The places of a step's rows along an axis of the plate.
  func placesInBatch(_ axis: Int, _ plate: Plate) -> LoweredValue {
    var sizes = [Int](repeating: 1, count: plate.rank)
    sizes[axis] = plate.shape[axis]
    let places = (0..<plate.shape[axis]).map(Double.init)
    let node = builder.constant(Tensor(shape: Shape(sizes), kind: .integer, values: places))
    return LoweredValue(node, ownRank: 0, identityAxis: axis)
  }

  private func sliceBounds(
    _ range: CheckedRange,
    _ axis: Axis,
    _ size: Int,
    origin: Int,
    _ plate: Plate
  ) throws(LoweringError) -> Range<Int> {
    let start = axis.dimension == nil ? 1 : origin
    var low = 0
    var high = size - 1
    if let lower = range.lower {
      low = try position(lower, start, plate)
    }
    if let upper = range.upper {
      high = try position(upper, start, plate)
    }
    guard low >= 0, high < size, low <= high + 1 else {
      throw LoweringError(
        "E0702",
        "this range leaves the axis",
        at: range.span,
        "positions \(low + 1) to \(high + 1) of \(size)"
      )
    }
    return low..<(high + 1)
  }

  /// The position from 0 of the end of a slice.
  private func position(_ end: CheckedExpression, _ start: Int, _ plate: Plate)
    throws(LoweringError) -> Int
  {
    let value = try constantScalar(end, plate, "the end of a slice")
    guard let position = Int(exactly: value), position.magnitude <= 1 << 53 else {
      throw LoweringError(
        "E0702",
        "the ends of a range must be integers",
        at: end.span,
        "this is \(shortNumber(value))"
      )
    }
    return position - start
  }

  /// Reports an index that is known and outside of its axis.
  private func checkBounds(
    _ index: LoweredValue,
    _ size: Int,
    _ axis: Axis,
    _ origin: Int,
    _ span: SourceSpan
  ) throws(LoweringError) {
    try checkBudget(span)
    guard let tensor = index.node.constantValue,
      let wrong = tensor.values.first(where: { !($0 >= 0 && $0 < Double(size)) })
    else { return }
    let what: String
    if let id = axis.dimension {
      let dimension = try dimensions(id)
      what =
        "position \(shortNumber(wrong + Double(origin) + 1)) of `\(dimension.name)`, which has"
        + " \(dimension.count)"
    } else {
      what = "\(shortNumber(wrong + 1)) of \(size)"
    }
    throw LoweringError(
      "E0702",
      "this index leaves its axis",
      at: span,
      what,
      help: "restrict the equation to where the index exists: `t: d[2..]`, or test it with `if`"
    )
  }

  /// Which elements of an array over these dimensions exist, row by row; nil if all do.
  func existing(_ axes: [Axis]) throws(LoweringError) -> [Bool]? {
    try model.existing(axes, dimension: dimensions)
  }

  /// Reports an index that is known and beyond the end of its owner's row.
  private func checkRows(
    _ picks: [(axis: Int, index: LoweredValue)],
    _ axes: [Axis],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) {
    for (axis, index) in picks {
      guard let id = axes[axis].dimension, let sizes = try dimensions(id).sizes,
        let parent = model.dimensions[id.index].parent,
        let owner = picks.last(where: { $0.axis < axis && axes[$0.axis].dimension == parent }),
        index.ownRank == 0, owner.index.ownRank == 0
      else { continue }
      let table = builder.constant(
        Tensor(shape: [sizes.count], kind: .integer, values: sizes.map(Double.init))
      )
      let beyond = index.node.isGreaterOrEqual(to: table.gather(owner.index.node))
      guard let known = beyond.constantValue, known.values.contains(where: { $0 != 0 }),
        isReached(beyond, plate)
      else { continue }
      let dimension = try dimensions(id)
      throw LoweringError(
        "E0702",
        "this index leaves its row of `\(dimension.name)`",
        at: span,
        "some `\(model.dimensions[parent.index].name.text)` has fewer",
        help: "restrict the equation to where the index exists: `i: \(dimension.name)[p][2..]`, or"
          + " test it with `if`"
      )
    }
  }

  /// Whether a fault occurs at an index tuple for which the statement holds.
  private func isReached(_ fault: GraphValue, _ plate: Plate) -> Bool {
    guard let (base, holds) = heldRows, plate.path(from: base) != nil,
      plate.shape.starts(with: base.shape),
      let faults = fault.broadcast(to: Shape(plate.shape)).constantValue?.values
    else { return true }
    let each = faults.count / max(1, holds.count)
    return faults.indices.contains { faults[$0] != 0 && holds[$0 / max(1, each)] }
  }

  /// Picks by indices that stand at their own place along plate axes: nothing moves in memory.
  private func aligned(
    _ value: LoweredValue,
    _ picks: [(axis: Int, index: LoweredValue)],
    _ plate: Plate
  ) -> LoweredValue? {
    var targets: [(plateAxis: Int, own: Int)] = []
    for (axis, index) in picks {
      guard index.ownRank == 0, let place = index.identityAxis,
        plate.shape[place] == value.ownSizes[axis], value.plateSizes[place] == 1,
        !targets.contains(where: { $0.plateAxis == place })
      else { return nil }
      targets.append((place, axis))
    }
    let picked = Set(targets.map(\.own))
    let rest = (0..<value.ownRank).filter { !picked.contains($0) }
    // An own axis takes the place of the plate's axis of size 1.
    let places = Dictionary(uniqueKeysWithValues: targets.map { ($0.plateAxis, $0.own) })
    let order =
      (0..<plate.rank).map { places[$0].map { plate.rank + $0 } ?? $0 }
      + rest.map { plate.rank + $0 } + targets.map(\.plateAxis)
    let moved = value.node.transpose(order)
    return LoweredValue(
      moved.reshape(Shape(moved.shape.sizes.dropLast(targets.count))),
      ownRank: rest.count,
      origins: rest.map { value.origins[$0] }
    )
  }

  /// Picks from a value that varies over some of the plate's axes by indices that vary over others only: one gather
  /// that leaves those axes as they are.
  private func pickedBeside(
    _ value: LoweredValue,
    _ picks: [(axis: Int, index: LoweredValue)],
    _ plate: Plate
  ) -> LoweredValue? {
    let rank = plate.rank
    guard !value.isPlateInvariant else { return nil }
    let lifted = picks.map(\.index.ownRank).max() ?? 0
    for (_, index) in picks {
      for axis in 0..<rank where value.plateSizes[axis] > 1 && index.plateSizes[axis] > 1 {
        return nil
      }
    }
    let picked = Set(picks.map(\.axis))
    let rest = (0..<value.ownRank).filter { !picked.contains($0) }
    let leading = picks.map { value.ownSizes[$0.axis] }
    let restSizes = rest.map { value.ownSizes[$0] }
    let rows = value.node
      .transpose(picks.map { rank + $0.axis } + Array(0..<rank) + rest.map { rank + $0 })
      .reshape(Shape([leading.reduce(1, *)] + value.plateSizes + restSizes))
    let strides = Shape(leading).strides
    var linear: GraphValue?
    for (position, pick) in picks.enumerated() {
      let node = padded(pick.index, plate, to: lifted)
      let term = strides[position] == 1 ? node : node * constant(Double(strides[position]))
      linear = linear.map { $0 + term } ?? term
    }
    guard let linear else { return nil }
    // Axes: those of the index (plate, lifted), then of the value (plate, rest).
    let gathered = rows.gather(linear)
    let indexRank = rank + lifted
    let order =
      (0..<rank).flatMap { [$0, indexRank + $0] } + Array(rank..<indexRank)
      + Array(indexRank + rank..<gathered.shape.rank)
    let sizes =
      (0..<rank).map { linear.shape[$0] * value.plateSizes[$0] }
      + linear.shape.sizes.dropFirst(rank) + restSizes
    return LoweredValue(
      gathered.transpose(order).reshape(Shape(sizes)),
      ownRank: lifted + rest.count,
      origins: [Int](repeating: 0, count: lifted) + rest.map { value.origins[$0] }
    )
  }

  /// Picks by any indices: one gather of rows.
  private func gathered(
    _ value: LoweredValue,
    _ picks: [(axis: Int, index: LoweredValue)],
    _ plate: Plate
  ) -> LoweredValue {
    let rank = plate.rank
    let lifted = picks.map(\.index.ownRank).max() ?? 0
    let picked = Set(picks.map(\.axis))
    let rest = (0..<value.ownRank).filter { !picked.contains($0) }
    let order = Array(0..<rank) + picks.map { rank + $0.axis } + rest.map { rank + $0 }
    let varying = value.plateSizes.indices.filter { value.plateSizes[$0] > 1 }
    let leading = varying.map { value.plateSizes[$0] } + picks.map { value.ownSizes[$0.axis] }
    let restSizes = rest.map { value.ownSizes[$0] }
    let rows = value.node.transpose(order).reshape(Shape([leading.reduce(1, *)] + restSizes))
    let strides = Shape(leading).strides
    var linear: GraphValue?
    func add(_ node: GraphValue, _ stride: Int) {
      let term = stride == 1 ? node : node * constant(Double(stride))
      linear = linear.map { $0 + term } ?? term
    }
    for (position, axis) in varying.enumerated() {
      var sizes = [Int](repeating: 1, count: rank + lifted)
      sizes[axis] = value.plateSizes[axis]
      let iota = (0..<value.plateSizes[axis]).map(Double.init)
      add(
        builder.constant(Tensor(shape: Shape(sizes), kind: .integer, values: iota)),
        strides[position]
      )
    }
    for (position, pick) in picks.enumerated() {
      add(padded(pick.index, plate, to: lifted), strides[varying.count + position])
    }
    let index = linear ?? constant(0)
    return LoweredValue(
      rows.gather(index),
      ownRank: lifted + rest.count,
      origins: [Int](repeating: 0, count: lifted) + rest.map { value.origins[$0] }
    )
  }
}
