/// A value read from JSON text, with its place.
package struct JSONNode: Sendable {
  /// What the value is.
  package enum Kind: Sendable {
    case null
    case bool(Bool)
    /// A number without point and exponent that fits.
    case integer(Int)
    /// Any other number; bare `NaN`, `Infinity`, `Inf` and their negatives too.
    case real(Double)
    case string(String)
    /// Nested arrays of numbers and nulls, if all rows of an axis have the same length.
    case numbers(JSONNumbers)
    /// Any other array.
    case array([JSONNode])
    case object([Member])
  }

  /// A member of an object.
  package struct Member: Sendable {
    /// The key.
    package var name: String
    /// The value.
    package var value: JSONNode
  }

  /// What the value is.
  package var kind: Kind
  /// Offset of its first byte in the text.
  package var offset: Int

  /// A value at a place.
  package init(kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }

  /// The member of that name, if this is an object that has it.
  package subscript(name: String) -> JSONNode? {
    guard case .object(let members) = kind else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The string, if this is one.
  package var string: String? {
    guard case .string(let value) = kind else { return nil }
    return value
  }

  /// The integer, if this is one or a real number that is whole and exact.
  package var integer: Int? {
    switch kind {
    case .integer(let value): value
    case .real(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number, if this is one.
  package var real: Double? {
    switch kind {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }

  /// The elements, if this is an array of whole numbers.
  package var integers: [Int]? {
    guard case .numbers(let numbers) = kind, numbers.shape.count == 1, numbers.missing.isEmpty
    else { return nil }
    var result: [Int] = []
    for value in numbers.values {
      guard let integer = Int(exactly: value) else { return nil }
      result.append(integer)
    }
    return result
  }

  /// The elements, if this is an array of strings.
  package var strings: [String]? {
    switch kind {
    case .array(let nodes):
      let result = nodes.compactMap(\.string)
      return result.count == nodes.count ? result : nil
    case .numbers(let numbers):
      return numbers.shape == [0] ? [] : nil
    default:
      return nil
    }
  }
}

/// A rectangular array of numbers, stored flat.
package struct JSONNumbers: Sendable {
  /// Length of each axis, outermost first; at least one axis.
  package var shape: [Int]
  /// The numbers row by row (last axis fastest), NaN where missing.
  package var values: [Double]
  /// Flat positions of nulls, ascending.
  package var missing: [Int]
}

/// Why a text is not JSON.
package struct JSONError: Error, Sendable, Equatable {
  /// What is wrong, one sentence.
  package var message: String
  /// Where, as an offset in bytes.
  package var offset: Int
  /// Where: line, from 1.
  package var line: Int
  /// Where: column in Unicode scalars, from 1.
  package var column: Int
}

/// A place in a text.
package struct TextPosition: Sendable, Equatable {
  /// Line, from 1.
  package var line: Int
  /// Column in Unicode scalars, from 1.
  package var column: Int

  /// The place of the byte at `offset` of UTF-8 text; an offset past the end counts as the end.
  package init(offset: Int, in bytes: [UInt8]) {
    line = 1
    column = 1
    for byte in bytes.prefix(max(offset, 0)) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
  }
}

/// What a string says where a number is wanted: Stan writes numbers that are not finite so.
///
/// - Returns: NaN for `NaN`, infinities for `Inf`, `Infinity` and these with a sign, else `nil`.
package func nonFiniteNumber(_ text: String) -> Double? {
  switch text {
  case "NaN": .nan
  case "Inf", "+Inf", "Infinity", "+Infinity": .infinity
  case "-Inf", "-Infinity": -.infinity
  default: nil
  }
}
