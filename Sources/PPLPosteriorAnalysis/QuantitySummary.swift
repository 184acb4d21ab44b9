/// What a table says of one scalar quantity.
///
/// A figure that the draws do not determine is NaN: everything where a draw is NaN; R-hat, ESS and
/// MCSE also where a draw is infinite or a chain has fewer than four draws; R-hat of a single
/// chain. A constant has sd and MCSE 0, NaN as R-hat and as MCSE of the sd, and the number of
/// draws as its ESS, as in ArviZ.
package struct QuantitySummary: Sendable, Equatable {
  /// Posterior mean.
  package var mean: Double
  /// Posterior standard deviation, divisor S - 1.
  package var sd: Double
  /// Monte Carlo standard error of the mean.
  package var mcse: Double
  /// Monte Carlo standard error of the standard deviation.
  package var mcseOfSD: Double
  /// 5 % quantile.
  package var q5: Double
  /// Median.
  package var median: Double
  /// 95 % quantile.
  package var q95: Double
  /// Effective sample size of the rank-normalised draws.
  package var essBulk: Double
  /// Smaller of the effective sample sizes for the 5 % and the 95 % quantile.
  package var essTail: Double
  /// Rank-normalised split R-hat, the larger of the plain and the folded one.
  package var rhat: Double

  /// A summary from its figures.
  package init(
    mean: Double,
    sd: Double,
    mcse: Double,
    mcseOfSD: Double = .nan,
    q5: Double,
    median: Double,
    q95: Double,
    essBulk: Double,
    essTail: Double,
    rhat: Double
  ) {
    self.mean = mean
    self.sd = sd
    self.mcse = mcse
    self.mcseOfSD = mcseOfSD
    self.q5 = q5
    self.median = median
    self.q95 = q95
    self.essBulk = essBulk
    self.essTail = essTail
    self.rhat = rhat
  }
}
