/// A recursive-descent reader of JSON, its recursion limited.
///
/// Numbers in arrays go onto one stack. An array whose children are all rows of one shape stays
/// there as a larger block; only when a child of another kind turns up are the earlier children
/// made nodes.
struct JSONParser {
  /// Deepest nesting that is read.
  static let depthLimit = 256

  let bytes: [UInt8]
  var position = 0
  var stack: [Double] = []
  /// Positions on the stack of nulls.
  var nulls: [Int] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func parseDocument() throws(JSONError) -> JSONNode {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    let node = try parseNode(depth: 0)
    skipSpace()
    guard position == bytes.count else {
      throw failure("there is more text after the end of the value")
    }
    return node
  }

  /// Reads one value and takes it off the stack.
  mutating func parseNode(depth: Int) throws(JSONError) -> JSONNode {
    let offset = position
    guard let byte = peek() else { throw expected("a value") }
    switch byte {
    case UInt8(ascii: "{"):
      return JSONNode(kind: try parseObject(depth: depth), offset: offset)
    case UInt8(ascii: "["):
      switch try parseArray(depth: depth) {
      case .node(let node): return node
      case .row(let count): return popNumbers(shape: [count], offset: offset)
      case .block(let shape): return popNumbers(shape: shape, offset: offset)
      }
    case UInt8(ascii: "\""):
      return JSONNode(kind: .string(try parseString()), offset: offset)
    default:
      return JSONNode(kind: try parseScalar(), offset: offset)
    }
  }

  /// Reads null, a truth value or a number.
  mutating func parseScalar() throws(JSONError) -> JSONNode.Kind {
    let start = position
    if let first = peek(), first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10 {
      if let number = scanDecimal(bytes.span, from: position, to: bytes.count, isStrict: true) {
        position = number.end
        guard position == bytes.count || Self.endsNumber(bytes[position]) else {
          position = start
          throw failure("this is not a number")
        }
        return number.integer.map { .integer($0) } ?? .real(number.value)
      }
    }
    while position < bytes.count, !Self.endsNumber(bytes[position]), position - start < 16 {
      position += 1
    }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      if let number = nonFiniteNumber(word) { return .real(number) }
    }
    position = start
    let isNumber = bytes[start] == UInt8(ascii: "-") || bytes[start] &- UInt8(ascii: "0") < 10
    throw isNumber ? failure("this is not a number") : expected("a value")
  }

  private mutating func parseObject(depth: Int) throws(JSONError) -> JSONNode.Kind {
    guard depth < Self.depthLimit else {
      throw failure("values are nested more than \(Self.depthLimit) deep")
    }
    position += 1
    var members: [JSONNode.Member] = []
    var names: Set<String> = []
    skipSpace()
    if take("}") { return .object([]) }
    while true {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else {
        throw expected("a key in quotes")
      }
      let keyOffset = position
      let name = try parseString()
      guard names.insert(name).inserted else {
        throw failure("the key \"\(name)\" appears twice in this object", at: keyOffset)
      }
      skipSpace()
      guard take(":") else { throw expected("`:` after the key") }
      skipSpace()
      members.append(JSONNode.Member(name: name, value: try parseNode(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw expected("`,` or `}`") }
    }
  }

  func peek() -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// Whether a number or word cannot go on with this byte.
  static func endsNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: true
    default: false
    }
  }

  /// The error that something is missing here.
  func expected(_ what: String) -> JSONError {
    failure(
      position == bytes.count
        ? "the text ends where \(what) is expected" : "\(what) is expected here"
    )
  }

  func failure(_ message: String, at offset: Int? = nil) -> JSONError {
    let offset = offset ?? position
    let place = TextPosition(offset: offset, in: bytes)
    return JSONError(message: message, offset: offset, line: place.line, column: place.column)
  }
}
