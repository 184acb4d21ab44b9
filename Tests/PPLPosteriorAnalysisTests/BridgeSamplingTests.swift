import Foundation
import PPLPosteriorAnalysis
import Testing

/// Constants of densities that are known.
@Suite struct BridgeSamplingTests {
  /// A correlated normal density times 7, in three dimensions: log 7, within five of its own standard errors.
  @Test func findsTheConstantOfANormalDensity() throws {
    var uniform = RankUniformityTests.Uniform(state: 3)
    func normal() -> Double {
      (-2 * log(1 - uniform.next())).squareRoot() * cos(2 * Double.pi * uniform.next())
    }
    // x = z₁, y = x + z₂ / 2, w = y - 3 + 2 z₃.
    func draw() -> [Double] {
      let x = normal()
      let y = x + normal() / 2
      return [x, y, y - 3 + 2 * normal()]
    }
    let positions = (0..<4).map { _ in (0..<500).flatMap { _ in draw() } }
    let estimate = try #require(
      BridgeSampling.estimate(
        positions: positions,
        dimension: 3,
        logDensity: { point in
          let z = [point[0], 2 * (point[1] - point[0]), (point[2] - point[1] + 3) / 2]
          let squares = z.reduce(0) { $0 + $1 * $1 }
          return log(7) - 0.5 * squares - 1.5 * log(2 * Double.pi)
        },
        normal: normal
      )
    )
    #expect(estimate.hasConverged)
    #expect(estimate.standardError < 0.02)
    #expect(abs(estimate.logConstant - log(7)) < 5 * estimate.standardError + 1e-9)
  }

  @Test func tooFewDrawsGiveNone() {
    let none = BridgeSampling.estimate(
      positions: [[1, 2, 3, 4]],
      dimension: 2,
      logDensity: { _ in 0 },
      normal: { 0 }
    )
    #expect(none == nil)
  }
}
