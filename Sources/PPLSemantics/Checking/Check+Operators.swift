import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
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
    case .record: return .invalid(expression.span)
    case .string:
      error(
        "E0302",
        "\(what) must be a number",
        at: expression.span,
        "this is text",
        help: "text stands for labels: `x[\"a\"]`, `i == \"a\"`"
      )
      return .invalid(expression.span)
    }
  }

  func checkUnary(
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
    case .real, .integer, .index, .string, .record:
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

  func checkBinary(
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
      guard isCondition(a), isCondition(b), let axes = agree(a, b, span) else {
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
        let axes = agree(x, y, span)
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
      error(
        "E0302",
        "two texts are never compared",
        at: span,
        "text stands for labels only",
        help: "compare an index with a label: `i == \"a\"`"
      )
      return .invalid(span)
    default:
      x = number(a, "what is compared")
      y = number(b, "what is compared")
    }
    guard !x.type.isInvalid, !y.type.isInvalid, let axes = agree(x, y, span)
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
        "\(naming(x) ?? "the left side") ends in `\(describe(inner))`,"
          + " \(naming(y) ?? "the right side") begins with `\(describe(outer))`",
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
}
