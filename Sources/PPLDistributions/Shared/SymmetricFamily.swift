import PPLGraphIR
import PPLTensorCore

/// A standard distribution symmetric about 0, F(−z) = 1 − F(z), with what truncation needs of it.
struct SymmetricFamily {
  /// F(z), with small relative error for z < 0.
  let cdf: (GraphValue) -> GraphValue
  /// log F(z), with small relative error for z < 0.
  let logCDF: (GraphValue) -> GraphValue
  /// F⁻¹(p), with small relative error for p < ½.
  let quantile: (GraphValue) -> GraphValue
  /// log P(|Z| ≤ z), with small relative error for small z.
  let logCDFOfSize: (GraphValue) -> GraphValue
  /// A draw of Z.
  let draw: (RandomSource, Shape) -> GraphValue

  /// log P(lower < X ≤ upper) for X = location + scale · Z.
  func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    location: GraphValue,
    scale: GraphValue
  ) -> GraphValue {
    let bounds = TruncationBounds(lower, upper)
    return logProbability(
      lower: bounds.lower.map { ($0 - location) / scale },
      upper: bounds.upper.map { ($0 - location) / scale }
    ) ?? scale.constantAddend(0)
  }

  /// log P(lower < |X| ≤ upper) for X = scale · Z.
  func logProbabilityOfSize(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    scale: GraphValue
  ) -> GraphValue {
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    if bounds.areAbsent { return scale.constantAddend(0) }
    guard let lower = bounds.lower else {
      return bounds.upper.map { logCDFOfSize($0 / scale) } ?? scale.constantAddend(0)
    }
    let half = logProbability(lower: lower / scale, upper: bounds.upper.map { $0 / scale })
    return half.map { $0 + logTwo } ?? scale.constantAddend(0)
  }

  /// Draws of X = location + scale · Z, given lower < X ≤ upper.
  func sample(
    shape: Shape,
    location: GraphValue,
    scale: GraphValue,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue {
    let bounds = TruncationBounds(lower, upper)
    if bounds.areAbsent { return location + scale * draw(random, shape) }
    let z = sample(
      random.uniform(shape),
      lower: bounds.lower.map { ($0 - location) / scale },
      upper: bounds.upper.map { ($0 - location) / scale }
    )
    return bounds.clamp(location + scale * z)
  }

  /// Draws of |X| for X = scale · Z, given lower < |X| ≤ upper.
  func sampleSize(
    shape: Shape,
    scale: GraphValue,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue {
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    if bounds.areAbsent { return scale * draw(random, shape).absolute() }
    let z = sample(
      random.uniform(shape),
      lower: bounds.lower.map { $0 / scale } ?? scale.scalar(0),
      upper: bounds.upper.map { $0 / scale }
    )
    return bounds.clamp(scale * z.absolute())
  }

  /// log(F(upper) − F(lower)), nil for infinite bounds and where both are.
  ///
  /// An interval that lies mostly to the right is reflected first, so that both tails are as accurate as the left one:
  ///
  ///     log(F(b) − F(a)) = log F(b) + log(1 − exp(log F(a) − log F(b)))
  private func logProbability(lower: GraphValue?, upper: GraphValue?) -> GraphValue? {
    guard let lower else { return upper.map(logCDF) }
    guard let upper else { return logCDF(-lower) }
    let (low, high, _) = reflected(lower, upper)
    let logHigh = logCDF(high)
    return logHigh + (logCDF(low) - logHigh).log1mExp()
  }

  /// A draw between bounds by inversion of a uniform variate.
  private func sample(
    _ uniform: GraphValue,
    lower: GraphValue?,
    upper: GraphValue?
  ) -> GraphValue {
    guard let lower else {
      return quantile(upper.map { uniform * cdf($0) } ?? uniform)
    }
    guard let upper else { return -quantile(uniform * cdf(-lower)) }
    let (low, high, isReflected) = reflected(lower, upper)
    let below = cdf(low)
    let draw = quantile(below + uniform * (cdf(high) - below))
    return isReflected.select(-draw, draw)
  }

  private func reflected(_ lower: GraphValue, _ upper: GraphValue) -> (
    low: GraphValue, high: GraphValue, isReflected: GraphValue
  ) {
    let isReflected = (lower + upper).isGreater(than: 0)
    return (isReflected.select(-upper, lower), isReflected.select(-lower, upper), isReflected)
  }
}

extension SymmetricFamily {
  static var normal: Self {
    Self(
      cdf: { $0.normalCDF() },
      logCDF: { $0.normalLogCDF() },
      quantile: { $0.normalQuantile() },
      logCDFOfSize: { ($0 * 0.5.squareRoot()).erf().log() },
      draw: { $0.normal($1) }
    )
  }

  static var logistic: Self {
    Self(
      cdf: { $0.logistic() },
      logCDF: { -(-$0).softplus() },
      quantile: logisticQuantile,
      logCDFOfSize: { (0.5 * $0).tanh().log() },
      draw: { logisticQuantile($0.uniform($1)) }
    )
  }

  /// F(z) = atan2(1, −z) / π.
  static var cauchy: Self {
    Self(
      cdf: { $0.scalar(1).atan2(-$0) / .pi },
      logCDF: { $0.scalar(1).atan2(-$0).log() - logPi },
      quantile: cauchyQuantile,
      logCDFOfSize: { $0.atan().log() + (logTwo - logPi) },
      draw: { cauchyQuantile($0.uniform($1)) }
    )
  }

  /// F(z) = ½ exp(z) for z < 0, 1 − ½ exp(−z) else.
  static var laplace: Self {
    Self(
      cdf: {
        let tail = 0.5 * (-$0.absolute()).exp()
        return $0.isLess(than: 0).select(tail, 1 - tail)
      },
      logCDF: {
        let size = $0.absolute()
        return $0.isLess(than: 0).select(-size - logTwo, (-0.5 * (-size).exp()).log1p())
      },
      quantile: laplaceQuantile,
      logCDFOfSize: { (-$0).log1mExp() },
      draw: { laplaceQuantile($0.uniform($1)) }
    )
  }
}

private func logisticQuantile(_ p: GraphValue) -> GraphValue { p.log() - (-p).log1p() }

private func cauchyQuantile(_ p: GraphValue) -> GraphValue { -(p * .pi).tan().reciprocal() }

private func laplaceQuantile(_ p: GraphValue) -> GraphValue {
  let tail = (2 * p.min(1 - p)).log()
  return p.isLess(than: 0.5).select(tail, -tail)
}
