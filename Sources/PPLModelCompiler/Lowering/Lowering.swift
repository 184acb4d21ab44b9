import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Turns checked expressions into graph nodes, whole plates at a time.
///
/// An indexed equation becomes vector operations over its dimensions: the number of nodes follows the
/// text, not the data. What depends on data only is folded by the builder as it is made, so the same
/// code evaluates computed data, ranges and conditions.
final class Lowering {
  let model: CheckedModel
  let builder: GraphBuilder
  let dimensions: (DimensionID) throws(LoweringError) -> BoundDimension
  /// The whole array of a variable, axes as in its type, without plate.
  let variable: (VariableID, SourceSpan) throws(LoweringError) -> VariableValue
  /// The elements of data that are not missing, in order.
  let known: ((VariableID, SourceSpan) throws(LoweringError) -> Tensor)?
  /// The value of a query over draws; nil where queries cannot stand.
  let query: ((CheckedExpression) throws(LoweringError) -> Tensor)?

  var binders: [BinderID: (value: LoweredValue, plate: Plate)] = [:]
  var locals: [LocalID: (value: LoweredValue, plate: Plate)] = [:]
  /// Names of a statement's own whose values are made when something reads them.
  var pendingLocals: [LocalID: (definition: CheckedExpression, plate: Plate)] = [:]
  /// The recursion whose equations are being lowered.
  var recursion: RecursionLowering?
  /// Whether branches of conditions are evaluated only where they are taken, as something in them is not defined
  /// elsewhere.
  var splitsConditions = false
  /// The rows of a plate for which the statement that is being lowered holds, where it is lowered for others too.
  var heldRows: (plate: Plate, rows: [Bool])?
  /// The discrete latents that the statement which is being lowered takes all values of.
  var enumeration: Enumeration?
  /// The solutions of systems of differential equations: the plate's axes, then all states.
  var solutions: [ODEID: GraphValue] = [:]
  /// The systems that are solved, to report what fails.
  var systems: [(system: CheckedODE, body: ODEBody)] = []
  /// For each statement whose draws may have to be made again, the number of its rules that they break.
  var rejections: [GraphValue] = []
  /// What the program calls outside of itself.
  let externals: ExternalFunctions
  /// The dimensions of which only the rows of a step are there.
  var batch: RowBatch?
  /// What nets do while they are trained; nil afterwards.
  var training: NetTraining?
  /// Calls outside of the program, by what tells them apart.
  var callouts: [CalloutKey: CalloutBody] = [:]
  /// Set while the sizes of layers are found: there are no weights yet.
  var layerSizes: LayerSizes?
  /// Levels of expressions and function bodies that are being lowered.
  var depth = 0
  /// Calls that are being expanded, one inside the other.
  var callDepth = 0
  private var effort = 0

  /// Expressions lowered inside of calls at most: calls are expanded, so the text does not bound them.
  private static let greatestEffort = 400_000
  /// Most levels: recursion over expressions must not leave the stack.
  private static let greatestDepth = 800

  /// Whether cheap functions stand in the place of those outside of the program that have one.
  var usesApproximations = false

  init(
    model: CheckedModel,
    builder: GraphBuilder,
    dimensions: @escaping (DimensionID) throws(LoweringError) -> BoundDimension,
    variable: @escaping (VariableID, SourceSpan) throws(LoweringError) -> VariableValue,
    known: ((VariableID, SourceSpan) throws(LoweringError) -> Tensor)? = nil,
    query: ((CheckedExpression) throws(LoweringError) -> Tensor)? = nil,
    externals: ExternalFunctions
  ) {
    self.externals = externals
    self.model = model
    self.builder = builder
    self.dimensions = dimensions
    self.variable = variable
    self.known = known
    self.query = query
  }

  // MARK: Expressions

