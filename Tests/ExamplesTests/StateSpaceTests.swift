import Foundation
import PPL
import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// A state-space model by both particle filters and by `nuts()`, with fewer draws than in the example.
@Suite struct StateSpaceTests {
  /// Means within a quarter of a deviation and four joint standard errors of those of `nuts()`, deviations within a fifth: the
  /// chains have some 300 effective draws.
  @Test func filtersAgreeWithNUTS() async throws {
    let path = Example.root.appending(path: "state_space/model.ppl").path()
    var text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains("draws: 10000"))
    text = text.replacing("draws: 10000", with: "draws: 2500")
    let program = Program(name: path, text: text)
    try #require(program.isValid, "\(program.diagnostics)")
    let data = DataSet(paths: [Example.root.appending(path: "state_space/data.json").path()])
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    let outcome = try await program.compile(data).model.run(options) { _ in }
    try #require(outcome.fits.count == 3)
    let reference = outcome.fits[2].summaries
    for fit in outcome.fits.dropLast() {
      let found = fit.summaries
      // Week 31 has no count.
      for name in ["mu", "phi", "q", "x[1]", "x[31]", "x[120]"] {
        let (row, other) = (try #require(found[name]), try #require(reference[name]))
        let error = (row.mcse * row.mcse + other.mcse * other.mcse).squareRoot()
        let difference = abs(row.mean - other.mean)
        #expect(difference < 0.25 * other.sd + 4 * error, "\(fit.name) \(name): \(difference)")
        #expect(abs(row.sd / other.sd - 1) < 0.2, "\(fit.name) \(name): \(row.sd), \(other.sd)")
      }
    }
  }
}
