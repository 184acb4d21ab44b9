/// Computes summaries of scalar quantities; keeps tables that quantities of equal size share.
///
/// R-hat, bulk ESS and tail ESS after Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021),
/// "Rank-normalization, folding, and localization", Bayesian Analysis 16, 667-718
/// (doi 10.1214/20-BA1221), agreeing with ArviZ 0.23's `summary` to rounding. One place differs on
/// purpose: between two equal draws a quantile is exact, where ArviZ's may round below them and
/// so lose the ties of a discrete quantity from the tail ESS.
package struct Summarizer {
  var plans = TransformPlans()
  private var ranks = RankNormalization()

  /// A summarizer with empty tables.
  package init() {}

  /// Summary of one quantity.
  ///
  /// - Complexity: one sort of the draws, plus the lags that Geyer's rule asks for.
  package mutating func summary(of draws: ScalarDraws) -> QuantitySummary {
    let prepared = PreparedDraws(draws)
    let values = draws.values
    let total = Double(values.count)
    var result = QuantitySummary(
      mean: prepared.mean,
      sd: prepared.variance.squareRoot(),
      mcse: .nan,
      mcseOfSD: .nan,
      q5: prepared.quantile(0.05),
      median: prepared.quantile(0.5),
      q95: prepared.quantile(0.95),
      essBulk: .nan,
      essTail: .nan,
      rhat: .nan
    )
    guard prepared.hasDiagnostics else { return result }

    let scores = normalScores(prepared.splitOrder, prepared.splitCount)
    result.essBulk = effectiveSize(ofSplit: scores, prepared)
    result.essTail = smaller(
      effectiveSize(of: values.map { $0 <= result.q5 ? 1 : 0 }, prepared),
      effectiveSize(of: values.map { $0 <= result.q95 ? 1 : 0 }, prepared)
    )
    if draws.chainCount > 1 {
      let foldedOrder = folded(prepared.splitOrder, around: result.median)
      let foldedScores = normalScores(foldedOrder, prepared.splitCount)
      let bulk = potentialScaleReduction(scores, prepared)
      let tail = potentialScaleReduction(foldedScores, prepared)
      result.rhat = tail > bulk ? tail : bulk
    }

    let meanSize = effectiveSize(of: values, prepared)
    result.mcse = (prepared.variance / meanSize).squareRoot()

    let squares = values.map { ($0 - prepared.mean) * ($0 - prepared.mean) }
    var sumOfSquares = 0.0
    var sumOfFourthPowers = 0.0
    for square in squares {
      sumOfSquares += square
      sumOfFourthPowers += square * square
    }
    let populationVariance = sumOfSquares / total
    let varianceOfVariance =
      (sumOfFourthPowers / total - populationVariance * populationVariance)
      / effectiveSize(of: squares, prepared)
    result.mcseOfSD = (varianceOfVariance / populationVariance / 4).squareRoot()
    return result
  }

  /// Effective sample size for the quantile at `probability`.
  ///
  /// It is that of the indicator of draws not above the quantile (Vehtari et al. 2021, section
  /// 4.3); NaN as in `QuantitySummary`.
  package mutating func effectiveSampleSize(
    ofQuantile probability: Double,
    of draws: ScalarDraws
  ) -> Double {
    let prepared = PreparedDraws(draws)
    guard prepared.hasDiagnostics else { return .nan }
    let threshold = prepared.quantile(probability)
    return effectiveSize(of: draws.values.map { $0 <= threshold ? 1 : 0 }, prepared)
  }

  /// Monte Carlo standard error of the quantile at `probability`.
  ///
  /// It is half the width between the order statistics at the 16 % and 84 % quantiles of
  /// Beta(S p + 1, S (1 - p) + 1), S the effective sample size (Vehtari et al. 2021, section 4.4);
  /// NaN as in `QuantitySummary`.
  package mutating func standardError(
    ofQuantile probability: Double,
    of draws: ScalarDraws
  ) -> Double {
    let prepared = PreparedDraws(draws)
    guard prepared.hasDiagnostics else { return .nan }
    let threshold = prepared.quantile(probability)
    let size = effectiveSize(of: draws.values.map { $0 <= threshold ? 1 : 0 }, prepared)
    let last = draws.values.count - 1
    let count = Double(draws.values.count)
    func rank(_ level: Double) -> Double {
      betaQuantile(level, a: size * probability + 1, b: size * (1 - probability) + 1) * count - 1
    }
    let low = rank(0.1586553)
    let high = rank(0.8413447)
    guard low.isFinite, high.isFinite else { return .nan }
    let lower = prepared.order[min(Int(max(low, 0).rounded(.down)), last)].value
    let upper = prepared.order[Int(max(min(high, Double(last)), 0).rounded(.up))].value
    return (upper - lower) / 2
  }

  private mutating func normalScores(_ order: [PlacedValue], _ count: Int) -> [Double] {
    var scores = [Double](repeating: 0, count: count)
    ranks.score(order, into: &scores)
    return scores
  }

  /// ESS of unsplit values `[C, N]`: each chain is split in halves first.
  private mutating func effectiveSize(of values: [Double], _ prepared: PreparedDraws) -> Double {
    effectiveSize(ofSplit: prepared.split(values), prepared)
  }

  private mutating func effectiveSize(
    ofSplit values: [Double],
    _ prepared: PreparedDraws
  ) -> Double {
    PPLPosteriorAnalysis.effectiveSampleSize(
      values,
      chainCount: 2 * prepared.chainCount,
      drawCount: prepared.half,
      plans: &plans
    )
  }

  /// Split R-hat of values that are already split, shape `[2 C, N / 2]`.
  private func potentialScaleReduction(_ values: [Double], _ prepared: PreparedDraws) -> Double {
    let count = prepared.half
    var means: [Double] = []
    var within = 0.0
    for chain in 0..<2 * prepared.chainCount {
      let draws = values[chain * count..<(chain + 1) * count]
      means.append(draws.reduce(0, +) / Double(count))
      within += sampleVariance(draws)
    }
    within /= Double(means.count)
    let between = Double(count) * sampleVariance(means)
    return ((between / within + Double(count) - 1) / Double(count)).squareRoot()
  }

  /// The smaller value, or NaN if one of them is NaN.
  private func smaller(_ first: Double, _ second: Double) -> Double {
    first.isNaN || second.isNaN ? .nan : min(first, second)
  }
}

