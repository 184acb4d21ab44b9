import PPLTensorCore

// Notation: x position, y = log density − exponential: the slice holds all points above y; w width, (l, r) interval.

/// Draws each coordinate anew from a slice under the density, along lines in random order.
///
/// An interval of width w around the coordinate is stepped out to both sides until its ends lie outside of the slice,
/// then points are drawn in it, each of which outside of the slice shrinks it; widths as `CoordinateSweep` learns them.
///
/// Source: Neal 2003, doi:10.1214/aos/1056562461, sections 4.1 to 4.3 (figures 3 and 5).
struct SliceMove: Sendable, Codable {
  /// Steps of the interval at most, shared out at random between its sides.
  private static let maximumSteps = 200
  /// Shrinkings at most; an interval is at the point by then, to rounding.
  private static let maximumShrinkings = 500

  private var tuning: CoordinateSweep

  /// Unit widths for D coordinates.
  init(dimension: Int) {
    tuning = CoordinateSweep(count: dimension, width: 1)
  }

  /// Moves a point in each of its coordinates.
  mutating func sweep(
    _ point: inout KernelPoint,
    _ density: some PointDensity,
    adapts: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    tuning.begin(adapts: adapts, generator: &generator)
    for coordinate in tuning.order {
      let before = point.position[coordinate]
      try move(coordinate, &point, density, generator: &generator)
      if adapts { tuning.note(coordinate, distance: abs(point.position[coordinate] - before)) }
    }
    if adapts { tuning.learn() }
  }

  private func move(
    _ coordinate: Int,
    _ point: inout KernelPoint,
    _ density: some PointDensity,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    let x = point.position[coordinate]
    let y = point.logDensity - generator.nextExponential()
    let width = tuning.widths[coordinate]
    var left = x - width * generator.nextUniform()
    var right = left + width
    var leftSteps = Int(Double(Self.maximumSteps) * generator.nextUniform())
    var rightSteps = Self.maximumSteps - 1 - leftSteps
    func value(_ coordinateValue: Double, _ point: inout KernelPoint) throws(EvaluationError)
      -> Double
    {
      point.position[coordinate] = coordinateValue
      return try density.value(at: point.position.span)
    }
    while leftSteps > 0, try value(left, &point) > y {
      left -= width
      leftSteps -= 1
    }
    while rightSteps > 0, try value(right, &point) > y {
      right += width
      rightSteps -= 1
    }
    for _ in 0..<Self.maximumShrinkings {
      let candidate = left + (right - left) * generator.nextUniform()
      let logDensity = try value(candidate, &point)
      if logDensity > y {
        point.logDensity = logDensity
        return
      }
      if candidate < x { left = candidate } else { right = candidate }
    }
    point.position[coordinate] = x
  }
}
