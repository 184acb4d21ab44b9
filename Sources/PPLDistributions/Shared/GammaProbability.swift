import PPLGraphIR

/// Probabilities of a gamma variable of scale 1, by the regularised incomplete gamma function.
///
/// Derivatives exist with respect to the bounds only, not to the shape. Accuracy is relative in the left tail
/// and absolute, 1e-16, in the right one.
struct GammaProbability {
  let shape: GraphValue

  /// log(P(a, upper) − P(a, lower)), nil for 0 and infinity; nil where both are.
  func logProbability(lower: GraphValue?, upper: GraphValue?) -> GraphValue? {
    let below = lower.map { $0.gammaP(shape: shape) }
    guard let upper else { return below.map { (-$0).log1p() } }
    let upTo = upper.gammaP(shape: shape)
    return (below.map { upTo - $0 } ?? upTo).log()
  }
}
