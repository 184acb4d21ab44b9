import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Finds the meaning of an expression.
  ///
  /// A list as written adopts the axes of `context`, if the place knows them.
  func checkExpression(_ expression: Expression, context: [Axis] = []) -> CheckedExpression {
    let span = expression.span
    guard depth < Self.greatestDepth else {
      error(
        "E0504",
        "this is nested too deeply",
        at: span,
        "after \(functionsInProgress.count) calls inside each other",
        help: "let functions call fewer others in a row"
      )
      return .invalid(span)
    }
    depth += 1
    defer { depth -= 1 }
    let accepts = acceptsRagged
    let acceptsRecord = acceptsRecord
    self.acceptsRecord = false
    let value = checkPart(expression, context)
    if case .record(let fields) = value.kind, !acceptsRecord {
      error(
        "E0302",
        "a record is no value by itself",
        at: span,
        "its fields are \(fields.map { "`\($0.name)`" }.joined(separator: ", "))",
        help: "name a field: `.\(fields.first?.name ?? "")`; give it a name first: `with q = …`"
      )
      return .invalid(span)
    }
    guard !accepts, isRagged(value.type) else { return value }
    reportRaggedValue(value)
    return .invalid(span)
  }

  /// Finds the meaning of an expression that may be a record.
  func checkWhole(_ expression: Expression) -> CheckedExpression {
    acceptsRecord = true
    defer { acceptsRecord = false }
    return checkExpression(expression)
  }

  private func checkRecord(_ fields: [RecordField], _ span: SourceSpan) -> CheckedExpression {
    var values: [(name: String, value: CheckedExpression)] = []
    for field in fields {
      if values.contains(where: { $0.name == field.name.text }) {
        error("E0402", "the field `\(field.name.text)` stands twice", at: field.name.span)
        return .invalid(span)
      }
      let value = checkExpression(field.value)
      guard !value.type.isInvalid else { return .invalid(span) }
      values.append((field.name.text, value))
    }
    return CheckedExpression(
      .record(values),
      type: ValueType(.record),
      stage: values.map(\.value.stage).max() ?? .data,
      span: span
    )
  }

  private func checkPart(_ expression: Expression, _ context: [Axis]) -> CheckedExpression {
    let span = expression.span
    switch expression.kind {
    case .name, .unary, .binary, .conditional: break
    case .call(let callee, _) where isBuiltin(callee.text): break
    default:
      // Within these, arrays are wanted whole.
      let accepts = acceptsRagged
      acceptsRagged = false
      defer { acceptsRagged = accepts }
      return checkClosedPart(expression, context)
    }
    switch expression.kind {
    case .name(let name): return checkName(name, span)
    case .unary(let op, let operand): return checkUnary(op, operand, span, context)
    case .binary(let op, let left, let right): return checkBinary(op, left, right, span, context)
    case .conditional(let condition, let then, let otherwise):
      return checkConditional(condition, then, otherwise, span, context)
    case .call(let callee, let arguments):
      return checkCall(callee, arguments, span: span, context: context)
    default: return checkClosedPart(expression, context)
    }
  }

  private func isBuiltin(_ name: String) -> Bool {
    BuiltinFunction(rawValue: name) != nil && functionsByName[name] == nil
  }

  private func checkClosedPart(_ expression: Expression, _ context: [Axis]) -> CheckedExpression {
    let span = expression.span
    switch expression.kind {
    case .invalid: return .invalid(span)
    case .name, .unary, .binary, .conditional: return .invalid(span)
    case .call(let callee, let arguments):
      return checkCall(callee, arguments, span: span, context: context)
    case .number(let value, let isInteger):
      return CheckedExpression(
        .number(value),
        type: isInteger ? .integer : .real,
        stage: .data,
        span: span
      )
    case .string(let text):
      return CheckedExpression(.string(text), type: ValueType(.string), stage: .data, span: span)
    case .pipe(let left, let right): return checkPipe(left, right, span)
    case .subscripted(let base, let subscripts):
      return checkSubscripted(base, subscripts, span)
    case .member(let base, let name): return checkMember(base, name, span)
    case .list(let elements): return checkList(elements, span, context)
    case .comprehension(let comprehension): return checkComprehension(comprehension, span)
    case .record(let fields): return checkRecord(fields, span)
    }
  }

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
    guard !x.type.isInvalid, !y.type.isInvalid,
      let axes = agree(x, y, span, ("the first branch", "the other"))
    else {
      return .invalid(span)
    }
    var result = axes
    if !c.type.isScalar {
      guard axes.isEmpty || unify(axes, c.type.axes) != nil else {
        error(
          "E0203",
          "axes do not match",
          at: span,
          "the condition runs over \(describe(c.type.axes)), the branches over \(describe(axes))",
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
      guard let checked = checkBinder(binder) else {
        enterInvalid(binder)
        continue
      }
      enter(checked)
      binders.append(checked)
    }
    let written = comprehension.condition.flatMap { checkWhere($0) }
    let condition = conjunction(binders.compactMap(\.membership), written)
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
}
