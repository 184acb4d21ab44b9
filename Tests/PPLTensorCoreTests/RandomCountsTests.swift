import PPLTensorCore
import Testing

@Suite struct RandomCountsTests {
  let count = 100_000

  @Test(arguments: [0.01, 0.7, 3, 9.99, 10, 30, 144.5, 2000])
  func poissonFits(rate: Double) {
    let sample = draws(count, seed: 20) { $0.nextPoisson(rate: rate) }
    let pValue = chiSquarePValue(sample, largest: Int(rate + 12 * rate.squareRoot()) + 20) {
      exponential(Double($0) * logarithm(rate) - rate - logFactorial(Double($0)))
    }
    #expect(pValue > falseAlarmRate)
  }

  @Test(arguments: [1e9, 1e12, 4e15, 1e20])
  func largePoissonRatesAreNormal(rate: Double) {
    let sample = draws(20_000, seed: 21) {
      ($0.nextPoisson(rate: rate) - rate) / rate.squareRoot()
    }
    // Skewness 1/√rate is far below the resolution of the test.
    let pValue = kolmogorovSmirnovPValue(sample, distributionFunction: normalDistributionFunction)
    #expect(pValue > falseAlarmRate)
  }

  @Test func poissonAtTheEdges() {
    #expect(draws(3, seed: 22) { $0.nextPoisson(rate: 0) } == [0, 0, 0])
    #expect(draws(3, seed: 22) { $0.nextPoisson(rate: .leastNonzeroMagnitude) } == [0, 0, 0])
    #expect(draws(3, seed: 22) { $0.nextPoisson(rate: 1e300) } == [1e300, 1e300, 1e300])
    let greatest = Double.greatestFiniteMagnitude
    #expect(draws(3, seed: 22) { $0.nextPoisson(rate: greatest) }.allSatisfy { $0 > 1e308 })
    for rate in [-1, -Double.leastNonzeroMagnitude, Double.infinity, Double.nan] {
      #expect(draws(2, seed: 22) { $0.nextPoisson(rate: rate) }.allSatisfy { $0.isNaN })
    }
  }

  @Test(arguments: [
    (1.0, 0.3), (5, 0.5), (20, 0.04), (40, 0.5), (40, 0.93), (1000, 0.012), (1000, 0.4),
    (1e6, 2e-6),
    (1e6, 5e-5), (21, 0.49),
  ])
  func binomialFits(trials: Double, probability: Double) {
    let sample = draws(count, seed: 23) {
      $0.nextBinomial(count: trials, probability: probability)
    }
    let mean = trials * probability
    let largest = min(trials, (mean + 12 * mean.squareRoot()).rounded(.down) + 20)
    let pValue = chiSquarePValue(sample, largest: Int(largest)) {
      let k = Double($0)
      return exponential(
        logFactorial(trials) - logFactorial(k) - logFactorial(trials - k)
          + k * logarithm(probability) + (trials - k) * logarithm(1 - probability)
      )
    }
    #expect(pValue > falseAlarmRate)
  }

  @Test(arguments: [(1e12, 0.3), (1e15, 0.5), (1e18, 0.9), (1e22, 0.25)])
  func largeBinomialCountsAreNormal(trials: Double, probability: Double) {
    let mean = trials * probability
    let deviation = (mean * (1 - probability)).squareRoot()
    let sample = draws(20_000, seed: 24) {
      ($0.nextBinomial(count: trials, probability: probability) - mean) / deviation
    }
    let pValue = kolmogorovSmirnovPValue(sample, distributionFunction: normalDistributionFunction)
    #expect(pValue > falseAlarmRate)
  }

  @Test func binomialAtTheEdges() {
    #expect(draws(3, seed: 25) { $0.nextBinomial(count: 0, probability: 0.5) } == [0, 0, 0])
    #expect(draws(3, seed: 25) { $0.nextBinomial(count: 9, probability: 0) } == [0, 0, 0])
    #expect(draws(3, seed: 25) { $0.nextBinomial(count: 9, probability: 1) } == [9, 9, 9])
    let huge = draws(3, seed: 25) { $0.nextBinomial(count: 1e300, probability: 0.5) }
    #expect(huge.allSatisfy { abs($0 - 5e299) <= 1e290 })
    for (trials, probability) in [
      (-1, 0.5), (2.5, 0.5), (Double.infinity, 0.5), (Double.nan, 0.5), (3, -0.1), (3, 1.1),
      (3, Double.nan),
    ] {
      let sample = draws(2, seed: 25) {
        $0.nextBinomial(count: trials, probability: probability)
      }
      #expect(sample.allSatisfy { $0.isNaN })
    }
  }
}
