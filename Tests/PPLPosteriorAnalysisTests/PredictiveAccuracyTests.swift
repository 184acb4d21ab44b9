import Foundation
import PPLPosteriorAnalysis
import Testing

/// Estimates of predictive accuracy against ArviZ 0.23 on the same log likelihoods.
@Suite struct PredictiveAccuracyTests {
  /// Log likelihoods of 1,000 draws: exponential tails of growing weight.
  private func values(_ scale: Double) -> [Double] {
    (1...1000).map { draw in
      let v = (Double(draw) * 0.6180339887498949).truncatingRemainder(dividingBy: 1)
      return -0.5 + scale * log(1 - v)
    }
  }

  private let rows: [(scale: Double, shape: Double, loo: Double, density: Double, waic: Double)] = [
    (0.1, 0.15610128656754121, -0.605512743234395, -0.5953332724482419, -0.6053463071820879),
    (0.3, 0.3342500565529555, -0.8569453382294121, -0.7623956355675885, -0.8525129481722034),
    (0.6, 0.6002693870832713, -1.3909282386548147, -0.9700235560505517, -1.3304928064690114),
    (1.2, 1.1303614078950683, -3.51530958884027, -1.2884880827715488, -2.7303650844453875),
  ]

  @Test func leaveOneOutAgreesWithArviZ() {
    let found = PredictiveAccuracy.leaveOneOut(
      rows.map { values($0.scale) },
      relativeEfficiency: 0.8
    )
    for (number, row) in rows.enumerated() {
      #expect(abs(found.shapes[number] - row.shape) < 1e-9)
      #expect(abs(found.pointwise[number] - row.loo) < 1e-9)
    }
    #expect(abs(found.elpd - rows.map(\.loo).reduce(0, +)) < 1e-9)
    #expect(abs(found.parameterCount - rows.map { $0.density - $0.loo }.reduce(0, +)) < 1e-9)
    // 1 - 1 / log10(1000) is below 0.7.
    #expect(abs(found.greatestShape - 2.0 / 3) < 1e-12)
    #expect(found.unreliableCount == 1)
  }

  @Test func widelyApplicableAgreesWithArviZ() {
    let found = PredictiveAccuracy.widelyApplicable(rows.map { values($0.scale) })
    for (number, row) in rows.enumerated() {
      #expect(abs(found.pointwise[number] - row.waic) < 1e-9)
    }
  }

  @Test func standardErrorIsThatOfTheSum() {
    let found = PredictiveAccuracy.widelyApplicable(rows.map { values($0.scale) })
    let mean = found.elpd / 4
    let variance = found.pointwise.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4
    #expect(abs(found.standardError - (4 * variance).squareRoot()) < 1e-12)
  }

  @Test func equalLikelihoodsAreCertain() {
    let found = PredictiveAccuracy.leaveOneOut(
      [[Double](repeating: -2, count: 100)],
      relativeEfficiency: 1
    )
    #expect(abs(found.elpd + 2) < 1e-12)
    #expect(abs(found.parameterCount) < 1e-12)
  }
}
