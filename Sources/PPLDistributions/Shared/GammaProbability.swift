import PPLGraphIR

/// Probabilities of a gamma variable of scale 1, by the regularised incomplete gamma function.
///
/// Derivatives exist with respect to the bounds only, not to the shape. Accuracy is relative in the left tail
/// and absolute, 1e-16, in the right one.
struct GammaProbability {
  let shape: GraphValue

  /// log(P(a, upper) − P(a, lower)), nil for 0 and infinity; nil where both are.
  func logProbability(lower: GraphValue?, upper: GraphValue?) -> GraphValue? {
    let below = lower.map(cumulative)
    guard let upper else { return below.map { (-$0).log1p() } }
    let upTo = cumulative(upper)
    return (below.map { upTo - $0 } ?? upTo).log()
  }

  /// P(a, x), 0 at 0.
  ///
  /// There the derivative may be infinite, where it only ever stands for a bound that cuts nothing.
  private func cumulative(_ x: GraphValue) -> GraphValue {
    if x.hasNoZero { return x.gammaP(shape: shape) }
    let isZero = x.isEqual(to: 0)
    return isZero.select(0, isZero.select(1, x).gammaP(shape: shape))
  }
}
