import PPLSourceText
import Testing

struct SourceFileTests {
  private func position(_ text: String, _ offset: Int) -> [Int] {
    let place = SourceFile(name: "a", text: text).position(of: offset)
    return [place.line, place.column]
  }

  @Test func positionsCountFromOne() {
    #expect(position("", 0) == [1, 1])
    #expect(position("ab\ncd", 0) == [1, 1])
    #expect(position("ab\ncd", 2) == [1, 3])
    #expect(position("ab\ncd", 3) == [2, 1])
    #expect(position("ab\ncd", 5) == [2, 3])
    #expect(position("ab\n", 3) == [2, 1])
  }

  @Test func positionsOutsideOfTheFileAreItsEnds() {
    #expect(position("ab\ncd", -5) == [1, 1])
    #expect(position("ab\ncd", 99) == [2, 3])
    #expect(position("ab\ncd", .max) == [2, 3])
    #expect(position("ab\ncd", .min) == [1, 1])
  }

  @Test func columnsCountCodePoints() {
    #expect(position("é∑😀x", 2) == [1, 2])
    #expect(position("é∑😀x", 5) == [1, 3])
    #expect(position("é∑😀x", 9) == [1, 4])
  }

  @Test func bytesThatAreNotUTF8CountAsShown() {
    let file = SourceFile(name: "a", bytes: [0x80, 0xFF, 0x61])
    #expect(file.position(of: 2).column == 3)
    #expect(file.text(of: SourceSpan(start: 0, end: 3)) == "\u{FFFD}\u{FFFD}a")
  }

  @Test func byteOrderMarkIsNoColumn() {
    let file = SourceFile(name: "a", text: "\u{FEFF}x = 3")
    #expect(file.position(of: 3) == (1, 1))
    #expect(file.position(of: 0) == (1, 1))
    #expect(String(decoding: file.line(1), as: UTF8.self) == "x = 3")
  }

  /// Line and column agree with a plain count over the text.
  @Test func positionsAgreeWithACount() {
    let text = "dim obs\n\ny[i: obs] ~ Normal(μ, σ)\r\n\n# end"
    let file = SourceFile(name: "a", text: text)
    var (line, column, offset) = (1, 1, 0)
    for scalar in text.unicodeScalars {
      #expect(file.position(of: offset) == (line, column))
      offset += UTF8.width(scalar)
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
    }
    #expect(file.position(of: offset) == (line, column))
    #expect(file.lineCount == line)
  }

  @Test func linesLeaveTheirEndsOut() {
    let file = SourceFile(name: "a", text: "ab\r\ncd\n\nef")
    let lines = (0...5).map { String(decoding: file.line($0), as: UTF8.self) }
    #expect(lines == ["", "ab", "cd", "", "ef", ""])
    #expect(file.lineCount == 4)
    #expect(SourceFile(name: "a", text: "").lineCount == 1)
    #expect(Array(file.line(.max)).isEmpty && Array(file.line(.min)).isEmpty)
  }

  @Test func textOfASpanIsClampedToTheFile() {
    let file = SourceFile(name: "a", text: "hello")
    #expect(file.text(of: SourceSpan(start: 1, end: 3)) == "el")
    #expect(file.text(of: SourceSpan(start: -4, end: 2)) == "he")
    #expect(file.text(of: SourceSpan(start: 3, end: 99)) == "lo")
    #expect(file.text(of: SourceSpan(start: 77, end: 99)) == "")
  }

  @Test func spansNeverEndBeforeTheyStart() {
    let span = SourceSpan(start: 5, end: 2)
    #expect(span.end == 5)
    #expect(
      SourceSpan(start: 4, end: 6).union(SourceSpan(start: 1, end: 2))
        == SourceSpan(start: 1, end: 6)
    )
  }
}
