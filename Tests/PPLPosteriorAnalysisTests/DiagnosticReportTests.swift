import PPLPosteriorAnalysis
import Testing

@Suite struct DiagnosticReportTests {
  private func summary(
    essBulk: Double = 2000,
    essTail: Double = 2000,
    rhat: Double = 1.001
  ) -> QuantitySummary {
    QuantitySummary(
      mean: 0,
      sd: 1,
      mcse: 0.02,
      q5: -1.6,
      median: 0,
      q95: 1.6,
      essBulk: essBulk,
      essTail: essTail,
      rhat: rhat
    )
  }

  private func sampler(divergences: Int = 0, deep: Int = 0) -> SamplerDiagnostics {
    let energies = (0..<1000).map { Double(($0 * 7919) % 1000) }
    return SamplerDiagnostics(
      chains: (0..<4).map {
        ChainStatistics(
          energies: energies,
          divergenceCount: $0 == 0 ? divergences : 0,
          maxTreeDepthCount: $0 == 1 ? deep : 0,
          drawCount: 1000
        )
      }
    )
  }

  @Test func nothingIsFoundInAGoodRun() {
    let report = DiagnosticReport(
      quantities: [("mu", summary()), ("constant", summary(rhat: .nan))],
      sampler: sampler(),
      chainCount: 4
    )
    #expect(report.warnings.isEmpty)
    #expect(!report.failed)
  }

  @Test func rhatAboveTheLimitFailsAndNamesTheWorst() throws {
    let report = DiagnosticReport(
      quantities: [
        ("mu", summary(rhat: 1.02)), ("tau", summary(rhat: 1.5)), ("eta", summary(rhat: 1.01)),
      ],
      sampler: nil,
      chainCount: 4
    )
    let warning = try #require(report.warnings.first)
    #expect(report.warnings.count == 1)
    #expect(warning.code == .rhat)
    #expect(warning.count == 2)
    #expect(warning.total == 3)
    #expect(warning.quantity == "tau")
    #expect(
      warning.message
        == "R-hat is above 1.01 for 2 of 3 quantities; the highest is 1.500 of tau"
    )
    #expect(report.failed)
  }

  @Test func infiniteRhatFails() {
    let report = DiagnosticReport(
      quantities: [("z", summary(rhat: .infinity))],
      sampler: nil,
      chainCount: 4
    )
    #expect(report.failed)
    #expect(report.warnings.first?.message.contains("inf of z") == true)
  }

  @Test func smallSampleSizesFailByTheNumberOfChains() {
    let quantities = [("mu", summary(essBulk: 399, essTail: 250))]
    let four = DiagnosticReport(quantities: quantities, sampler: nil, chainCount: 4)
    #expect(four.warnings.map(\.code) == [.essBulk, .essTail])
    #expect(four.failed)
    #expect(
      four.warnings[0].message
        == "bulk ESS is below 400 for 1 of 1 quantity; the lowest is 399 of mu"
    )
    let two = DiagnosticReport(quantities: quantities, sampler: nil, chainCount: 2)
    #expect(two.warnings.isEmpty)
  }

  @Test(arguments: [(0, 0, false), (1, 1, false), (4, 1, false), (5, 1, true)])
  func divergencesFailAboveOneInAThousand(count: Int, warnings: Int, failed: Bool) {
    let report = DiagnosticReport(
      quantities: [("mu", summary())],
      sampler: sampler(divergences: count),
      chainCount: 4
    )
    #expect(report.warnings.count == warnings)
    #expect(report.failed == failed)
    #expect(report.warnings.first?.count ?? 0 == count)
  }

  @Test func depthAndEnergyAndNonFiniteDrawsWarnOnly() {
    var diagnostics = sampler(deep: 12)
    diagnostics.energyFractions = [0.9, 0.25, 0.1, .nan]
    var broken = summary(rhat: .nan)
    broken.mean = .nan
    let report = DiagnosticReport(
      quantities: [("mu", summary()), ("q", broken)],
      sampler: diagnostics,
      chainCount: 4
    )
    #expect(report.warnings.map(\.code) == [.maxTreeDepth, .energy, .nonFinite])
    #expect(report.warnings.map(\.count) == [12, 2, 1])
    #expect(report.warnings.map(\.total) == [4000, 4, 2])
    #expect(!report.failed)
  }

  @Test func failuresComeFirst() {
    let report = DiagnosticReport(
      quantities: [("mu", summary(rhat: 1.2))],
      sampler: sampler(divergences: 1),
      chainCount: 4
    )
    #expect(report.warnings.map(\.code) == [.rhat, .divergences])
  }

  /// `arviz.bfmi` of ArviZ 0.23.4 on the same draws.
  @Test func energyFractionAgreesWithArviZ() {
    let draws = DrawRecipe(
      chains: 3,
      draws: 100,
      correlation: 0.8,
      scale: 1,
      shift: 0,
      step: 0,
      seed: 20
    ).make()
    let reference = [0.5128893005992592, 0.35737293173313367, 0.5180390006458063]
    for chain in 0..<3 {
      let energies = Array(draws.values[chain * 100..<(chain + 1) * 100])
      #expect(agrees(energyFractionOfMissingInformation(energies), reference[chain]))
    }
    #expect(energyFractionOfMissingInformation([1]).isNaN)
    #expect(energyFractionOfMissingInformation([2, 2, 2]).isNaN)
  }
}
