import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension DataBinder {
  /// Checks values against the bounds, sets and joint types of their declaration; `first` is the place of the first among those of the
  /// array, whose shape is `shape`.
  func checkConstraint(
    _ numbers: [Double],
    from first: Int,
    _ shape: Shape,
    _ variable: Variable,
    _ binding: DataBinding,
    _ array: DataArray
  ) throws(LoweringError) {
    switch binding.constraint {
    case .none: break
    case .bounds(let lower, let upper):
      if let lower {
        let relation = lower.isIncluded ? "at least" : "above"
        try check(numbers, from: first, shape, variable, array, lower, relation) {
          lower.isIncluded ? $0 >= $1 : $0 > $1
        }
      }
      if let upper {
        let relation = upper.isIncluded ? "at most" : "below"
        try check(numbers, from: first, shape, variable, array, upper, relation) {
          upper.isIncluded ? $0 <= $1 : $0 < $1
        }
      }
    case .set(let allowed):
      var values: Set<Double> = []
      for expression in allowed { values.formUnion(try bound(expression).values) }
      guard let place = numbers.firstIndex(where: { !values.contains($0) }) else { return }
      let element = first + place
      throw wrong(
        variable,
        array,
        element,
        "`\(name(variable, element))` is \(shortNumber(numbers[place]))",
        "it must be one of \(values.sorted().map { shortNumber($0) }.joined(separator: ", "))",
        code: "E0805"
      )
    case .vector(let support):
      let width = shape.sizes.last ?? 1
      try checkJoint(numbers, from: first, shape, each: width, "vector", variable, array) {
        support.violation(in: $0)
      }
    case .matrix(let support):
      let width = shape.sizes.last ?? 1
      let count = width * width
      try checkJoint(numbers, from: first, shape, each: count, "matrix", variable, array) {
        support.violation(in: $0, width: width)
      }
    }
  }

  private func check(
    _ numbers: [Double],
    from first: Int,
    _ shape: Shape,
    _ variable: Variable,
    _ array: DataArray,
    _ end: TypeConstraint.Endpoint,
    _ relation: String,
    _ holds: (Double, Double) -> Bool
  ) throws(LoweringError) {
    let limit = try bound(end.value)
    let single = limit.scalar
    guard single != nil || limit.values.count == shape.count else {
      throw LoweringError(
        "E0203",
        "axes do not match",
        at: end.value.span,
        "the bound has \(limit.values.count) elements, the data \(shape.count)"
      )
    }
    for (place, number) in numbers.enumerated() {
      let element = first + place
      let value = single ?? limit.values[element]
      guard !holds(number, value) else { continue }
      throw wrong(
        variable,
        array,
        element,
        "`\(name(variable, element))` is \(shortNumber(number)), and it must be \(relation)"
          + " \(shortNumber(value))",
        "declared with this bound here",
        code: "E0805"
      )
    }
  }

  /// Checks vectors or matrices one by one; `violation` tells what is wrong with one of them.
  private func checkJoint(
    _ numbers: [Double],
    from first: Int,
    _ shape: Shape,
    each count: Int,
    _ noun: String,
    _ variable: Variable,
    _ array: DataArray,
    _ violation: (ArraySlice<Double>) -> JointViolation?
  ) throws(LoweringError) {
    guard count > 0 else { return }
    for start in stride(from: 0, to: numbers.count, by: count) {
      guard let violation = violation(numbers[start..<min(start + count, numbers.count)]) else {
        continue
      }
      let element = first + start + (violation.element ?? 0)
      let subject =
        violation.element == nil
        ? shape.count == count
          ? "`\(variable.name.text)`" : "the \(noun) from `\(name(variable, first + start))` on"
        : "`\(name(variable, element))`"
      throw wrong(
        variable,
        array,
        element,
        "\(subject) \(violation.found); \(violation.rule)",
        "declared as such here",
        code: "E0805"
      )
    }
  }
}
