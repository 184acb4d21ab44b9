/// Effective sample size of draws that are already split (and rank-normalised, if wanted).
///
/// Geyer's initial monotone positive sequence over the multi-chain autocorrelations of Vehtari,
/// Gelman, Simpson, Carpenter and Bürkner (2021), section 3.2 (doi 10.1214/20-BA1221), with the
/// finite-sample cap at S log10(S). Step by step as ArviZ 0.23 has it, so that figures agree to
/// rounding; draws that differ by less than 1e-15 count as constant and give S.
///
/// - Parameters:
///   - values: shape `[chainCount, drawCount]`, chain by chain, all finite.
///   - chainCount: C, at least 1.
///   - drawCount: N, at least 2.
///   - plans: Fourier plans, kept between calls.
/// - Returns: effective number of independent draws.
func effectiveSampleSize(
  _ values: [Double],
  chainCount: Int,
  drawCount: Int,
  plans: inout TransformPlans
) -> Double {
  let total = Double(chainCount * drawCount)
  var smallest = Double.infinity
  var largest = -Double.infinity
  for value in values {
    smallest = min(smallest, value)
    largest = max(largest, value)
  }
  if largest - smallest < 1e-15 { return total }

  let n = Double(drawCount)
  var covariance = MeanAutocovariance(values, chainCount: chainCount, drawCount: drawCount)
  let meanVariance = covariance.value(atLag: 0, plans: &plans) * n / (n - 1)
  var pooledVariance = meanVariance * (n - 1) / n
  if chainCount > 1 { pooledVariance += sampleVariance(covariance.chainMeans) }

  func correlation(_ lag: Int) -> Double {
    1 - (meanVariance - covariance.value(atLag: lag, plans: &plans)) / pooledVariance
  }

  // Initial positive sequence: pairs of lags until a pair's sum is not positive.
  var even = 1.0
  var odd = correlation(1)
  var correlations = [even, odd]
  var lag = 1
  while lag < drawCount - 3 && even + odd > 0 {
    even = correlation(lag + 1)
    odd = correlation(lag + 2)
    let isPositive = even + odd >= 0
    correlations.append(isPositive ? even : 0)
    correlations.append(isPositive ? odd : 0)
    lag += 2
  }
  let lastLag = lag - 2
  // The first lag of the rejected pair still counts, once, if it is positive by itself.
  if even > 0 { correlations[lastLag + 1] = even }

  // Initial monotone sequence.
  lag = 1
  while lag <= lastLag - 2 {
    let before = correlations[lag - 1] + correlations[lag]
    if correlations[lag + 1] + correlations[lag + 2] > before {
      correlations[lag + 1] = before / 2
      correlations[lag + 2] = before / 2
    }
    lag += 2
  }

  var sum = 0.0
  for index in 0..<max(lastLag + 1, 0) { sum += correlations[index] }
  let time = -1 + 2 * sum + correlations[lastLag + 1]
  if correlations.contains(where: \.isNaN) { return .nan }
  return total / max(time, 1 / LibraryMath.log10(total))
}

/// Sample variance with divisor n - 1; NaN below two values, exactly 0 of equal values.
func sampleVariance(_ values: some Collection<Double>) -> Double {
  guard values.count > 1, let first = values.first else { return .nan }
  let count = Double(values.count)
  var sum = 0.0
  for value in values { sum += value - first }
  let mean = first + sum / count
  var squares = 0.0
  for value in values { squares += (value - mean) * (value - mean) }
  return squares / (count - 1)
}
