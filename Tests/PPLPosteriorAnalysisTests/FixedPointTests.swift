import PPLPosteriorAnalysis
import Testing

@Suite struct FixedPointTests {
  @Test(arguments: [
    (1.005, 2, "1.00"), (-0.5, 0, "0"), (-1.5, 0, "-2"), (0, 3, "0.000"), (-0.0001, 2, "0.00"),
    (1234.5678, 1, "1234.6"), (.nan, 2, "NaN"), (.infinity, 2, "inf"), (-.infinity, 2, "-inf"),
  ])
  func fixedRoundsToDecimals(value: Double, decimals: Int, text: String) {
    #expect(value.fixed(decimals) == text)
  }

  @Test func fixedPrintsTheLargestNumberInFull() {
    let text = Double.greatestFiniteMagnitude.fixed(400)
    #expect(text.count == 309 + 1 + 400)
    #expect(text.hasPrefix("17976931348623157"))
  }

  @Test(arguments: [
    (1.5e-7, 2, "1.5e-07"), (-123456, 3, "-1.23e+05"), (0, 2, "0.0e+00"), (-0.0, 1, "0e+00"),
  ])
  func scientificKeepsSignificantDigits(value: Double, digits: Int, text: String) {
    #expect(value.scientific(digits) == text)
  }
}
