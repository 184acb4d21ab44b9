import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Generic dimensions of a function that a call gave an axis without dimension: `1..n`, or a list as written.
///
/// In the body such a name means the positions 1 to n.
extension ModelChecker {
  /// What a generic name stands for in the body of a call.
  func enterGeneric(_ name: String, _ axis: Axis) {
    dimensionsByName[name] = axis.dimension
    switch axis {
    case .dimension, .part: break
    case .anonymous(let size): genericAxes[name] = .anonymous(size)
    case .literal(let size): genericAxes[name] = .anonymous(size)
    }
  }

  /// The number of positions of a generic name's axis; nil if the name is none of these.
  func genericSize(_ name: String, at span: SourceSpan) -> CheckedExpression? {
    guard let axis = genericAxes[name] else { return nil }
    guard case .anonymous(let size?) = axis else {
      error(
        "E0205",
        "the size of `\(name)` is not known here",
        at: span,
        "this call gives it an axis whose size waits for data",
        help: "declare `dim name = …` with this size, and let the argument run over it"
      )
      return .invalid(span)
    }
    return CheckedExpression(.number(Double(size)), type: .integer, stage: .data, span: span)
  }

  /// A binder over the axis of a generic name, `lower` and `upper` for its ends.
  func genericBinder(_ binder: Binder, _ name: String, _ range: RangeExpression?)
    -> CheckedBinder?
  {
    let lower = range?.lower.map { integerEnd($0) }
    guard
      let upper = range?.upper.map({ integerEnd($0) })
        ?? genericSize(name, at: binder.range.span),
      !upper.type.isInvalid
    else { return nil }
    return makeBinder(binder.name, .integers(lower: lower, upper: upper))
  }

  /// `size`, `first` or `last` of a generic name's axis; nil if the name is none of these.
  func checkGenericCall(_ callee: String, _ name: String, _ span: SourceSpan)
    -> CheckedExpression?
  {
    guard genericAxes[name] != nil else { return nil }
    if callee == "first" {
      return CheckedExpression(.number(1), type: .integer, stage: .data, span: span)
    }
    return genericSize(name, at: span)
  }

  /// `d(e)` of a generic name: any integer is an index of an axis without dimension.
  func checkGenericCast(_ operand: Expression?, _ span: SourceSpan) -> CheckedExpression {
    guard let operand else { return .invalid(span) }
    let value = number(checkExpression(operand), "an index")
    guard value.type.element == .real else { return value }
    error(
      "E0302",
      "an index is made of an integer",
      at: operand.span,
      "this is \(describe(value.type))",
      help: "floor(…) and round(…) make an integer"
    )
    return .invalid(span)
  }
}
