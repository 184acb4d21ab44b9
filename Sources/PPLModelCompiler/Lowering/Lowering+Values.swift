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

  private func bindAll(_ comprehension: CheckedComprehension, _ plate: Plate)
    throws(LoweringError) -> (plate: Plate, kept: Int)
  {
    var inner = plate
    for binder in comprehension.binders { inner = try bind(binder, inner) }
    guard let condition = comprehension.condition else { return (inner, plate.rank) }
    return try restrict(inner, where: condition, kept: plate.rank)
  }

  // MARK: Conditionals

  /// What an expression or a part of one is under a plate.
  typealias Branch = (Plate) throws(LoweringError) -> LoweredValue

  func lowerConditional(
    _ condition: CheckedExpression,
    _ then: CheckedExpression,
    _ otherwise: CheckedExpression,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    try choose(
      by: try lower(condition, plate),
      plate,
      span,
      then: { (plate) throws(LoweringError) in try lower(then, plate) },
      otherwise: { (plate) throws(LoweringError) in try lower(otherwise, plate) }
    )
  }

  /// One of two values, by a condition: where that is known from data, each is evaluated only where it is taken.
  func choose(
    by test: LoweredValue,
    _ plate: Plate,
    _ span: SourceSpan,
    then: Branch,
    otherwise: Branch
  ) throws(LoweringError) -> LoweredValue {
    try checkBudget(span)
    if let tensor = test.node.constantValue {
      if let value = tensor.uniformValue, test.ownRank == 0 || !tensor.values.isEmpty {
        let branch = try value != 0 ? then(plate) : otherwise(plate)
        guard branch.ownRank < test.ownRank else { return branch }
        let sizes = branch.plateSizes + test.ownSizes
        return LoweredValue(
          padded(branch, plate, to: test.ownRank).broadcast(to: Shape(sizes)),
          ownRank: test.ownRank
        )
      }
      if test.ownRank == 0, recursion?.varies(test) != true {
        if let choice = try choice(by: test, plate, then, otherwise) { return choice }
        let splitsOnly = splitsConditions
        splitsConditions = true
        defer { splitsConditions = splitsOnly }
        return try split(by: test, plate, span, then, otherwise)
      }
    }
    let a = try then(plate)
    let b = try otherwise(plate)
    let rank = max(test.ownRank, max(a.ownRank, b.ownRank))
    for value in [a, b, test] where value.ownRank == rank {
      for other in [a, b, test] where other.ownRank == rank && other.ownSizes != value.ownSizes {
        throw sizeMismatch(value.ownSizes, other.ownSizes, span)
      }
    }
    let node = padded(test, plate, to: rank).select(
      padded(a, plate, to: rank),
      padded(b, plate, to: rank)
    )
    return LoweredValue(node, ownRank: rank)
  }

  /// A choice between two small values, by a condition known from data that differs over the plate.
  ///
  /// Nil where the branches vary over more than few of its axes, or are not defined for all of the plate.
  private func choice(
    by test: LoweredValue,
    _ plate: Plate,
    _ then: Branch,
    _ otherwise: Branch
  ) throws(LoweringError) -> LoweredValue? {
    let count = plate.shape.reduce(1, *)
    guard !splitsConditions, recursion == nil, count >= 64 else { return nil }
    do throws(LoweringError) {
      let (a, b) = (try then(plate), try otherwise(plate))
      guard a.ownRank == 0, b.ownRank == 0, a.node.kind == b.node.kind,
        a.node.shape.count + b.node.shape.count <= count / 4
      else { return nil }
      return LoweredValue(test.node.select(a.node, b.node), ownRank: 0)
    } catch {
      if Enumeration.isRetry(error) || Enumeration.isOutOfReach(error) { throw error }
      return nil
    }
  }

  /// A condition known from data that differs over the plate: each branch is evaluated only where it
  /// is taken, so that the other may be undefined there.
  private func split(
    by test: LoweredValue,
    _ plate: Plate,
    _ span: SourceSpan,
    _ then: Branch,
    _ otherwise: Branch
  ) throws(LoweringError) -> LoweredValue {
    let varying = test.plateSizes.indices.filter { test.plateSizes[$0] > 1 }
    if varying.count == 1, plate.rank > 1 {
      return try split(by: test, along: varying[0], plate, span, then, otherwise)
    }
    let truth = try constantTensor(test, plate, "a condition", span)
    let yes = truth.indices.filter { truth[$0] != 0 }
    let no = truth.indices.filter { truth[$0] == 0 }
    let yesPlate = plate.selected(kept: 0, positions: yes)
    let noPlate = plate.selected(kept: 0, positions: no)
    let a = try then(yesPlate)
    let b = try otherwise(noPlate)
    let (rank, own) = try commonOwnSizes(a, b, span)
    let parts = GraphValue.concatenate(
      [
        padded(a, yesPlate, to: rank).broadcast(to: Shape([yes.count] + own)),
        padded(b, noPlate, to: rank).broadcast(to: Shape([no.count] + own)),
      ],
      axis: 0
    )
    var places = [Double](repeating: 0, count: truth.count)
    for (place, position) in (yes + no).enumerated() { places[position] = Double(place) }
    let index = builder.constant(
      Tensor(shape: Shape([truth.count]), kind: .integer, values: places)
    )
    let node = parts.gather(index).reshape(Shape(plate.shape + own))
    return LoweredValue(node, ownRank: rank)
  }

  /// The same where the condition differs along one of several axes.
  private func split(
    by test: LoweredValue,
    along axis: Int,
    _ plate: Plate,
    _ span: SourceSpan,
    _ then: Branch,
    _ otherwise: Branch
  ) throws(LoweringError) -> LoweredValue {
    guard let truth = test.node.constantValue?.values else {
      preconditionFailure("the condition is known")
    }
    let yes = truth.indices.filter { truth[$0] != 0 }
    let no = truth.indices.filter { truth[$0] == 0 }
    let yesPlate = plate.sliced(axis: axis, positions: yes)
    let noPlate = plate.sliced(axis: axis, positions: no)
    let a = try then(yesPlate)
    let b = try otherwise(noPlate)
    let (rank, own) = try commonOwnSizes(a, b, span)
    let nodes = [padded(a, yesPlate, to: rank), padded(b, noPlate, to: rank)]
    // Axes along which neither varies stay of size 1.
    var sizes = (0..<plate.rank).map { max(nodes[0].shape[$0], nodes[1].shape[$0]) } + own
    let parts = zip(nodes, [yes, no]).map { node, positions -> GraphValue in
      sizes[axis] = positions.count
      return node.broadcast(to: Shape(sizes))
    }
    // In ascending order the parts stand in their places already.
    let isSwapped = (no.first ?? 0) < (yes.first ?? 0)
    let joined = GraphValue.concatenate(isSwapped ? parts.reversed() : parts, axis: axis)
    let order = isSwapped ? no + yes : yes + no
    var places = [Int](repeating: 0, count: order.count)
    for (place, position) in order.enumerated() { places[position] = place }
    return LoweredValue(elements(of: joined, axis: axis, at: places), ownRank: rank)
  }

  /// The own sizes of two values together; a scalar meets every element of an array.
  private func commonOwnSizes(_ a: LoweredValue, _ b: LoweredValue, _ span: SourceSpan)
    throws(LoweringError) -> (rank: Int, sizes: [Int])
  {
    guard a.ownRank == b.ownRank else {
      return a.ownRank > b.ownRank ? (a.ownRank, a.ownSizes) : (b.ownRank, b.ownSizes)
    }
    guard a.ownSizes == b.ownSizes else { throw sizeMismatch(a.ownSizes, b.ownSizes, span) }
    return (a.ownRank, a.ownSizes)
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
    case .log1pExp: x.softplus()
    case .logit: x.log() - (-x).log1p()
    case .inverseLogit: x.logistic()
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

  // MARK: Reductions

  private func lowerReduction(
    _ function: BuiltinFunction,
    _ operand: CheckedExpression,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard case .comprehension(let comprehension) = operand.kind else {
      return reduce(function, try lower(operand, plate), plate)
    }
    if enumeration != nil, let terms = try unrolled(comprehension, plate) {
      return reduce(function, terms, plate)
    }
    let inner = try bindAll(comprehension, plate)
    guard inner.kept == plate.rank else {
      return try reduceSegments(function, comprehension, inner.plate, plate, span)
    }
    let element = try lower(comprehension.element, inner.plate)
    let added = inner.plate.rank - plate.rank
    let addedSizes = Array(inner.plate.shape.dropFirst(plate.rank))
    let outer = Array(element.plateSizes.prefix(plate.rank))
    if function == .sum {
      // What does not vary along an axis is counted, not repeated.
      let axes = Array(plate.rank..<element.node.shape.rank)
      let repeats = zip(addedSizes, element.plateSizes.dropFirst(plate.rank))
        .map { $1 == 1 ? $0 : 1 }.reduce(1, *)
      var total = element.node.sum(axes: axes).reshape(Shape(outer))
      if repeats != 1 { total = total * constant(Double(repeats)) }
      return LoweredValue(total, ownRank: 0)
    }
    let sizes = outer + addedSizes + element.ownSizes
    let array = LoweredValue(
      element.node.broadcast(to: Shape(sizes)),
      ownRank: added + element.ownRank
    )
    return reduce(function, array, plate)
  }

  /// Most elements of a list that are evaluated one by one.
  private static let mostUnrolled = 32

  /// The elements of a list, each evaluated by itself, where they read discrete latents that are summed out.
  ///
  /// Each element of a latent has an axis of its own then. Nil where none is read, or where the list is long or has a
  /// condition.
  private func unrolled(_ comprehension: CheckedComprehension, _ plate: Plate)
    throws(LoweringError) -> LoweredValue?
  {
    var readsLatents = false
    comprehension.element.forEachPart { part in
      if case .variable(let id) = part.kind, enumeration?.replaces(id) == true {
        readsLatents = true
      }
    }
    guard readsLatents, comprehension.condition == nil else { return nil }
    let inner = try bindAll(comprehension, plate).plate
    let sizes = Array(inner.shape.dropFirst(plate.rank))
    let count = sizes.reduce(1, *)
    guard count > 0, count <= Self.mostUnrolled else { return nil }
    let known = comprehension.binders.map { binders[$0.id] }
    defer {
      for (binder, entry) in zip(comprehension.binders, known) { binders[binder.id] = entry }
    }
    let strides = Shape(sizes).strides
    var terms: [LoweredValue] = []
    for element in 0..<count {
      for (number, binder) in comprehension.binders.enumerated() {
        guard let values = known[number]?.value.node.constantValue?.values else { return nil }
        let value = values[element / strides[number] % sizes[number]]
        binders[binder.id] = (invariant(constant(value), plate), plate)
      }
      terms.append(try lower(comprehension.element, plate))
    }
    guard terms.allSatisfy({ $0.ownRank == 0 }) else { return nil }
    var plateSizes = [Int](repeating: 1, count: plate.rank)
    for term in terms {
      for (axis, size) in term.plateSizes.enumerated() where size > 1 { plateSizes[axis] = size }
    }
    let nodes = terms.map {
      $0.node.broadcast(to: Shape(plateSizes)).reshape(Shape(plateSizes + [1]))
    }
    return LoweredValue(GraphValue.concatenate(nodes, axis: plate.rank), ownRank: 1)
  }

  /// Reduces all own axes.
  private func reduce(_ function: BuiltinFunction, _ value: LoweredValue, _ plate: Plate)
    -> LoweredValue
  {
    let axes = Array(plate.rank..<value.node.shape.rank)
    let count = Double(value.ownSizes.reduce(1, *))
    let node = value.node
    let reduced: GraphValue =
      switch function {
      case .sum: node.sum(axes: axes)
      case .mean: node.sum(axes: axes) / count
      case .product: node.product(axes: axes)
      case .min, .all: node.min(axes: axes)
      case .max, .any: node.max(axes: axes)
      case .logSumExp: node.logSumExp(axes: axes)
      case .variance: centredSquares(node, axes, count)
      case .standardDeviation: centredSquares(node, axes, count).squareRoot()
      default: preconditionFailure("not a reduction")
      }
    return LoweredValue(reduced.reshape(Shape(value.plateSizes)), ownRank: 0)
  }

  /// Sum of squares about the mean over n - 1.
  private func centredSquares(_ node: GraphValue, _ axes: [Int], _ count: Double) -> GraphValue {
    let mean = node.sum(axes: axes) / count
    return (node - mean).square().sum(axes: axes) / (count - 1)
  }

  /// Reduces over tuples whose condition depends on the outer indices: one sum a segment.
  private func reduceSegments(
    _ function: BuiltinFunction,
    _ comprehension: CheckedComprehension,
    _ inner: Plate,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard case .selected(_, let positions) = inner.step, let parent = inner.parent else {
      preconditionFailure("segments come from a selection")
    }
    let outerCount = plate.shape.reduce(1, *)
    let innerCount = parent.shape.dropFirst(plate.rank).reduce(1, *)
    let segments = positions.map { Double($0 / max(1, innerCount)) }
    let index = builder.constant(
      Tensor(shape: Shape([positions.count]), kind: .integer, values: segments)
    )
    let element = try lower(comprehension.element, inner)
    let ownAxes = Array(1..<element.node.shape.rank)
    let terms = element.node.sum(axes: ownAxes).reshape(Shape([element.plateSizes[0]]))
      .broadcast(to: Shape([positions.count]))
    let total = terms.scatterAdd(index, rows: outerCount).reshape(Shape(plate.shape))
    let width = element.ownSizes.reduce(1, *)
    func counts() -> GraphValue {
      let ones = builder.constant(
        Tensor(shape: Shape([positions.count]), kind: .integer, repeating: Double(width))
      )
      return ones.scatterAdd(index, rows: outerCount)
    }
    /// The elements as `[outer indices, elements of the longest]`, filled up with a value that changes nothing.
    func padded(with neutral: Double) -> GraphValue {
      var rows = [[Int]](repeating: [], count: outerCount)
      for (row, position) in positions.enumerated() {
        let first = row * width
        rows[position / max(1, innerCount)] += first..<(first + width)
      }
      let longest = max(1, rows.map(\.count).max() ?? 0)
      let count = positions.count * width
      let places = rows.flatMap { row in
        row.map(Double.init) + repeatElement(Double(count), count: longest - row.count)
      }
      let whole = element.node.broadcast(to: Shape([positions.count] + element.ownSizes))
        .reshape([count])
      let filler = builder.constant(
        Tensor(shape: [1], kind: whole.kind == .boolean ? .boolean : .real, values: [neutral])
      )
      return GraphValue.concatenate([whole, filler], axis: 0).gather(
        builder.constant(
          Tensor(shape: [outerCount, longest], kind: .integer, values: places)
        )
      )
    }
    let reduced: GraphValue
    switch function {
    case .sum: reduced = total
    case .mean: reduced = total / counts().reshape(Shape(plate.shape))
    case .any: reduced = total.isGreater(than: 0)
    case .all: reduced = padded(with: 1).min(axes: [1])
    case .product: reduced = padded(with: 1).product(axes: [1])
    case .min: reduced = padded(with: .infinity).min(axes: [1])
    case .max: reduced = padded(with: -.infinity).max(axes: [1])
    case .logSumExp: reduced = padded(with: -.infinity).logSumExp(axes: [1])
    case .variance, .standardDeviation:
      let number = counts()
      let mean = (total.reshape([outerCount]) / number).gather(index)
        .reshape(Shape([positions.count] + element.ownSizes.map { _ in 1 }))
      let squares = (element.node - mean).square()
      let spread = squares.sum(axes: Array(1..<squares.shape.rank)).reshape([positions.count])
        .scatterAdd(index, rows: outerCount)
      let variance = spread / (number - 1)
      reduced = function == .variance ? variance : variance.squareRoot()
    default: preconditionFailure("not a reduction")
    }
    return LoweredValue(reduced.reshape(Shape(plate.shape)), ownRank: 0)
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
