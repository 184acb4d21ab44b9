import PPLDistributions
import PPLTensorCore
import Testing

@Suite struct NormalisationTests {
  @Test(arguments: FamilyRow.continuous + FamilyRow.discrete)
  func densityHasMassOne(_ row: FamilyRow) throws {
    let (_, masses) = try row.masses()
    #expect(abs(masses.reduce(0, +) - 1) < 1e-9)
  }

  /// P(upper first) = (1 − exp(−2 v a w)) / (1 − exp(−2 v a)), and w without drift.
  @Test(arguments: [(1.5, 0.3, 0.5, 1.0), (2, 0, 0.125, -0.75), (0.75, 0.25, 0.875, 0)])
  func firstPassagesHaveTheirProbability(
    _ boundary: Double,
    _ nondecision: Double,
    _ bias: Double,
    _ drift: Double
  ) throws {
    let row = FamilyRow(
      "Wiener",
      0,
      [boundary, nondecision, bias, drift].map { LiteralTensor(Tensor(scalar: $0)) },
      mean: nondecision + 1,
      variance: 1
    )
    let (_, masses) = try row.masses()
    let known =
      drift == 0
      ? bias
      : (1 - exponential(-2 * drift * boundary * bias)) / (1 - exponential(-2 * drift * boundary))
    #expect(abs(masses.reduce(0, +) - known) < 1e-9)
  }

  @Test(arguments: FamilyRow.continuous + FamilyRow.discrete)
  func densityHasKnownMoments(_ row: FamilyRow) throws {
    guard let mean = row.mean, let variance = row.variance else { return }
    let (points, masses) = try row.masses()
    let first = zip(points, masses).reduce(0) { $0 + ($1.1 > 0 ? $1.0 * $1.1 : 0) }
    let second = zip(points, masses).reduce(0) {
      $0 + ($1.1 > 0 ? ($1.0 - mean) * ($1.0 - mean) * $1.1 : 0)
    }
    #expect(abs(first - mean) < 1e-8 * max(1, abs(mean)))
    #expect(abs(second - variance) < 1e-8 * max(1, variance))
  }
}
