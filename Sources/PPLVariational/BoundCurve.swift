/// How the evidence lower bound went while one family of distributions was led up it.
package struct BoundCurve: Sendable, Equatable {
  /// The family, for people.
  package let family: String
  /// Steps of the whole fit at the end of each window.
  package private(set) var steps: [Int] = []
  /// Mean bound over each window, nats.
  ///
  /// Windows whose bound is not finite have no place here.
  package private(set) var bounds: [Double] = []

  init(family: String) { self.family = family }

  mutating func append(_ bound: Double, at step: Int) {
    guard bound.isFinite else { return }
    steps.append(step)
    bounds.append(bound)
  }

  /// The curve of a fit that went on from another.
  func delayed(by count: Int) -> Self {
    var result = self
    result.steps = steps.map { $0 + count }
    return result
  }
}
