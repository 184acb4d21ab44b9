import PPLDistributions
import Testing

@Suite struct NormalisationTests {
  @Test(arguments: FamilyRow.continuous + FamilyRow.discrete)
  func densityHasMassOne(_ row: FamilyRow) throws {
    let (_, masses) = try row.masses()
    #expect(abs(masses.reduce(0, +) - 1) < 1e-9)
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
