import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
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
  ///
  /// `sides` name the two where they have no name of their own.
  func agree(
    _ a: CheckedExpression,
    _ b: CheckedExpression,
    _ span: SourceSpan,
    _ sides: (String, String) = ("the left side", "the right side")
  ) -> [Axis]? {
    if a.type.isScalar { return b.type.axes }
    if b.type.isScalar { return a.type.axes }
    if let axes = unify(a.type.axes, b.type.axes) { return axes }
    error(
      "E0203",
      "axes do not match",
      at: span,
      "\(naming(a) ?? sides.0) runs over \(describe(a.type.axes)),"
        + " \(naming(b) ?? sides.1) over \(describe(b.type.axes))",
      also: declarations(a.type.axes + b.type.axes),
      help: "values are combined element by element over the same dimensions; pick elements with an"
        + " index, or write the equation over a binder"
    )
    return nil
  }

  /// The quantity that an expression is, or is a part of, in back-ticks; nil for anything else.
  func naming(_ expression: CheckedExpression) -> String? {
    switch expression.kind {
    case .variable(let id), .draw(_, let id): "`\(model.variables[id.index].name.text)`"
    case .subscripted(let base, _): naming(base).map { $0.dropLast() + "[…]`" }
    case .label(let base): naming(base)
    default: nil
    }
  }

  /// Axes in brackets.
  func describe(_ axes: [Axis]) -> String {
    "[\(axes.map { describe($0) }.joined(separator: ", "))]"
  }

  /// "1 axis", "2 axes".
  func axisCount(_ count: Int) -> String { count == 1 ? "1 axis" : "\(count) axes" }
}
