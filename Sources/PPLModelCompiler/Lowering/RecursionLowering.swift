import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Computes quantities that read their own elements, or each other's, at earlier (or later) indices of a dimension.
///
/// The dimension is divided into segments in which the same equations hold. A segment is written for all its indices
/// at once, with placeholders for what each index is given; `GraphBuilder.scan` makes the loop of it. A segment of one
/// index needs none: it reads what is known already.
final class RecursionLowering {
  let recursion: CheckedRecursion
  let lowering: Lowering
  private let model: CheckedModel
  /// Values of a random quantity: (variable, equation, its distribution, place); for what `~` defines.
  private let draw: Draw?
  /// Values of elements that no equation defines: (variable, elements of its plate); nil if one has none.
  private let fill: Fill?
  /// How the steps are taken apart, where they are not made a loop.
  let tracing: StepTracing?
  private let members: Set<VariableID>
  private var parts: [VariableID: [Part]] = [:]
  /// Sizes of each member without the axis of the recursion.
  private var restSizes: [VariableID: [Int]] = [:]
  /// Number of indices.
  var size = 0
  /// Rows that are known, by segments: the indices from `lower` on, then the rest.
  private var known: [VariableID: [(lower: Int, value: GraphValue)]] = [:]
  var segment: Segment?

  typealias Draw =
    (VariableID, CheckedEquation, CheckedDistribution, Place) throws(LoweringError) -> GraphValue
  typealias Fill = (VariableID, [Int]) -> GraphValue?

  /// The indices for which a statement is being evaluated.
  struct Place {
    var plate: Plate
    /// Which of the plate's axes runs over the indices of the recursion; nil where the statement has one of them.
    var axis: Int?
    /// Which of the statement's indices along that axis.
    var rows: Range<Int>
  }

  /// Indices from `lower` up to before `upper` that one equation defines.
  private struct Part {
    var equation: CheckedEquation
    var lower: Int
    var upper: Int
  }

  /// The indices that are being computed.
  struct Segment {
    var lower: Int
    var upper: Int
    /// Rows of these indices so far: the indices first, then the rest.
    var rows: [VariableID: GraphValue] = [:]
    /// What stands for earlier rows, by distance.
    var placeholders: [VariableID: [Int: GraphValue]] = [:]
    /// The plate of the equation that is being lowered, and which of its axes runs over the indices.
    var plate: Plate?
    var axis: Int?

    var count: Int { upper - lower }
  }

  init(
    _ recursion: CheckedRecursion,
    _ lowering: Lowering,
    draw: Draw? = nil,
    fill: Fill? = nil,
    tracing: StepTracing? = nil
  ) {
    self.recursion = recursion
    self.lowering = lowering
    model = lowering.model
    self.draw = draw
    self.fill = fill
    self.tracing = tracing
    members = Set(recursion.variables)
  }

  /// Whether a variable is one of those that are computed together.
  func contains(_ id: VariableID) -> Bool { members.contains(id) }

  /// Whether a value differs between the indices that are being computed.
  func varies(_ value: LoweredValue) -> Bool {
    guard let axis = segment?.axis, axis < value.plateSizes.count else { return false }
    return value.plateSizes[axis] > 1
  }

  /// The values of all members.
  func values() throws(LoweringError) -> [VariableID: VariableValue] {
    try computeSegments()
    var result: [VariableID: VariableValue] = [:]
    for id in recursion.variables { result[id] = try assembled(id) }
    return result
  }

  /// Computes the rows of all members, segment by segment.
  func computeSegments() throws(LoweringError) {
    for id in recursion.variables { try collectParts(id) }
    let outer = lowering.recursion
    lowering.recursion = self
    defer { lowering.recursion = outer }
    var bounds = Set([0, size])
    for part in parts.values.joined() { bounds.formUnion([part.lower, part.upper]) }
    for (equation, axis) in tracing?.statements ?? [] {
      let covered = try range(of: equation, axis)
      bounds.formUnion([covered.lowerBound, covered.upperBound])
    }
    let ordered = bounds.sorted()
    var segments = Array(zip(ordered, ordered.dropFirst()).map { (lower: $0, upper: $1) })
    if !recursion.isForward { segments.reverse() }
    for (lower, upper) in segments { try compute(lower, upper) }
  }

  // MARK: Parts

  func axis(of id: VariableID) -> Int { recursion.axes[id] ?? 0 }

  /// Number of a member's other axes in brackets.
  func restRank(of id: VariableID) -> Int { restSizes[id]?.count ?? 0 }