  /// The value of an expression for all indices of a plate.
  func lower(_ expression: CheckedExpression, _ plate: Plate) throws(LoweringError) -> LoweredValue
  {
    guard depth < Self.greatestDepth else {
      throw LoweringError(
        "E0504",
        "this is nested too deeply",
        at: expression.span,
        "after \(callDepth) calls inside each other",
        help: "let functions call fewer others in a row"
      )
    }
    depth += 1
    defer { depth -= 1 }
    if callDepth > 0 { effort += 1 }
    guard effort <= Self.greatestEffort else {
      throw LoweringError(
        "E0803",
        "this program grows too large when its functions are expanded",
        at: expression.span,
        help: "let functions call fewer others"
      )
    }
    if let batch, let tensor = try batch.value(expression) {
      return invariant(builder.constant(tensor), plate)
    }
    switch expression.kind {
    case .number(let value):
      let kind: ElementKind = expression.type.element == .real ? .real : .integer
      return invariant(builder.constant(Tensor(scalar: value, kind: kind)), plate)
    case .variable(let id) where recursion?.contains(id) == true:
      return try readRecursion(id, expression.type.axes, [], plate, expression.span)
    case .variable(let id) where enumeration?.replaces(id) == true:
      return try readEnumerated(id, expression.type.axes, [], plate, expression.span)
    case .variable(let id), .draw(_, let id):
      let value = try variable(id, expression.span)
      var result = invariant(value.node, plate)
      result.origins = value.origins
      return result
    case .local(let id):
      let (value, origin) = try local(id)
      return lift(value, from: origin, to: plate)
    case .binder(let id):
      guard let (value, origin) = binders[id] else {
        preconditionFailure("a binder without a value")
      }
      guard plate.path(from: origin) != nil else { throw Enumeration.outOfReach }
      let lifted = lift(value, from: origin, to: plate)
      // Over integers the index is the integer itself, which is kept as it is.
      return lifted
    case .index(let dimension, let value):
      return try lowerCast(value, to: dimension, plate)
    case .endpoint(let id, let last, let owner):
      guard last else { return invariant(constant(0), plate) }
      var size = try self.size(of: id, owner, plate)
      size.node = size.node - constant(1)
      return size
    case .size(let id, let owner): return try size(of: id, owner, plate)
    case .label(let index): return try lowerLabel(index, plate)
    case .subscripted(let base, let subscripts):
      return try lowerSubscripted(base, subscripts, plate)
    case .unary(let op, let operand):
      var value = try lower(operand, plate)
      value.node = op == .negate ? -value.node : value.node.not()
      value.identityAxis = nil
      return value
    case .binary(let op, let left, let right):
      let a = try lower(left, plate)
      let b = try lower(right, plate)
      if op == .matrixMultiply {
        for operand in [left, right] { try refuseRows(of: operand, "`@` joins rows") }
        return matrixMultiply(a, b, plate)
      }
      return try combine(a, b, plate, expression.span) { binary(op, $0, $1) }
    case .conditional(let condition, let then, let otherwise):
      return try lowerConditional(condition, then, otherwise, plate, expression.span)
    case .builtin(let function, let operands):
      return try lowerBuiltin(function, operands, plate, expression.span)
    case .call(let id, let arguments): return try lowerCall(id, arguments, plate)
    case .external(_, _, let approximation?) where usesApproximations:
      return try lower(approximation, plate)
    case .external(let id, let arguments, _):
      return try lowerExternal(id, arguments, expression, plate)
    case .net(let id, let result, let arguments):
      return try lowerNet(id, result: result, arguments, plate)
    case .layer(let id, let operands, let result):
      return try lowerLayer(id, operands, result: result, plate)
    case .list(let elements): return try lowerList(elements, plate, expression.span)
    case .comprehension(let comprehension):
      return try lowerComprehension(comprehension, plate, expression.span)
    case .ofDistribution(let function, let distribution, let operand):
      return try lower(function, of: distribution, at: operand, plate)
    case .overInterval(let function, let local, let lower, let upper, let body):
      let ends = (try self.lower(lower, plate), try self.lower(upper, plate))
      switch function {
      case .integral: return try integral(of: body, local, ends, plate, expression.span)
      case .root: return try root(of: body, local, ends, plate, expression.span)
      }
    case .solution(let id, let state):
      return try lowerSolution(id, state: state, plate, expression.span)
    case .query:
      guard let query else { preconditionFailure("a query outside of the script") }
      let tensor = try query(expression)
      return invariant(builder.constant(tensor), plate)
    case .string, .record, .invalid: preconditionFailure("an unchecked expression")
    }
  }

  /// Reports an operand with several rows of a dimension of which only those of a step are there.
  func refuseRows(of operand: CheckedExpression, _ what: String) throws(LoweringError) {
    guard let batch, operand.type.axes.contains(where: batch.contains) else { return }
    throw batch.refuse(what, at: operand.span)
  }

