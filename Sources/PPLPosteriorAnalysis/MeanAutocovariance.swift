/// Autocovariances averaged over chains, computed only as far as they are asked for.
///
/// The first lags are summed directly, which is all that well-mixed chains need; beyond them one
/// Fourier transform gives every lag at once. Two chains travel through one complex transform, and
/// since only the mean over chains is wanted, their power spectra are summed before the one
/// inverse transform.
struct MeanAutocovariance {
  /// Lags below this one are summed directly.
  private static let directLagCount = 8

  private let centred: [Double]
  private let chainCount: Int
  private let drawCount: Int
  private var transformed: [Double] = []

  /// Mean of each chain, shape `[C]`.
  let chainMeans: [Double]

  /// Prepares the draws `values`, shape `[chainCount, drawCount]`.
  init(_ values: [Double], chainCount: Int, drawCount: Int) {
    var centred = values
    var means: [Double] = []
    for chain in 0..<chainCount {
      let range = chain * drawCount..<(chain + 1) * drawCount
      var sum = 0.0
      for index in range { sum += values[index] }
      let mean = sum / Double(drawCount)
      for index in range { centred[index] -= mean }
      means.append(mean)
    }
    self.centred = centred
    self.chainCount = chainCount
    self.drawCount = drawCount
    chainMeans = means
  }

  /// Mean over chains of `(1/N) sum_i (x[i] - mean) (x[i + lag] - mean)`.
  mutating func value(atLag lag: Int, plans: inout TransformPlans) -> Double {
    if lag < Self.directLagCount && transformed.isEmpty { return directSum(lag) / scale }
    if transformed.isEmpty {
      transformed = transform(plans.plan(forDrawCount: drawCount))
    }
    return transformed[lag] / scale
  }

  private var scale: Double { Double(drawCount) * Double(chainCount) }

  private func directSum(_ lag: Int) -> Double {
    let span = centred.span
    let last = drawCount - lag
    var total = 0.0
    for chain in 0..<chainCount {
      let start = chain * drawCount
      var even = 0.0
      var odd = 0.0
      var index = start
      let end = start + last
      while index + 1 < end {
        even += span[index] * span[index + lag]
        odd += span[index + 1] * span[index + 1 + lag]
        index += 2
      }
      if index < end { even += span[index] * span[index + lag] }
      total += even + odd
    }
    return total
  }

  private func transform(_ plan: FourierTransform) -> [Double] {
    var power = [Double](repeating: 0, count: plan.count)
    for pair in stride(from: 0, to: chainCount, by: 2) {
      var real = [Double](repeating: 0, count: plan.count)
      var imaginary = real
      for draw in 0..<drawCount { real[draw] = centred[pair * drawCount + draw] }
      if pair + 1 < chainCount {
        for draw in 0..<drawCount { imaginary[draw] = centred[(pair + 1) * drawCount + draw] }
      }
      plan.forward(&real, &imaginary)
      for index in 0..<plan.count {
        power[index] += real[index] * real[index] + imaginary[index] * imaginary[index]
      }
    }
    // The real part of the inverse is the sum of both chains' autocorrelations.
    var imaginary = [Double](repeating: 0, count: plan.count)
    plan.inverse(&power, &imaginary)
    let normalizer = 1 / Double(plan.count)
    return power.prefix(drawCount).map { $0 * normalizer }
  }
}

/// The Fourier plan of the length used last; all quantities of a fit share one length.
struct TransformPlans {
  private var current: FourierTransform?

  /// The plan for autocorrelations of `drawCount` draws: the next power of two at twice that.
  mutating func plan(forDrawCount drawCount: Int) -> FourierTransform {
    var count = 1
    while count < 2 * drawCount { count *= 2 }
    if let current, current.count == count { return current }
    let plan = FourierTransform(count: count)
    current = plan
    return plan
  }
}