  private func collectParts(_ id: VariableID) throws(LoweringError) {
    let variable = model.variables[id.index]
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    var sizes = try assembly.plateSizes()
    let own = axis(of: id)
    size = max(size, sizes[own])
    sizes.remove(at: own)
    restSizes[id] = sizes
    for index in variable.equations {
      let equation = model.equations[index]
      let covered = try range(of: equation, own)
      guard !covered.isEmpty else { continue }
      parts[id, default: []].append(
        Part(equation: equation, lower: covered.lowerBound, upper: covered.upperBound)
      )
    }
  }

  /// The indices that a statement covers by an item of its target.
  private func range(of equation: CheckedEquation, _ axis: Int) throws(LoweringError) -> Range<Int>
  {
    let indices = try self.indices(equation.items[axis], equation)
    guard let first = indices.first, let last = indices.last else { return 0..<0 }
    return first..<(last + 1)
  }

  /// The indices that an item of a target stands for, without gaps, as positions from 0.
  private func indices(_ item: TargetItem, _ equation: CheckedEquation) throws(LoweringError)
    -> [Int]
  {
    var plate = Plate.makeRoot()
    let expression: CheckedExpression
    switch item {
    case .binder(let binder):
      plate = try lowering.bind(binder, plate)
      expression = ArrayAssembly.expression(binder)
    case .fixed(let fixed): expression = fixed
    }
    let value = try lowering.lower(expression, plate)
    let numbers = try lowering.constantTensor(value, plate, "an index", equation.targetSpan)
    let offset = if case .index = expression.type.element { 0.0 } else { 1.0 }
    var indices: [Int] = []
    for number in numbers {
      guard let index = Int(exactly: number - offset), index >= 0, index < size else {
        throw LoweringError("E0702", "this index leaves its axis", at: equation.targetSpan)
      }
      indices.append(index)
    }
    return indices
  }

  private func unsupported(
    _ equation: CheckedEquation,
    _ what: String,
    help: String? = nil
  ) -> LoweringError {
    LoweringError(
      "E0901",
      "\(what) cannot be run by this version",
      at: equation.targetSpan,
      help: help
    )
  }

  // MARK: Segments

  /// Most indices that are computed one by one where a segment cannot be computed whole: base cases within equations.
  private static let mostPeeled = 32

  /// Computes the rows of some indices, if need be the first ones by themselves.
  private func compute(_ lower: Int, _ upper: Int) throws(LoweringError) {
    var (lower, upper) = (lower, upper)
    var first: LoweringError?
    for _ in 0..<Self.mostPeeled {
      do throws(LoweringError) {
        return try computeWhole(lower, upper)
      } catch {
        first = first ?? error
        guard upper - lower > 1 else { throw first ?? error }
      }
      // Where equations tell cases apart by `if`, the first indices differ from the others.
      let single = recursion.isForward ? lower : upper - 1
      do throws(LoweringError) {
        try computeWhole(single, single + 1)
      } catch {
        throw error
      }
      if recursion.isForward { lower += 1 } else { upper -= 1 }
    }
    if let first { throw first }
  }

  private func computeWhole(_ lower: Int, _ upper: Int) throws(LoweringError) {
    segment = Segment(lower: lower, upper: upper)
    defer { segment = nil }
    for id in recursion.variables {
      let row = try row(of: id)
      segment?.rows[id] = row
    }
    guard let segment else { return }
    if let tracing {
      guard try take(segment, apart: tracing) else { throw stepsAreMixed() }
      for (id, value) in segment.rows { known[id, default: []].append((lower, value)) }
      return
    }
    var carried: [CarriedValue] = []
    for id in recursion.variables {
      guard let placeholders = segment.placeholders[id] else { continue }
      for (lag, placeholder) in placeholders.sorted(by: { $0.key < $1.key }) {
        let next = lag == 1 ? segment.rows[id] : placeholders[lag - 1]
        let start = recursion.isForward ? lower - lag : upper - 1 + lag
        guard let next, let initial = knownRow(id, start) else {
          preconditionFailure("earlier rows are known")
        }
        carried.append(
          CarriedValue(placeholder: placeholder, axis: 0, initial: initial, next: next)
        )
      }
    }
    let wanted = recursion.variables.compactMap { id in segment.rows[id].map { (id, $0) } }
    var rows = wanted.map(\.1)
    if !carried.isEmpty {
      let result = lowering.builder.scan(
        length: upper - lower,
        reversed: !recursion.isForward,
        carried: carried,
        outputs: rows.map { ($0, 0) }
      )
      guard let result else { throw stepsAreMixed() }
      rows = result
    }
    for ((id, _), value) in zip(wanted, rows) { known[id, default: []].append((lower, value)) }
  }