  /// The single value of an expression that depends on data only.
  func constantScalar(_ expression: CheckedExpression, _ plate: Plate, _ what: String)
    throws(LoweringError) -> Double
  {
    let value = try lower(expression, plate)
    try checkBudget(expression.span)
    guard let tensor = value.node.constantValue, let scalar = tensor.uniformValue else {
      throw LoweringError(
        "E0304",
        "\(what) must be one number for all indices, computable from data",
        at: expression.span,
        help: "a range that differs from index to index is not run by this version; use `where`"
      )
    }
    return scalar
  }

  /// All elements of a value that depends on data only, spread over the whole plate.
  func constantTensor(
    _ value: LoweredValue,
    _ plate: Plate,
    _ what: String,
    _ span: SourceSpan
  ) throws(LoweringError) -> [Double] {
    try checkBudget(span)
    let node = spread(value, plate).node
    try checkBudget(span)
    guard let tensor = node.constantValue else {
      throw LoweringError(
        "E0304",
        "\(what) must be computable from data",
        at: span,
        "depends on a latent quantity"
      )
    }
    return tensor.values
  }

  /// Reports a value that is too large to be held.
  func checkBudget(_ span: SourceSpan) throws(LoweringError) {
    guard let failure = builder.failure else { return }
    throw LoweringError(
      "E0803",
      "this needs arrays that are too large",
      at: span,
      "up to an array of \(failure.shape.sizes.map(String.init).joined(separator: " x ")) elements",
      help:
        "at most \(failure.budget) elements are held in all; use fewer rows or smaller dimensions"
    )
  }

  // MARK: Plates

  /// A value without plate, for use under a plate.
  func invariant(_ node: GraphValue, _ plate: Plate) -> LoweredValue {
    let own = node.shape.sizes
    return LoweredValue(
      node.reshape(Shape([Int](repeating: 1, count: plate.rank) + own)),
      ownRank: own.count
    )
  }

  func constant(_ value: Double) -> GraphValue {
    builder.constant(Tensor(scalar: value, kind: .integer))
  }

  /// Brings a value from the plate it was made under to one further down.
  func lift(_ value: LoweredValue, from origin: Plate, to plate: Plate) -> LoweredValue {
    if origin === plate { return value }
    guard let path = plate.path(from: origin) else {
      preconditionFailure("a value is used outside of the plate it was made under")
    }
    var result = value
    for step in path {
      switch step.step {
      case .root: break
      case .extended:
        var sizes = result.node.shape.sizes
        sizes.insert(1, at: step.rank - 1)
        result.node = result.node.reshape(Shape(sizes))
      case .selected(let kept, let positions):
        result = select(result, kept: kept, positions: positions, parent: step.parent)
      case .sliced(let axis, let positions):
        if result.identityAxis == axis { result.identityAxis = nil }
        if result.node.shape[axis] > 1 {
          result.node = elements(of: result.node, axis: axis, at: positions)
        }
      }
    }
    return result
  }

  /// The elements at some positions of an axis.
  func elements(of node: GraphValue, axis: Int, at positions: [Int]) -> GraphValue {
    if let first = positions.first, positions == Array(first..<(first + positions.count)) {
      return node.slice(axis: axis, start: first, count: positions.count)
    }
    let index = builder.constant(
      Tensor(
        shape: Shape([positions.count]),
        kind: .integer,
        values: positions.map(Double.init)
      )
    )
    let order = [axis] + (0..<node.shape.rank).filter { $0 != axis }
    let back = (0..<node.shape.rank).map { $0 < axis ? $0 + 1 : $0 == axis ? 0 : $0 }
    return node.transpose(order).gather(index).transpose(back)
  }

