package import PPLSourceText

/// An expression as written, before names have a meaning.
///
/// The parser limits the depth of the tree, so recursion over it is safe (`Parser.deepestTree`).
package struct Expression: Sendable {
  /// What it is.
  package indirect enum Kind: Sendable {
    /// A number; `isInteger` when written without point and exponent.
    case number(Double, isInteger: Bool)
    case string(String)
    case name(String)
    /// `callee(a, name: b)`; the callee is always a name.
    case call(Name, Arguments)
    /// `base[subscripts]`.
    case subscripted(Expression, [Subscript])
    /// `base.name`.
    case member(Expression, Name)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case conditional(condition: Expression, then: Expression, otherwise: Expression)
    /// `left |> right`; the right side is a name or a call.
    case pipe(Expression, Expression)
    /// `[a, b, c]`.
    case list([Expression])
    /// `[e for i: d where c]`.
    case comprehension(Comprehension)
    /// `(a: x, b: y)`.
    case record([RecordField])
    /// Stands where the parser reported an error; the checker stays silent about it.
    case invalid
  }

  package var kind: Kind
  package var span: SourceSpan

  package init(_ kind: Kind, span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

/// A name with its place.
package struct Name: Sendable, Hashable {
  package var text: String
  package var span: SourceSpan

  package init(_ text: String, span: SourceSpan) {
    self.text = text
    self.span = span
  }
}

/// What stands in the brackets behind a value: `x[i]`, `x[_]`, `x[2..]`.
package enum Subscript: Sendable {
  case index(Expression)
  /// `_`: the whole axis.
  case keep(SourceSpan)
  /// `a..b`, `a..`, `..b`.
  case range(RangeExpression)
}

/// `lower..upper`, either side may be absent (not both).
package struct RangeExpression: Sendable {
  package var lower: Expression?
  package var upper: Expression?
  package var span: SourceSpan

  package init(lower: Expression?, upper: Expression?, span: SourceSpan) {
    self.lower = lower
    self.upper = upper
    self.span = span
  }
}

/// What stands in the parentheses of a call: arguments, or one comprehension without brackets.
package enum Arguments: Sendable {
  case list([Argument])
  case comprehension(Comprehension)
}

/// One argument, possibly named.
package struct Argument: Sendable {
  package var label: Name?
  package var value: Expression

  package init(label: Name?, value: Expression) {
    self.label = label
    self.value = value
  }
}

/// `element for i: d, j: e where condition`.
package struct Comprehension: Sendable {
  package var element: Expression
  package var binders: [Binder]
  package var condition: Expression?

  package init(element: Expression, binders: [Binder], condition: Expression?) {
    self.element = element
    self.binders = binders
    self.condition = condition
  }
}

/// `i: d`, `i: d[2..]` or `i: 1..n`: a name that runs over a range.
package struct Binder: Sendable {
  package var name: Name
  package var range: BinderRange

  package init(name: Name, range: BinderRange) {
    self.name = name
    self.range = range
  }
}

/// What a binder runs over: an expression (a dimension, part of one, an integer) or `a..b`.
package enum BinderRange: Sendable {
  case expression(Expression)
  case range(RangeExpression)

  package var span: SourceSpan {
    switch self {
    case .expression(let expression): expression.span
    case .range(let range): range.span
    }
  }
}

/// One field of a record value.
package struct RecordField: Sendable {
  package var name: Name
  package var value: Expression

  package init(name: Name, value: Expression) {
    self.name = name
    self.value = value
  }
}

/// Prefix operators.
package enum UnaryOperator: String, Sendable, Hashable {
  case negate = "-"
  case not = "not"
}

/// Infix operators; the raw value is the spelling.
package enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
  case or = "or"
  case and = "and"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case matrixMultiply = "@"
  case integerDivide = "div"
  case modulo = "mod"
  case power = "^"
}
