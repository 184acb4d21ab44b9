import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

@Suite struct LogDensityTests {
  @Test(arguments: DensityRow.all)
  func matchesReference(_ row: DensityRow) throws {
    let distribution = try family(row.name)
    for areConstant in [false, true] {
      let addends = evaluate([row.x] + row.parameters, areConstant: areConstant) { _, values in
        distribution.logDensity(
          of: values[0],
          DistributionArguments(parameterisation: row.form, Array(values.dropFirst()))
        )
      }
      let total = addends.reduce(0) { $0 + $1.values[0] }
      // Rounding of each addend, and of terms of order 1 that cancel inside of one.
      let size = addends.reduce(abs(row.logDensity)) { $0 + abs($1.values[0]) }
      #expect(abs(total - row.logDensity) <= 1e-12 * size + 1e-14)
      #expect(addends.allSatisfy { $0.shape == [] })
    }
  }
}
