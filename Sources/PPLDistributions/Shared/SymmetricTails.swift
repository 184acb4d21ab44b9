import PPLGraphIR
import PPLTensorCore

/// The tails of a standard distribution symmetric about 0, F(−z) = 1 − F(z).
struct SymmetricTails {
  /// log F(z), with small relative error for z < 0.
  let logCDF: (GraphValue) -> GraphValue
  /// log P(|Z| ≤ z), with small relative error for small z.
  let logCDFOfSize: (GraphValue) -> GraphValue

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

  /// log(F(upper) − F(lower)), nil for infinite bounds and where both are.
  ///
  /// An interval that lies mostly to the right is reflected first, so that both tails are as accurate as the left one:
  ///
  ///     log(F(b) − F(a)) = log F(b) + log(1 − exp(log F(a) − log F(b)))
  private func logProbability(lower: GraphValue?, upper: GraphValue?) -> GraphValue? {
    guard let lower else { return upper.map(logCDF) }
    guard let upper else { return logCDF(-lower) }
    let (low, high, _) = reflectedToLeft(lower, upper)
    let logHigh = logCDF(high)
    return logHigh + (logCDF(low) - logHigh).log1mExp()
  }
}

/// An interval, or its mirror image if it lies mostly to the right of 0.
func reflectedToLeft(_ lower: GraphValue, _ upper: GraphValue) -> (
  low: GraphValue, high: GraphValue, isReflected: GraphValue
) {
  let isReflected = (lower + upper).isGreater(than: 0)
  return (isReflected.select(-upper, lower), isReflected.select(-lower, upper), isReflected)
}

extension SymmetricTails {
  static var normal: Self {
    Self(
      logCDF: { $0.normalLogCDF() },
      logCDFOfSize: { ($0 * 0.5.squareRoot()).erf().log() }
    )
  }

  static var logistic: Self {
    Self(logCDF: { -(-$0).softplus() }, logCDFOfSize: { (0.5 * $0).tanh().log() })
  }

  /// F(z) = atan2(1, −z) / π.
  static var cauchy: Self {
    Self(
      logCDF: { $0.scalar(1).atan2(-$0).log() - logPi },
      logCDFOfSize: { $0.atan().log() + (logTwo - logPi) }
    )
  }

  /// F(z) = ½ exp(z) for z < 0, 1 − ½ exp(−z) else.
  static var laplace: Self {
    Self(
      logCDF: {
        let size = $0.absolute()
        return $0.isLess(than: 0).select(-size - logTwo, (-0.5 * (-size).exp()).log1p())
      },
      logCDFOfSize: { (-$0).log1mExp() }
    )
  }

  /// Student's t, not differentiable with respect to the degrees of freedom ν.
  ///
  ///     P(|Z| ≤ z) = I(½, ½ ν) at z² / (z² + ν),    P(|Z| > z) = I(½ ν, ½) at ν / (z² + ν)
  ///
  /// The one is taken for |z| < 1, the other beyond. Probabilities below 1e-300 count as that.
  static func studentT(df: GraphValue) -> Self {
    let half = 0.5 * df
    func parts(_ z: GraphValue) -> (isNear: GraphValue, inner: GraphValue, outer: GraphValue) {
      let size = z.absolute()
      // Points at which both have finite derivatives.
      let near = size.min(1).max(1e-100).square()
      let far = size.max(1).square()
      return (
        size.isLess(than: 1),
        (near / (near + df)).betaP(df.scalar(0.5), half),
        (df / (far + df)).betaP(half, df.scalar(0.5)).max(1e-300)
      )
    }
    return Self(
      logCDF: { z in
        let (isNear, inner, outer) = parts(z)
        let tail = 0.5 * isNear.select(1 - inner, outer)
        return z.isLess(than: 0).select(tail.log(), (-tail).log1p())
      },
      logCDFOfSize: { z in
        let (isNear, inner, outer) = parts(z)
        return isNear.select(inner.log(), (-outer).log1p())
      }
    )
  }
}
