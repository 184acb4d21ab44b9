import PPLTensorCore

extension NUTSKernel {
  private static let maximumAttempts = 100
  private static let reportedAttempts = 5
  /// Half-width of the uniform initial points; Stan's convention.
  private static let initialRadius = 2.0

  /// Moves to a point with finite log density and gradient: the given one, or uniform on (−2, 2)ᴰ on the
  /// unconstrained scale with up to 100 tries.
  ///
  /// - Returns: nil, or what was found at the last points tried.
  /// - Throws: `EvaluationError` of the log density.
  mutating func moveToInitialPoint(
    _ given: [Double]?,
    key: RandomKey
  ) throws(EvaluationError) -> InitializationFailure? {
    var position = given ?? [Double](repeating: 0, count: pool.dimension)
    let limit = given == nil && pool.dimension > 0 ? Self.maximumAttempts : 1
    var attempts: [InitializationFailure.Attempt] = []
    var generator = key.makeGenerator()
    for _ in 0..<limit {
      if given == nil {
        for index in position.indices {
          position[index] = Self.initialRadius * (2 * generator.nextUniform() - 1)
        }
      }
      try move(to: position.span)
      let (logDensity, gradient) = densityAndGradient
      if logDensity.isFinite, gradient.allSatisfy(\.isFinite) {
        if given == nil { try ascend(from: position) }
        return nil
      }
      if attempts.count == Self.reportedAttempts { attempts.removeFirst() }
      attempts.append(
        InitializationFailure.Attempt(
          position: position,
          logDensity: logDensity,
          gradient: gradient
        )
      )
    }
    return InitializationFailure(attemptCount: limit, lastAttempts: attempts)
  }

  /// Log density and gradient of the current state.
  private var densityAndGradient: (logDensity: Double, gradient: [Double]) {
    let gradient = pool.withSpan(.gradient, current) { span in span.indices.map { span[$0] } }
    return (pool[current].logDensity, gradient)
  }

  /// Moves from a start far below the posterior's bulk to near it.
  private mutating func ascend(from start: [Double]) throws(EvaluationError) {
    let (logDensity, gradient) = densityAndGradient
    var ascent = InitialAscent(dimension: pool.dimension)
    let end = try ascent.run(
      from: start,
      logDensity: logDensity,
      gradient: gradient
    ) { (position) throws(EvaluationError) in
      try move(to: position.span)
      return densityAndGradient
    }
    guard pool.dimension > 0 else { return }
    let position = end ?? start
    try move(to: position.span)
  }
}
