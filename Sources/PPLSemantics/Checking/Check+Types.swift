import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// A type as written: its own axes and element, and what it demands of values.
  struct DeclaredType {
    var type: ValueType
    var constraint: TypeConstraint
    var span: SourceSpan
  }

  /// Finds what a type expression means; `plate` are axes in front of its own over which a bound may vary.
  func checkType(_ expression: TypeExpression, plate: [Axis] = []) -> DeclaredType {
    guard case .named(let name, let axisExpressions) = expression.kind else {
      notBuilt("a record type", at: expression.span)
      return DeclaredType(type: .invalid, constraint: .none, span: expression.span)
    }
    let axes = axisExpressions.map { axis -> Axis in
      if case .expression(let expression) = axis { return typeAxis(expression) }
      error(
        "E0205",
        "an axis of a type is a dimension or an integer",
        at: axis.span,
        help: "binders belong to the left side's brackets"
      )
      return .anonymous(nil)
    }
    if let joint = VectorSupport(rawValue: name.text) {
      return jointType(expression, name, axes, rank: 1, .vector(joint))
    }
    if let joint = MatrixSupport(rawValue: name.text) {
      return jointType(expression, name, axes, rank: 2, .matrix(joint))
    }
    let element: ElementType
    switch name.text {
    case "real": element = .real
    case "int": element = .integer
    case "bool": element = .boolean
    default:
      guard let id = dimensionsByName[name.text] else {
        reportUnknownType(name)
        return DeclaredType(type: .invalid, constraint: .none, span: expression.span)
      }
      element = .index(id)
    }
    let constraint = expression.bound.map { checkBound($0, element, plate + axes) } ?? .none
    return DeclaredType(
      type: ValueType(element, axes: axes),
      constraint: constraint,
      span: expression.span
    )
  }

  func reportUnknownType(_ name: Name) {
    let foreign = [
      "float": "real", "double": "real", "vector": "real[d]", "matrix": "real[d, e]",
      "integer": "int", "boolean": "bool", "logical": "bool", "numeric": "real",
      "string": "d` with `dim d", "str": "d` with `dim d", "number": "real",
    ]
    let help: String
    if let other = foreign[name.text.lowercased()] {
      help = "write `\(other)`"
    } else if let near = suggestion(for: name.text, among: typeNames) {
      help = "did you mean `\(near)`?"
    } else {
      model.unknownNames.append(name)
      help =
        "a type is real, int, bool, a declared dimension (for its indices), or a joint type"
        + " such as simplex[d]"
    }
    error("E0202", "there is no type `\(name.text)`", at: name.span, help: help)
  }

  private var typeNames: [String] {
    ["real", "int", "bool"] + VectorSupport.allCases.map(\.rawValue)
      + MatrixSupport.allCases.map(\.rawValue) + dimensionsByName.keys
  }

  private func jointType(
    _ expression: TypeExpression,
    _ name: Name,
    _ axes: [Axis],
    rank: Int,
    _ constraint: TypeConstraint
  ) -> DeclaredType {
    var axes = axes
    if rank == 2, axes.count == 1 { axes.append(axes[0]) }
    if expression.bound != nil {
      error(
        "E0303",
        "`\(name.text)` is a joint type and takes no bound",
        at: expression.span,
        help: "remove the bound"
      )
    }
    if axes.count != rank || (rank == 2 && axes[0] != axes[1]) {
      error(
        "E0205",
        "`\(name.text)` needs the dimension it runs over",
        at: expression.span,
        help: "write `\(name.text)[d]`"
      )
      return DeclaredType(type: .invalid, constraint: .none, span: expression.span)
    }
    return DeclaredType(
      type: ValueType(.real, axes: axes),
      constraint: constraint,
      span: expression.span
    )
  }

  private func checkBound(_ bound: Bound, _ element: ElementType, _ axes: [Axis])
    -> TypeConstraint
  {
    func endpoint(_ expression: Expression, included: Bool) -> TypeConstraint.Endpoint? {
      if case .name("inf") = expression.kind, variablesByName["inf"] == nil { return nil }
      let value = number(checkExpression(expression), "a bound")
      guard value.type.isScalar || unify(value.type.axes, axes) != nil else {
        error(
          "E0203",
          "a bound is one value, or has the axes of what it bounds",
          at: value.span,
          "this is \(describe(value.type))",
          help:
            "pick one element, or bound each element of a plate by its own: `x[i: d]: real > b[i]`"
        )
        return nil
      }
      return TypeConstraint.Endpoint(value: value, isIncluded: included)
    }
    switch bound {
    case .comparison(let relation, let expression):
      let end = endpoint(
        expression,
        included: relation == .lessOrEqual || relation == .greaterOrEqual
      )
      return relation == .greater || relation == .greaterOrEqual
        ? .bounds(lower: end, upper: nil) : .bounds(lower: nil, upper: end)
    case .interval(let lower, let upper, let includesLower, let includesUpper):
      let low = endpoint(lower, included: includesLower)
      let high = endpoint(upper, included: includesUpper)
      return isEmpty(low, high) ? .none : .bounds(lower: low, upper: high)
    case .set(let values):
      return .set(values.map { allowedValue($0) })
    case .range(let range):
      let low = range.lower.flatMap { endpoint($0, included: true) }
      let high = range.upper.flatMap { endpoint($0, included: true) }
      if element == .real {
        error(
          "E0303",
          "`a..b` holds integers, and these values are real",
          at: range.span,
          help: "write an interval: `in [a, b]`"
        )
      }
      return isEmpty(low, high) ? .none : .bounds(lower: low, upper: high)
    }
  }

  private func allowedValue(_ expression: Expression) -> CheckedExpression {
    let value = number(checkExpression(expression), "an allowed value")
    guard !value.type.isScalar, !value.type.isInvalid else { return value }
    error(
      "E0203",
      "an allowed value is one number",
      at: expression.span,
      "this is \(describe(value.type))"
    )
    return .invalid(expression.span)
  }

  /// Whether no value lies between two literal bounds; reports it.
  private func isEmpty(_ lower: TypeConstraint.Endpoint?, _ upper: TypeConstraint.Endpoint?)
    -> Bool
  {
    guard let lower, let upper, let low = literal(lower.value), let high = literal(upper.value)
    else { return false }
    let isEmpty = lower.isIncluded && upper.isIncluded ? low > high : low >= high
    guard isEmpty else { return false }
    error(
      "E0303",
      "no value lies between these bounds",
      at: lower.value.span.union(upper.value.span),
      help: "the lower bound comes first"
    )
    return true
  }

  /// The value of an expression that is a literal, possibly negated.
  func literal(_ expression: CheckedExpression) -> Double? {
    switch expression.kind {
    case .number(let value): value
    case .unary(.negate, let operand): literal(operand).map { -$0 }
    default: nil
    }
  }

  // MARK: In words

  /// A type as people say it: "real", "real[school, coef]", "an index of `county`".
  func describe(_ type: ValueType) -> String {
    let element =
      switch type.element {
      case .real: "real"
      case .integer: "int"
      case .boolean: "bool"
      case .index(let dimension): "an index of `\(name(of: dimension))`"
      case .string: "text"
      case .record: "a record"
      case .invalid: "unknown"
      }
    guard !type.axes.isEmpty else { return element }
    let axes = "[\(type.axes.map { describe($0) }.joined(separator: ", "))]"
    if case .index = type.element { return "an array\(axes) of \(element)" }
    return element + axes
  }

  /// A number without a trailing `.0`.
  func short(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }

  /// An axis in words.
  func describe(_ axis: Axis) -> String {
    switch axis {
    case .dimension(let id): name(of: id)
    case .part(let id): "\(name(of: id))[..]"
    case .anonymous(let size?): "\(size)"
    case .anonymous(nil): "?"
    case .literal(let count): "\(count)"
    }
  }

  func name(of dimension: DimensionID) -> String {
    model.dimensions[dimension.index].name.text
  }

  /// Where a dimension is declared, as a label for a message.
  func declaration(of dimension: DimensionID) -> Diagnostic.Label {
    .init(
      model.dimensions[dimension.index].name.span,
      "`\(name(of: dimension))` is declared here"
    )
  }
}
