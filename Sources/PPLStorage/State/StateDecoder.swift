/// Makes values of a `StateNode` that `StateEncoder` made.
struct StateDecoder: Decoder {
  let node: StateNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ node: StateNode, at codingPath: [any CodingKey] = []) {
    self.node = node
    self.codingPath = codingPath
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .record = node.content else { throw Self.mismatch("named members", codingPath) }
    return KeyedDecodingContainer(Members(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    switch node.content {
    case .list(let elements): return Elements(elements, codingPath)
    case .numbers(let values): return Elements(values.map { StateNode(.number($0)) }, codingPath)
    case .integers(let values): return Elements(values.map { StateNode(.integer($0)) }, codingPath)
    default: throw Self.mismatch("a list", codingPath)
    }
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    Single(node: node, codingPath: codingPath)
  }

  private static func mismatch(_ what: String, _ path: [any CodingKey]) -> DecodingError {
    .dataCorrupted(.init(codingPath: path, debugDescription: "it has no \(what) here"))
  }

  /// The value of a node.
  fileprivate static func value<Value: Decodable>(
    _ type: Value.Type,
    of node: StateNode,
    at path: [any CodingKey]
  ) throws -> Value {
    let found: Any? =
      switch node.content {
      case .number(let value): value
      case .integer(let value): value
      case .unsigned(let value): value
      case .boolean(let value): value
      case .text(let value): value
      case .numbers(let values): values
      case .integers(let values): values
      default: nil
      }
    if let value = found as? Value { return value }
    return try Value(from: StateDecoder(node, at: path))
  }

  /// Named members.
  private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let node: StateNode
    let codingPath: [any CodingKey]

    var allKeys: [Key] {
      guard case .record(let members) = node.content else { return [] }
      return members.compactMap { Key(stringValue: $0.name) }
    }

    func contains(_ key: Key) -> Bool { node.member(key.stringValue) != nil }

    private func member(_ key: Key) throws -> StateNode {
      guard let member = node.member(key.stringValue) else {
        throw DecodingError.keyNotFound(
          key,
          .init(codingPath: codingPath, debugDescription: "`\(key.stringValue)` is missing")
        )
      }
      return member
    }

    func decodeNil(forKey key: Key) throws -> Bool {
      if case .null = try member(key).content { return true }
      return false
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      try StateDecoder.value(type, of: try member(key), at: codingPath + [key])
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key)
      throws -> KeyedDecodingContainer<NestedKey>
    {
      try StateDecoder(try member(key), at: codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try StateDecoder(try member(key), at: codingPath + [key]).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { StateDecoder(node, at: codingPath) }

    func superDecoder(forKey key: Key) throws -> any Decoder {
      StateDecoder(try member(key), at: codingPath + [key])
    }
  }

  /// Elements in order.
  private struct Elements: UnkeyedDecodingContainer {
    private let elements: [StateNode]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(_ elements: [StateNode], _ codingPath: [any CodingKey]) {
      self.elements = elements
      self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    private mutating func next() throws -> StateNode {
      guard !isAtEnd else { throw StateDecoder.mismatch("further element", codingPath) }
      defer { currentIndex += 1 }
      return elements[currentIndex]
    }

    mutating func decodeNil() -> Bool {
      guard !isAtEnd, case .null = elements[currentIndex].content else { return false }
      currentIndex += 1
      return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try StateDecoder.value(type, of: try next(), at: codingPath)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) throws
      -> KeyedDecodingContainer<NestedKey>
    {
      try StateDecoder(try next(), at: codingPath).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try StateDecoder(try next(), at: codingPath).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
      StateDecoder(try next(), at: codingPath)
    }
  }

  /// One value.
  private struct Single: SingleValueDecodingContainer {
    let node: StateNode
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool {
      if case .null = node.content { return true }
      return false
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try StateDecoder.value(type, of: node, at: codingPath)
    }
  }
}
