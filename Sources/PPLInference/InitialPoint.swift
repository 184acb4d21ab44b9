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
      let logDensity = pool[current].logDensity
      let gradient = pool.withSpan(.gradient, current) { span in span.indices.map { span[$0] } }
      if logDensity.isFinite, gradient.allSatisfy(\.isFinite) { return nil }
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
}