/// Draws with their order, once computed and used by every figure.
private struct PreparedDraws {
  let chainCount: Int
  let drawCount: Int
  /// Draws of a half chain; an odd chain's middle draw belongs to neither half.
  let half: Int
  let mean: Double
  let variance: Double
  /// All draws, ascending; empty if one is NaN.
  let order: [PlacedValue]
  /// The draws that are in a half, ascending, placed as in the split array.
  let splitOrder: [PlacedValue]
  /// Whether R-hat, ESS and MCSE are defined.
  let hasDiagnostics: Bool

  var splitCount: Int { 2 * chainCount * half }

  init(_ draws: ScalarDraws) {
    chainCount = draws.chainCount
    drawCount = draws.drawCount
    half = draws.drawCount / 2
    let values = draws.values
    var sum = 0.0
    for value in values { sum += value }
    mean = values.isEmpty ? .nan : sum / Double(values.count)
    variance = sampleVariance(values)
    hasDiagnostics = values.allSatisfy(\.isFinite) && drawCount >= 4 && chainCount >= 1
    guard !values.contains(where: \.isNaN) else {
      order = []
      splitOrder = []
      return
    }
    var order: [PlacedValue] = []
    order.reserveCapacity(values.count)
    for place in values.indices { order.append(PlacedValue(value: values[place], place: place)) }
    order.sort { $0.value < $1.value }
    self.order = order

    var splitOrder: [PlacedValue] = []
    splitOrder.reserveCapacity(values.count)
    for element in order {
      let (chain, draw) = element.place.quotientAndRemainder(dividingBy: drawCount)
      if draw < half {
        splitOrder.append(PlacedValue(value: element.value, place: 2 * chain * half + draw))
      } else if draw >= drawCount - half {
        let place = (2 * chain + 1) * half + draw - (drawCount - half)
        splitOrder.append(PlacedValue(value: element.value, place: place))
      }
    }
    self.splitOrder = splitOrder
  }

  func quantile(_ probability: Double) -> Double {
    PPLPosteriorAnalysis.quantile(count: order.count, probability) { order[$0].value }
  }

  /// Splits values of shape `[C, N]` into `[2 C, N / 2]`.
  func split(_ values: [Double]) -> [Double] {
    if drawCount % 2 == 0 { return values }
    var result: [Double] = []
    result.reserveCapacity(splitCount)
    for chain in 0..<chainCount {
      let start = chain * drawCount
      result.append(contentsOf: values[start..<start + half])
      result.append(contentsOf: values[start + drawCount - half..<start + drawCount])
    }
    return result
  }
}
