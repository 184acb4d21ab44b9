import PPLPosteriorAnalysis

/// What a posterior predictive check found, small enough to be kept with a fit: the replicates in bins.
package struct CheckHistogram: Sendable, Equatable {
  /// `sd of y`.
  package let name: String
  /// The statistic of what was observed.
  package let observed: Double
  /// Tail probability of the observed value.
  package let probability: Double
  /// Left end of the first bin.
  package let first: Double
  /// Width of each bin, above 0.
  package let width: Double
  /// Replicates in each bin.
  package let counts: [Int]

  /// A check as it was kept.
  package init(
    name: String,
    observed: Double,
    probability: Double,
    first: Double,
    width: Double,
    counts: [Int]
  ) {
    self.name = name
    self.observed = observed
    self.probability = probability
    self.first = first
    self.width = width
    self.counts = counts
  }

  /// A check; nil where the replicates are not all finite.
  package init?(_ check: PredictiveCheck) {
    guard check.observedMean.isFinite, let histogram = Histogram(check.replicated) else {
      return nil
    }
    self.init(
      name: check.name,
      observed: check.observedMean,
      probability: check.probability,
      first: histogram.first,
      width: histogram.width,
      counts: histogram.counts
    )
  }
}
