import PPLTensorCore

/// Draws each of some whole numbers anew, given all else, in random order.
///
/// Between ends that are not far apart the density is evaluated at all values; another than the present one is proposed by
/// its probability and accepted such that the conditional distribution stays as it is, which moves more often than a draw from
/// that does (Liu 1996, doi:10.1093/biomet/83.3.681). Elsewhere a slice under the density is drawn from, as by `SliceMove`: a whole
/// number k stands for the density k has, constant from k to k + 1.
struct IntegerMove: Sendable, Codable {
  /// Values that are all tried, at most.
  private static let mostValues = 256.0
  /// Steps of an interval at most, shared out at random between its sides.
  private static let maximumSteps = 200

  private let coordinates: [Int]
  private let lower: [Double]
  private let upper: [Double]
  private var tuning: CoordinateSweep
  private var weights: [Double] = []

  /// Moves of the numbers in these blocks.
  init(_ blocks: [DensityBlock]) {
    var (coordinates, low, high): ([Int], [Double], [Double]) = ([], [], [])
    for block in blocks {
      guard case .integers(let lower, let upper) = block.kind else { continue }
      coordinates += block.range
      low += lower
      high += upper
    }
    self.coordinates = coordinates
    lower = low
    upper = high
    tuning = CoordinateSweep(count: coordinates.count, width: 4, leastWidth: 1)
  }

  /// Moves a whole position in each of the numbers.
  mutating func sweep(
    _ point: inout KernelPoint,
    _ density: some PointDensity,
    adapts: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    tuning.begin(adapts: adapts, generator: &generator)
    for number in tuning.order {
      if upper[number] - lower[number] < Self.mostValues {
        try choose(number, &point, density, &generator)
      } else {
        let before = point.position[coordinates[number]]
        try slice(number, &point, density, &generator)
        if adapts {
          tuning.note(number, distance: abs(point.position[coordinates[number]] - before))
        }
      }
    }
    if adapts { tuning.learn() }
  }

  /// Draws a number of which all values are tried.
  private mutating func choose(
    _ number: Int,
    _ point: inout KernelPoint,
    _ density: some PointDensity,
    _ generator: inout RandomGenerator
  ) throws(EvaluationError) {
    let coordinate = coordinates[number]
    let low = lower[number]
    let present = Int(point.position[coordinate] - low)
    let count = Int(upper[number] - low) + 1
    guard count > 1 else { return }
    weights.removeAll(keepingCapacity: true)
    var greatest = point.logDensity
    for value in 0..<count {
      if value == present {
        weights.append(point.logDensity)
        continue
      }
      point.position[coordinate] = low + Double(value)
      let logDensity = try density.value(at: point.position.span)
      weights.append(logDensity)
      greatest = max(greatest, logDensity)
    }
    point.position[coordinate] = low + Double(present)
    // Sums of the weights of all values but one: they must be right where one has nearly all of the weight.
    func others(_ one: Int) -> Double {
      var sum = 0.0
      for (value, logWeight) in weights.enumerated() where value != one {
        sum += LibM.exp(logWeight - greatest)
      }
      return sum
    }
    let rest = others(present)
    guard rest > 0 else { return }
    var left = rest * generator.nextUniform()
    var chosen = present
    for (value, logWeight) in weights.enumerated() where value != present {
      let own = LibM.exp(logWeight - greatest)
      guard own > 0 else { continue }
      chosen = value
      left -= own
      if left <= 0 { break }
    }
    guard generator.nextUniform() * others(chosen) < rest else { return }
    point.position[coordinate] = low + Double(chosen)
    point.logDensity = weights[chosen]
  }

  /// Draws a number from a slice.
  private func slice(
    _ number: Int,
    _ point: inout KernelPoint,
    _ density: some PointDensity,
    _ generator: inout RandomGenerator
  ) throws(EvaluationError) {
    let coordinate = coordinates[number]
    let before = point.position[coordinate]
    let logDensity = point.logDensity
    let x = before + generator.nextUniform()
    let y = logDensity - generator.nextExponential()
    let width = tuning.widths[number]
    let (low, high) = (lower[number], upper[number])
    func value(_ place: Double, _ point: inout KernelPoint) throws(EvaluationError) -> Double {
      let candidate = place.rounded(.down)
      if candidate == before { return logDensity }
      guard candidate >= low, candidate <= high else { return -.infinity }
      point.position[coordinate] = candidate
      return try density.value(at: point.position.span)
    }
    var left = x - width * generator.nextUniform()
    var right = left + width
    var leftSteps = generator.nextInt(below: Self.maximumSteps)
    var rightSteps = Self.maximumSteps - 1 - leftSteps
    while leftSteps > 0, try value(left, &point) > y {
      left -= width
      leftSteps -= 1
    }
    while rightSteps > 0, try value(right, &point) > y {
      right += width
      rightSteps -= 1
    }
    while true {
      let place = left + (right - left) * generator.nextUniform()
      let found = try value(place, &point)
      let candidate = place.rounded(.down)
      if found > y || candidate == before {
        point.position[coordinate] = candidate
        point.logDensity = found
        return
      }
      if place < x { left = place } else { right = place }
    }
  }
}
