package import PPLSourceText

/// A type as written: `real[coef] > 0`, `simplex[state]`, `(mean: real, sd: real)`.
package struct TypeExpression: Sendable {
  package enum Kind: Sendable {
    /// An element or joint type, or an index type (the name of a dimension), with its axes.
    case named(Name, axes: [AxisExpression])
    case record([TypeField])
  }

  package var kind: Kind
  package var bound: Bound?
  package var span: SourceSpan

  package init(_ kind: Kind, bound: Bound?, span: SourceSpan) {
    self.kind = kind
    self.bound = bound
    self.span = span
  }
}

/// One field of a record type, or one parameter of a signature.
package struct TypeField: Sendable {
  package var name: Name
  package var type: TypeExpression

  package init(name: Name, type: TypeExpression) {
    self.name = name
    self.type = type
  }
}

/// One entry in brackets: `i: d`, `i: d[2..]`, `d`, `2`, `"A"`, `_`, `2..`.
///
/// Used on left sides, where it may bind a name, and in type axes, where it may not.
package enum AxisExpression: Sendable {
  case binder(Binder)
  case expression(Expression)
  case range(RangeExpression)
  case keep(SourceSpan)

  package var span: SourceSpan {
    switch self {
    case .binder(let binder): binder.name.span.union(binder.range.span)
    case .expression(let expression): expression.span
    case .range(let range): range.span
    case .keep(let span): span
    }
  }
}

/// Brackets on a left side: `[i: obs, 1 where flag[i]]`.
package struct Brackets: Sendable {
  package var items: [AxisExpression]
  package var condition: Expression?
  package var span: SourceSpan

  package init(items: [AxisExpression], condition: Expression?, span: SourceSpan) {
    self.items = items
    self.condition = condition
    self.span = span
  }
}

/// The set that a type restricts its values to.
package enum Bound: Sendable {
  /// `> e`, `>= e`, `< e`, `<= e`.
  case comparison(BinaryOperator, Expression)
  /// `in (a, b)`, `in [a, b]` and the mixed forms.
  case interval(
    lower: Expression,
    upper: Expression,
    includesLower: Bool,
    includesUpper: Bool
  )
  /// `in {a, b, c}`.
  case set([Expression])
  /// `in a..b`.
  case range(RangeExpression)
}
