extension JSONParser {
  /// Reads a string in quotes.
  mutating func parseString() throws(JSONError) -> String {
    let start = position
    position += 1
    var end = position
    while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\"),
      bytes[end] >= 0x20
    {
      end += 1
    }
    if end < bytes.count && bytes[end] == UInt8(ascii: "\"") {
      let text = try validated(bytes[position..<end], start: start)
      position = end + 1
      return text
    }
    var content = Array(bytes[position..<end])
    position = end
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try validated(content[...], start: start)
      case UInt8(ascii: "\\"):
        content.append(contentsOf: try parseEscape())
      case 0..<0x20:
        throw failure("a line break or control character in a string must be escaped")
      default:
        content.append(byte)
        position += 1
      }
    }
    throw failure("this string has no closing quote", at: start)
  }

  private func validated(_ content: ArraySlice<UInt8>, start: Int) throws(JSONError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw failure("this string is not valid UTF-8", at: start)
    }
    return text
  }

  /// Reads an escape sequence; its UTF-8.
  private mutating func parseEscape() throws(JSONError) -> [UInt8] {
    let start = position
    position += 1
    guard let byte = peek() else { throw failure("the text ends inside a string", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw failure("this escape sequence is unknown", at: start)
    }
    var code = try parseHexadecimal(start: start)
    if code & 0xFC00 == 0xD800, take("\\"), take("u") {
      let low = try parseHexadecimal(start: start)
      guard low & 0xFC00 == 0xDC00 else {
        throw failure("this escape sequence is half of a surrogate pair", at: start)
      }
      code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("this escape sequence is half of a surrogate pair", at: start)
    }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func parseHexadecimal(start: Int) throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek() else { throw failure("the text ends inside a string", at: start) }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw failure("\\u takes four hexadecimal digits", at: start)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
