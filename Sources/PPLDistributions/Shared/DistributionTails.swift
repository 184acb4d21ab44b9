import PPLGraphIR

/// Both tails of a distribution that is not symmetric, with what truncation needs of them.
struct DistributionTails {
  /// log P(X ≤ x).
  let logCDF: (GraphValue) -> GraphValue
  /// log P(X > x).
  let logSurvival: (GraphValue) -> GraphValue

  /// log P(lower < X ≤ upper), nil for no bound; nil where both are.
  ///
  /// An interval is the difference of two probabilities of the tail in which they are smaller:
  ///
  ///     log(p − q) = log p + log(1 − exp(log q − log p))
  func logProbability(lower: GraphValue?, upper: GraphValue?) -> GraphValue? {
    guard let lower else { return upper.map(logCDF) }
    guard let upper else { return logSurvival(lower) }
    let (above, upTo) = (logSurvival(lower), logCDF(upper))
    let isRight = above.isLess(than: upTo)
    let larger = isRight.select(above, upTo)
    let smaller = isRight.select(logSurvival(upper), logCDF(lower))
    return larger + (smaller - larger).log1mExp()
  }
}
