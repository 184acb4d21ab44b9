/// A JSON value to be written: objects keep the order of their members.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case unsigned(UInt64)
  /// A number; one that is not finite is written as null.
  case real(Double)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// A string, or null.
  package static func string(orNull text: String?) -> JSONValue {
    text.map { .string($0) } ?? .null
  }

  /// An array of integers.
  package static func integers(_ values: [Int]) -> JSONValue {
    .array(values.map { .integer($0) })
  }

  /// An array of strings.
  package static func strings(_ values: [String]) -> JSONValue {
    .array(values.map { .string($0) })
  }
}

/// A member of a JSON object.
package struct JSONMember: Sendable, Equatable {
  /// The member's key.
  package var name: String
  /// The member's value.
  package var value: JSONValue

  /// A member.
  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
  ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  /// An object with these members, in this order.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { JSONMember($0.0, $0.1) })
  }
  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  package init(integerLiteral value: Int) { self = .integer(value) }
  /// A real number.
  package init(floatLiteral value: Double) { self = .real(value) }
  /// A truth value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// The null value.
  package init(nilLiteral: ()) { self = .null }
}