  private func select(
    _ value: LoweredValue,
    kept: Int,
    positions: [Int],
    parent: Plate?
  ) -> LoweredValue {
    let rank = parent?.rank ?? 0
    let shape = parent?.shape ?? []
    let sizes = value.node.shape.sizes
    let lead = Array(sizes[..<kept])
    let trail = Array(sizes[kept..<rank])
    let own = Array(sizes[rank...])
    var result = value
    if let axis = value.identityAxis, axis >= kept { result.identityAxis = nil }
    if trail.allSatisfy({ $0 == 1 }) {
      result.node = value.node.reshape(Shape(lead + [1] + own))
      return result
    }
    // Selected axes first, so that whole rows are gathered; then back behind the kept ones.
    let ownAxes = Array(rank..<sizes.count)
    let front = value.node.transpose(Array(kept..<rank) + Array(0..<kept) + ownAxes)
    let rows = front.reshape(Shape([trail.reduce(1, *)] + lead + own))
    let strides = Shape(trail).strides
    let fullStrides = Shape(Array(shape[kept..<rank])).strides
    let linear = positions.map { position -> Double in
      var remainder = position
      var index = 0
      for axis in trail.indices {
        let coordinate = remainder / fullStrides[axis]
        remainder %= fullStrides[axis]
        if trail[axis] > 1 { index += coordinate * strides[axis] }
      }
      return Double(index)
    }
    let index = builder.constant(
      Tensor(shape: Shape([positions.count]), kind: .integer, values: linear)
    )
    let picked = rows.gather(index)
    let order = Array(1..<(1 + kept)) + [0] + Array((1 + kept)..<picked.shape.rank)
    result.node = picked.transpose(order)
    return result
  }

  /// The value repeated to the full sizes of the plate.
  func spread(_ value: LoweredValue, _ plate: Plate) -> LoweredValue {
    var result = value
    result.node = value.node.broadcast(to: Shape(plate.shape + value.ownSizes))
    return result
  }

  // MARK: Elementwise

  /// Joins two values elementwise; a scalar meets every element of an array.
  func combine(
    _ a: LoweredValue,
    _ b: LoweredValue,
    _ plate: Plate,
    _ span: SourceSpan,
    _ operation: (GraphValue, GraphValue) -> GraphValue
  ) throws(LoweringError) -> LoweredValue {
    let rank = max(a.ownRank, b.ownRank)
    if a.ownRank == b.ownRank, a.ownSizes != b.ownSizes {
      throw sizeMismatch(a.ownSizes, b.ownSizes, span)
    }
    let node = operation(padded(a, plate, to: rank), padded(b, plate, to: rank))
    let origins = a.ownRank == rank ? a.origins : b.origins
    return LoweredValue(node, ownRank: rank, origins: origins)
  }

  func sizeMismatch(_ a: [Int], _ b: [Int], _ span: SourceSpan) -> LoweringError {
    let left = a.map(String.init).joined(separator: ", ")
    let right = b.map(String.init).joined(separator: ", ")
    return LoweringError(
      "E0203",
      "axes do not match",
      at: span,
      "[\(left)] meets [\(right)] with these data",
      help: "both sides must run over the same elements"
    )
  }

  /// The node with own axes of size 1 put in up to a rank.
  func padded(_ value: LoweredValue, _ plate: Plate, to rank: Int) -> GraphValue {
    guard value.ownRank < rank else { return value.node }
    let extra = [Int](repeating: 1, count: rank - value.ownRank)
    return value.node.reshape(Shape(value.plateSizes + extra + value.ownSizes))
  }

  private func binary(_ op: BinaryOperator, _ a: GraphValue, _ b: GraphValue) -> GraphValue {
    switch op {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: a.pow(b)
    case .integerDivide: a.integerDivide(b)
    case .modulo: a.modulo(b)
    case .equal: a.isEqual(to: b)
    case .notEqual: a.isNotEqual(to: b)
    case .less: a.isLess(than: b)
    case .lessOrEqual: a.isLessOrEqual(to: b)
    case .greater: a.isGreater(than: b)
    case .greaterOrEqual: a.isGreaterOrEqual(to: b)
    case .and: a.and(b)
    case .or: a.or(b)
    case .matrixMultiply: preconditionFailure("not elementwise")
    }
  }
}

extension Lowering {
  /// The number of positions of a dimension, of a ragged one for an index of its parent.
  private func size(of id: DimensionID, _ owner: CheckedExpression?, _ plate: Plate)
    throws(LoweringError) -> LoweredValue
  {
    let dimension = try dimensions(id)
    guard let owner, let sizes = dimension.sizes else {
      return invariant(constant(Double(dimension.count)), plate)
    }
    let table = builder.constant(
      Tensor(shape: [sizes.count], kind: .integer, values: sizes.map(Double.init))
    )
    var value = try lower(owner, plate)
    value.node = table.gather(value.node)
    value.identityAxis = nil
    return value
  }
}
