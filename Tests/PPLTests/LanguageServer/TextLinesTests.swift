import PPL
import Testing

/// Places in texts as editors count them, and messages cut from bytes.
@Suite struct TextLinesTests {
  @Test(arguments: [
    ("", 0, 0, 0), ("ab", 2, 0, 2), ("a\nb", 2, 1, 0), ("a\r\nb", 3, 1, 0), ("a\rb", 2, 1, 0),
    ("é𝜇x", 2, 0, 1), ("é𝜇x", 6, 0, 3), ("a\r\n", 3, 1, 0), ("a\n\nb", 3, 2, 0),
  ])
  func offsetsArePlaces(_ text: String, _ offset: Int, _ line: Int, _ character: Int) {
    let lines = TextLines(text)
    let position = TextLines.Position(line: line, character: character)
    #expect(lines.position(of: offset) == position)
    #expect(lines.offset(of: position) == offset)
  }

  @Test func placesOutsideAreMovedInside() {
    let lines = TextLines("ab\r\ncd")
    #expect(lines.offset(of: .init(line: 0, character: 99)) == 2)
    #expect(lines.offset(of: .init(line: 9, character: 0)) == 6)
    #expect(lines.position(of: 3) == .init(line: 0, character: 2))
    #expect(lines.position(of: 99) == .init(line: 1, character: 2))
    // The middle of a pair of units is its start.
    #expect(TextLines("𝜇").offset(of: .init(line: 0, character: 1)) == 0)
  }

  @Test func changesReplaceRanges() {
    let lines = TextLines("a\nbé𝜇d\n")
    let start = TextLines.Position(line: 1, character: 1)
    let end = TextLines.Position(line: 1, character: 4)
    #expect(lines.changed((start, end), to: "X\n") == "a\nbX\nd\n")
    #expect(
      lines.changed((end, start), to: "!") == "a\nbé𝜇!d\n",
      "a range that ends before it starts is empty"
    )
    #expect(lines.changed(nil, to: "all") == "all")
  }

  // MARK: Messages

  private func frames(_ bytes: [UInt8], by count: Int) -> [String] {
    var stream = MessageStream()
    var result: [String] = []
    for start in stride(from: 0, to: bytes.count, by: count) {
      stream.add(Array(bytes[start..<min(bytes.count, start + count)]))
      while let message = stream.next() { result.append(String(decoding: message, as: UTF8.self)) }
    }
    return result
  }

  @Test(arguments: [1, 2, 7, 1_000])
  func messagesAreCutWhereverBytesBreak(_ count: Int) {
    let messages = ["{}", "{\"é\": 1}", ""]
    let bytes = messages.flatMap { MessageStream.framed(Array($0.utf8)) }
    #expect(frames(bytes, by: count) == messages)
  }

  @Test func headersMayBeOtherOrWrong() {
    let text =
      "Content-Type: x; charset=utf-8\r\nCONTENT-LENGTH:  2 \r\n\r\n{}"
      + "Content-Length: many\r\n\r\n" + "Nothing: 1\r\n\r\n" + "\r\n"
      + "Content-Length: -4\r\n\r\n" + "Content-Length: 3\n\nabc"
    #expect(frames(Array(text.utf8), by: 5) == ["{}", "abc"])
  }

  @Test func messagesTooLongArePassedOver() {
    var stream = MessageStream()
    stream.add(Array("Content-Length: 300000000\r\n\r\n".utf8))
    for _ in 0..<300 {
      stream.add([UInt8](repeating: 65, count: 1_000_000))
      #expect(stream.next() == nil)
    }
    stream.add(MessageStream.framed(Array("{}".utf8)))
    #expect(stream.next() == Array("{}".utf8))
  }
}
