package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The triangular distribution between two bounds, with its mode between them.
///
///     log p(x | a, c, b) = log 2 − log(b − a) + log((x − a) / (c − a)),    a < x ≤ c
///     log p(x | a, c, b) = log 2 − log(b − a) + log((b − x) / (b − c)),    c ≤ x < b
///
/// The density is NaN unless a < b and a ≤ c ≤ b.
package struct Triangular: Distribution {
  package let signature = DistributionSignature(
    "Triangular",
    [
      [
        ParameterSignature("lower", .real), ParameterSignature("mode", .real),
        ParameterSignature("upper", .real),
      ]
    ],
    support: .interval(lower: .parameter(0), upper: .parameter(2)),
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Triangular between two bounds, with a mode.",
    formula:
      "log p(x | a, c, b) = log 2 − log(b − a) + log((x − a) / (c − a)), a < x ≤ c\nlog p(x | a, c, b) = log 2 − log(b − a) + log((b − x) / (b − c)), c ≤ x < b"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let triangle = Triangle(arguments)
    let isLeft = x.isLess(than: triangle.mode)
    let distance = isLeft.select(x - triangle.lower, triangle.upper - x)
    let side = isLeft.select(triangle.mode - triangle.lower, triangle.upper - triangle.mode)
    // At a mode that is a bound both are 0, and the height is that of the mode.
    let isAtMode = side.isEqual(to: 0).and(distance.isEqual(to: 0))
    let outside = distance.isLessOrEqual(to: 0).and(isAtMode.not())
    let isAside = outside.or(isAtMode)
    let height = isAside.select(1, distance) / isAside.select(1, side)
    let penalty = outside.isKnown(0) ? [] : [outside.select(x.scalar(-.infinity), 0)]
    return penalty + [height.log(), logTwo - triangle.width.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let triangle = Triangle(arguments)
    let bounds = TruncationBounds(lower, upper)
    let tails = DistributionTails(
      logCDF: { triangle.cdf($0).log() },
      logSurvival: { triangle.reflected.cdf(-$0).log() }
    )
    return tails.logProbability(lower: bounds.lower, upper: bounds.upper)
      ?? triangle.width.constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    Triangle(arguments).quantile(p)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let triangle = Triangle(arguments)
    let bounds = TruncationBounds(lower, upper)
    let uniform = random.uniform(shape)
    let below = bounds.lower.map(triangle.cdf)
    let upTo = bounds.upper.map(triangle.cdf) ?? uniform.scalar(1)
    let p = below.map { $0 + uniform * (upTo - $0) } ?? uniform * upTo
    return bounds.clamp(triangle.quantile(p))
  }
}

/// Bounds and mode, NaN unless in order.
private struct Triangle {
  let lower: GraphValue
  let mode: GraphValue
  let upper: GraphValue
  let width: GraphValue

  init(_ arguments: DistributionArguments) {
    self.init(lower: arguments[0], mode: arguments[1], upper: arguments[2])
  }

  private init(lower: GraphValue, mode: GraphValue, upper: GraphValue) {
    self.lower = lower
    self.mode = mode
    self.upper = upper
    let isBetween = lower.isLessOrEqual(to: mode).and(mode.isLessOrEqual(to: upper))
    width = ParameterDomain.positive.checked(upper - lower).where(isBetween)
  }

  /// That of the negated variable.
  var reflected: Triangle { Triangle(lower: -upper, mode: -mode, upper: -lower) }

  /// F(x) = (x − a)² / ((b − a) (c − a)) up to the mode, 1 − (b − x)² / ((b − a) (b − c)) behind it.
  func cdf(_ x: GraphValue) -> GraphValue {
    let inside = x.max(lower).min(upper)
    let isLeft = inside.isLess(than: mode)
    let (left, right) = (mode - lower, upper - mode)
    let isAtEnd = isLeft.not().and(right.isEqual(to: 0))
    let distance = isLeft.select(inside - lower, upper - inside)
    let side = isAtEnd.select(1, isLeft.select(left, right))
    let part = distance.square() / (width * side)
    return isLeft.select(part, 1 - part)
  }

  func quantile(_ p: GraphValue) -> GraphValue {
    let (left, right) = (mode - lower, upper - mode)
    let isLeft = (p * width).isLess(than: left)
    let distance = (isLeft.select(p * left, (1 - p) * right) * width).squareRoot()
    return isLeft.select(lower + distance, upper - distance)
  }
}
