import PPLReporting
import Testing

@Suite struct AlignedTableTests {
  @Test func numbersAreRightAligned() {
    #expect(
      alignedTable([["", "ms"], ["long name", "1"], ["x", "12.5"]])
        == """
                     ms
        long name     1
        x          12.5

        """
    )
    #expect(alignedTable([]) == "")
  }

  @Test func threeDigitsAreShown() {
    #expect(threeDigits(0.012345) == "0.0123")
    #expect(threeDigits(12345) == "12345")
    #expect(threeDigits(.nan) == "-")
  }
}
