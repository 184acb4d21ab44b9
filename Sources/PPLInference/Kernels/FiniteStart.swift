import PPLTensorCore

/// Finds a point of finite log density by trial; nothing else is asked of a start without gradient.
///
/// Points are uniform on (−2, 2)ᴰ on the unconstrained scale, as those of `nuts`. Of several that are finite one is
/// taken that does not lie far below the highest: from far out a chain must find its way without a slope to follow, but
/// the highest alone would bring all chains to one mode. Whole numbers are uniform between their ends; from one end on, or
/// around 0, they lie within a distance that is doubled from try to try, and begins anew after eight.
struct FiniteStart {
  private static let maximumAttempts = 100
  private static let reportedAttempts = 5
  /// Finite points of which one is taken.
  private static let candidateCount = 10
  /// Half-width of the uniform points; Stan's convention.
  private static let initialRadius = 2.0

  let density: DensityCounter
  let dimension: Int
  let key: RandomKey
  /// The parts of the position that hold whole numbers.
  var integers: [DensityBlock] = []

  /// The given point, or one that is found.
  func point(_ given: [Double]?) throws(EvaluationError) -> Result<
    KernelPoint, InitializationFailure
  > {
    var position = given ?? [Double](repeating: 0, count: dimension)
    let isFree = given == nil && dimension > 0
    var attempts: [InitializationFailure.Attempt] = []
    var found: [KernelPoint] = []
    var generator = key.makeGenerator()
    for attempt in 0..<(isFree ? Self.maximumAttempts : 1) {
      if isFree {
        for index in position.indices {
          position[index] = Self.initialRadius * (2 * generator.nextUniform() - 1)
        }
        for block in integers { place(block, in: &position, attempt, &generator) }
      }
      let logDensity = try density.value(at: position.span)
      if logDensity.isFinite {
        found.append(KernelPoint(position: position, logDensity: logDensity))
        if !isFree || found.count == Self.candidateCount { break }
        continue
      }
      if attempts.count == Self.reportedAttempts { attempts.removeFirst() }
      attempts.append(
        InitializationFailure.Attempt(position: position, logDensity: logDensity, gradient: [])
      )
    }
    let floor = (found.map(\.logDensity).max() ?? 0) - InitialAscent.gap(dimension: dimension) / 2
    if let chosen = found.first(where: { $0.logDensity >= floor }) { return .success(chosen) }
    return .failure(
      InitializationFailure(
        attemptCount: isFree ? Self.maximumAttempts : 1,
        lastAttempts: attempts
      )
    )
  }

  /// Places whole numbers by chance.
  private func place(
    _ block: DensityBlock,
    in position: inout [Double],
    _ attempt: Int,
    _ generator: inout RandomGenerator
  ) {
    guard case .integers(let lower, let upper) = block.kind else { return }
    let reach = 1 << (1 + attempt % 8)
    for (number, index) in block.range.enumerated() {
      let (low, high) = (lower[number], upper[number])
      switch (low.isFinite, high.isFinite) {
      case (true, true):
        position[index] = min(
          low + ((high - low + 1) * generator.nextUniform()).rounded(.down),
          high
        )
      case (true, false): position[index] = low + Double(generator.nextInt(below: reach))
      case (false, true): position[index] = high - Double(generator.nextInt(below: reach))
      case (false, false):
        position[index] = Double(generator.nextInt(below: 2 * reach + 1) - reach)
      }
    }
  }
}
