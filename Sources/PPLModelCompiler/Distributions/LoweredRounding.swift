import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore

/// The multiple of a width w that is nearest to a variable; its middle goes down.
///
///     log p(x) = log P₀(x − ½ w < X ≤ x + ½ w)
struct LoweredRounding: LoweredDistribution {
  private let inner: any LoweredDistribution
  private let source: CheckedDistribution
  private let width: GraphValue
  private let span: SourceSpan
  private let place: DistributionPlace

  init(_ source: CheckedDistribution, _ width: CheckedExpression, _ place: DistributionPlace)
    throws(LoweringError)
  {
    inner = try place.lower(source)
    self.source = source
    self.width = try place.scalar(width)
    span = width.span
    self.place = place
    try place.lowering.checkBudget(width.span)
    guard self.width.constantValue?.values.allSatisfy({ $0 > 0 && $0.isFinite }) != false else {
      throw LoweringError(
        "E0805",
        "values are rounded to multiples of a positive number",
        at: width.span,
        "not positive with these data"
      )
    }
  }

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] {
    try checkMultiples(x)
    let half = 0.5 * width
    guard let value = try inner.logProbability(above: x - half, upTo: x + half) else {
      throw place.lowering.noProbability(source)
    }
    return [value]
  }

  /// Reports a known value that no rounding gives.
  private func checkMultiples(_ x: GraphValue) throws(LoweringError) {
    let ratio = (x / width).constantValue?.values ?? []
    // Decimal numbers are no exact multiples in binary.
    guard let row = ratio.firstIndex(where: { abs($0 - $0.rounded()) > 1e-6 * max(1, abs($0)) }),
      let values = x.constantValue?.values
    else { return }
    let value = values.count == ratio.count ? values[row] : values[0]
    throw LoweringError(
      "E0809",
      "an observed value is \(place.lowering.shortNumber(value)), which is no multiple of what values"
        + " are rounded to",
      at: span,
      help: "correct the data, or round to the step of their last digit: `to: 0.1`"
    )
  }

  /// Where the values begin that are rounded to more than a bound.
  private func edge(_ bound: GraphValue) -> GraphValue {
    ((bound / width).floor() + 0.5) * width
  }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) throws(LoweringError)
    -> GraphValue?
  {
    try inner.logProbability(above: lower.map { edge($0) }, upTo: upper.map { edge($0) })
  }

  func quantile(of p: GraphValue) throws(LoweringError) -> GraphValue? {
    try inner.quantile(of: p).map { round($0) }
  }

  private func round(_ value: GraphValue) -> GraphValue {
    (value / width - 0.5).ceiling() * width
  }

  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    guard lower == nil, upper == nil,
      let draw = try inner.sample(shape: shape, lower: nil, upper: nil, random: random)
    else { return nil }
    return round(draw).broadcast(to: shape)
  }
}
