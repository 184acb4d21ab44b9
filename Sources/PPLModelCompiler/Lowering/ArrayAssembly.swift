import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The elements of a variable that one equation defines.
struct Piece {
  /// Which elements of the variable's plate, row-major, in the order of the node's rows; nil for all.
  var positions: [Int]?
  /// The plate's sizes, then the event's.
  var node: GraphValue
  /// For each axis of the event the position at which it begins.
  var origins: [Int]
  var span: SourceSpan
}

/// Puts a variable together from its equations: each element exactly once.
struct ArrayAssembly {
  let variable: Variable
  let id: VariableID
  let model: CheckedModel
  let lowering: Lowering

  /// The value of a variable that only `=` defines.
  func definedValue() throws(LoweringError) -> VariableValue {
    var pieces: [Piece] = []
    for index in variable.equations {
      let equation = model.equations[index]
      guard case .definition = equation.body else { continue }
      pieces.append(try definedPiece(equation))
    }
    return try assemble(pieces)
  }

  /// The elements that an equation with `=` defines.
  func definedPiece(_ equation: CheckedEquation) throws(LoweringError) -> Piece {
    guard case .definition(let expression) = equation.body else {
      preconditionFailure("an equation with `=`")
    }
    let plate = try plate(of: equation)
    try lowering.lowerLocals(equation.locals, plate)
    var value = try lowering.lower(expression, plate)
    try lowering.checkBudget(equation.span)
    let event = Array(variable.type.axes.dropFirst(variable.plateRank))
    if value.ownRank < event.count {
      // A scalar right side under a typed target.
      var sizes: [Int] = []
      for axis in event { sizes.append(try size(axis, equation.span)) }
      let node = lowering.padded(value, plate, to: event.count)
      value = LoweredValue(
        node.broadcast(to: Shape(value.plateSizes + sizes)),
        ownRank: event.count
      )
    }
    for (axis, size) in zip(event, value.ownSizes) {
      if case .dimension(let id) = axis {
        let count = try lowering.dimensions(id).count
        guard count == size else { throw lowering.sizeMismatch([count], [size], equation.span) }
      }
    }
    return Piece(
      positions: try positions(of: equation, plate),
      node: lowering.spread(value, plate).node,
      origins: value.origins,
      span: equation.targetSpan
    )
  }

  // MARK: Plates

  /// The plate of an equation's target, behind the axes of another; binds its binders.
  func plate(of equation: CheckedEquation, behind front: Plate = .makeRoot()) throws(LoweringError)
    -> Plate
  {
    var plate = front
    for item in equation.items {
      if case .binder(let binder) = item { plate = try lowering.bind(binder, plate) }
    }
    guard let condition = equation.condition else { return plate }
    return try lowering.restrict(plate, where: condition, kept: front.rank).plate
  }

  /// The sizes of the variable's plate axes.
  func plateSizes() throws(LoweringError) -> [Int] {
    var sizes: [Int] = []
    for (position, axis) in variable.type.axes.prefix(variable.plateRank).enumerated() {
      switch axis {
      case .dimension(let id), .part(let id): sizes.append(try lowering.dimensions(id).count)
      case .anonymous(let size?), .literal(let size): sizes.append(size)
      case .anonymous(nil): sizes.append(try greatestIndex(position))
      }
    }
    let budget = lowering.builder.elementBudget
    guard let count = checkedProduct(sizes), count <= budget else {
      throw LoweringError(
        "E0803",
        "`\(variable.name.text)` has too many elements",
        at: variable.name.span,
        sizes.map(String.init).joined(separator: " x "),
        help: "at most \(budget) elements are held in all; use smaller dimensions"
      )
    }
    return sizes
  }

  /// The extent of an integer axis: the greatest index that an equation defines.
  private func greatestIndex(_ axis: Int) throws(LoweringError) -> Int {
    var greatest = 0
    // The binders of the equations are bound here for a look at their ranges only.
    let binders = lowering.binders
    defer { lowering.binders = binders }
    for index in variable.equations {
      let equation = model.equations[index]
      let plate = try plate(of: equation)
      let value = try itemIndex(equation.items[axis], plate)
      let values = try lowering.constantTensor(value, plate, "an index", equation.targetSpan)
      for value in values {
        guard let index = Int(exactly: value), index >= 0, index < 1 << 53 else {
          throw LoweringError(
            "E0702",
            "an index is an integer from 1 on",
            at: equation.targetSpan,
            "this is \(lowering.shortNumber(value + 1))"
          )
        }
        greatest = max(greatest, index + 1)
      }
    }
    return greatest
  }

  /// The index of an item as position from 0.
  func itemIndex(_ item: TargetItem, _ plate: Plate) throws(LoweringError) -> LoweredValue {
    let expression: CheckedExpression
    switch item {
    case .binder(let binder) where lowering.batch?.contains(binder.axis) == true:
      let own = try lowering.lower(Self.expression(binder), plate).identityAxis
      if let own { return lowering.placesInBatch(own, plate) }
      expression = Self.expression(binder)
    case .binder(let binder): expression = Self.expression(binder)
    case .fixed(let fixed): expression = fixed
    }
    var value = try lowering.lower(expression, plate)
    if case .index = expression.type.element { return value }
    value.node = value.node - lowering.constant(1)
    return value
  }

  /// A binder as an expression.
  static func expression(_ binder: CheckedBinder) -> CheckedExpression {
    let type: ValueType =
      switch binder.domain {
      case .dimension(let id, _): ValueType(.index(id))
      case .integers: .integer
      }
    return CheckedExpression(.binder(binder.id), type: type, stage: .data, span: binder.name.span)
  }

