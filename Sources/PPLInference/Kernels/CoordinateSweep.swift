import PPLTensorCore

/// The order in which coordinates are visited, and how far a move along each of them may go at first.
///
/// Widths follow twice the mean distance of a move in the warm-up, later draws counting more.
struct CoordinateSweep: Sendable, Codable {
  /// Numbers of the coordinates in the order of the present sweep.
  private(set) var order: [Int]
  private(set) var widths: [Double]
  private let leastWidth: Double
  /// Sum over the draws so far of number times distance, and of numbers.
  private var distances: [Double]
  private var weight = 0.0

  /// Coordinates with widths to begin with, which do not fall below the least one.
  init(count: Int, width: Double, leastWidth: Double = 0) {
    order = Array(0..<count)
    widths = [Double](repeating: width, count: count)
    distances = [Double](repeating: 0, count: count)
    self.leastWidth = leastWidth
  }

  /// Begins a sweep in an order by chance.
  mutating func begin(adapts: Bool, generator: inout RandomGenerator) {
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, generator.nextInt(below: last + 1))
    }
    if adapts { weight += 1 }
  }

  /// Takes note of a move of the warm-up.
  mutating func note(_ coordinate: Int, distance: Double) {
    distances[coordinate] += weight * distance
  }

  /// Ends a sweep of the warm-up.
  mutating func learn() {
    for coordinate in widths.indices {
      let width = 4 * distances[coordinate] / (weight * (weight + 1))
      if width > 0, width.isFinite { widths[coordinate] = max(width, leastWidth) }
    }
  }
}
