// Poisson and binomial variates: sequential inversion for small means, transformed rejection with
// squeeze otherwise. Acceptance needs log probabilities of counts that may be as large as 1e300, so
// they are computed in Loader's saddle-point form, in which no large terms cancel.
//
// Notation: k count, n number of trials, p probability, q = 1 − p, m mean (Poisson) or mode (binomial),
// (u, v) the uniform pair of the rejection, s = ½ − |u|.

extension RandomGenerator {
  /// Poisson count with the given rate ≥ 0, a whole number; NaN for a negative, infinite or NaN rate.
  ///
  /// Above a rate of 2⁵³ the count is exact to the spacing of doubles.
  /// Source: Hörmann 1993, algorithm PTRS, doi:10.1016/0167-6687(93)90997-4, for rates ≥ 10.
  package mutating func nextPoisson(rate: Double) -> Double {
    guard rate >= 0, rate.isFinite else { return .nan }
    if rate < 10 { return nextPoissonByInversion(rate: rate) }
    let b = 0.931 + 2.53 * rate.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let squeeze = 0.9277 - 3.6224 / (b - 2)
    for _ in 0..<maximumRejections {
      let u = nextUniform() - 0.5
      let v = nextUniform()
      let s = 0.5 - abs(u)
      let k = ((2 * a / s + b) * u + rate + 0.43).rounded(.down)
      if s >= 0.07, v <= squeeze { return k }
      if k < 0 || (s < 0.013 && v > s) { continue }
      let bound = LibM.log(v * inverseAlpha / (a / (s * s) + b))
      if bound <= SaddlePoint.poissonLogProbability(k, mean: rate) { return k }
    }
    return .nan
  }

  private mutating func nextPoissonByInversion(rate: Double) -> Double {
    let start = LibM.exp(-rate)
    for _ in 0..<maximumRejections {
      var u = nextUniform()
      var probability = start
      var k = 0.0
      // Beyond 110 lies less than 1e-75 of the mass at rate 10: only rounding leads there.
      while k <= 110 {
        if u <= probability { return k }
        u -= probability
        k += 1
        probability *= rate / k
      }
    }
    return .nan
  }

  /// Binomial count of `count` trials with the given probability; NaN unless `count` is a whole number
  /// ≥ 0 and the probability is in [0, 1].
  ///
  /// Above 2⁵³ the count is exact to the spacing of doubles.
  /// Source: Hörmann 1993, algorithm BTRS, doi:10.1080/00949659308811496, for means ≥ 10.
  package mutating func nextBinomial(count: Double, probability: Double) -> Double {
    guard count >= 0, count.isFinite, count == count.rounded(.down) else { return .nan }
    guard probability >= 0, probability <= 1 else { return .nan }
    if probability > 0.5 {
      return count - nextBinomial(count: count, probability: 1 - probability)
    }
    let mean = count * probability
    if mean == 0 { return 0 }
    if mean < 10 { return nextBinomialByInversion(count: count, probability: probability) }
    let deviation = (mean * (1 - probability)).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * probability
    let center = mean + 0.5
    let alpha = (2.83 + 5.1 / b) * deviation
    let squeeze = 0.92 - 4.2 / b
    let mode = ((count + 1) * probability).rounded(.down)
    let modeLogProbability = SaddlePoint.binomialLogProbability(
      mode,
      count: count,
      probability: probability
    )
    for _ in 0..<maximumRejections {
      let u = nextUniform() - 0.5
      let v = nextUniform()
      let s = 0.5 - abs(u)
      let k = ((2 * a / s + b) * u + center).rounded(.down)
      if k < 0 || k > count { continue }
      if s >= 0.07, v <= squeeze { return k }
      let bound = LibM.log(v * alpha / (a / (s * s) + b))
      let logRatio =
        SaddlePoint.binomialLogProbability(k, count: count, probability: probability)
        - modeLogProbability
      if bound <= logRatio { return k }
    }
    return .nan
  }

  private mutating func nextBinomialByInversion(count: Double, probability: Double) -> Double {
    let odds = probability / (1 - probability)
    let start = LibM.exp(count * LibM.log1p(-probability))
    // Beyond 110 lies less than 1e-75 of the mass at mean 10: only rounding leads there.
    let last = min(count, 110)
    for _ in 0..<maximumRejections {
      var u = nextUniform()
      var mass = start
      var k = 0.0
      while k <= last {
        if u <= mass { return k }
        u -= mass
        k += 1
        mass *= (count - k + 1) / k * odds
      }
    }
    return .nan
  }
}

/// Log probabilities of counts without cancellation.
///
/// Source: Loader 2000, "Fast and accurate computation of binomial probabilities".
private enum SaddlePoint {
  private static let logTwoPi = 1.8378770664093453

  /// log of the Poisson probability of k ≥ 0.
  static func poissonLogProbability(_ k: Double, mean: Double) -> Double {
    if k == 0 { return -mean }
    return -stirlingError(k) - deviance(k, mean) - 0.5 * (logTwoPi + LibM.log(k))
  }

  /// log of the binomial probability of 0 ≤ k ≤ n, with 0 < p < 1.
  static func binomialLogProbability(_ k: Double, count n: Double, probability p: Double) -> Double
  {
    let q = 1 - p
    if k == 0 { return n * LibM.log1p(-p) }
    if k == n { return n * LibM.log(p) }
    let rest = n - k
    return stirlingError(n) - stirlingError(k) - stirlingError(rest)
      - deviance(k, n * p) - deviance(rest, n * q)
      - 0.5 * (logTwoPi + LibM.log(k) + LibM.log1p(-k / n))
  }

  /// log k! − log(√(2πk) (k/e)ᵏ) for whole k ≥ 1.
  private static func stirlingError(_ k: Double) -> Double {
    if k < 16 {
      var logFactorial = 0.0
      var factor = 2.0
      while factor <= k {
        logFactorial += LibM.log(factor)
        factor += 1
      }
      return logFactorial - (k + 0.5) * LibM.log(k) + k - 0.5 * logTwoPi
    }
    // Stirling's series; the first term left out is below 1e-15 from k = 16.
    let w = 1 / (k * k)
    let series =
      1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w * (1.0 / 1188))))
    return series / k
  }

  /// k log(k/m) + m − k, accurate also where k is close to m.
  private static func deviance(_ k: Double, _ m: Double) -> Double {
    let difference = k - m
    guard abs(difference) < 0.1 * (k + m) else { return k * LibM.log(k / m) - difference }
    // log(k/m) = 2 artanh(t) with t = (k − m)/(k + m).
    let t = difference / (k + m)
    let square = t * t
    var sum = difference * t
    var term = 2 * k * t
    var odd = 1.0
    for _ in 0..<maximumRejections {
      term *= square
      odd += 2
      let next = sum + term / odd
      if next == sum { break }
      sum = next
    }
    return sum
  }
}
