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
    _ lowered: Lowering.LoweredDistribution,
    _ plate: Plate
  ) throws(LoweringError) {
    let lower: SupportBound
    let upper: SupportBound
    switch distribution.signature.support {
    case .interval(let low, let high), .integers(let low, let high): (lower, upper) = (low, high)
    case .categories(let parameter):
      lower = .value(0)
      let width = lowered.arguments[parameter].shape.sizes.last ?? 1
      upper = .value(Double(width - 1))
    case .vector, .realVector, .matrix, .declared: return
    }
    let shape = Shape(plate.shape + x.ownSizes)
    let node = x.node.broadcast(to: shape)
    try lowering.checkBudget(equation.span)
    guard let values = node.constantValue?.values else { return }
    func limits(_ bound: SupportBound) -> [Double]? {
      switch bound {
      case .none: return nil
      case .value(let value): return [value]
      case .parameter(let position):
        return lowered.arguments[position].broadcast(to: shape).constantValue?.values
      }
    }
    let lows = limits(lower)
    let highs = limits(upper)
    try lowering.checkBudget(equation.span)
    for (row, value) in values.enumerated() {
      let low = lows.map { $0.count == 1 ? $0[0] : $0[row] } ?? -.infinity
      let high = highs.map { $0.count == 1 ? $0[0] : $0[row] } ?? .infinity
      guard value < low || value > high else { continue }
      throw try impossible(row, value, (low, high), equation, distribution, plate)
    }
  }

  /// -inf where an observed value lies outside of the bounds that its equation declares; nil if it cannot.
  ///
  /// Bounds known from data are held against the values at once.
  func exclusion(
    of x: LoweredValue,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    liftedRank: Int,
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue? {
    guard case .bounds(let low, let high) = equation.constraint else { return nil }
    let ends = try declaredEnds(equation, distribution, liftedRank: liftedRank, plate)
    let isDiscrete = distribution.signature.support.isDiscrete
    var outside: GraphValue?
    if let low, let lower = ends.lower {
      let mayEqual = low.isIncluded && !isDiscrete
      outside = mayEqual ? x.node.isLess(than: lower) : x.node.isLessOrEqual(to: lower)
    }
    if let high, let upper = ends.upper {
      let mayEqual = high.isIncluded || isDiscrete
      let above = mayEqual ? x.node.isGreater(than: upper) : x.node.isGreaterOrEqual(to: upper)
      outside = outside.map { $0.or(above) } ?? above
    }
    guard let outside else { return nil }
    try lowering.checkBudget(equation.span)
    guard outside.constantValue != nil else {
      let ones = Shape.ones(rank: outside.shape.rank)
      return outside.select(
        builder.constant(-.infinity).reshape(ones),
        builder.constant(0).reshape(ones)
      )
    }
    let shape = Shape(plate.shape + x.ownSizes)
    let flags = outside.broadcast(to: shape)
    let node = x.node.broadcast(to: shape)
    try lowering.checkBudget(equation.span)
    guard let row = flags.constantValue?.values.firstIndex(where: { $0 != 0 }),
      let value = node.constantValue?.values[row]
    else { return nil }
    throw LoweringError(
      Diagnostic(
        code: "E0809",
        message: "a value of `\(variable(of: equation).name.text)` is"
          + " \(lowering.shortNumber(value)), which lies outside of the bounds of its equation",
        primary: .init(equation.targetSpan, "restricted here"),
        dataLocation: try location(of: row, equation, plate),
        help: "the bounds behind a target truncate: a value outside of them has probability zero"
      )
    )
  }

  private func variable(of equation: CheckedEquation) -> Variable {
    bound.model.variables[equation.target.index]
  }

  /// Where an observation stands in its file.
  private func location(of row: Int, _ equation: CheckedEquation, _ plate: Plate)
    throws(LoweringError) -> Diagnostic.DataLocation?
  {
    guard let array = bound.arrays[equation.target] else { return nil }
    let variable = variable(of: equation)
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
    return array.location(of: positions.map { $0[row] } ?? row)
  }

  private func impossible(
    _ row: Int,
    _ value: Double,
    _ range: (low: Double, high: Double),
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) -> LoweringError {
    let variable = variable(of: equation)
    let name = distribution.signature.name
    // Categories are counted from 0 inside, from 1 by users.
    let offset: Double
    if case .categories = distribution.signature.support { offset = 1 } else { offset = 0 }
    func text(_ number: Double) -> String { lowering.shortNumber(number + offset) }
    let limit =
      range.low == -.infinity
      ? "at most \(text(range.high))"
      : range.high == .infinity
        ? "at least \(text(range.low))" : "between \(text(range.low)) and \(text(range.high))"
    return LoweringError(
      Diagnostic(
        code: "E0809",
        message:
          "a value of `\(variable.name.text)` is \(text(value)), which `\(name)` cannot give",
        primary: .init(equation.targetSpan, "its values are \(limit)"),
        secondary: [.init(distribution.span, "by this distribution")],
        dataLocation: try location(of: row, equation, plate),
        help: "correct the data, or choose a distribution that has such values"
      )
    )
  }
}
