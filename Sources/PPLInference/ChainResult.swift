/// What is left of a chain when it ends or is cancelled.
package struct ChainResult: Sendable {
  /// Number of the chain, from zero.
  package var chain: Int
  /// Completed draws of the warm-up.
  package var warmupCount: Int
  /// Completed draws after the warm-up.
  package var drawCount: Int
  /// Divergent trajectories after the warm-up.
  package var divergenceCount: Int
  /// Nominal step size at the end; NaN of engines that have none.
  package var stepSize: Double
  /// Diagonal of the inverse mass matrix at the end, D elements; empty of engines that have none.
  package var inverseMass: [Double]
  /// Time of the warm-up with the search for a start, in seconds.
  package var warmupSeconds: Double
  /// Time after the warm-up, in seconds.
  package var samplingSeconds: Double
  /// Evaluations of log density and gradient, all of them.
  package var gradientCount: Int
  /// Evaluations after the warm-up.
  package var samplingGradientCount: Int
  /// Evaluations of the log density without gradient, all of them.
  package var densityCount = 0
  /// Those after the warm-up.
  package var samplingDensityCount = 0
  /// Logarithms of estimates of the marginal likelihood, independent and without bias, of engines that make some.
  package var logEstimates: [Double] = []
  /// Standard deviation of the estimates of the log likelihood at the last draw, of engines that estimate it.
  package var estimateSpread: Double?
  /// Proposals that were tried with a cheap density first, and those of them that it turned down.
  package var screenedCount = 0
  package var screenedOutCount = 0
  /// Where the chain stands, to go on from there; nil if it was cancelled before it had a start.
  package var state: (any SavedChain)?

  /// Adds what the chain had done before it was taken up again.
  package mutating func add(_ earlier: ChainTally) {
    divergenceCount += earlier.divergenceCount
    warmupSeconds += earlier.warmupSeconds
    samplingSeconds += earlier.samplingSeconds
    gradientCount += earlier.gradientCount
    samplingGradientCount += earlier.samplingGradientCount
    densityCount += earlier.densityCount
    samplingDensityCount += earlier.samplingDensityCount
    screenedCount += earlier.screenedCount
    screenedOutCount += earlier.screenedOutCount
  }

  /// What the chain has done so far.
  package var tally: ChainTally {
    var tally = ChainTally()
    tally.divergenceCount = divergenceCount
    tally.warmupSeconds = warmupSeconds
    tally.samplingSeconds = samplingSeconds
    tally.gradientCount = gradientCount
    tally.samplingGradientCount = samplingGradientCount
    tally.densityCount = densityCount
    tally.samplingDensityCount = samplingDensityCount
    tally.screenedCount = screenedCount
    tally.screenedOutCount = screenedOutCount
    return tally
  }
}

/// Times and counts of a chain, which add up over the runs that it was made in; see `ChainResult`.
package struct ChainTally: Sendable, Hashable, Codable {
  package var divergenceCount = 0
  package var warmupSeconds = 0.0
  package var samplingSeconds = 0.0
  package var gradientCount = 0
  package var samplingGradientCount = 0
  package var densityCount = 0
  package var samplingDensityCount = 0
  package var screenedCount = 0
  package var screenedOutCount = 0

  /// Nothing yet.
  package init() {}
}