  private func stepsAreMixed() -> LoweringError {
    let equation = model.equations[model.variables[recursion.variables[0].index].equations[0]]
    return unsupported(
      equation,
      "a recursion that reads several of its own indices at once",
      help: "read single earlier elements: `x[t-1]`, `sum(a[k] * x[t-k] for k: lag)`"
    )
  }

  /// The row of an index that was computed before, `[1, rest…]`.
  func knownRow(_ id: VariableID, _ index: Int) -> GraphValue? {
    for (lower, value) in known[id] ?? [] where index >= lower && index < lower + value.shape[0] {
      return value.slice(axis: 0, start: index - lower, count: 1)
    }
    return nil
  }

  /// The rows of a member for all indices of the segment: the indices, then the other axes.
  private func row(of id: VariableID) throws(LoweringError) -> GraphValue {
    guard let segment else { preconditionFailure("a row belongs to a segment") }
    let own = (parts[id] ?? []).filter { $0.lower <= segment.lower && $0.upper >= segment.upper }
    if own.contains(where: { $0.equation.condition != nil }) {
      return try conditionalRow(of: id, own, segment)
    }
    let variable = model.variables[id.index]
    let rest = restSizes[id] ?? []
    let restCount = rest.reduce(1, *)
    var pieces: [GraphValue] = []
    var places = [Int](repeating: -1, count: restCount)
    var event: [Int] = []
    var next = 0
    for part in own {
      guard let (node, positions, _) = try piece(id, part) else { continue }
      event = Array(node.shape.sizes.dropFirst(2))
      for position in positions {
        guard places[position] < 0 else {
          throw LoweringError(
            "E0401",
            "`\(variable.name.text)` is defined twice",
            at: part.equation.targetSpan,
            help: "each element has exactly one equation"
          )
        }
        places[position] = next
        next += 1
      }
      pieces.append(node)
    }
    let open = places.indices.filter { places[$0] < 0 }
    if !open.isEmpty, let filling = filling(of: id, open, segment) {
      for position in open {
        places[position] = next
        next += 1
      }
      pieces.append(filling)
      event = Array(filling.shape.sizes.dropFirst(2))
    }
    guard !places.contains(-1) else {
      throw undefined(variable, segment)
    }
    var value = pieces.count == 1 ? pieces[0] : GraphValue.concatenate(pieces, axis: 1)
    if places != Array(0..<restCount) {
      let index = lowering.builder.constant(
        Tensor(shape: Shape([restCount]), kind: .integer, values: places.map(Double.init))
      )
      let order = [1, 0] + Array(2..<value.shape.rank)
      value = value.transpose(order).gather(index).transpose(order)
    }
    return value.reshape(Shape([segment.count] + rest + event))
  }

  /// The same where equations hold under conditions: each is computed for all indices, and taken where it holds.
  private func conditionalRow(of id: VariableID, _ own: [Part], _ segment: Segment)
    throws(LoweringError) -> GraphValue
  {
    let variable = model.variables[id.index]
    let rest = restSizes[id] ?? []
    let width = rest.reduce(1, *)
    var isDefined = [Bool](repeating: false, count: segment.count * width)
    var value: GraphValue?
    for part in own {
      guard let (node, positions, mask) = try piece(id, part) else { continue }
      var holds = [Bool](repeating: false, count: isDefined.count)
      var places = [Double](repeating: 0, count: width)
      for (row, position) in positions.enumerated() {
        places[position] = Double(row)
        for index in 0..<segment.count where mask?[index * positions.count + row] ?? true {
          guard !isDefined[index * width + position] else {
            throw LoweringError(
              "E0401",
              "`\(variable.name.text)` is defined twice",
              at: part.equation.targetSpan,
              help: "each element has exactly one equation"
            )
          }
          holds[index * width + position] = true
          isDefined[index * width + position] = true
        }
      }
      let order = [1, 0] + Array(2..<node.shape.rank)
      let index = Tensor(shape: [width], kind: .integer, values: places)
      let whole = node.transpose(order).gather(lowering.builder.constant(index)).transpose(order)
      guard let known = value else {
        value = whole
        continue
      }
      let ones = [Int](repeating: 1, count: whole.shape.rank - 2)
      let condition = Tensor(
        shape: Shape([segment.count, width] + ones),
        kind: .boolean,
        values: holds.map { $0 ? 1 : 0 }
      )
      value = lowering.builder.constant(condition).select(whole, known)
    }
    guard let value, try isComplete(isDefined, id, segment) else {
      throw undefined(variable, segment)
    }
    let event = value.shape.sizes.dropFirst(2)
    return value.reshape(Shape([segment.count] + rest + event))
  }

