/// Which coordinates each element of a hierarchical model has: its own value u (centred), or its deviation
/// z = (u − location) / scale from what it depends on (not centred).
///
/// With much information on an element its value is nearly independent of location and scale, with little its
/// deviation is (Papaspiliopoulos, Roberts and Sköld 2007, doi 10.1214/088342307000000014).
package struct Centering: Sendable, Hashable, Codable {
  /// 1 for a centred element, 0 for one that is not; in the order of `LogDensity.centeredElements`.
  package var weights: [Double]

  /// Coordinates with these weights, all of them 0 or 1.
  package init(weights: [Double]) {
    self.weights = weights
  }

  /// Number of centred elements.
  package var centeredCount: Int { weights.count { $0 == 1 } }
}
