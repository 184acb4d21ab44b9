/// A part of the position that an engine may move by itself, given the rest.
package struct DensityBlock: Sendable, Hashable {
  /// What is known of the density along its coordinates.
  package enum Kind: Sendable, Hashable {
    /// It has a gradient.
    case smooth
    /// It has none that is known; `evaluate` gives 0.
    case opaque
    /// They are whole numbers between ends, infinite where there are none.
    case integers(lower: [Double], upper: [Double])
  }

  /// Name of the quantity.
  package var name: String
  /// Where its coordinates stand in the position.
  package var range: Range<Int>
  package var kind: Kind

  package init(name: String, range: Range<Int>, kind: Kind) {
    self.name = name
    self.range = range
    self.kind = kind
  }
}
