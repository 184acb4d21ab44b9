import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  // MARK: Lists and comprehensions

  func lowerList(_ elements: [CheckedExpression], _ plate: Plate, _ span: SourceSpan)
    throws(LoweringError) -> LoweredValue
  {
    if let numbers = literals(elements) {
      let kind: ElementKind =
        elements.allSatisfy { $0.type.element != .real } ? .integer : .real
      return invariant(
        builder.constant(Tensor(shape: Shape([numbers.count]), kind: kind, values: numbers)),
        plate
      )
    }
    var values: [LoweredValue] = []
    for element in elements { values.append(try lower(element, plate)) }
    let own = values.max { $0.ownRank < $1.ownRank }?.ownSizes ?? []
    var sizes = [Int](repeating: 1, count: plate.rank)
    for value in values {
      guard value.ownSizes == own else {
        throw sizeMismatch(values[0].ownSizes, value.ownSizes, span)
      }
      for (axis, size) in value.plateSizes.enumerated() where size > 1 { sizes[axis] = size }
    }
    let rows = values.map { value in
      value.node.broadcast(to: Shape(sizes + own)).reshape(Shape(sizes + [1] + own))
    }
    return LoweredValue(
      GraphValue.concatenate(rows, axis: plate.rank),
      ownRank: own.count + 1,
      origins: [0] + values[0].origins
    )
  }

  private func literals(_ elements: [CheckedExpression]) -> [Double]? {
    var numbers: [Double] = []
    numbers.reserveCapacity(elements.count)
    for element in elements {
      switch element.kind {
      case .number(let value): numbers.append(value)
      case .unary(.negate, let operand):
        guard case .number(let value) = operand.kind else { return nil }
        numbers.append(-value)
      default: return nil
      }
    }
    return numbers
  }

  /// The array that a comprehension makes: its binders' axes, then the element's.
  func lowerComprehension(
    _ comprehension: CheckedComprehension,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let inner = try bindAll(comprehension, plate)
    guard inner.kept == plate.rank else {
      throw LoweringError(
        "E0901",
        "an array whose length differs from index to index cannot be run by this version",
        at: span,
        help: "reduce it at once: sum(… for … where …)"
      )
    }
    let element = try lower(comprehension.element, inner.plate)
    let added = inner.plate.rank - plate.rank
    let addedSizes = Array(inner.plate.shape.dropFirst(plate.rank))
    let sizes = Array(element.plateSizes.prefix(plate.rank)) + addedSizes + element.ownSizes
    var origins = [Int](repeating: 0, count: added)
    for (position, binder) in comprehension.binders.enumerated()
    where comprehension.condition == nil {
      if let first = firstPosition(binder) { origins[position] = first }
    }
    return LoweredValue(
      element.node.broadcast(to: Shape(sizes)),
      ownRank: added + element.ownRank,
      origins: origins + element.origins
    )
  }

  /// Where a binder over a part of a dimension begins.
  private func firstPosition(_ binder: CheckedBinder) -> Int? {
    guard case .dimension(_, _?) = binder.domain, let bound = binders[binder.id],
      let first = bound.value.node.constantValue?.values.first
    else { return nil }
    return Int(exactly: first)
  }

  func bindAll(_ comprehension: CheckedComprehension, _ plate: Plate)
    throws(LoweringError) -> (plate: Plate, kept: Int)
  {
    var inner = plate
    for binder in comprehension.binders {
      if let batch, batch.contains(binder.axis) {
        throw batch.refuse("this runs over rows", at: binder.name.span)
      }
      inner = try bind(binder, inner)
    }
    guard let condition = comprehension.condition else { return (inner, plate.rank) }
    return try restrict(inner, where: condition, kept: plate.rank)
  }

  // MARK: Functions

  func lowerCall(
    _ id: FunctionInstanceID,
    _ arguments: [CheckedExpression],
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    let function = model.functions[id.index]
    var values: [LoweredValue] = []
    for argument in arguments { values.append(try lower(argument, plate)) }
    return try calling { () throws(LoweringError) in
      for (parameter, value) in zip(function.parameters, values) {
        locals[parameter] = (value, plate)
      }
      try lowerLocals(function.locals, plate)
      let result = try lower(function.body, plate)
      for parameter in function.parameters { locals[parameter] = nil }
      for local in function.locals { locals[local.id] = nil }
      return result
    }
  }

  /// Expands a call.
  ///
  /// `body` gives the names of what is called their values only while it is lowered, so that a later call under another
  /// plate cannot see them. Nothing calls itself: no value is lost.
  func calling<Result>(_ body: () throws(LoweringError) -> Result) throws(LoweringError) -> Result {
    callDepth += 1
    // A call takes more of the stack than an operator does.
    depth += 4
    defer {
      callDepth -= 1
      depth -= 4
    }
    return try body()
  }

  /// Gives `with` names their values.
  func lowerLocals(_ definitions: [CheckedLocal], _ plate: Plate) throws(LoweringError) {
    for definition in definitions {
      locals[definition.id] = (try lower(definition.value, plate), plate)
    }
  }

  /// Gives a statement's own names their values once they are read: some may depend on what has no value yet.
  func lowerLocalsWhenRead(_ definitions: [CheckedLocal], _ plate: Plate) {
    for definition in definitions {
      locals[definition.id] = nil
      pendingLocals[definition.id] = (definition.value, plate)
    }
  }

  /// The value of a name of a statement's own.
  func local(_ id: LocalID) throws(LoweringError) -> (value: LoweredValue, plate: Plate) {
    if let known = locals[id] { return known }
    guard let (definition, plate) = pendingLocals[id] else {
      preconditionFailure("a local name without a value")
    }
    let made = (value: try lower(definition, plate), plate: plate)
    locals[id] = made
    return made
  }

  func lowerBuiltin(
    _ function: BuiltinFunction,
    _ operands: [CheckedExpression],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let form =
      function.form == .reductionOrPairwise
      ? (operands.count == 2 ? .pairwise : .reduction) : function.form
    switch form {
    case .elementwise, .pairwise: break
    case .reduction, .reductionOrPairwise, .special:
      for operand in operands {
        try refuseRows(of: operand, "`\(function.rawValue)` joins rows")
      }
    }
    switch form {
    case .elementwise:
      var value = try lower(operands[0], plate)
      value.node = elementwise(function, value.node)
      value.identityAxis = nil
      return value
    case .pairwise:
      return try lowerPairwise(function, operands, plate, span)
    case .reduction, .reductionOrPairwise:
      return try lowerReduction(function, operands[0], plate, span)
    case .special: return try lowerSpecial(function, operands, plate, span)
    }
  }

  private func lowerPairwise(
    _ function: BuiltinFunction,
    _ operands: [CheckedExpression],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let a = try lower(operands[0], plate)
    let b = try lower(operands[1], plate)
    return try combine(a, b, plate, span) { x, y in
      switch function {
      case .min: x.min(y)
      case .max: x.max(y)
      case .logSumExp: x.logAddExp(y)
      case .atan2: x.atan2(y)
      case .logBeta: x.logBeta(y)
      // log C(n, k) = -log(n + 1) - log B(n - k + 1, k + 1)
      case .logChoose: -(x + 1).log() - (x - y + 1).logBeta(y + 1)
      // log(e^x - e^y) = x + log(1 - e^(y - x))
      case .logDiffExp: x + (y - x).log1mExp()
      default: preconditionFailure("not a function of two operands")
      }
    }
  }

  private func elementwise(_ function: BuiltinFunction, _ x: GraphValue) -> GraphValue {
    switch function {
    case .abs: x.absolute()
    case .sign: x.sign()
    case .sqrt: x.squareRoot()
    case .square: x.square()
    case .exp: x.exp()
    case .expm1: x.expm1()
    case .log: x.log()
    case .log1p: x.log1p()
    case .log1m: (-x).log1p()
    case .log1mExp: x.log1mExp()
    case .log1pExp, .softplus: x.softplus()
    case .logit: x.log() - (-x).log1p()
    case .inverseLogit, .sigmoid: x.logistic()
    // The derivatives at 0 are those from below, as elsewhere.
    case .relu: x * x.isGreater(than: 0)
    case .leakyReLU: x * (x.isGreater(than: 0) * 0.99 + 0.01)
    case .elu: x.isGreater(than: 0).select(x, x.min(builder.constant(0)).expm1())
    case .gelu: x * x.normalCDF()
    case .silu: x * x.logistic()
    case .reciprocal: x.reciprocal()
    case .sin: x.sin()
    case .cos: x.cos()
    case .tan: x.tan()
    case .asin: x.asin()
    case .acos: x.acos()
    case .atan: x.atan()
    case .sinh: x.sinh()
    case .cosh: x.cosh()
    case .tanh: x.tanh()
    case .asinh: x.asinh()
    case .acosh: x.acosh()
    case .atanh: x.atanh()
    case .floor: x.floor()
    case .ceil: x.ceiling()
    case .round: x.round()
    case .logGamma: x.logGamma()
    case .digamma: x.digamma()
    case .trigamma: x.trigamma()
    case .erf: x.erf()
    case .erfc: x.erfc()
    case .normalCDF: x.normalCDF()
    case .inverseNormalCDF: x.normalQuantile()
    default: preconditionFailure("not an elementwise function")
    }
  }

  // MARK: Vectors and matrices

  private func lowerSpecial(
    _ function: BuiltinFunction,
    _ operands: [CheckedExpression],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    if function == .known {
      guard case .variable(let id) = operands[0].kind, let known else {
        preconditionFailure("known elements are those of data")
      }
      return invariant(builder.constant(try known(id, span)), plate)
    }
    let value = try lower(operands[0], plate)
    let rank = plate.rank
    switch function {
    case .cumulativeSum:
      return LoweredValue(
        value.node.cumulativeSum(axis: rank),
        ownRank: 1,
        origins: value.origins
      )
    case .sort: return LoweredValue(value.node.sort(axis: rank), ownRank: 1)
    case .softmax:
      return LoweredValue(
        (value.node - value.node.logSumExp(axes: [rank])).exp(),
        ownRank: 1,
        origins: value.origins
      )
    case .dot:
      let product = try combine(value, try lower(operands[1], plate), plate, span, *)
      return reduce(.sum, product, plate)
    case .transpose:
      return LoweredValue(
        value.node.matrixTranspose(),
        ownRank: 2,
        origins: value.origins.reversed()
      )
    case .cholesky: return LoweredValue(value.node.cholesky(), ownRank: 2, origins: value.origins)
    case .diagonal:
      return LoweredValue(value.node.diagonal(), ownRank: 1, origins: [value.origins[0]])
    case .diagonalMatrix:
      return LoweredValue(
        value.node.diagonalMatrix(),
        ownRank: 2,
        origins: [value.origins[0], value.origins[0]]
      )
    default:
      var values = [value]
      for operand in operands.dropFirst() { values.append(try lower(operand, plate)) }
      return try lowerMatrixFunction(function, values, plate, span)
    }
  }
}
