/// Makes a `StateNode` of a value.
///
/// It serves the encoding that the compiler makes for structures and enumerations; integers of less than 64 bits and
/// single precision are not needed by any state, and refused.
struct StateEncoder: Encoder {
  let node: StateNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ node: StateNode = StateNode(), at codingPath: [any CodingKey] = []) {
    self.node = node
    self.codingPath = codingPath
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .null = node.content { node.content = .record([]) }
    return KeyedEncodingContainer(Members(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.content = .list([])
    return Elements(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    Single(node: node, codingPath: codingPath)
  }

  /// The content of a value.
  fileprivate static func content<Value: Encodable>(_ value: Value, at path: [any CodingKey]) throws
    -> StateNode.Content
  {
    switch value {
    case let value as Double: return .number(value)
    case let value as Int: return .integer(value)
    case let value as UInt64: return .unsigned(value)
    case let value as Bool: return .boolean(value)
    case let value as String: return .text(value)
    case let values as [Double]: return .numbers(values)
    case let values as [Int]: return .integers(values)
    case is Float, is Int8, is Int16, is Int32, is UInt8, is UInt16, is UInt32, is UInt:
      throw EncodingError.invalidValue(
        value,
        .init(codingPath: path, debugDescription: "numbers of this kind are not saved")
      )
    default:
      let encoder = StateEncoder(at: path)
      try value.encode(to: encoder)
      return encoder.node.content
    }
  }

  /// Named members.
  private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: StateNode
    let codingPath: [any CodingKey]

    private func add(_ key: Key) -> StateNode {
      let child = StateNode()
      node.append(child, name: key.stringValue)
      return child
    }

    func encodeNil(forKey key: Key) { _ = add(key) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
      add(key).content = try StateEncoder.content(value, at: codingPath + [key])
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key)
      -> KeyedEncodingContainer<NestedKey>
    {
      StateEncoder(add(key), at: codingPath + [key]).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      StateEncoder(add(key), at: codingPath + [key]).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { StateEncoder(node, at: codingPath) }

    func superEncoder(forKey key: Key) -> any Encoder {
      StateEncoder(add(key), at: codingPath + [key])
    }
  }

  /// Elements in order.
  private struct Elements: UnkeyedEncodingContainer {
    let node: StateNode
    let codingPath: [any CodingKey]
    private(set) var count = 0

    init(node: StateNode, codingPath: [any CodingKey]) {
      self.node = node
      self.codingPath = codingPath
    }

    private mutating func add() -> StateNode {
      let child = StateNode()
      node.append(child)
      count += 1
      return child
    }

    mutating func encodeNil() { _ = add() }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
      add().content = try StateEncoder.content(value, at: codingPath)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type)
      -> KeyedEncodingContainer<NestedKey>
    {
      StateEncoder(add(), at: codingPath).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      StateEncoder(add(), at: codingPath).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { StateEncoder(add(), at: codingPath) }
  }

  /// One value.
  private struct Single: SingleValueEncodingContainer {
    let node: StateNode
    let codingPath: [any CodingKey]

    func encodeNil() { node.content = .null }

    func encode<Value: Encodable>(_ value: Value) throws {
      node.content = try StateEncoder.content(value, at: codingPath)
    }
  }
}
