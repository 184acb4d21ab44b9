import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// What the equations of a recursion read of its members.

extension RecursionLowering {
  /// The elements of a member that an equation reads.
  func read(
    _ id: VariableID,
    _ axes: [Axis],
    _ subscripts: [CheckedSubscript],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let own = axis(of: id)
    guard let segment, let base = segment.plate, subscripts.indices.contains(own) else {
      throw wholeRead(span)
    }
    var current: Plate? = plate
    while let step = current, step !== base {
      guard case .extended = step.step else { throw wholeRead(span) }
      current = step.parent
    }
    let places = try lowering.indexPositions(subscripts[own], axes[own], plate)
    var value = try rows(id, at: places, plate, span)
    var rest = subscripts
    rest.remove(at: own)
    var restAxes = axes
    restAxes.remove(at: own)
    if !rest.isEmpty {
      value = try lowering.subscripted(value, restAxes, rest, plate, span)
    }
    return value
  }

  private func wholeRead(_ span: SourceSpan) -> LoweringError {
    if let tracing {
      return tracing.refusal(
        "this reads other states than those of one index and earlier ones",
        span
      )
    }
    return LoweringError(
      "E0901",
      "a recursion that reads more than single earlier elements cannot be run by this version",
      at: span,
      help: "read elements at fixed distances: `x[t-1]`, `sum(a[k] * x[t-k] for k: lag)`"
    )
  }

  /// The rows at known places that lie at the same distance from every index of the segment.
  private func rows(
    _ id: VariableID,
    at places: GraphValue,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard let segment, let tensor = places.constantValue,
      tensor.values.allSatisfy({ $0.magnitude <= 1e15 })
    else { throw wholeRead(span) }
    let sizes = tensor.shape.sizes
    if tracing == nil, segment.count > 1, tensor.values.count == 1,
      let row = knownRow(id, Int(tensor.values[0]))
    {
      // One element, known already, for all indices.
      let rest = Array(row.shape.sizes.dropFirst())
      let ones = [Int](repeating: 1, count: plate.rank)
      return LoweredValue(row.reshape(Shape(ones + rest)), ownRank: rest.count)
    }
    // Distances may differ along one more axis, that of a comprehension over lags.
    let varying = sizes.indices.filter { sizes[$0] > 1 && $0 != segment.axis }
    guard varying.count <= 1 else { throw wholeRead(span) }
    let stacked = varying.first
    let lagCount = stacked.map { sizes[$0] } ?? 1
    let strides = tensor.shape.strides
    var values: [GraphValue] = []
    for number in 0..<lagCount {
      var distance: Int?
      for step in 0..<segment.count {
        var place = 0
        if let stacked { place += number * strides[stacked] }
        if let axis = segment.axis, sizes[axis] > 1 { place += step * strides[axis] }
        let index = segment.lower + step
        let read = Int(tensor.values[place])
        let lag = recursion.isForward ? index - read : read - index
        guard distance == nil || distance == lag else { throw wholeRead(span) }
        distance = lag
      }
      guard let distance else { throw wholeRead(span) }
      values.append(try row(id, distance, span))
    }
    // `[indices, rest…]` to the plate's axes, then the rest.
    var plateSizes = [Int](repeating: 1, count: plate.rank)
    if let axis = segment.axis { plateSizes[axis] = segment.count }
    if let tracing {
      // Copies stand behind the other axes of the quantity; they are the first of a plate.
      plateSizes[0] = tracing.copies
      let place = 1 + restRank(of: id)
      let order = [place] + (0..<values[0].shape.rank).filter { $0 != place }
      values = values.map { $0.transpose(order) }
    }
    let rest = values[0].shape.sizes.dropFirst(tracing == nil ? 1 : 2)
    let shaped = values.map { $0.reshape(Shape(plateSizes + rest)) }
    let node = stacked.map { GraphValue.concatenate(shaped, axis: $0) } ?? shaped[0]
    return LoweredValue(node, ownRank: rest.count)
  }

  /// The rows at a distance from the indices of the segment.
  private func row(_ id: VariableID, _ distance: Int, _ span: SourceSpan)
    throws(LoweringError) -> GraphValue
  {
    guard let segment else { throw wholeRead(span) }
    if distance == 0 {
      guard let row = segment.rows[id] else { throw wholeRead(span) }
      return row
    }
    let first = recursion.isForward ? segment.lower - distance : segment.upper - 1 + distance
    if tracing != nil, distance < 0 { throw wholeRead(span) }
    guard distance > 0, let row = knownRow(id, first) else {
      throw LoweringError(
        "E0702",
        "this index leaves its axis",
        at: span,
        "position \(first + 1) of \(size)",
        help: "restrict the equation to where the index exists: `t: d[2..]`, or test it with `if`"
      )
    }
    if tracing == nil, segment.count == 1 { return row }
    for lag in 1...distance where segment.placeholders[id]?[lag] == nil {
      self.segment?.placeholders[id, default: [:]][lag] = lowering.builder.addPlaceholder(
        shape: row.shape.replacing(axis: 0, with: segment.count)
      )
    }
    guard let placeholder = self.segment?.placeholders[id]?[distance] else {
      throw wholeRead(span)
    }
    return placeholder
  }
}
