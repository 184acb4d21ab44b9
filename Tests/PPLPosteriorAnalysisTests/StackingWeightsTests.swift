import PPLPosteriorAnalysis
import Testing

/// Weights of models by their left-out log predictive densities.
@Suite struct StackingWeightsTests {
  /// Numbers between 0 and 1 that look random and are always the same.
  private struct Sequence {
    var state: UInt64 = 1
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
  }

  /// Three observations of densities 0.8 and 0.2 and one of 0.2 and 0.8: 3 log(0.2 + 0.6 w) + log(0.8 − 0.6 w) is greatest at w = 11/12.
  @Test func theOptimumOfTwoModelsIsFound() {
    let (high, low) = (-0.22314355131420976, -1.6094379124341003)
    let weights = stackingWeights([[high, high, high, low], [low, low, low, high]])
    #expect(abs(weights[0] - 11.0 / 12) < 1e-9)
    #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
  }

  /// A model that predicts each observation worse has no weight.
  @Test func aWorseModelHasNoWeight() {
    let weights = stackingWeights([[-1, -2, -3], [-1.1, -2.5, -3.1], [-5, -5, -5]])
    #expect(weights[0] > 1 - 1e-9)
  }

  /// The optimum of a concave function on the simplex: the mean of pₖ / Σ w p is at most 1, and 1 where a weight is above 0.
  @Test(arguments: [2, 5, 12]) func theOptimalityConditionsHold(_ models: Int) {
    var numbers = Sequence()
    let pointwise = (0..<models).map { _ in (0..<200).map { _ in -4 * numbers.next() - 500 } }
    let weights = stackingWeights(pointwise)
    let densities = pointwise.map { $0.map { exponential($0 + 502) } }
    var gains = [Double](repeating: 0, count: models)
    for observation in 0..<200 {
      let mixture = (0..<models).reduce(0) { $0 + weights[$1] * densities[$1][observation] }
      for model in 0..<models { gains[model] += densities[model][observation] / mixture / 200 }
    }
    for (gain, weight) in zip(gains, weights) {
      #expect(gain < 1 + 1e-8)
      if weight > 1e-6 { #expect(abs(gain - 1) < 1e-6) }
    }
  }

  /// exp by its series, which is enough for numbers near 0.
  private func exponential(_ x: Double) -> Double {
    var (sum, term) = (1.0, 1.0)
    for number in 1...60 {
      term *= x / Double(number)
      sum += term
    }
    return sum
  }

  @Test func modelsThatPredictAlikeShareTheWeight() {
    var numbers = Sequence()
    let same = [[-1.0, -2, -3], [-1.0, -2, -3]]
    let averages = pseudoAverageWeights(same) { numbers.next() }
    #expect(averages == [0.5, 0.5])
    #expect(abs(stackingWeights(same)[0] - 0.5) < 1e-9)
  }

  /// With all differences equal, each replicate has the weights exp(n d) : 1.
  @Test func pseudoAveragesOfEqualDifferencesAreExact() {
    var numbers = Sequence()
    let weights = pseudoAverageWeights([[-1, -2, -3, -4], [-1.5, -2.5, -3.5, -4.5]]) {
      numbers.next()
    }
    #expect(abs(weights[0] - 1 / (1 + exponential(-2))) < 1e-12)
  }

  @Test func oneModelHasAllWeight() {
    #expect(stackingWeights([[-1, -2]]) == [1])
  }
}