  private func undefined(_ variable: Variable, _ segment: Segment) -> LoweringError {
    LoweringError(
      "E0404",
      "some elements of `\(variable.name.text)` have no equation",
      at: variable.name.span,
      "position \(segment.lower + 1) of its recursion is not defined",
      help: "write base cases for the first elements"
    )
  }

  /// Whether all elements of a segment that exist are defined.
  private func isComplete(_ isDefined: [Bool], _ id: VariableID, _ segment: Segment)
    throws(LoweringError) -> Bool
  {
    guard isDefined.contains(false) else { return true }
    let variable = model.variables[id.index]
    let axes = Array(variable.type.axes.prefix(variable.plateRank))
    guard let exists = try lowering.existing(axes) else { return false }
    let width = isDefined.count / max(1, segment.count)
    return isDefined.indices.allSatisfy { place in
      isDefined[place]
        || !exists[element(of: id, segment.lower + place / width, rest: place % width)]
    }
  }

  /// The place in a member's plate of an index of the recursion and a place along the other axes.
  private func element(of id: VariableID, _ index: Int, rest position: Int) -> Int {
    let own = axis(of: id)
    var sizes = restSizes[id] ?? []
    let restStrides = Shape(sizes).strides
    sizes.insert(size, at: own)
    let strides = Shape(sizes).strides
    var rest = position
    var element = index * strides[own]
    for (number, stride) in restStrides.enumerated() {
      element += rest / stride * strides[number < own ? number : number + 1]
      rest %= stride
    }
    return element
  }

  /// Values from elsewhere of elements that no equation defines, `[indices, elements, event…]`.
  private func filling(of id: VariableID, _ open: [Int], _ segment: Segment) -> GraphValue? {
    guard let fill else { return nil }
    let elements = (segment.lower..<segment.upper).flatMap { index in
      open.map { element(of: id, index, rest: $0) }
    }
    guard let values = fill(id, elements) else { return nil }
    let event = values.shape.sizes.dropFirst()
    return values.reshape(Shape([segment.count, open.count] + event))
  }

  /// What one equation says of a member's rows, `[indices, elements, event…]`, which elements, and where of
  /// `[indices, elements]` it holds; nil where it holds nowhere.
  private func piece(_ id: VariableID, _ part: Part) throws(LoweringError)
    -> (node: GraphValue, positions: [Int], mask: [Bool]?)?
  {
    let equation = part.equation
    let plate = try enter(equation, along: axis(of: id))
    let mask = try equation.condition.map { (condition) throws(LoweringError) in
      try self.mask(condition, plate)
    }
    if let mask {
      guard mask.holds.contains(true) else { return nil }
      lowering.heldRows = (plate, mask.rows)
    }
    defer { lowering.heldRows = nil }
    try lowering.lowerLocals(equation.locals, plate)
    let variable = model.variables[id.index]
    var value: LoweredValue
    switch equation.body {
    case .definition(let expression): value = try lowering.lower(expression, plate)
    case .distribution(let distribution):
      guard let draw else { preconditionFailure("drawn quantities have a way to be drawn") }
      let node = try draw(id, equation, distribution, place(plate, of: part.lower))
      value = LoweredValue(node, ownRank: variable.type.rank - variable.plateRank)
    }
    try lowering.checkBudget(equation.span)
    value = lowering.spread(value, plate)
    let count = segment?.count ?? 1
    let positions = try restPositions(id, equation, plate)
    // The indices, the other axes of the plate, then copies and the event.
    let copies = tracing.map { [$0.copies] } ?? []
    let axis = segment?.axis
    let order =
      [axis].compactMap(\.self) + (copies.count..<plate.rank).filter { $0 != axis }
      + Array(0..<copies.count) + Array(plate.rank..<value.node.shape.rank)
    let node = value.node.transpose(order)
      .reshape(Shape([count, positions.count] + copies + value.ownSizes))
    return (node, positions, mask?.holds.contains(false) == true ? mask?.holds : nil)
  }

