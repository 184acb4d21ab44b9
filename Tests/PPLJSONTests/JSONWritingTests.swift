import PPLJSON
import Testing

@Suite struct JSONWritingTests {
  @Test func valuesAreWrittenOnOneLine() {
    let value: JSONValue = [
      "schema": 1, "mean": 0.1, "nan": .real(.nan), "inf": .real(-.infinity),
      "seed": .unsigned(.max),
      "list": [true, false, nil, "a"], "empty": [:],
    ]
    #expect(
      value.text()
        == #"{"schema": 1, "mean": 0.1, "nan": null, "inf": null, "seed": 18446744073709551615, "#
        + #""list": [true, false, null, "a"], "empty": {}}"#
    )
  }

  @Test func objectsAreIndentedIfWanted() {
    let value: JSONValue = ["a": ["b": [1, 2], "c": [:]]]
    #expect(
      value.text(.indented)
        == """
        {
            "a": {
                "b": [1, 2],
                "c": {}
            }
        }
        """
    )
  }

  @Test func stringsAreEscaped() {
    let value = JSONValue.string("a\"b\\c\n\r\t\u{1}é😀/")
    #expect(value.text() == #""a\"b\\c\n\r\t\u0001é😀/""#)
  }

  @Test(arguments: [0.1, 1e300, .leastNonzeroMagnitude, -1.5, 1e16, 123456789.123, 1e-7, .pi])
  func numbersReadBackTheSame(number: Double) throws {
    let text = JSONValue.real(number).text()
    #expect(try JSONDocument(Array(text.utf8)).root.real == number)
  }

  @Test func stringsReadBackTheSame() throws {
    let text = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0) }))
    let written = JSONValue.string(text).utf8()
    #expect(try JSONDocument(written).root.string == text)
  }
}
