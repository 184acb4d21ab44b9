/// Some coordinates of a position, by their numbers.
struct Coordinates: Sendable, Hashable {
  let numbers: [Int]

  /// Their values in a position.
  func values(in position: [Double]) -> [Double] { numbers.map { position[$0] } }

  /// Sets their values in a position.
  func set(_ values: [Double], in position: inout [Double]) {
    for (place, number) in numbers.enumerated() { position[number] = values[place] }
  }

  /// A failure to find values of them, with the rest of the position beside.
  func whole(_ failure: InitializationFailure, rest: [Double]) -> InitializationFailure {
    var failure = failure
    for number in failure.lastAttempts.indices {
      let attempt = failure.lastAttempts[number]
      failure.lastAttempts[number].position = rest
      set(attempt.position, in: &failure.lastAttempts[number].position)
      guard !attempt.gradient.isEmpty else { continue }
      failure.lastAttempts[number].gradient = [Double](repeating: 0, count: rest.count)
      set(attempt.gradient, in: &failure.lastAttempts[number].gradient)
    }
    return failure
  }
}

/// A log density as a function of some coordinates, the rest given.
///
/// As a `LogDensityEvaluator` it has the gradient by these coordinates.
@safe final class ConditionalDensity: PointDensity, LogDensityEvaluator {
  private let evaluator: any LogDensityEvaluator
  private let counter: DensityCounter
  let coordinates: Coordinates
  /// The whole position, and the gradient there.
  private let whole: UnsafeMutableBufferPointer<Double>
  private let gradient: UnsafeMutableBufferPointer<Double>

  /// A function of coordinates that counts its values without gradient by the counter.
  init(
    _ evaluator: any LogDensityEvaluator,
    _ counter: DensityCounter,
    _ coordinates: Coordinates,
    dimension: Int
  ) {
    self.evaluator = evaluator
    self.counter = counter
    self.coordinates = coordinates
    unsafe whole = .allocate(capacity: dimension)
    unsafe whole.initialize(repeating: 0)
    unsafe gradient = .allocate(capacity: dimension)
    unsafe gradient.initialize(repeating: 0)
  }

  deinit {
    unsafe whole.deallocate()
    unsafe gradient.deallocate()
  }

  /// Gives the rest: what of a whole position does not belong to the coordinates.
  func fix(_ position: [Double]) {
    for (index, value) in position.enumerated() { unsafe whole[index] = value }
  }

  /// Moves its coordinates of a whole point by a move that sees them alone.
  func move(
    _ point: inout KernelPoint,
    _ body: (inout KernelPoint) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    fix(point.position)
    var part = KernelPoint(
      position: coordinates.values(in: point.position),
      logDensity: point.logDensity
    )
    try body(&part)
    coordinates.set(part.position, in: &point.position)
    point.logDensity = part.logDensity
  }

  private func place(_ values: Span<Double>) {
    for (place, number) in coordinates.numbers.enumerated() {
      unsafe whole[number] = values[place]
    }
  }

  func value(at values: Span<Double>) throws(EvaluationError) -> Double {
    place(values)
    return try counter.value(at: unsafe whole.span)
  }

  func logDensity(at values: Span<Double>) throws(EvaluationError) -> Double {
    try value(at: values)
  }

  func evaluate(
    at values: Span<Double>,
    gradient own: inout MutableSpan<Double>
  ) throws(EvaluationError) -> Double {
    place(values)
    var all = unsafe gradient.mutableSpan
    let value = try evaluator.evaluate(at: unsafe whole.span, gradient: &all)
    for (place, number) in coordinates.numbers.enumerated() { unsafe own[place] = gradient[number] }
    return value
  }
}
