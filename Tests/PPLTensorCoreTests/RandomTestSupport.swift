import Glibc
import PPLTensorCore

// Goodness of fit with fixed seeds. Each check of a correct sampler fails with probability
// `falseAlarmRate` for a seed chosen blindly; with the seed fixed it either always passes or never.

/// False-alarm rate of one goodness-of-fit check over random seeds.
let falseAlarmRate = 1e-4

/// Asymptotic p-value of the one-sample Kolmogorov-Smirnov test, for more than a thousand values.
func kolmogorovSmirnovPValue(
  _ sample: [Double],
  distributionFunction: (Double) -> Double
) -> Double {
  let sorted = sample.sorted()
  let n = Double(sorted.count)
  var distance = 0.0
  for (index, value) in sorted.enumerated() {
    let expected = distributionFunction(value)
    guard !expected.isNaN else { return 0 }
    distance = max(distance, expected - Double(index) / n, Double(index + 1) / n - expected)
  }
  let scaled = distance * (n.squareRoot() + 0.12 + 0.11 / n.squareRoot())
  var sum = 0.0
  var sign = 1.0
  for term in 1...100 {
    sum += sign * exp(-2 * Double(term * term) * scaled * scaled)
    sign = -sign
  }
  return scaled < 0.2 ? 1 : min(max(2 * sum, 0), 1)
}

/// p-value of Pearson's chi-square test of counts 0, 1, 2, … against their probabilities; neighbouring
/// counts are pooled to an expectation of at least 20.
func chiSquarePValue(_ sample: [Double], largest: Int, probability: (Int) -> Double) -> Double {
  var observed = [Double](repeating: 0, count: largest + 1)
  for value in sample {
    guard let count = Int(exactly: value), count >= 0, count <= largest else { return 0 }
    observed[count] += 1
  }
  let n = Double(sample.count)
  var cells: [(observed: Double, expected: Double)] = []
  var open = (observed: 0.0, expected: 0.0)
  for count in 0...largest {
    open.observed += observed[count]
    open.expected += n * probability(count)
    if open.expected >= 20 {
      cells.append(open)
      open = (0, 0)
    }
  }
  if let last = cells.indices.last {
    cells[last].observed += open.observed
    cells[last].expected = n - cells.dropLast().reduce(0) { $0 + $1.expected }
  }
  var statistic = 0.0
  for cell in cells {
    let difference = cell.observed - cell.expected
    statistic += difference * difference / cell.expected
  }
  return 1 - regularizedGamma(Double(cells.count - 1) / 2, statistic / 2)
}

/// Distribution function of the standard normal.
func normalDistributionFunction(_ x: Double) -> Double {
  0.5 * erfc(-x / 2.0.squareRoot())
}

/// Lower regularised incomplete gamma function P(a, x): the gamma distribution function.
func regularizedGamma(_ a: Double, _ x: Double) -> Double {
  guard x > 0 else { return 0 }
  let front = exp(a * log(x) - x - lgamma(a))
  if x < a + 1 {
    var term = 1 / a
    var sum = term
    var denominator = a
    while term > sum * 1e-17 {
      denominator += 1
      term *= x / denominator
      sum += term
    }
    return sum * front
  }
  // Lentz's evaluation of the continued fraction of Q(a, x).
  var b = x + 1 - a
  var c = 1e300
  var d = 1 / b
  var h = d
  for index in 1...100_000 {
    let factor = -Double(index) * (Double(index) - a)
    b += 2
    d = 1 / (factor * d + b)
    c = b + factor / c
    h *= d * c
    if abs(d * c - 1) < 1e-15 { break }
  }
  return 1 - front * h
}

/// Logarithm of n factorial.
func logFactorial(_ n: Double) -> Double { lgamma(n + 1) }

/// Exponential function, logarithm and power, so that the tests import libm in this file only.
func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }

/// `count` values of one generator.
func draws(
  _ count: Int,
  seed: UInt64,
  _ next: (inout RandomGenerator) -> Double
) -> [Double] {
  var generator = RandomKey(seed: seed).makeGenerator()
  return (0..<count).map { _ in next(&generator) }
}
