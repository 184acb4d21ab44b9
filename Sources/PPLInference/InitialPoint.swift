import PPLTensorCore

extension NUTSKernel {
  private static let maximumAttempts = 100
  private static let reportedAttempts = 5
  /// Points of which one is taken.
  private static let candidateCount = 6
  /// Half-width of the uniform initial points; Stan's convention.
  private static let initialRadius = 2.0

  /// Moves to a point with finite log density and gradient: the given one, or one found from uniform points on
  /// (−2, 2)ᴰ on the unconstrained scale, with up to 100 tries.
  ///
  /// Each of several points is brought near to the posterior's bulk where it lies far outside. The first is taken
  /// whose mode is not far below that of another: a chain that began at a mode without mass would be tuned there.
  ///
  /// - Returns: nil, or what was found at the last points tried.
  /// - Throws: `EvaluationError` of the log density.
  mutating func moveToInitialPoint(
    _ given: [Double]?,
    key: RandomKey
  ) throws(EvaluationError) -> InitializationFailure? {
    var position = given ?? [Double](repeating: 0, count: pool.dimension)
    let isFree = given == nil && pool.dimension > 0
    var attempts: [InitializationFailure.Attempt] = []
    var found: [(position: [Double], height: Double)] = []
    var generator = key.makeGenerator()
    for _ in 0..<(isFree ? Self.maximumAttempts : 1) {
      if isFree {
        for index in position.indices {
          position[index] = Self.initialRadius * (2 * generator.nextUniform() - 1)
        }
      }
      if isFree { try move(to: position.span) } else { try moveAgain(to: position.span) }
      let (logDensity, gradient) = densityAndGradient
      if logDensity.isFinite, gradient.allSatisfy(\.isFinite) {
        guard isFree else { return nil }
        found.append(try ascended(from: position))
        if found.count == Self.candidateCount { break }
        continue
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
    guard let best = found.map(\.height).max() else {
      return InitializationFailure(
        attemptCount: isFree ? Self.maximumAttempts : 1,
        lastAttempts: attempts
      )
    }
    let gap = InitialAscent.gap(dimension: pool.dimension) / 2
    let chosen = found.first { $0.height >= best - gap }
    if let chosen { try moveAgain(to: chosen.position.span) }
    return nil
  }

  /// Log density and gradient of the current state.
  var densityAndGradient: (logDensity: Double, gradient: [Double]) {
    let gradient = pool.withSpan(.gradient, current) { span in span.indices.map { span[$0] } }
    return (pool[current].logDensity, gradient)
  }

  /// The current state, or where the ascent from it ends if it lies far below the posterior's bulk, with the height of
  /// the mode near it.
  private mutating func ascended(from start: [Double]) throws(EvaluationError)
    -> (position: [Double], height: Double)
  {
    let (logDensity, gradient) = densityAndGradient
    var ascent = InitialAscent(dimension: pool.dimension)
    let result = try ascent.run(
      from: start,
      logDensity: logDensity,
      gradient: gradient
    ) { (position) throws(EvaluationError) in
      try move(to: position.span)
      return densityAndGradient
    }
    return (result.end ?? start, result.height)
  }
}
