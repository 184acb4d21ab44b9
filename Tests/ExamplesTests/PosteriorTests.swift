import PPL
import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// Every example is run as a user runs it and held against its reference posterior.
///
/// A mean may differ from the reference by 0.15 reference standard deviations plus four joint Monte Carlo
/// errors, a standard deviation by 15 % plus four joint Monte Carlo errors of its own. Four errors alone are
/// passed by chance in one of 16,000 comparisons, and about 900 are made; but no chance is left to the tests:
/// at an effective sample size of 400, the least that the diagnostics take, 0.15 standard deviations are three
/// more Monte Carlo errors, so that a right sampler passes all comparisons in all but one of 10⁹ runs. The
/// seeds are fixed besides. A wrong prior, Jacobian or link moves a mean by more.
@Suite struct PosteriorTests {
  @Test func everyFolderIsFound() {
    #expect(Example.all.count >= 14)
    #expect(Example.withReference.count >= 13)
  }

  @Test(arguments: Example.withReference)
  func posteriorAgreesWithReference(_ example: Example) async throws {
    let outcome = try await example.run()
    let fit = try #require(outcome.fits.first)
    let found = fit.summaries
    let reference = try example.reference()
    #expect(!reference.isEmpty)
    var worst = (mean: 0.0, sd: 0.0)
    for (name, expected) in reference.sorted(by: { $0.key < $1.key }) {
      let summary = try #require(found[name], "`\(name)` is not among \(found.keys.sorted())")
      let meanError = (summary.mcse * summary.mcse + expected.mcse * expected.mcse).squareRoot()
      let sdError =
        (summary.mcseOfSD * summary.mcseOfSD + expected.mcseOfSD * expected.mcseOfSD).squareRoot()
      let difference = abs(summary.mean - expected.mean)
      #expect(
        difference <= 0.15 * expected.sd + 4 * meanError,
        "mean of \(name) is \(summary.mean), reference \(expected.mean) ± \(expected.sd)"
      )
      #expect(
        abs(summary.sd - expected.sd) <= 0.15 * expected.sd + 4 * sdError,
        "sd of \(name) is \(summary.sd), reference \(expected.sd)"
      )
      worst.mean = max(worst.mean, difference / expected.sd)
      worst.sd = max(worst.sd, abs(summary.sd / expected.sd - 1))
    }
    // States that are certain do not vary and have no R-hat.
    let varying = found.values.filter { $0.sd > 0 }
    let maxRhat = varying.map(\.rhat).max() ?? .nan
    #expect(maxRhat < 1.02)
    let minESS = varying.map { min($0.essBulk, $0.essTail) }.min() ?? .nan
    print(
      """
      \(example.name): mean off by \(rounded(worst.mean)) sd, sd by \(rounded(100 * worst.sd)) %, \
      R-hat \(rounded(maxRhat)), ESS \(Int(minESS)), \(fit.divergences) divergent
      """
    )
  }

  /// The narrow end of the centred funnel is not reached, and the run says so.
  @Test func centredEightSchoolsIsWarnedOf() async throws {
    let example = try #require(Example.all.first { $0.name == "eight_schools_centered" })
    let outcome = try await example.run()
    let fit = try #require(outcome.fits.first)
    let codes = Set(fit.warnings.map(\.warning.code))
    #expect(outcome.diagnosticsFailed)
    #expect(fit.divergences > 0)
    #expect(codes.contains(.divergences))
    #expect(!codes.isDisjoint(with: [.energy, .essBulk, .essTail, .rhat]), "\(codes)")
    let theta = try #require(fit.parameters.first { $0.name == "theta" })
    #expect(
      (0..<8).map { theta.elementName($0) }
        == ["A", "B", "C", "D", "E", "F", "G", "H"].map { "theta[\"\($0)\"]" }
    )
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
