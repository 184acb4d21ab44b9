import PPLPosteriorAnalysis
import Testing

/// The test of ranks and the adjustment for many of them.
@Suite struct RankUniformityTests {
  /// A generator that is good enough for tests and the same everywhere (SplitMix64).
  struct Uniform {
    var state: UInt64
    mutating func next() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
  }

  private static func makeTest(_ uniform: inout Uniform) -> RankUniformity {
    RankUniformity(count: 100, greatest: 19, simulations: 4000) { uniform.next() }
  }

  /// Of uniform ranks a share p has a probability below p: within five standard errors of 1000 sets.
  @Test func probabilitiesOfUniformRanksAreUniform() {
    var uniform = Uniform(state: 7)
    let test = Self.makeTest(&uniform)
    let probabilities = (0..<1000).map { _ in
      test.probability((0..<100).map { _ in Int(uniform.next() * 20) })
    }
    for level in [0.05, 0.2, 0.5] {
      let share = Double(probabilities.count { $0 <= level }) / 1000
      let error = (level * (1 - level) / 1000 + level * (1 - level) / 4000).squareRoot()
      // The statistic takes few values, so that levels are kept rather than reached.
      #expect(share < level + 5 * error)
      #expect(share > level / 2 - 5 * error)
    }
  }

  @Test func ranksThatLeanOrCrowdAreFound() {
    var uniform = Uniform(state: 8)
    let test = Self.makeTest(&uniform)
    let low = (0..<100).map { _ in Int(uniform.next() * uniform.next() * 20) }
    let middle = (0..<100).map { _ in
      Int((uniform.next() + uniform.next() + uniform.next() + uniform.next()) * 5)
    }
    let ends = (0..<100).map { $0 % 2 == 0 ? $0 % 5 : 19 - $0 % 5 }
    for ranks in [low, middle, ends] { #expect(test.probability(ranks) < 0.001) }
  }

  /// By hand: sorted 0.01, 0.02, 0.04 become 3 x 0.01, 2 x 0.02, 0.04 and may not fall.
  @Test func adjustmentIsHolms() {
    let adjusted = holmAdjusted([0.04, 0.01, .nan, 0.02])
    #expect(abs(adjusted[0] - 0.04) < 1e-15)
    #expect(abs(adjusted[1] - 0.03) < 1e-15)
    #expect(adjusted[2].isNaN)
    #expect(abs(adjusted[3] - 0.04) < 1e-15)
    #expect(holmAdjusted([0.9, 0.8]) == [1, 1])
  }
}
