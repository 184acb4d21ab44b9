import Foundation
import PPLPosteriorAnalysis
import Testing

/// What Pareto k says of ratios whose law is known.
@Suite struct ImportanceWeightsTests {
  /// Quantiles of an exponential distribution at evenly spread probabilities.
  private static let exponentials = (0..<4000).map { number in
    -log(1 - (Double(number) + 0.5) / 4000)
  }

  /// Of a standard exponential E, exp(k E) has a Pareto tail of shape k.
  ///
  /// The prior on k moves it towards 0.5, by 10 / (10 + 190) of the distance; the rest is what the extreme of a grid of quantiles lacks.
  @Test(arguments: [0.3, 0.7, 1.2])
  func shapesAreThoseOfTheTail(shape: Double) {
    let found = ImportanceWeights(logRatios: Self.exponentials.map { shape * $0 }).shape
    #expect(abs(found - shape) < 0.12, "\(found)")
  }

  /// The same tail, scaled so that ratios differ in the third digit: its shape does not matter.
  @Test(arguments: [0.7, 1.2, 3.0])
  func shapesOfNearlyEqualRatiosAreZero(shape: Double) {
    let excess = Self.exponentials.map { exp(shape * $0) }
    let greatest = excess.max() ?? 1
    let ratios = excess.map { log(1 + 0.05 * $0 / greatest) }
    #expect(ImportanceWeights(logRatios: ratios).shape == 0)
  }

  /// One draw among thousands that outweighs forty others is no small variation.
  @Test func singleLargeRatiosAreSeen() {
    var ratios = Self.exponentials.map { 0.001 * $0 }
    ratios[100] = log(40)
    #expect(ImportanceWeights(logRatios: ratios).shape > 0.3)
  }

  @Test func equalRatiosHaveShapeZero() {
    let ratios = (0..<1000).map { $0 % 2 == 0 ? 3.0 : 3 + 1e-9 }
    #expect(ImportanceWeights(logRatios: ratios).shape == 0)
  }

  @Test func ratiosThatAreNotFiniteCountAsZero() {
    var ratios = Self.exponentials.map { 0.3 * $0 }
    ratios[7] = .nan
    ratios[9] = -.infinity
    let weights = ImportanceWeights(logRatios: ratios)
    #expect(weights.logWeights[7] == -.infinity && weights.logWeights[9] == -.infinity)
    #expect(abs(weights.shape - 0.3) < 0.12)
  }

  @Test func oneDrawTellsNothing() {
    #expect(ImportanceWeights(logRatios: [1]).shape == .infinity)
  }
}
