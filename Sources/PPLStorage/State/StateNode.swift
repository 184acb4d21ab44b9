/// A value that is saved bit by bit: a tree of numbers, texts, lists and named members.
///
/// `StateEncoder` makes one of any `Encodable` value, `StateDecoder` the value of it again. Numbers are kept as
/// their bits, which no text of numbers does for those that are not finite.
final class StateNode {
  enum Content {
    case null
    case boolean(Bool)
    case integer(Int)
    case unsigned(UInt64)
    case number(Double)
    case text(String)
    case integers([Int])
    case numbers([Double])
    case list([StateNode])
    case record([(name: String, value: StateNode)])
  }

  var content: Content

  init(_ content: Content = .null) {
    self.content = content
  }

  /// The member of that name.
  func member(_ name: String) -> StateNode? {
    guard case .record(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// Makes it a record, if it is none yet, and adds a member.
  func append(_ value: StateNode, name: String) {
    if case .record(var members) = content {
      content = .null
      members.append((name, value))
      content = .record(members)
    } else {
      content = .record([(name, value)])
    }
  }

  /// Makes it a list, if it is none yet, and adds an element.
  func append(_ value: StateNode) {
    if case .list(var elements) = content {
      content = .null
      elements.append(value)
      content = .list(elements)
    } else {
      content = .list([value])
    }
  }
}

// MARK: Bytes

/// Why bytes are not a saved value.
package struct StateError: Error, Sendable, Equatable {
  /// What was found.
  package var reason: String
}

extension StateNode {
  private enum Tag: UInt8 {
    case null, boolean, integer, unsigned, number, text, integers, numbers, list, record
  }

  /// Lists and records within each other, at most.
  private static let greatestDepth = 64

  /// Adds the tree: for each node a tag, then its content; counts and numbers take eight bytes.
  func write(to bytes: inout [UInt8]) {
    func word(_ value: UInt64) {
      unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    func text(_ text: String) {
      let own = Array(text.utf8)
      word(UInt64(own.count))
      bytes += own
    }
    func begin(_ tag: Tag, count: Int? = nil) {
      bytes.append(tag.rawValue)
      if let count { word(UInt64(count)) }
    }
    switch content {
    case .null: begin(.null)
    case .boolean(let value):
      begin(.boolean)
      bytes.append(value ? 1 : 0)
    case .integer(let value):
      begin(.integer)
      word(UInt64(bitPattern: Int64(value)))
    case .unsigned(let value):
      begin(.unsigned)
      word(value)
    case .number(let value):
      begin(.number)
      word(value.bitPattern)
    case .text(let value):
      begin(.text)
      text(value)
    case .integers(let values):
      begin(.integers, count: values.count)
      for value in values { word(UInt64(bitPattern: Int64(value))) }
    case .numbers(let values):
      begin(.numbers, count: values.count)
      for value in values { word(value.bitPattern) }
    case .list(let elements):
      begin(.list, count: elements.count)
      for element in elements { element.write(to: &bytes) }
    case .record(let members):
      begin(.record, count: members.count)
      for member in members {
        text(member.name)
        member.value.write(to: &bytes)
      }
    }
  }

  /// Reads a tree; `bytes` is what is left behind it.
  static func read(_ bytes: inout ArraySlice<UInt8>, depth: Int = 0) throws(StateError) -> StateNode
  {
    func byte() throws(StateError) -> UInt8 {
      guard let first = bytes.popFirst() else { throw StateError(reason: "it is cut off") }
      return first
    }
    func word() throws(StateError) -> UInt64 {
      guard bytes.count >= 8 else { throw StateError(reason: "it is cut off") }
      var value: UInt64 = 0
      for (index, byte) in bytes.prefix(8).enumerated() { value |= UInt64(byte) << (8 * index) }
      bytes.removeFirst(8)
      return value
    }
    /// A count of things that take at least so many bytes each.
    func count(of size: Int) throws(StateError) -> Int {
      guard let count = Int(exactly: try word()), count <= bytes.count / size else {
        throw StateError(reason: "it is cut off")
      }
      return count
    }
    func text() throws(StateError) -> String {
      let count = try count(of: 1)
      defer { bytes.removeFirst(count) }
      return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
    guard depth < greatestDepth else { throw StateError(reason: "it is nested too deeply") }
    guard let tag = Tag(rawValue: try byte()) else {
      throw StateError(reason: "it has an unknown kind of value")
    }
    switch tag {
    case .null: return StateNode(.null)
    case .boolean: return StateNode(.boolean(try byte() != 0))
    case .integer: return StateNode(.integer(Int(Int64(bitPattern: try word()))))
    case .unsigned: return StateNode(.unsigned(try word()))
    case .number: return StateNode(.number(Double(bitPattern: try word())))
    case .text: return StateNode(.text(try text()))
    case .integers:
      var values: [Int] = []
      for _ in 0..<(try count(of: 8)) { values.append(Int(Int64(bitPattern: try word()))) }
      return StateNode(.integers(values))
    case .numbers:
      var values: [Double] = []
      for _ in 0..<(try count(of: 8)) { values.append(Double(bitPattern: try word())) }
      return StateNode(.numbers(values))
    case .list:
      var elements: [StateNode] = []
      for _ in 0..<(try count(of: 1)) { elements.append(try read(&bytes, depth: depth + 1)) }
      return StateNode(.list(elements))
    case .record:
      var members: [(name: String, value: StateNode)] = []
      for _ in 0..<(try count(of: 9)) {
        let name = try text()
        members.append((name, try read(&bytes, depth: depth + 1)))
      }
      return StateNode(.record(members))
    }
  }
}
