import PPLSourceText
import PPLTypeSystem

extension ModelChecker {
  /// The axes of what a function of matrices, knots or positions gives; nil where its arguments do not fit.
  func matrixAxes(
    _ builtin: BuiltinFunction,
    _ values: [CheckedExpression],
    _ name: String,
    _ span: SourceSpan
  ) -> [Axis]? {
    let axes = values.map(\.type.axes)
    switch builtin {
    case .trace, .determinant, .logDeterminant:
      return isSquare(values[0], name) ? [] : nil
    case .eigenvalues: return isSquare(values[0], name) ? [axes[0][0]] : nil
    case .eigenvectors: return isSquare(values[0], name) ? [axes[0][0], axes[0][0]] : nil
    case .inverse: return isSquare(values[0], name) ? [axes[0][1], axes[0][0]] : nil
    case .solve:
      guard isSquare(values[0], name) else { return nil }
      guard axes[1].count == 1 || axes[1].count == 2 else {
        return mismatch(values[1], "\(name) takes a vector or a matrix as its second argument")
      }
      guard unify(axes[0][0], axes[1][0]) != nil else {
        return mismatch(values[1], "axes do not match", also: values[0])
      }
      return [axes[0][1]] + axes[1].dropFirst()
    case .outer:
      return has(1, values[0], name) && has(1, values[1], name) ? axes[0] + axes[1] : nil
    case .kronecker:
      return has(2, values[0], name) && has(2, values[1], name)
        ? [.anonymous(nil), .anonymous(nil)] : nil
    case .orthogonalFactor: return has(2, values[0], name) ? axes[0] : nil
    case .triangularFactor: return has(2, values[0], name) ? [axes[0][1], axes[0][1]] : nil
    case .standardize:
      if axes[0].isEmpty { return mismatch(values[0], "\(name) takes an array") }
      return axes[0]
    case .interpolate:
      guard has(1, values[0], name), has(1, values[1], name) else { return nil }
      guard unify(axes[0][0], axes[1][0]) != nil else {
        return mismatch(values[1], "each knot has one value", also: values[0])
      }
      return axes[2]
    case .bspline:
      guard has(0, values[0], name), has(1, values[1], name),
        values.count < 3 || has(0, values[2], name)
      else { return nil }
      for value in values.dropFirst() { requireData(value, "a knot or the degree of a spline") }
      return [.anonymous(nil)]
    case .squaredExponential, .matern32, .matern52, .periodic:
      guard axes[0].count == 1 || axes[0].count == 2 else {
        return mismatch(
          values[0],
          "\(name) takes positions: one number, or a row of coordinates, for each point"
        )
      }
      for value in values.dropFirst() { guard has(0, value, name) else { return nil } }
      return [axes[0][0], axes[0][0]]
    default: preconditionFailure("a built-in function without a rule for its axes")
    }
  }

  private func has(_ rank: Int, _ value: CheckedExpression, _ name: String) -> Bool {
    guard value.type.rank != rank else { return true }
    let what = rank == 0 ? "one number" : rank == 1 ? "an array of one axis" : "a matrix"
    _ = mismatch(
      value,
      "\(name) takes \(what) here",
      help: rank < value.type.rank ? "index it: `x[i]`" : nil
    )
    return false
  }

  private func isSquare(_ value: CheckedExpression, _ name: String) -> Bool {
    guard has(2, value, name) else { return false }
    if unify(value.type.axes[0], value.type.axes[1]) != nil { return true }
    error(
      "E0203",
      "\(name) takes a square matrix",
      at: value.span,
      "this is \(describe(value.type))",
      also: declarations(value.type.axes)
    )
    return false
  }

  private func mismatch(
    _ value: CheckedExpression,
    _ message: String,
    also other: CheckedExpression? = nil,
    help: String? = nil
  ) -> [Axis]? {
    error(
      "E0203",
      message,
      at: value.span,
      "this is \(describe(value.type))",
      also: other.map { [.init($0.span, "this is \(describe($0.type))")] } ?? [],
      help: help
    )
    return nil
  }
}
