import PPLPosteriorAnalysis
import Testing

/// Same number to 1e-10 relative, both NaN, or both the same infinity.
func agrees(_ value: Double, _ reference: Double, tolerance: Double = 1e-10) -> Bool {
  if reference.isNaN || value.isNaN { return reference.isNaN && value.isNaN }
  if reference.isInfinite { return value == reference }
  return abs(value - reference) <= tolerance * max(abs(reference), abs(value))
}

@Suite struct SummarizerTests {
  @Test(arguments: referenceCases)
  func summaryAgreesWithArviZ(_ reference: ReferenceCase) {
    var summarizer = Summarizer()
    let summary = summarizer.summary(of: reference.recipe.make())
    #expect(agrees(summary.mean, reference.mean))
    #expect(agrees(summary.sd, reference.sd))
    #expect(agrees(summary.mcse, reference.mcse))
    #expect(agrees(summary.mcseOfSD, reference.mcseOfSD))
    #expect(agrees(summary.q5, reference.q5))
    #expect(agrees(summary.median, reference.median))
    #expect(agrees(summary.q95, reference.q95))
    #expect(agrees(summary.essBulk, reference.essBulk))
    #expect(agrees(summary.essTail, reference.essTail))
    #expect(agrees(summary.rhat, reference.rhat))
  }

  @Test(arguments: referenceCases)
  func figuresOfQuantilesAgreeWithArviZ(_ reference: ReferenceCase) {
    var summarizer = Summarizer()
    let draws = reference.recipe.make()
    let ess = summarizer.effectiveSampleSize(ofQuantile: 0.25, of: draws)
    #expect(agrees(ess, reference.essQ25))
    #expect(agrees(summarizer.standardError(ofQuantile: 0.05, of: draws), reference.mcseQ5))
    #expect(agrees(summarizer.standardError(ofQuantile: 0.5, of: draws), reference.mcseMedian))
  }

  @Test func summarizerMayBeUsedForDrawsOfSeveralSizes() {
    var shared = Summarizer()
    for reference in referenceCases + referenceCases.reversed() {
      let draws = reference.recipe.make()
      var own = Summarizer()
      let summary = shared.summary(of: draws)
      let expected = own.summary(of: draws)
      #expect(summary.essBulk == expected.essBulk)
      #expect(summary.essTail == expected.essTail)
      #expect(agrees(summary.rhat, expected.rhat, tolerance: 0))
    }
  }

  @Test func aDrawThatIsNotANumberLeavesNothing() {
    var chains = [[Double]](repeating: (0..<10).map(Double.init), count: 2)
    chains[1][3] = .nan
    var summarizer = Summarizer()
    let summary = summarizer.summary(of: ScalarDraws(chains: chains))
    for figure in [
      summary.mean, summary.sd, summary.mcse, summary.q5, summary.median, summary.q95,
      summary.essBulk, summary.essTail, summary.rhat,
    ] {
      #expect(figure.isNaN)
    }
  }

  @Test func anInfiniteDrawLeavesQuantilesOnly() {
    var chains = [[Double]](repeating: (0..<10).map(Double.init), count: 2)
    chains[1][3] = .infinity
    var summarizer = Summarizer()
    let summary = summarizer.summary(of: ScalarDraws(chains: chains))
    #expect(summary.median == 5)
    #expect(summary.mean == .infinity)
    #expect(summary.rhat.isNaN)
    #expect(summary.essBulk.isNaN)
    #expect(summary.mcse.isNaN)
  }

  @Test(arguments: [0, 1, 3])
  func tooFewDrawsHaveNoDiagnostics(drawCount: Int) {
    let chain = (0..<drawCount).map(Double.init)
    var summarizer = Summarizer()
    let summary = summarizer.summary(of: ScalarDraws(chains: [chain, chain]))
    #expect(summary.rhat.isNaN && summary.essBulk.isNaN && summary.mcse.isNaN)
    #expect(drawCount == 0 ? summary.mean.isNaN : summary.mean == Double(drawCount - 1) / 2)
    #expect(summarizer.standardError(ofQuantile: 0.5, of: ScalarDraws(chains: [])).isNaN)
  }

  @Test func chainsOfUnequalLengthAreCutToTheShortest() {
    let draws = ScalarDraws(chains: [[1, 2, 3], [4, 5]])
    #expect(draws.drawCount == 2)
    #expect(draws.values == [1, 2, 4, 5])
  }
}
