/// Brings a start that lies far outside of the posterior's bulk near to it.
///
/// Uniform starts on (−2, 2)ᴰ can lie 10⁸ and more nats below the bulk (wide bounds on the logistic scale
/// under an exponential link); a diagonal metric from gradients takes hundreds of draws to come down
/// from there. Quasi-Newton steps (`QuasiNewtonMemory`) with backtracking (Armijo) lead to a mode, and the path to it is followed into the reach of the bulk: the gap
/// between draw and mode is about D/2 nats, so a start within the bulk stays where it is. Where no mode is found
/// the density may have no bound: then the path is followed half as near to where it has come.
struct InitialAscent {
  /// Most steps, and most halvings of one.
  private static let stepLimit = 200
  private static let halvingLimit = 60
  /// Most steps beyond where the ascent ends, and the gain below which the mode is near, in nats.
  private static let surveyLimit = 50
  private static let leastGain = 0.1
  /// Share of the gain promised by the slope that a step must have (Armijo's constant).
  private static let sufficientGain = 1e-4

  private struct Point {
    var position: [Double]
    var logDensity: Double
    var gradient: [Double]
  }

  /// What a step must gain to count, in nats.
  private let requiredGain: Double
  private var memory = QuasiNewtonMemory()

  /// An ascent for D parameters.
  init(dimension: Int) {
    requiredGain = Self.gap(dimension: dimension)
  }

  /// Nats by which no two states of the bulk differ: 20 + 2 D.
  static func gap(dimension: Int) -> Double { 20 + 2 * Double(dimension) }

  /// Where an ascent ends, and how high the hill is on which it does.
  struct Result {
    /// Nil where the start lies well already.
    var end: [Double]?
    /// The greatest log density found when going on towards the mode.
    var height: Double
  }

  /// Ascends from a position while that gains much, and looks from there how far up it goes.
  ///
  /// `logDensity` and `gradient` are those of the start; `evaluate` gives them elsewhere.
  mutating func run(
    from start: [Double],
    logDensity: Double,
    gradient: [Double],
    evaluate: ([Double]) throws(EvaluationError) -> (logDensity: Double, gradient: [Double])
  ) throws(EvaluationError) -> Result {
    guard !start.isEmpty else { return Result(end: nil, height: logDensity) }
    var current = Point(position: start, logDensity: logDensity, gradient: gradient)
    var path = [current]
    /// How many steps of the path gain what only a point outside of the bulk can.
    var steepCount = 0
    var isSteep = true
    var isNearMode = false
    while path.count <= Self.stepLimit {
      guard let next = try step(from: current, evaluate) else {
        isNearMode = true
        break
      }
      let gain = next.logDensity - current.logDensity
      isSteep = isSteep && gain > requiredGain
      if isSteep { steepCount += 1 }
      memory.remember(
        from: (current.position, current.gradient),
        to: (next.position, next.gradient)
      )
      current = next
      path.append(next)
      isNearMode = gain < Self.leastGain
      if isNearMode || path.count - steepCount > Self.surveyLimit { break }
    }
    // Towards a mode the path is followed into the reach of the bulk; where none was found, half as near.
    let floor = current.logDensity - (isNearMode ? requiredGain / 2 : requiredGain)
    let reached = path.firstIndex { $0.logDensity >= floor } ?? 0
    let end = max(reached, steepCount)
    return Result(end: end > 0 ? path[end].position : nil, height: current.logDensity)
  }

  /// The first point along the direction of ascent that gains enough for its length.
  private mutating func step(
    from point: Point,
    _ evaluate: ([Double]) throws(EvaluationError) -> (logDensity: Double, gradient: [Double])
  ) throws(EvaluationError) -> Point? {
    var direction = memory.direction(point.gradient)
    var slope = innerProduct(direction, point.gradient)
    if !(slope > 0) || !slope.isFinite {
      memory.removeAll()
      direction = memory.direction(point.gradient)
      slope = innerProduct(direction, point.gradient)
      guard slope > 0, slope.isFinite else { return nil }
    }
    var length = 1.0
    for _ in 0..<Self.halvingLimit {
      let position = zip(point.position, direction).map { $0 + length * $1 }
      let (value, gradient) = try evaluate(position)
      if value.isFinite, gradient.allSatisfy(\.isFinite),
        value >= point.logDensity + Self.sufficientGain * length * slope
      {
        return Point(position: position, logDensity: value, gradient: gradient)
      }
      length /= 2
    }
    return nil
  }
}