  /// Which elements of the variable's plate an equation defines, in the order of its own plate.
  func positions(of equation: CheckedEquation, _ plate: Plate) throws(LoweringError) -> [Int]? {
    let sizes = try plateSizes()
    let isWhole =
      equation.condition == nil && plate.shape == sizes
      && equation.items.allSatisfy { item in
        guard case .binder(let binder) = item else { return false }
        switch binder.domain {
        case .dimension(_, let range): return range == nil
        case .integers(let lower, _): return lower == nil
        }
      }
    if isWhole { return nil }
    let strides = Shape(sizes).strides
    var result = [Int](repeating: 0, count: plate.count ?? 0)
    for (axis, item) in equation.items.enumerated() {
      let value = try itemIndex(item, plate)
      let values = try lowering.constantTensor(value, plate, "an index", equation.targetSpan)
      for (row, number) in values.enumerated() {
        guard let index = Int(exactly: number), index >= 0, index < sizes[axis] else {
          throw LoweringError(
            "E0702",
            "this index leaves its axis",
            at: equation.targetSpan,
            "\(lowering.shortNumber(number + 1)) of \(sizes[axis])"
          )
        }
        result[row] += index * strides[axis]
      }
    }
    return result
  }

  private func size(_ axis: Axis, _ span: SourceSpan) throws(LoweringError) -> Int {
    switch axis {
    case .dimension(let id): return try lowering.dimensions(id).count
    case .anonymous(let size?), .literal(let size): return size
    case .part, .anonymous(nil):
      throw LoweringError("E0205", "nothing says how long this axis is", at: span)
    }
  }

  // MARK: Joining

  /// The whole array of pieces that together define each element once.
  func assemble(_ pieces: [Piece]) throws(LoweringError) -> VariableValue {
    let sizes = try plateSizes()
    guard let first = pieces.first else {
      throw LoweringError(
        "E0404",
        "`\(variable.name.text)` has no equation",
        at: variable.name.span
      )
    }
    let event = Array(first.node.shape.sizes.dropFirst(rowRank(first, sizes)))
    if pieces.count == 1, first.positions == nil {
      return VariableValue(
        first.node.reshape(Shape(sizes + event)),
        origins: [Int](repeating: 0, count: sizes.count) + first.origins
      )
    }
    let places = try places(pieces, sizes)
    var rows: [GraphValue] = []
    for piece in pieces {
      let own = Array(piece.node.shape.sizes.dropFirst(rowRank(piece, sizes)))
      guard own == event else { throw lowering.sizeMismatch(event, own, piece.span) }
      let count = piece.positions?.count ?? places.count
      rows.append(piece.node.reshape(Shape([count] + event)))
    }
    let index = lowering.builder.constant(
      Tensor(shape: Shape([places.count]), kind: .integer, values: places)
    )
    let node = GraphValue.concatenate(rows, axis: 0).gather(index).reshape(Shape(sizes + event))
    return VariableValue(
      node,
      origins: [Int](repeating: 0, count: sizes.count) + first.origins
    )
  }

  private func rowRank(_ piece: Piece, _ sizes: [Int]) -> Int {
    piece.node.shape.rank - (variable.type.axes.count - variable.plateRank)
  }

  /// For each element of the plate the row, among all pieces' rows, that defines it.
  private func places(_ pieces: [Piece], _ sizes: [Int]) throws(LoweringError) -> [Double] {
    let count = checkedProduct(sizes) ?? 0
    var places = [Int](repeating: -1, count: count)
    var row = 0
    for piece in pieces {
      for position in piece.positions ?? Array(0..<count) {
        guard places[position] < 0 else {
          throw LoweringError(
            "E0401",
            "`\(try elementName(position, sizes))` is defined twice",
            at: piece.span,
            help: "each element has exactly one equation; restrict one with a range or `where`"
          )
        }
        places[position] = row
        row += 1
      }
    }
    try fillBeyondRows(&places, sizes)
    if let missing = places.firstIndex(of: -1) {
      throw LoweringError(
        "E0404",
        "`\(try elementName(missing, sizes))` has no equation",
        at: variable.name.span,
        "\(places.count { $0 < 0 }) of \(count) elements are not defined",
        help: "write an equation for these elements"
      )
    }
    return places.map(Double.init)
  }

  /// Gives elements that do not exist, beyond the end of a row of a ragged dimension, the values of the last that does.
  private func fillBeyondRows(_ places: inout [Int], _ sizes: [Int]) throws(LoweringError) {
    guard let exists = try lowering.existing(Array(variable.type.axes.prefix(sizes.count))) else {
      return
    }
    var last = places.first { $0 >= 0 } ?? -1
    for position in places.indices {
      if places[position] >= 0 { last = places[position] }
      if places[position] < 0, !exists[position] { places[position] = last }
    }
  }

  /// An element as the user writes it.
  private func elementName(_ position: Int, _ sizes: [Int]) throws(LoweringError) -> String {
    let strides = Shape(sizes).strides
    var remainder = position
    var labels: [String] = []
    for (axis, stride) in strides.enumerated() {
      let index = remainder / stride
      remainder %= stride
      if let id = variable.type.axes[axis].dimension {
        labels.append(try lowering.dimensions(id).name(at: index))
      } else {
        labels.append("\(index + 1)")
      }
    }
    return "\(variable.name.text)[\(labels.joined(separator: ","))]"
  }
}
