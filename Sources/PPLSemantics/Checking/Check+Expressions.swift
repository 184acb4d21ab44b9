import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Finds the meaning of an expression.
  ///
  /// A list as written adopts the axes of `context`, if the place knows them.
  func checkExpression(_ expression: Expression, context: [Axis] = []) -> CheckedExpression {
    let span = expression.span
    switch expression.kind {
    case .invalid: return .invalid(span)
    case .number(let value, let isInteger):
      return CheckedExpression(
        .number(value),
        type: isInteger ? .integer : .real,
        stage: .data,
        span: span
      )
    case .string(let text):
      return CheckedExpression(.string(text), type: ValueType(.string), stage: .data, span: span)
    case .name(let name): return checkName(name, span)
    case .call(let callee, let arguments):
      return checkCall(callee, arguments, span: span, context: context)
    case .pipe(let left, let right): return checkPipe(left, right, span)
    case .subscripted(let base, let subscripts):
      return checkSubscripted(base, subscripts, span)
    case .member(let base, let name): return checkMember(base, name, span)
    case .unary(let op, let operand): return checkUnary(op, operand, span, context)
    case .binary(let op, let left, let right): return checkBinary(op, left, right, span, context)
    case .conditional(let condition, let then, let otherwise):
      return checkConditional(condition, then, otherwise, span, context)
    case .list(let elements): return checkList(elements, span, context)
    case .comprehension(let comprehension): return checkComprehension(comprehension, span)
    case .record:
      notBuilt("a record value", at: span)
      return .invalid(span)
    }
  }

  // MARK: Names

  private func checkName(_ name: String, _ span: SourceSpan) -> CheckedExpression {
    switch scope.lookup(name) {
    case .binder(let id, let type):
      return CheckedExpression(.binder(id), type: type, stage: .data, span: span)
    case .local(let id, let type, let stage):
      return CheckedExpression(.local(id), type: type, stage: stage, span: span)
    case nil: break
    }
    if let id = variablesByName[name] { return checkVariable(id, span) }
    switch name {
    case "pi":
      return CheckedExpression(.number(Double.pi), type: .real, stage: .data, span: span)
    case "inf":
      return CheckedExpression(.number(Double.infinity), type: .real, stage: .data, span: span)
    case "true", "false", "True", "False", "TRUE", "FALSE":
      error(
        "E0201",
        "there is no `\(name)`",
        at: span,
        help: "write 1 for true and 0 for false, or a comparison"
      )
      return .invalid(span)
    case "NA":
      notBuilt("`NA` in an expression", at: span, help: "missing cells belong into the data file")
      return .invalid(span)
    default: break
    }
    if silencedNames.contains(name) { return .invalid(span) }
    if let dimension = dimensionsByName[name] {
      error(
        "E0201",
        "`\(name)` is a dimension, not a value",
        at: span,
        also: [declaration(of: dimension)],
        help: "write size(\(name)) for its size, or bind an index: `i: \(name)`"
      )
      return .invalid(span)
    }
    if functionsByName[name] != nil || library.distributions[name] != nil
      || BuiltinFunction(rawValue: name) != nil
    {
      error(
        "E0201",
        "`\(name)` is called with arguments, it is not a value",
        at: span,
        help: "write `\(name)(…)`"
      )
      return .invalid(span)
    }
    if fitsByName[name] != nil {
      error(
        "E0602",
        "`\(name)` is a fit, not a value",
        at: span,
        help: "name the quantity: `\(name).x`"
      )
      return .invalid(span)
    }
    let known = Array(variablesByName.keys) + scope.names + ["pi", "inf"]
    let near = nearestName(to: name, among: known)
    error(
      "E0201",
      "there is nothing named `\(name)`",
      at: span,
      help: near.map { "did you mean `\($0)`?" }
        ?? "declare it as data (`data \(name): real`), or give it a prior (`\(name) ~ …`)"
    )
    return .invalid(span)
  }

  private func checkVariable(_ id: VariableID, _ span: SourceSpan) -> CheckedExpression {
    let variable = model.variables[id.index]
    let isModeled = if case .modeled = variable.role { true } else { false }
    if isInsideFunction {
      error(
        "E0203",
        "a function sees only its parameters",
        at: span,
        "`\(variable.name.text)` is a quantity of the model",
        help: "pass it as an argument"
      )
      return .invalid(span)
    }
    if isInsideScript && isModeled {
      let fit = fitsByName.keys.sorted().first ?? "post"
      error(
        "E0602",
        "`\(variable.name.text)` has one value in each draw of a fit",
        at: span,
        help: "say of which fit: `\(fit).\(variable.name.text)`"
      )
      return .invalid(span)
    }
    references.insert(id)
    shifts.append(ReferenceOccurrence(variable: id, shift: nil, span: span))
    return CheckedExpression(
      .variable(id),
      type: variable.type,
      stage: variable.stage,
      span: span
    )
  }

  private func checkMember(_ base: Expression, _ name: Name, _ span: SourceSpan)
    -> CheckedExpression
  {
    if case .name(let fitName) = base.kind, let fit = fitsByName[fitName] {
      guard isInsideScript else {
        error(
          "E0602",
          "a fit can be read in the script only",
          at: span,
          help: "use it in `show`, after its `infer`"
        )
        return .invalid(span)
      }
      guard let id = variablesByName[name.text] else {
        let near = nearestName(to: name.text, among: variablesByName.keys)
        error(
          "E0201",
          "the model has no quantity `\(name.text)`",
          at: name.span,
          help: near.map { "did you mean `\(fitName).\($0)`?" }
        )
        return .invalid(span)
      }
      let variable = model.variables[id.index]
      guard case .modeled = variable.role else {
        return CheckedExpression(.variable(id), type: variable.type, stage: .data, span: span)
      }
      return CheckedExpression(
        .draw(fit: fit, id),
        type: variable.type,
        stage: .random,
        span: span
      )
    }
    if case .name(let fitName) = base.kind, isInsideScript, variablesByName[fitName] == nil {
      if !silencedNames.contains(fitName) {
        error(
          "E0602",
          "there is no fit `\(fitName)` before this line",
          at: base.span,
          help: nearestName(to: fitName, among: fitsByName.keys).map { "did you mean `\($0)`?" }
            ?? "fit it first: `infer \(fitName) = nuts()`"
        )
      }
      return .invalid(span)
    }
    let value = checkExpression(base)
    if !value.type.isInvalid {
      error(
        "E0203",
        "`\(name.text)` is no part of this value",
        at: name.span,
        "the value is \(describe(value.type))",
        help: "values have no fields; index with [ ]"
      )
    }
    return .invalid(span)
  }

  // MARK: Operators

  /// The expression as a number: an index stands for its integer label.
  func number(_ expression: CheckedExpression, _ what: String) -> CheckedExpression {
    switch expression.type.element {
    case .real, .integer, .boolean, .invalid: return expression
    case .index:
      return CheckedExpression(
        .label(expression),
        type: ValueType(.integer, axes: expression.type.axes),
        stage: expression.stage,
        span: expression.span
      )
    case .string:
      error(
        "E0302",
        "\(what) must be a number",
        at: expression.span,
        "this is text"
      )
      return .invalid(expression.span)
    }
  }

  private func checkUnary(
    _ op: UnaryOperator,
    _ operand: Expression,
    _ span: SourceSpan,
    _ context: [Axis]
  ) -> CheckedExpression {
    let value = checkExpression(operand, context: context)
    guard !value.type.isInvalid else { return .invalid(span) }
    switch op {
    case .negate:
      let operand = number(value, "what is negated")
      guard !operand.type.isInvalid else { return .invalid(span) }
      let element: ElementType = operand.type.element == .real ? .real : .integer
      return CheckedExpression(
        .unary(.negate, operand),
        type: ValueType(element, axes: operand.type.axes),
        stage: value.stage,
        span: span
      )
    case .not:
      guard isCondition(value) else { return .invalid(span) }
      return CheckedExpression(
        .unary(.not, value),
        type: ValueType(.boolean, axes: value.type.axes),
        stage: value.stage,
        span: span
      )
    }
  }

  /// Whether the expression can be asked for truth; reports it if not.
  func isCondition(_ value: CheckedExpression) -> Bool {
    switch value.type.element {
    case .boolean: return true
    case .invalid: return false
    case .real, .integer, .index, .string:
      error(
        "E0302",
        "a condition must be true or false",
        at: value.span,
        "this is \(describe(value.type))",
        help: "compare it with something: `… > 0`, `… == 1`"
      )
      return false
    }
  }

  private func checkBinary(
    _ op: BinaryOperator,
    _ left: Expression,
    _ right: Expression,
    _ span: SourceSpan,
    _ context: [Axis]
  ) -> CheckedExpression {
    let a = checkExpression(left, context: context)
    let b = checkExpression(right, context: context)
    return combine(op, a, b, span)
  }

  /// An operator on operands that are checked.
  func combine(
    _ op: BinaryOperator,
    _ a: CheckedExpression,
    _ b: CheckedExpression,
    _ span: SourceSpan
  ) -> CheckedExpression {
    guard !a.type.isInvalid, !b.type.isInvalid else { return .invalid(span) }
    let stage = max(a.stage, b.stage)
    switch op {
    case .matrixMultiply: return checkMatrixMultiply(a, b, span)
    case .and, .or:
      guard isCondition(a), isCondition(b), let axes = agree(a, b, span, "`\(op.rawValue)`") else {
        return .invalid(span)
      }
      return CheckedExpression(
        .binary(op, a, b),
        type: ValueType(.boolean, axes: axes),
        stage: stage,
        span: span
      )
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return checkComparison(op, a, b, span)
    case .add, .subtract, .multiply, .divide, .integerDivide, .modulo, .power:
      let x = number(a, "the left side of `\(op.rawValue)`")
      let y = number(b, "the right side of `\(op.rawValue)`")
      guard !x.type.isInvalid, !y.type.isInvalid,
        let axes = agree(x, y, span, "`\(op.rawValue)`")
      else { return .invalid(span) }
      // index - index of one dimension is the difference of positions, which labels give as well.
      return CheckedExpression(
        .binary(op, x, y),
        type: ValueType(arithmeticElement(op, x, y), axes: axes),
        stage: stage,
        span: span
      )
    }
  }

  private func arithmeticElement(
    _ op: BinaryOperator,
    _ a: CheckedExpression,
    _ b: CheckedExpression
  ) -> ElementType {
    if op == .divide { return .real }
    if a.type.element == .real || b.type.element == .real { return .real }
    if op == .power, (literal(b) ?? -1) < 0 { return .real }
    return .integer
  }

  private func checkComparison(
    _ op: BinaryOperator,
    _ a: CheckedExpression,
    _ b: CheckedExpression,
    _ span: SourceSpan
  ) -> CheckedExpression {
    var x = a
    var y = b
    switch (a.type.element, b.type.element) {
    case (.index(let d), .index(let e)) where d == e: break
    case (.index(let d), .string):
      y = CheckedExpression(.index(d, b), type: ValueType(.index(d)), stage: .data, span: b.span)
    case (.string, .index(let d)):
      x = CheckedExpression(.index(d, a), type: ValueType(.index(d)), stage: .data, span: a.span)
    case (.string, .string):
      error("E0302", "two texts are never compared", at: span)
      return .invalid(span)
    default:
      x = number(a, "what is compared")
      y = number(b, "what is compared")
    }
    guard !x.type.isInvalid, !y.type.isInvalid, let axes = agree(x, y, span, "`\(op.rawValue)`")
    else { return .invalid(span) }
    return CheckedExpression(
      .binary(op, x, y),
      type: ValueType(.boolean, axes: axes),
      stage: max(a.stage, b.stage),
      span: span
    )
  }

  private func checkMatrixMultiply(
    _ a: CheckedExpression,
    _ b: CheckedExpression,
    _ span: SourceSpan
  ) -> CheckedExpression {
    let x = number(a, "the left side of `@`")
    let y = number(b, "the right side of `@`")
    guard !x.type.isInvalid, !y.type.isInvalid else { return .invalid(span) }
    guard let inner = x.type.axes.last, let outer = y.type.axes.first else {
      let scalar = x.type.isScalar ? x : y
      error(
        "E0203",
        "`@` contracts two axes, and one side has none",
        at: scalar.span,
        "this is \(describe(scalar.type))",
        help: "use `*` to multiply by a scalar"
      )
      return .invalid(span)
    }
    guard x.type.rank <= 2, y.type.rank <= 2 else {
      notBuilt("`@` with more than two axes a side", at: span)
      return .invalid(span)
    }
    guard unify(inner, outer) != nil else {
      error(
        "E0203",
        "axes do not match",
        at: span,
        "the left side ends in `\(describe(inner))`, the right side begins with"
          + " `\(describe(outer))`",
        also: declarations([inner, outer]),
        help: "`@` sums over the last axis of the left and the first of the right side"
      )
      return .invalid(span)
    }
    let axes = Array(x.type.axes.dropLast()) + Array(y.type.axes.dropFirst())
    return CheckedExpression(
      .binary(.matrixMultiply, x, y),
      type: ValueType(.real, axes: axes),
      stage: max(a.stage, b.stage),
      span: span
    )
  }

  /// The labels that show where the dimensions of axes are declared.
  func declarations(_ axes: [Axis]) -> [Diagnostic.Label] {
    var seen: Set<DimensionID> = []
    return axes.compactMap { axis in
      guard let dimension = axis.dimension, seen.insert(dimension).inserted else { return nil }
      return declaration(of: dimension)
    }
  }

  // MARK: Axes

  /// The axis that two axes have in common; nil if they differ.
  func unify(_ a: Axis, _ b: Axis) -> Axis? {
    switch (a, b) {
    case (.dimension(let d), .dimension(let e)): d == e ? a : nil
    case (.part(let d), .part(let e)): d == e ? a : nil
    case (.literal(let m), .literal(let n)): m == n ? a : nil
    case (.literal(let m), .anonymous(let n)): n == nil || m == n ? b : nil
    case (.anonymous(let m), .literal(let n)): m == nil || m == n ? a : nil
    case (.literal, _): b
    case (_, .literal): a
    case (.anonymous(let m), .anonymous(let n)): m == nil ? b : n == nil || m == n ? a : nil
    default: nil
    }
  }

  func unify(_ a: [Axis], _ b: [Axis]) -> [Axis]? {
    guard a.count == b.count else { return nil }
    var result: [Axis] = []
    for (x, y) in zip(a, b) {
      guard let axis = unify(x, y) else { return nil }
      result.append(axis)
    }
    return result
  }

  /// The axes of an elementwise combination: equal axes, or one side a scalar; reports a mismatch.
  func agree(
    _ a: CheckedExpression,
    _ b: CheckedExpression,
    _ span: SourceSpan,
    _ what: String
  ) -> [Axis]? {
    if a.type.isScalar { return b.type.axes }
    if b.type.isScalar { return a.type.axes }
    if let axes = unify(a.type.axes, b.type.axes) { return axes }
    error(
      "E0203",
      "axes do not match",
      at: span,
      "\(what) joins [\(a.type.axes.map { describe($0) }.joined(separator: ", "))] and"
        + " [\(b.type.axes.map { describe($0) }.joined(separator: ", "))]",
      also: declarations(a.type.axes + b.type.axes),
      help: "values are combined element by element over the same dimensions; pick elements with an"
        + " index, or write the equation over a binder"
    )
    return nil
  }

  // MARK: Conditionals, lists, comprehensions

  private func checkConditional(
    _ condition: Expression,
    _ then: Expression,
    _ otherwise: Expression,
    _ span: SourceSpan,
    _ context: [Axis]
  ) -> CheckedExpression {
    let c = checkExpression(condition)
    let a = checkExpression(then, context: context)
    let b = checkExpression(otherwise, context: context)
    guard !c.type.isInvalid, isCondition(c), !a.type.isInvalid, !b.type.isInvalid else {
      return .invalid(span)
    }
    var x = a
    var y = b
    let element: ElementType
    switch (a.type.element, b.type.element) {
    case (let p, let q) where p == q: element = p
    default:
      x = number(a, "a branch of `if`")
      y = number(b, "a branch of `if`")
      element = x.type.element == .real || y.type.element == .real ? .real : .integer
    }
    guard !x.type.isInvalid, !y.type.isInvalid, let axes = agree(x, y, span, "`if`") else {
      return .invalid(span)
    }
    var result = axes
    if !c.type.isScalar {
      guard axes.isEmpty || unify(axes, c.type.axes) != nil else {
        error(
          "E0203",
          "axes do not match",
          at: span,
          "the condition runs over [\(c.type.axes.map { describe($0) }.joined(separator: ", "))]",
          also: declarations(c.type.axes + axes),
          help: "the condition of an `if` has the axes of its branches, or none"
        )
        return .invalid(span)
      }
      result = c.type.axes
    }
    return CheckedExpression(
      .conditional(c, x, y),
      type: ValueType(element, axes: result),
      stage: max(c.stage, max(a.stage, b.stage)),
      span: span
    )
  }

  private func checkList(_ elements: [Expression], _ span: SourceSpan, _ context: [Axis])
    -> CheckedExpression
  {
    guard !elements.isEmpty else {
      error("E0205", "a list needs at least one element", at: span)
      return .invalid(span)
    }
    let inner = Array(context.dropFirst())
    var values: [CheckedExpression] = []
    var stage = Stage.data
    var axes: [Axis]?
    var element: ElementType?
    for expression in elements {
      let value = number(checkExpression(expression, context: inner), "an element of a list")
      guard !value.type.isInvalid else { return .invalid(span) }
      stage = max(stage, value.stage)
      if let known = axes {
        guard let common = unify(known, value.type.axes) else {
          error(
            "E0203",
            "the elements of a list have equal axes",
            at: expression.span,
            "this is \(describe(value.type))",
            also: [.init(values[0].span, "this is \(describe(values[0].type))")]
          )
          return .invalid(span)
        }
        axes = common
      } else {
        axes = value.type.axes
      }
      let own: ElementType = value.type.element
      element =
        element == nil || element == own
        ? own : (element == .real || own == .real ? .real : .integer)
      values.append(value)
    }
    let outer =
      context.first.flatMap { unify($0, .literal(elements.count)) }
      ?? .literal(elements.count)
    return CheckedExpression(
      .list(values),
      type: ValueType(element ?? .real, axes: [outer] + (axes ?? [])),
      stage: stage,
      span: span
    )
  }

  private func checkComprehension(_ comprehension: Comprehension, _ span: SourceSpan)
    -> CheckedExpression
  {
    guard let checked = checkBinders(of: comprehension) else { return .invalid(span) }
    let element = checked.element
    var axes = checked.binders.map(\.axis)
    if checked.condition != nil {
      if axes.count > 1 {
        axes = [.anonymous(nil)]
      } else if let dimension = axes.first?.dimension {
        axes = [.part(dimension)]
      } else {
        axes = [.anonymous(nil)]
      }
    }
    return CheckedExpression(
      .comprehension(checked),
      type: ValueType(element.type.element, axes: axes + element.type.axes),
      stage: element.stage,
      span: span
    )
  }

  /// Checks binders, condition and element; nil if the element is wrong.
  func checkBinders(of comprehension: Comprehension) -> CheckedComprehension? {
    let depth = scope.depth
    defer { scope.leave(to: depth) }
    var binders: [CheckedBinder] = []
    for binder in comprehension.binders {
      guard let checked = checkBinder(binder) else { continue }
      enter(checked)
      binders.append(checked)
    }
    let condition = comprehension.condition.flatMap { checkWhere($0) }
    let element = checkExpression(comprehension.element)
    guard !element.type.isInvalid, binders.count == comprehension.binders.count else { return nil }
    if element.type.element == .string {
      error("E0302", "an array holds numbers or indices", at: element.span, "this is text")
      return nil
    }
    return CheckedComprehension(binders: binders, condition: condition, element: element)
  }

  /// Checks a `where` condition: boolean and computable from data.
  func checkWhere(_ expression: Expression) -> CheckedExpression? {
    let condition = checkExpression(expression)
    guard !condition.type.isInvalid, isCondition(condition) else { return nil }
    guard condition.type.isScalar else {
      error(
        "E0203",
        "a condition after `where` is one truth value for each index",
        at: condition.span,
        "this is \(describe(condition.type))",
        help: "index it with the binders"
      )
      return nil
    }
    requireData(condition, "a condition after `where`")
    return condition
  }

  // MARK: Binders

  /// Brings a binder's name into scope.
  func enter(_ binder: CheckedBinder) {
    let type: ValueType =
      switch binder.domain {
      case .dimension(let dimension, _): ValueType(.index(dimension))
      case .integers: .integer
      }
    scope.enter(binder.name.text, .binder(binder.id, type))
  }

  /// Checks what a binder runs over; a name there always means the dimension.
  func checkBinder(_ binder: Binder) -> CheckedBinder? {
    switch binder.range {
    case .range(let range):
      let lower = range.lower.map { integerEnd($0) }
      guard let upperExpression = range.upper else {
        error(
          "E0205",
          "this range has no end",
          at: range.span,
          help: "write `a..b`, or use a dimension"
        )
        return nil
      }
      return makeBinder(
        binder.name,
        .integers(lower: lower, upper: integerEnd(upperExpression))
      )
    case .expression(let expression):
      switch expression.kind {
      case .name(let name):
        if let id = dimensionsByName[name] { return makeBinder(binder.name, .dimension(id, nil)) }
      case .subscripted(let base, let subscripts):
        if case .name(let name) = base.kind, let id = dimensionsByName[name] {
          return part(binder, of: id, subscripts, expression.span)
        }
      default: break
      }
      return integerBinder(binder, expression)
    }
  }

  private func part(
    _ binder: Binder,
    of dimension: DimensionID,
    _ subscripts: [Subscript],
    _ span: SourceSpan
  ) -> CheckedBinder? {
    guard subscripts.count == 1, case .range(let range) = subscripts[0] else {
      notBuilt("a dimension whose size depends on an index (ragged)", at: span)
      return nil
    }
    return makeBinder(binder.name, .dimension(dimension, checkRange(range, of: dimension)))
  }

  /// Checks the ends of a part of a dimension.
  func checkRange(_ range: RangeExpression, of dimension: DimensionID) -> CheckedRange {
    CheckedRange(
      lower: range.lower.map { fixedIndex($0, of: dimension, "the end of a range") },
      upper: range.upper.map { fixedIndex($0, of: dimension, "the end of a range") },
      span: range.span
    )
  }

  private func integerBinder(_ binder: Binder, _ expression: Expression) -> CheckedBinder? {
    if case .name(let name) = expression.kind, variablesByName[name] == nil,
      scope.lookup(name) == nil
    {
      reportUnknownDimension(name, at: expression.span)
      return nil
    }
    let count = integerEnd(expression)
    guard !count.type.isInvalid else { return nil }
    return makeBinder(binder.name, .integers(lower: nil, upper: count))
  }

  private func integerEnd(_ expression: Expression) -> CheckedExpression {
    let value = number(checkExpression(expression), "the end of a range")
    guard !value.type.isInvalid else { return value }
    guard value.type == .integer || value.type == .boolean else {
      error(
        "E0302",
        "the end of a range must be an integer",
        at: expression.span,
        "this is \(describe(value.type))"
      )
      return .invalid(expression.span)
    }
    requireData(value, "the end of a range")
    return value
  }
}
