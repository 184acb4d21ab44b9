import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension ModelLowering {
  /// Reports observed values that their distribution cannot have, where its support is known from data.
  func checkObservations(
    _ x: LoweredValue,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    lifted: [Int],
    _ plate: Plate
  ) throws(LoweringError) {
    let lower: GraphValue?
    let upper: GraphValue?
    switch distribution.support {
    case .interval, .integers:
      let support = distribution.support
      (lower, upper) = try lowering.supportEnds(support, lifted: lifted, plate)
    case .categories:
      let ones = Shape.ones(rank: plate.rank + lifted.count)
      let count = try lowering.categoryCount(distribution.support, plate) ?? 1
      lower = builder.constant(0).reshape(ones)
      upper = builder.constant(Double(count - 1)).reshape(ones)
    case .vector(let support):
      try checkVectors(x, support, equation, distribution, plate)
      return
    case .realVector, .naturalVector, .matrix, .declared, .simulated: return
    }
    let shape = Shape(plate.shape + x.ownSizes)
    let node = x.node.broadcast(to: shape)
    try lowering.checkBudget(equation.span)
    guard let values = node.constantValue?.values else { return }
    func limits(_ bound: GraphValue?) -> [Double]? {
      guard let known = bound?.constantValue else { return nil }
      if let value = known.uniformValue { return [value] }
      return bound?.broadcast(to: shape).constantValue?.values
    }
    let lows = limits(lower)
    let highs = limits(upper)
    try lowering.checkBudget(equation.span)
    for (row, value) in values.enumerated() {
      let low = lows.map { $0.count == 1 ? $0[0] : $0[row] } ?? -.infinity
      let high = highs.map { $0.count == 1 ? $0[0] : $0[row] } ?? .infinity
      guard value < low || value > high || !value.isFinite else { continue }
      throw try impossible(row, value, (low, high), equation, distribution, plate)
    }
  }

  /// Reports observed vectors that lie outside of a joint support.
  private func checkVectors(
    _ x: LoweredValue,
    _ support: VectorSupport,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) {
    guard let values = x.node.constantValue?.values, let width = x.ownSizes.last, width > 0 else {
      return
    }
    for start in stride(from: 0, to: values.count, by: width) {
      guard let violation = support.violation(in: values[start..<(start + width)]) else { continue }
      let variable = bound.model.variables[equation.target.index]
      let row = start / width
      let assembly = ArrayAssembly(
        variable: variable,
        id: equation.target,
        model: bound.model,
        lowering: lowering
      )
      // Where the vector begins in the file: a statement may hold for some rows only.
      let first = try assembly.positions(of: equation, plate).map { $0[row] } ?? start
      throw LoweringError(
        Diagnostic(
          code: "E0809",
          message: "\(values.count > width ? "vector \(row + 1) of " : "")`\(variable.name.text)`"
            + " \(violation.found), which `\(distribution.name)` cannot give",
          primary: .init(equation.targetSpan, violation.rule),
          secondary: [.init(distribution.span, "by this distribution")],
          dataLocation: bound.arrays[equation.target]?.location(
            of: first + (violation.element ?? 0)
          ),
          help: "correct the data, or choose a distribution that has such values"
        )
      )
    }
  }

  /// Reports cutpoints that part another number of categories than the target's dimension has.
  func checkCategories(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) {
    guard case .categories(.axis(_, let more)) = distribution.support, more > 0,
      case .index(let dimension) = bound.model.variables[equation.target.index].type.element,
      let count = try lowering.categoryCount(distribution.support, plate),
      bound[dimension].count != count
    else { return }
    let name = bound.model.dimensions[dimension.index].name.text
    throw LoweringError(
      "E0203",
      "`\(name)` has \(bound[dimension].count) labels, and `\(distribution.name)`"
        + " \(count) categories",
      at: distribution.span,
      "there are \(count - more) cutpoints",
      help: "give one cutpoint fewer than `\(name)` has labels"
    )
  }

  private func impossible(
    _ row: Int,
    _ value: Double,
    _ range: (low: Double, high: Double),
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) -> LoweringError {
    let variable = bound.model.variables[equation.target.index]
    let name = distribution.name
    // Categories are counted from 0 inside, from 1 by users.
    let offset: Double
    if case .categories = distribution.support { offset = 1 } else { offset = 0 }
    func text(_ number: Double) -> String { lowering.shortNumber(number + offset) }
    let limit =
      range.low == -.infinity && range.high == .infinity
      ? "finite"
      : range.low == -.infinity
        ? "at most \(text(range.high))"
        : range.high == .infinity
          ? "at least \(text(range.low))" : "between \(text(range.low)) and \(text(range.high))"
    var location: Diagnostic.DataLocation?
    if let array = bound.arrays[equation.target] {
      let assembly = ArrayAssembly(
        variable: variable,
        id: equation.target,
        model: bound.model,
        lowering: lowering
      )
      // Without brackets, or with all of them, rows stand in the order of the file.
      let positions =
        equation.items.count == variable.plateRank
        ? try assembly.positions(of: equation, plate) : nil
      location = array.location(of: positions.map { $0[row] } ?? row)
    }
    return LoweringError(
      Diagnostic(
        code: "E0809",
        message:
          "a value of `\(variable.name.text)` is \(text(value)), which `\(name)` cannot give",
        primary: .init(equation.targetSpan, "its values are \(limit)"),
        secondary: [.init(distribution.span, "by this distribution")],
        dataLocation: location,
        help: value.isFinite
          ? "correct the data, or choose a distribution that has such values"
          : "write `null` or NA for a missing value"
      )
    )
  }
}
