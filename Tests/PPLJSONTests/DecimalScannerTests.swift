import PPLJSON
import Testing

@Suite struct DecimalScannerTests {
  private func scan(_ text: String, isStrict: Bool = false) -> ScannedDecimal? {
    let bytes = Array(text.utf8)
    return scanDecimal(bytes, from: 0, to: bytes.count, isStrict: isStrict)
  }

  @Test func shortestTextsOfRandomDoublesReadBack() {
    var state: UInt64 = 7
    for _ in 0..<100_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let bits = state ^ (state >> 29)
      let value = Double(bitPattern: bits)
      if value.isFinite { #expect(scan(value.description)?.value == value) }
      // Numbers of ordinary size take the exact path.
      let ordinary = Double(bits >> 11) / 9007199254740992 * 2000 - 1000
      #expect(scan(ordinary.description, isStrict: true)?.value == ordinary)
    }
  }

  /// Decimals half-way between two doubles, and beside: the library's reader is the reference.
  @Test(arguments: [
    "9007199254740993", "9007199254740993.0", "90071992547409.93", "0.1234567890123456789",
    "1844674407370955161.5", "9999999999999999999", "1.00000000000000011102230246251565404",
    "1.0000000000000001110", "1.0000000000000001111", "123456789.0123456789e-10", "5e-324",
    "2.5e-324", "2.4e-324", "1.7976931348623157e308", "1e22", "1e23", "123456789012345678e4",
    "0.000000000000000000000000000001", "1e-19", "12345678901234567e-19",
  ])
  func hardNumbersAreRoundedAsTheLibraryRounds(text: String) {
    #expect(scan(text)?.value == Double(text))
  }

  @Test func zerosAndLimits() {
    #expect(scan("-0")?.value.sign == .minus)
    #expect(scan("-0")?.integer == nil)
    #expect(scan("0.000")?.value == 0)
    #expect(scan("1e400")?.value == .infinity)
    #expect(scan("1e-400")?.value == 0)
    #expect(scan("1e99999999999999999999")?.value == .infinity)
    #expect(scan("0e99999999999999999999")?.value == 0)
  }

  @Test func integersAreKnown() {
    #expect(scan("12")?.integer == 12)
    #expect(scan("-12")?.integer == -12)
    #expect(scan("12.0")?.integer == nil)
    #expect(scan("9223372036854775807")?.integer == Int.max)
    #expect(scan("9223372036854775808")?.integer == nil)
    #expect(scan("00000000000000000000007")?.integer == 7)
  }

  @Test(arguments: [("+1", 1.0), (".5", 0.5), ("5.", 5), ("007", 7), ("5.e2", 500), (".5e1", 5)])
  func looseFormsAreNumbersOnlyIfWanted(text: String, value: Double) {
    #expect(scan(text)?.value == value)
    #expect(scan(text)?.end == text.utf8.count)
    #expect(scan(text, isStrict: true) == nil)
  }

  @Test func looseFormsTakeTheLibrarysWayToo() {
    let digits = String(repeating: "1234567890", count: 3)
    #expect(scan("." + digits)?.value == Double("0." + digits))
    #expect(scan(digits + ".")?.value == Double(digits))
    #expect(scan(digits + ".e-5")?.value == Double(digits + "e-5"))
  }

  @Test(arguments: ["", "-", "+", ".", "e5", "-.", "abc", ".e1"])
  func otherTextIsNoNumber(text: String) {
    #expect(scan(text) == nil)
  }

  @Test func theLongestNumberIsTaken() {
    #expect(scan("1.5x")?.end == 3)
    #expect(scan("1e+")?.end == 1)
    #expect(scan("1-2")?.end == 1)
  }
}
