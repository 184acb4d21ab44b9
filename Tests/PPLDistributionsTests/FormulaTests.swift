import PPLDistributions
import PPLTensorCore
import PPLTypeSystem
import Testing

/// The densities that help and documentation write are those that are computed.
@Suite struct FormulaTests {
  /// Families of one number with numbers as parameters, and a density in closed form.
  static let names = DistributionLibrary.standard.signatureTable.distributions.values
    .filter { signature in
      signature.support.eventRank == 0 && signature.formula.hasPrefix("log p(")
        && signature.parameterisations[0].contains { $0.rank == 0 }
        && signature.parameterisations[0].allSatisfy { $0.rank == 0 }
    }.map(\.name).sorted()

  @Test func mostFamiliesAreHeldToTheirFormula() {
    #expect(Self.names.count >= 42)
  }

  @Test(arguments: names)
  func formulaGivesTheReferenceDensities(_ name: String) throws {
    let formula = try FormulaText(try family(name).signature.formula)
    let rows = DensityRow.all.filter { $0.name == name && $0.form == 0 }
    var compared = 0
    for row in rows {
      let value = try formula.value(at: row.x.values[0], row.parameters.map { $0.values[0] })
      // Written plainly, a formula overflows or underflows far from where the mass lies.
      guard value.isFinite else { continue }
      // The digits that gamma functions of large numbers leave.
      #expect(abs(value - row.logDensity) <= 1e-6 * (1 + abs(row.logDensity)), "\(row)")
      compared += 1
    }
    #expect(compared >= 3)
  }

  /// Outside of its conditions a formula gives no density, and neither does the family.
  @Test(arguments: names)
  func conditionsOfTheFormulaAreTheSupport(_ name: String) throws {
    let distribution = try family(name)
    let formula = try FormulaText(distribution.signature.formula)
    guard let row = DensityRow.all.first(where: { $0.name == name && $0.form == 0 }) else { return }
    let parameters = row.parameters.map { $0.values[0] }
    let points: [Double] =
      distribution.signature.support.isDiscrete ? [-1, 1e9] : [-1e3, -0.5, 1e9]
    let densities = distribution.logDensities(at: points, form: 0, row.parameters)
    for (x, density) in zip(points, densities) where density == -.infinity {
      let value = try formula.value(at: x, parameters)
      #expect(!value.isFinite, "\(name) at \(x): \(value)")
    }
  }
}
