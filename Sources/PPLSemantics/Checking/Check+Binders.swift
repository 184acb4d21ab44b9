import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Brings a binder's name into scope.
  func enter(_ binder: CheckedBinder) {
    let type: ValueType =
      switch binder.domain {
      case .dimension(let dimension, _): ValueType(.index(dimension))
      case .integers: .integer
      }
    scope.enter(binder.name.text, .binder(binder.id, type))
  }

  /// Brings a binder into scope whose range is wrong: what reads it stays silent.
  func enterInvalid(_ binder: Binder) {
    scope.enter(binder.name.text, .local(makeLocal(), .invalid, .data))
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
        if genericAxes[name] != nil { return genericBinder(binder, name, nil) }
        if let id = dimensionsByName[name] {
          guard !isRagged(id) else {
            reportMissingOwner(id, at: expression.span)
            return nil
          }
          return makeBinder(binder.name, .dimension(id, nil))
        }
      case .subscripted(let base, let subscripts):
        if let ragged = raggedDomain(expression) {
          return raggedBinder(
            binder.name,
            ragged.dimension,
            owner: ragged.owner,
            ragged.range,
            expression.span
          )
        }
        if case .name(let name) = base.kind, genericAxes[name] != nil, subscripts.count == 1,
          case .range(let range) = subscripts[0]
        {
          return genericBinder(binder, name, range)
        }
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
    guard subscripts.count == 1, case .range(let range) = subscripts[0], !isRagged(dimension) else {
      if isRagged(dimension) {
        reportMissingOwner(dimension, at: span)
      } else {
        error(
          "E0205",
          "`\(name(of: dimension))` does not depend on an index",
          at: span,
          also: [declaration(of: dimension)],
          help: "a part of it is `\(name(of: dimension))[2..]`"
        )
      }
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

  func integerEnd(_ expression: Expression) -> CheckedExpression {
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
