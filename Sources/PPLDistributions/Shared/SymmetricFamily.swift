import PPLGraphIR
import PPLTensorCore

/// Draws of a standard distribution symmetric about 0, F(−z) = 1 − F(z), also between bounds.
struct SymmetricFamily {
  /// F(z), with small relative error for z < 0.
  let cdf: (GraphValue) -> GraphValue
  /// F⁻¹(p), with small relative error for p < ½.
  let quantile: (GraphValue) -> GraphValue
  /// A draw of Z.
  let draw: (RandomSource, Shape) -> GraphValue

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
    let (low, high, isReflected) = reflectedToLeft(lower, upper)
    let below = cdf(low)
    let draw = quantile(below + uniform * (cdf(high) - below))
    return isReflected.select(-draw, draw)
  }
}

extension SymmetricFamily {
  static var normal: Self {
    Self(
      cdf: { $0.normalCDF() },
      quantile: { $0.normalQuantile() },
      draw: { $0.normal($1) }
    )
  }

  static var logistic: Self {
    Self(
      cdf: { $0.logistic() },
      quantile: logisticQuantile,
      draw: { logisticQuantile($0.uniform($1)) }
    )
  }

  /// F(z) = atan2(1, −z) / π.
  static var cauchy: Self {
    Self(
      cdf: { $0.scalar(1).atan2(-$0) / .pi },
      quantile: cauchyQuantile,
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
      quantile: laplaceQuantile,
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
