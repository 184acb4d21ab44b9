import PPLPosteriorAnalysis
import Testing

/// Densities and histograms of samples.
@Suite struct DensityEstimateTests {
  /// A sample with a peak at 0, from −2 to 2.
  private let sample = (1..<1000).map { number -> Double in
    let x = Double(number) / 500 - 1
    return x + x * x * x
  }

  @Test func aDensityHasMassOne() throws {
    let density = try #require(DensityEstimate(sample))
    let step = density.points[1] - density.points[0]
    let mass = density.densities.reduce(0, +) * step
    #expect(abs(mass - 1) < 0.01)
    #expect(density.densities.allSatisfy { $0 >= 0 })
    #expect(density.points == density.points.sorted())
  }

  /// A uniform sample ends where it ends: there the density is as great as inside, within a tenth.
  @Test func aDensityDoesNotSinkAtABound() throws {
    let density = try #require(DensityEstimate((0..<2000).map { Double($0) / 2000 }))
    #expect(density.points[0] == 0)
    for value in density.densities { #expect(abs(value - 1) < 0.1) }
  }

  /// One draw in a thousand at a million does not make the rest one point.
  @Test func farTailsAreLeftOut() throws {
    let density = try #require(DensityEstimate(sample + [1e6]))
    #expect(try #require(density.points.last) < 20)
  }

  @Test(arguments: [[], [1], [2, 2, 2], [1, .nan, 2], [1, .infinity, 2], [-1e308, 1e308, 0]])
  func samplesWithoutADensityHaveNone(_ values: [Double]) {
    #expect(DensityEstimate(values) == nil)
  }

  @Test func aHistogramCountsAll() throws {
    let histogram = try #require(Histogram(sample))
    #expect(histogram.counts.reduce(0, +) == sample.count)
    #expect((3...32).contains(histogram.counts.count))
    #expect(histogram.first <= sample[0] && histogram.last >= sample[998])
  }

  @Test func wholeNumbersAreInTheMiddleOfBins() throws {
    let histogram = try #require(Histogram([0, 1, 1, 2, 3, 3, 3]))
    #expect(histogram.first == -0.5)
    #expect(histogram.width == 1)
    #expect(histogram.counts == [1, 2, 1, 3])
  }

  @Test func equalValuesAreOneBin() throws {
    for value in [0.0, 7, -0.3, 1e-20, 1e20] {
      let histogram = try #require(Histogram([value, value, value]))
      #expect(histogram.counts.reduce(0, +) == 3)
      #expect(histogram.first <= value && value <= histogram.last)
    }
  }

  @Test(arguments: [[], [Double.nan], [1, .infinity], [-1.7e308, 1.7e308]])
  func samplesWithoutAHistogramHaveNone(_ values: [Double]) {
    #expect(Histogram(values) == nil)
  }
}
