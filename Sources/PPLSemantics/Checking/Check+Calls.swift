import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  func checkPipe(_ left: Expression, _ right: Expression, _ span: SourceSpan)
    -> CheckedExpression
  {
    let first = Argument(label: nil, value: left)
    switch right.kind {
    case .name(let name):
      return checkCall(Name(name, span: right.span), .list([first]), span: span, context: [])
    case .call(let callee, .list(let arguments)):
      return checkCall(callee, .list([first] + arguments), span: span, context: [])
    case .invalid: return .invalid(span)
    default:
      error(
        "E0501",
        "`|>` hands the left side to a function",
        at: right.span,
        help: "write `x |> f` or `x |> f(a)`"
      )
      return .invalid(span)
    }
  }

  func checkCall(
    _ callee: Name,
    _ arguments: Arguments,
    span: SourceSpan,
    context: [Axis]
  ) -> CheckedExpression {
    let name = callee.text
    if let query = Query(rawValue: name), isInsideScript {
      return checkQuery(query, arguments, span)
    }
    if let function = functionsByName[name] {
      return checkUserCall(function, callee, arguments, span)
    }
    if let external = externalsByName[name] {
      return checkExternalCall(external, callee, arguments, span)
    }
    if let net = netsByName[name] { return checkNetCall(net, callee, arguments, span) }
    if let layer = LayerKind(rawValue: name) { return checkLayer(layer, callee, arguments, span) }
    switch name {
    case "size", "first", "last": return checkDimensionCall(callee, arguments, span)
    case "zeros": return checkZeros(callee, arguments, span)
    default: break
    }
    if let function = DistributionFunction(rawValue: name) {
      return check(function, arguments, callee, span)
    }
    if let function = IntervalFunction(rawValue: name) {
      return check(function, arguments, callee, span)
    }
    if genericAxes[name] != nil {
      return checkGenericCast(positional(arguments, callee, 1...1)?.first, span)
    }
    if let dimension = dimensionsByName[name] {
      return checkIndexCast(dimension, arguments, span)
    }
    if let builtin = BuiltinFunction(rawValue: name) {
      return checkBuiltin(builtin, callee, arguments, span, context)
    }
    if silencedNames.contains(name) { return .invalid(span) }
    if isDistribution(name) {
      error(
        "E0502",
        "`\(name)` is a distribution, not a value",
        at: callee.span,
        help: "give a quantity this distribution: `x ~ \(name)(…)`; its log density at x is"
          + " logp(\(name)(…), x)"
      )
      return .invalid(span)
    }
    reportUnknownFunction(callee)
    return .invalid(span)
  }

  private func reportUnknownFunction(_ callee: Name) {
    let name = callee.text
    if name == "observed" || name == "known" {
      notBuilt("`\(name)`", at: callee.span)
      return
    }
    if let help = ForeignNames.function(name) {
      error("E0501", "there is no function `\(name)`", at: callee.span, help: help)
      return
    }
    if engines[name] != nil {
      error(
        "E0501",
        "`\(name)` is an engine of inference, not a function",
        at: callee.span,
        help: "write `infer post = \(name)()`"
      )
      return
    }
    let near = suggestion(
      for: name,
      among: BuiltinFunction.allCases.map(\.rawValue) + Array(functionsByName.keys)
        + netsByName.keys + externalsByName.keys + LayerKind.allCases.map(\.rawValue)
        + ["size", "first", "last", "zeros"] + IntervalFunction.allCases.map(\.rawValue)
        + DistributionFunction.allCases.map(\.rawValue)
        + (isInsideScript ? ["E", "P", "SD", "Q"] : [])
    )
    if ["E", "P", "SD", "Q"].contains(name) {
      error(
        "E0501",
        "`\(name)` reduces over the draws of a fit and stands in the script only",
        at: callee.span,
        help: "use it in `show`"
      )
      return
    }
    if variablesByName[name] != nil {
      error(
        "E0501",
        "`\(name)` is a value, not a function",
        at: callee.span,
        help: "index it with brackets: `\(name)[…]`; multiply with `*`"
      )
      return
    }
    // Short names are near to too many.
    if near == nil || name.count < 4 { model.unknownNames.append(callee) }
    error(
      "E0501",
      "there is no function `\(name)`",
      at: callee.span,
      help: near.map { "did you mean `\($0)`?" } ?? "define it: `fn \(name)(x: real) -> real = …`"
    )
  }

  /// The arguments as expressions without labels; reports labels and counts that do not fit.
  ///
  /// `example` is how a call is written, where that is not `f(x)` or `f(x, y)`.
  func positional(
    _ arguments: Arguments,
    _ callee: Name,
    _ counts: ClosedRange<Int>,
    _ example: String? = nil
  ) -> [Expression]? {
    guard case .list(let list) = arguments else {
      error(
        "E0503",
        "`\(callee.text)` takes no comprehension here",
        at: callee.span,
        help: "put it in brackets: `[… for …]`"
      )
      return nil
    }
    for argument in list {
      guard let label = argument.label else { continue }
      error(
        "E0503",
        "`\(callee.text)` has no argument named `\(label.text)`",
        at: label.span,
        help: "leave the name out"
      )
      return nil
    }
    guard counts.contains(list.count) else {
      let wanted =
        counts.lowerBound == counts.upperBound
        ? "\(counts.lowerBound)" : "\(counts.lowerBound) or \(counts.upperBound)"
      error(
        "E0503",
        "`\(callee.text)` takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(list.count)",
        at: callee.span,
        help: "write `\(example ?? "\(callee.text)(\(counts.upperBound == 1 ? "x" : "x, y"))")`"
      )
      return nil
    }
    return list.map(\.value)
  }

  // MARK: Dimensions

  private func checkDimensionCall(_ callee: Name, _ arguments: Arguments, _ span: SourceSpan)
    -> CheckedExpression
  {
    guard let list = positional(arguments, callee, 1...1) else { return .invalid(span) }
    if case .name(let name) = list[0].kind,
      let value = checkGenericCall(callee.text, name, span)
    {
      return value
    }
    var owner: CheckedExpression?
    var written: DimensionID?
    if let ragged = raggedDomain(list[0]), ragged.range == nil,
      let parent = model.dimensions[ragged.dimension.index].parent
    {
      let index = fixedIndex(ragged.owner, of: parent, "the owner of a dimension")
      guard !index.type.isInvalid else { return .invalid(span) }
      owner = index
      written = ragged.dimension
    } else if case .name(let name) = list[0].kind, let id = dimensionsByName[name] {
      guard !isRagged(id) || callee.text == "first" else {
        reportMissingOwner(id, at: list[0].span)
        return .invalid(span)
      }
      written = id
    }
    guard let dimension = written else {
      error(
        "E0503",
        "`\(callee.text)` takes the name of a dimension",
        at: list[0].span,
        help: nearestNameHelp(list[0])
      )
      return .invalid(span)
    }
    switch callee.text {
    case "size":
      return CheckedExpression(
        .size(dimension, of: owner),
        type: .integer,
        stage: .data,
        span: span
      )
    default:
      return CheckedExpression(
        .endpoint(dimension, last: callee.text == "last", of: owner),
        type: ValueType(.index(dimension)),
        stage: .data,
        span: span
      )
    }
  }

  /// `zeros(d, e)`: an array of zeros over these axes.
  private func checkZeros(_ callee: Name, _ arguments: Arguments, _ span: SourceSpan)
    -> CheckedExpression
  {
    guard case .list(let list) = arguments, let first = list.first,
      list.allSatisfy({ $0.label == nil })
    else {
      error(
        "E0503",
        "`zeros` takes the axes of an array",
        at: span,
        help: "write `zeros(d)` or `zeros(d, 3)`"
      )
      return .invalid(span)
    }
    let count = diagnosticCount
    let axes = list.map { typeAxis($0.value) }
    guard diagnosticCount == count else { return .invalid(span) }
    let binders = zip(axes, list).map { axis, argument in
      let domain: CheckedBinder.Domain =
        if let dimension = axis.dimension {
          .dimension(dimension, nil)
        } else {
          .integers(lower: nil, upper: number(checkExpression(argument.value), "a size"))
        }
      return makeBinder(Name("i", span: argument.value.span), domain)
    }
    let zero = CheckedExpression(.number(0), type: .real, stage: .data, span: first.value.span)
    let comprehension = CheckedComprehension(binders: binders, condition: nil, element: zero)
    return CheckedExpression(
      .comprehension(comprehension),
      type: ValueType(.real, axes: axes),
      stage: .data,
      span: span
    )
  }

  private func nearestNameHelp(_ expression: Expression) -> String? {
    guard case .name(let name) = expression.kind else { return nil }
    if let id = variablesByName[name] {
      let dimensions = model.variables[id.index].type.axes.compactMap(\.dimension)
      let names = dimensions.map { "`\(self.name(of: $0))`" }.joined(separator: ", ")
      return names.isEmpty ? nil : "`\(name)` runs over \(names): name the dimension"
    }
    return suggestion(for: name, among: Array(dimensionsByName.keys)).map {
      "did you mean `\($0)`?"
    }
  }

  private func checkIndexCast(
    _ dimension: DimensionID,
    _ arguments: Arguments,
    _ span: SourceSpan
  ) -> CheckedExpression {
    let callee = Name(name(of: dimension), span: span)
    guard let list = positional(arguments, callee, 1...1) else { return .invalid(span) }
    let value = checkExpression(list[0])
    switch value.type.element {
    case .invalid: return .invalid(span)
    case .integer, .boolean, .string: return cast(value, to: dimension)
    case .index: return cast(number(value, "a label"), to: dimension)
    case .real:
      error(
        "E0302",
        "an index is made of an integer or a string",
        at: list[0].span,
        "this is \(describe(value.type))",
        help: "floor(…) and round(…) make an integer"
      )
      return .invalid(span)
    case .record: return .invalid(span)
    }
  }

  // MARK: Built-in functions

  private func checkBuiltin(
    _ builtin: BuiltinFunction,
    _ callee: Name,
    _ arguments: Arguments,
    _ span: SourceSpan,
    _ context: [Axis]
  ) -> CheckedExpression {
    if case .comprehension(let comprehension) = arguments {
      guard let checked = checkBinders(of: comprehension) else { return .invalid(span) }
      var axes = checked.binders.map(\.axis)
      if checked.condition != nil { axes = [.anonymous(nil)] }
      let operand = CheckedExpression(
        .comprehension(checked),
        type: ValueType(checked.element.type.element, axes: axes + checked.element.type.axes),
        stage: checked.element.stage,
        span: span
      )
      return apply(builtin, [operand], callee, span)
    }
    let counts: ClosedRange<Int> =
      switch builtin.form {
      case .elementwise, .reduction: 1...1
      case .pairwise: 2...2
      case .reductionOrPairwise: 1...2
      case .special: builtin.call.counts
      }
    let example = builtin.form == .special ? builtin.call.example : nil
    guard let list = positional(arguments, callee, counts, example) else { return .invalid(span) }
    let isReduction =
      builtin.form == .reduction || (builtin.form == .reductionOrPairwise && list.count == 1)
    let accepts = acceptsRagged
    switch builtin.form {
    case .elementwise, .pairwise: break
    case .reduction, .reductionOrPairwise: acceptsRagged = accepts || isReduction
    case .special: acceptsRagged = false
    }
    var checked = list.map { checkExpression($0, context: context) }
    acceptsRagged = accepts
    guard !checked.contains(where: \.type.isInvalid) else { return .invalid(span) }
    if isReduction, isRagged(checked[0].type) {
      guard let list = listed(checked[0]) else {
        reportRaggedValue(checked[0])
        return .invalid(span)
      }
      checked[0] = list
    }
    var value = apply(builtin, checked, callee, span)
    // Of unknown length are the axes that the context wants.
    if builtin == .bspline || builtin == .kronecker, value.type.rank == context.count {
      value.type = ValueType(value.type.element, axes: context)
    }
    return value
  }

  func apply(
    _ builtin: BuiltinFunction,
    _ operands: [CheckedExpression],
    _ callee: Name,
    _ span: SourceSpan
  ) -> CheckedExpression {
    let name = "`\(callee.text)`"
    let values =
      builtin == .any || builtin == .all
      ? operands.filter { isCondition($0) } : operands.map { number($0, "an argument of \(name)") }
    guard values.count == operands.count, !values.contains(where: \.type.isInvalid) else {
      return .invalid(span)
    }
    let stage = values.map(\.stage).max() ?? .data
    func result(_ element: ElementType, _ axes: [Axis]) -> CheckedExpression {
      CheckedExpression(
        .builtin(builtin, values),
        type: ValueType(element, axes: axes),
        stage: stage,
        span: span
      )
    }
    let first = values[0].type
    let isWhole = first.element != .real
    let form =
      builtin.form == .reductionOrPairwise
      ? (values.count == 2 ? .pairwise : .reduction) : builtin.form
    switch form {
    case .elementwise:
      let keepsIntegers: Set<BuiltinFunction> = [.abs, .sign, .square]
      let makesIntegers: Set<BuiltinFunction> = [.floor, .ceil, .round]
      let element: ElementType =
        makesIntegers.contains(builtin) || (keepsIntegers.contains(builtin) && isWhole)
        ? .integer : .real
      return result(element, first.axes)
    case .pairwise:
      guard let axes = agree(values[0], values[1], span, ("the first argument", "the second"))
      else { return .invalid(span) }
      let whole = isWhole && values[1].type.element != .real && (builtin == .min || builtin == .max)
      return result(whole ? .integer : .real, axes)
    case .reduction, .reductionOrPairwise:
      guard !first.isScalar else {
        error(
          "E0203",
          "\(name) reduces an array, and this is one value",
          at: operands[0].span,
          "this is \(describe(first))",
          help: "remove \(name), or let it run over an index: `\(callee.text)(x[i] for i: d)`"
        )
        return .invalid(span)
      }
      switch builtin {
      case .any, .all: return result(.boolean, [])
      case .sum, .product, .min, .max: return result(isWhole ? .integer : .real, [])
      default: return result(.real, [])
      }
    case .special:
      return checkSpecial(builtin, values, name, span, result)
    }
  }

  private func checkSpecial(
    _ builtin: BuiltinFunction,
    _ values: [CheckedExpression],
    _ name: String,
    _ span: SourceSpan,
    _ result: (ElementType, [Axis]) -> CheckedExpression
  ) -> CheckedExpression {
    let type = values[0].type
    func requireRank(_ rank: Int) -> Bool {
      guard type.rank != rank else { return true }
      let what = rank == 1 ? "an array of one axis" : "a matrix"
      error(
        "E0203",
        "\(name) takes \(what)",
        at: values[0].span,
        "this is \(describe(type))",
        help: rank == 1 && type.rank > 1 ? "pick one row: `x[i]`" : nil
      )
      return false
    }
    switch builtin {
    case .cumulativeSum, .sort:
      return requireRank(1)
        ? result(type.element == .real ? .real : .integer, type.axes) : .invalid(span)
    case .known:
      guard case .variable(let id) = values[0].kind, case .data = model.variables[id.index].role
      else {
        error(
          "E0501",
          "\(name) takes data by their name",
          at: values[0].span,
          "no array of a file",
          help: "it gives the elements that are not missing"
        )
        return .invalid(span)
      }
      // What was observed is known, whatever the statement that reads it defines.
      if let last = shifts.lastIndex(where: { $0.variable == id }) { shifts.remove(at: last) }
      if !shifts.contains(where: { $0.variable == id }) { references.remove(id) }
      return result(type.element, [.anonymous(nil)])
    case .softmax: return requireRank(1) ? result(.real, type.axes) : .invalid(span)
    case .dot:
      guard requireRank(1),
        agree(values[0], values[1], span, ("the first argument", "the second")) != nil,
        !values[1].type.isScalar
      else { return .invalid(span) }
      return result(.real, [])
    case .transpose:
      return requireRank(2) ? result(type.element, type.axes.reversed()) : .invalid(span)
    case .cholesky, .diagonal:
      guard requireRank(2) else { return .invalid(span) }
      guard unify(type.axes[0], type.axes[1]) != nil else {
        error(
          "E0203",
          "\(name) takes a square matrix",
          at: values[0].span,
          "this is \(describe(type))",
          also: declarations(type.axes)
        )
        return .invalid(span)
      }
      return result(.real, builtin == .cholesky ? type.axes : [type.axes[0]])
    case .diagonalMatrix:
      return requireRank(1) ? result(.real, [type.axes[0], type.axes[0]]) : .invalid(span)
    default:
      guard let axes = matrixAxes(builtin, values, name, span) else { return .invalid(span) }
      return result(.real, axes)
    }
  }

  // MARK: Queries

  /// Whether an expression reads observed data through a fit: missing cells differ from draw to draw.
  private func readsObserved(_ expression: CheckedExpression) -> Bool {
    var found = false
    expression.forEachPart { part in
      if case .draw(_, let id) = part.kind, model.isObserved(id) { found = true }
    }
    return found
  }

  private func checkQuery(_ query: Query, _ arguments: Arguments, _ span: SourceSpan)
    -> CheckedExpression
  {
    let callee = Name(query.rawValue, span: span)
    let count = query == .quantile ? 2 : 1
    guard let list = positional(arguments, callee, count...count) else { return .invalid(span) }
    let operand = checkExpression(list[0])
    let level = count == 2 ? number(checkExpression(list[1]), "a probability") : nil
    guard !operand.type.isInvalid, level?.type.isInvalid != true else { return .invalid(span) }
    guard operand.stage == .random || readsObserved(operand) else {
      error(
        "E0603",
        "`\(query.rawValue)` reduces over draws, and this is the same in each draw",
        at: operand.span,
        help: "name a quantity of a fit: `post.x`"
      )
      return .invalid(span)
    }
    if query == .probability {
      guard isCondition(operand) else { return .invalid(span) }
    }
    if let level {
      requireData(level, "the probability of a quantile")
      guard level.type.isScalar else {
        error(
          "E0603",
          "`Q` takes one probability",
          at: level.span,
          "this is an array",
          help: "write `Q(x, 0.05), Q(x, 0.95)`"
        )
        return .invalid(span)
      }
      if let value = literal(level), !(value >= 0 && value <= 1) {
        error(
          "E0603",
          "a probability lies between 0 and 1",
          at: level.span,
          help: "the 95 % quantile is Q(x, 0.95)"
        )
        return .invalid(span)
      }
    }
    let value = query == .probability ? operand : number(operand, "the argument")
    return CheckedExpression(
      .query(query, value, probability: level),
      type: ValueType(.real, axes: operand.type.axes),
      stage: .data,
      span: span
    )
  }
}
