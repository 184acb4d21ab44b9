import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension DataBinder {
  /// Checks values against the bounds, sets and joint types of their declaration.
  func checkConstraint(
    _ numbers: [Double],
    _ shape: Shape,
    _ variable: Variable,
    _ binding: DataBinding,
    _ array: DataArray
  ) throws(LoweringError) {
    switch binding.constraint {
    case .none: break
    case .bounds(let lower, let upper):
      if let lower {
        try check(numbers, variable, array, lower, lower.isIncluded ? "at least" : "above") {
          lower.isIncluded ? $0 >= $1 : $0 > $1
        }
      }
      if let upper {
        try check(numbers, variable, array, upper, upper.isIncluded ? "at most" : "below") {
          upper.isIncluded ? $0 <= $1 : $0 < $1
        }
      }
    case .set(let allowed):
      var values: Set<Double> = []
      for expression in allowed { values.formUnion(try bound(expression).values) }
      guard let element = numbers.firstIndex(where: { !values.contains($0) }) else { return }
      throw wrong(
        variable,
        array,
        element,
        "`\(name(variable, element))` is \(shortNumber(numbers[element]))",
        "it must be one of \(values.sorted().map { shortNumber($0) }.joined(separator: ", "))",
        code: "E0805"
      )
    case .vector(let support): try checkVectors(numbers, shape, support, variable, array)
    case .matrix(let support): try checkMatrices(numbers, shape, support, variable, array)
    }
  }

  private func check(
    _ numbers: [Double],
    _ variable: Variable,
    _ array: DataArray,
    _ end: TypeConstraint.Endpoint,
    _ relation: String,
    _ holds: (Double, Double) -> Bool
  ) throws(LoweringError) {
    let limit = try bound(end.value)
    let single = limit.scalar
    guard single != nil || limit.values.count == numbers.count else {
      throw LoweringError(
        "E0203",
        "axes do not match",
        at: end.value.span,
        "the bound has \(limit.values.count) elements, the data \(numbers.count)"
      )
    }
    for (element, number) in numbers.enumerated() {
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

  private func checkMatrices(
    _ numbers: [Double],
    _ shape: Shape,
    _ support: MatrixSupport,
    _ variable: Variable,
    _ array: DataArray
  ) throws(LoweringError) {
    let width = shape.sizes.last ?? 1
    guard width > 0 else { return }
    let builder = GraphBuilder()
    for start in stride(from: 0, to: numbers.count, by: width * width) {
      let matrix = Array(numbers[start..<(start + width * width)])
      func at(_ row: Int, _ column: Int) -> Double { matrix[row * width + column] }
      let pairs = (0..<width).flatMap { row in (0..<row).map { (row, $0) } }
      let isSymmetric = pairs.allSatisfy { row, column in
        abs(at(row, column) - at(column, row)) <= 1e-8 * max(1, abs(at(row, column)))
      }
      let isLower =
        pairs.allSatisfy { row, column in at(column, row) == 0 }
        && (0..<width).allSatisfy { at($0, $0) > 0 }
      let factor = builder.constant(Tensor(shape: Shape([width, width]), values: matrix)).cholesky()
      let isDefinite =
        isSymmetric && factor.constantValue?.values.allSatisfy(\.isFinite) ?? false
      let isInside: Bool
      switch support {
      case .cov: isInside = isDefinite
      case .corr: isInside = isDefinite && (0..<width).allSatisfy { abs(at($0, $0) - 1) < 1e-8 }
      case .choleskyCov: isInside = isLower
      case .choleskyCorr:
        isInside =
          isLower
          && (0..<width).allSatisfy { row in
            abs((0..<width).reduce(0) { $0 + at(row, $1) * at(row, $1) } - 1) < 1e-8
          }
      }
      guard !isInside else { continue }
      throw wrong(
        variable,
        array,
        start,
        "the matrix from `\(name(variable, start))` on is no `\(support.rawValue)`",
        "declared as such here",
        code: "E0805"
      )
    }
  }

  private func checkVectors(
    _ numbers: [Double],
    _ shape: Shape,
    _ support: VectorSupport,
    _ variable: Variable,
    _ array: DataArray
  ) throws(LoweringError) {
    let width = max(1, shape.sizes.last ?? 1)
    for start in stride(from: 0, to: numbers.count, by: width) {
      let row = numbers[start..<min(start + width, numbers.count)]
      let isInside: Bool
      switch support {
      case .simplex: isInside = row.allSatisfy { $0 >= 0 } && abs(row.reduce(0, +) - 1) < 1e-8
      case .ordered: isInside = zip(row, row.dropFirst()).allSatisfy { $0 < $1 }
      case .positiveOrdered:
        isInside = zip(row, row.dropFirst()).allSatisfy { $0 < $1 } && (row.first ?? 1) > 0
      case .sumToZero: isInside = abs(row.reduce(0, +)) < 1e-8
      case .unit: isInside = abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-8
      }
      guard !isInside else { continue }
      throw wrong(
        variable,
        array,
        start,
        "the values from `\(name(variable, start))` on are no `\(support.rawValue)`",
        "declared as such here",
        code: "E0805"
      )
    }
  }
}