  /// The plate of a statement for the indices of the segment; binds its binders.
  func enter(_ equation: CheckedEquation, along own: Int) throws(LoweringError) -> Plate {
    var plate = Plate.makeRoot()
    if let tracing {
      plate = plate.extended(by: tracing.copies)
      if let condition = equation.condition {
        throw tracing.refusal("a statement with `where` cannot be stepped through", condition.span)
      }
    }
    segment?.axis = nil
    for (position, item) in equation.items.enumerated() {
      guard case .binder(let binder) = item else { continue }
      if position == own {
        segment?.axis = plate.rank
        plate = try lowering.bind(binder, plate, positions: currentRange(binder))
      } else {
        plate = try lowering.bind(binder, plate)
      }
    }
    segment?.plate = plate
    return plate
  }

  /// Where a statement that begins at an index stands in the segment.
  func place(_ plate: Plate, of first: Int) -> Place {
    let start = (segment?.lower ?? first) - first
    return Place(plate: plate, axis: segment?.axis, rows: start..<(start + (segment?.count ?? 1)))
  }

  /// Adds what else is wanted of the segment, and hands it over; false where its steps are mixed.
  private func take(_ segment: Segment, apart tracing: StepTracing) throws(LoweringError) -> Bool {
    var weights: [(value: GraphValue, axis: Int)] = []
    for (equation, axis) in tracing.statements {
      let covered = try range(of: equation, axis)
      guard covered.lowerBound <= segment.lower, covered.upperBound >= segment.upper else {
        continue
      }
      guard case .distribution(let distribution) = equation.body else { continue }
      let plate = try enter(equation, along: axis)
      try lowering.lowerLocals(equation.locals, plate)
      let place = place(plate, of: covered.lowerBound)
      weights.append(try tracing.weigh(equation, distribution, place))
    }
    return try tracing.take(self.segment ?? segment, weights)
  }

  /// Where a condition holds: in the order of the plate, and with the indices of the segment first.
  private func mask(_ condition: CheckedExpression, _ plate: Plate) throws(LoweringError)
    -> (rows: [Bool], holds: [Bool])
  {
    let value = try lowering.lower(condition, plate)
    let rows = value.node.broadcast(to: Shape(plate.shape))
    var node = rows
    if let axis = segment?.axis {
      node = node.transpose([axis] + (0..<plate.rank).filter { $0 != axis })
    }
    guard let first = rows.constantValue, let known = node.constantValue else {
      throw LoweringError(
        "E0304",
        "a condition after `where` must be computable from data",
        at: condition.span
      )
    }
    return (first.values.map { $0 != 0 }, known.values.map { $0 != 0 })
  }

  private func currentRange(_ binder: CheckedBinder) -> Range<Int> {
    guard let segment else { preconditionFailure("a binder is bound within a segment") }
    return segment.lower..<segment.upper
  }

  /// Which elements of the other axes an equation defines, in the order of its plate.
  private func restPositions(
    _ id: VariableID,
    _ equation: CheckedEquation,
    _ plate: Plate
  ) throws(LoweringError) -> [Int] {
    let own = axis(of: id)
    let rest = restSizes[id] ?? []
    let strides = Shape(rest).strides
    var sizes = plate.shape
    if tracing != nil { sizes[0] = 1 }
    if let axis = segment?.axis { sizes[axis] = 1 }
    var positions = [Int](repeating: 0, count: sizes.reduce(1, *))
    var axis = 0
    let variable = model.variables[id.index]
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    for (position, item) in equation.items.enumerated() where position != own {
      let node = try assembly.itemIndex(item, plate).node.broadcast(to: Shape(sizes))
      guard let values = node.constantValue?.values else {
        throw unsupported(equation, "an index that is not known from data")
      }
      for (row, value) in values.enumerated() {
        guard let index = Int(exactly: value), index >= 0, index < rest[axis] else {
          throw LoweringError("E0702", "this index leaves its axis", at: equation.targetSpan)
        }
        positions[row] += index * strides[axis]
      }
      axis += 1
    }
    return positions
  }

  /// The whole array of a member.
  private func assembled(_ id: VariableID) throws(LoweringError) -> VariableValue {
    let own = axis(of: id)
    let segments = (known[id] ?? []).sorted { $0.lower < $1.lower }
    let joined = GraphValue.concatenate(segments.map(\.value), axis: 0)
    let order = (0..<joined.shape.rank).map { axis in
      axis < own ? axis + 1 : axis == own ? 0 : axis
    }
    return VariableValue(joined.transpose(order))
  }
}
