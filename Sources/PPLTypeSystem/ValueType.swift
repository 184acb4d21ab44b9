/// Identity of a declared dimension: its position in the model's list of dimensions.
package struct DimensionID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// One axis of a value.
///
/// Axes are equal by dimension, never by size alone.
package enum Axis: Sendable, Hashable {
  /// A whole declared dimension.
  case dimension(DimensionID)
  /// A part of a dimension, as `x[2..]` has it; its extent is known once data are bound.
  case part(DimensionID)
  /// An axis of `1..n`; nil while the size waits for data. Equal to other anonymous axes of its size.
  case anonymous(Int?)
  /// The axis of a list of n values as written; becomes whatever axis the context wants.
  case literal(Int)

  /// The dimension it runs over, if it has one.
  package var dimension: DimensionID? {
    switch self {
    case .dimension(let id), .part(let id): id
    case .anonymous, .literal: nil
    }
  }
}

/// What one element of a value is.
package enum ElementType: Sendable, Hashable {
  case real
  case integer
  case boolean
  /// A position in a dimension.
  case index(DimensionID)
  /// Text; only labels and paths.
  case string
  /// Fields by name; only within the checker, which takes records apart.
  case record
  /// The type of what was already reported as wrong: agrees with everything, so that one mistake gives one message.
  case invalid

  /// Whether arithmetic may use it (an index counts as its label if that is an integer).
  package var isNumeric: Bool {
    switch self {
    case .real, .integer, .boolean, .index, .invalid: true
    case .string, .record: false
    }
  }
}

/// The type of a value: its axes, outermost first, and its elements.
package struct ValueType: Sendable, Hashable {
  package var axes: [Axis]
  package var element: ElementType

  package init(_ element: ElementType, axes: [Axis] = []) {
    self.axes = axes
    self.element = element
  }

  /// Number of axes.
  package var rank: Int { axes.count }
  /// Whether it is one element.
  package var isScalar: Bool { axes.isEmpty }
  /// Whether a mistake in it was already reported.
  package var isInvalid: Bool { element == .invalid }

  /// The type of a reported mistake.
  package static let invalid = ValueType(.invalid)
  package static let real = ValueType(.real)
  package static let integer = ValueType(.integer)
  package static let boolean = ValueType(.boolean)
}

/// When a value is known.
package enum Stage: Int, Sendable, Hashable, Comparable {
  /// Computable from data, before sampling.
  case data
  /// Depends on a latent.
  case random

  package static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
}
