/// A rectangular array of numbers from a data file; a scalar has no axes.
package struct NumericArray: Sendable, Equatable {
  /// What the numbers are, the narrowest that fits.
  package enum Kind: Sendable {
    case boolean
    /// Whole numbers below 2^53 in magnitude, however they were written.
    case integer
    case real
  }

  /// Length of each axis, outermost first.
  package var shape: [Int]
  /// The numbers row by row (last axis fastest); NaN where missing, 0 and 1 for truth values.
  package var values: [Double]
  /// Flat positions of missing elements, ascending.
  package var missing: [Int]
  /// What the numbers are.
  package var kind: Kind

  /// Whether every element that is not missing is a whole number (or a truth value).
  package var isInteger: Bool { kind != .real }

  /// An array; its kind is found from the numbers unless given.
  package init(shape: [Int], values: [Double], missing: [Int] = [], kind: Kind? = nil) {
    self.shape = shape
    self.values = values
    self.missing = missing
    self.kind = kind ?? Self.kind(of: values, missing: missing)
  }

  private static func kind(of values: [Double], missing: [Int]) -> Kind {
    var nextMissing = missing.makeIterator()
    var skipped = nextMissing.next()
    for (index, value) in values.enumerated() {
      if index == skipped {
        skipped = nextMissing.next()
      } else if !(abs(value) < 0x1p53 && value.rounded(.towardZero) == value) {
        return .real
      }
    }
    return .integer
  }

  /// Equal shape, kind, missing positions and numbers; NaN equals NaN.
  package static func == (left: NumericArray, right: NumericArray) -> Bool {
    left.shape == right.shape && left.kind == right.kind && left.missing == right.missing
      && zip(left.values, right.values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }
}

/// A rectangular array of strings from a data file; a scalar has no axes.
package struct TextArray: Sendable, Equatable {
  /// Length of each axis, outermost first.
  package var shape: [Int]
  /// The strings row by row; empty where missing.
  package var values: [String]
  /// Flat positions of missing elements, ascending.
  package var missing: [Int]

  /// An array of strings.
  package init(shape: [Int], values: [String], missing: [Int] = []) {
    self.shape = shape
    self.values = values
    self.missing = missing
  }
}

/// A value of a data file.
package indirect enum DataValue: Sendable, Equatable {
  case numbers(NumericArray)
  case strings(TextArray)
  /// Rows of unequal length, or elements of several kinds.
  case list([DataValue])
  case object([Member])

  /// A member of an object.
  package struct Member: Sendable, Equatable {
    /// The key.
    package var key: String
    /// The value.
    package var value: DataValue
  }
}
