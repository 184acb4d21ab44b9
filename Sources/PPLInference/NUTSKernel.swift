import PPLTensorCore

/// The No-U-Turn transition of one chain: multinomial sampling from trajectories that double until
/// they turn.
///
/// Sources: Hoffman and Gelman 2014, JMLR 15:1593-1623; Betancourt 2017, arXiv:1701.02434, appendix A
/// (multinomial weights, biased progressive sampling, generalised criterion), with the two
/// additional checks across the halves of a tree that Stan makes since 2.21.
struct NUTSKernel: ~Copyable {
  /// Energy error above which a trajectory is divergent; Stan's customary 1000.
  static let divergenceThreshold = 1000.0

  var pool: StatePool
  /// The state of the last draw.
  private(set) var current: Slot
  /// Log density evaluations so far.
  var gradientCount = 0

  let evaluator: any LogDensityEvaluator
  let cancellation: CancellationFlag
  private let maxTreeDepth: Int
  /// When a step is divided; nil for never.
  private let division: StepDivision?
  private var trajectory: Trajectory

  /// A kernel whose current state is undefined until `move(to:)`.
  init(
    dimension: Int,
    evaluator: any LogDensityEvaluator,
    maxTreeDepth: Int,
    division: StepDivision? = nil,
    cancellation: CancellationFlag
  ) {
    self.division = division
    pool = StatePool(dimension: dimension, capacity: Self.stateCount(depth: 0))
    current = pool.acquire(references: 1)
    self.evaluator = evaluator
    self.maxTreeDepth = maxTreeDepth
    self.cancellation = cancellation
    trajectory = Trajectory(generator: RandomKey(seed: 0).makeGenerator())
  }

  /// States needed at once to double a trajectory of 2^depth states: the current one, three
  /// of the trajectory, three of a finished half at each level below, one that is being made, and two
  /// between its ends where a step is divided.
  private static func stateCount(depth: Int) -> Int { 3 * depth + 7 }

  /// Evaluates the log density at `position` and makes it the current state.
  mutating func move(to position: Span<Double>) throws(EvaluationError) {
    pool.assign(position, to: .position, current)
    gradientCount += 1
    try pool.evaluate(current, with: evaluator)
  }

  /// Makes a state of the pool the current one.
  mutating func moveCurrent(to slot: Slot) { current = slot }

  /// Evaluations of a point that is known to have a density, where functions outside of the program fail by chance.
  private static let returnAttempts = 10

  /// Moves to a position whose log density was finite before, or is expected to be: a state without one would never be left.
  mutating func moveAgain(to position: Span<Double>) throws(EvaluationError) {
    for _ in 0..<Self.returnAttempts {
      try move(to: position)
      let (logDensity, gradient) = densityAndGradient
      let isFinite = logDensity.isFinite && gradient.allSatisfy(\.isFinite)
      if isFinite || cancellation.isCancelled { return }
    }
  }

  /// Draws the next state, with a nominal step size > 0 and a relative jitter in [0, 1).
  ///
  /// - Returns: nil if the run was cancelled before the trajectory was complete; the current state is
  ///   then still the last draw.
  /// - Throws: `EvaluationError` of the log density.
  mutating func transition(
    stepSize nominal: Double,
    jitter: Double,
    key: RandomKey
  ) throws(EvaluationError) -> DrawStatistics? {
    trajectory = Trajectory(generator: key.makeGenerator())
    if pool.dimension == 0 { return pointStatistics(stepSize: nominal) }
    let stepSize = nominal * (1 + jitter * (2 * trajectory.generator.nextUniform() - 1))
    // One reference more than the tree's three: a cancelled transition returns to this state.
    pool.releaseAll(except: current, references: 4)
    pool.refreshMomentum(current, from: &trajectory.generator)
    let initialEnergy = pool[current].energy
    trajectory.initialEnergy = initialEnergy

    var tree = Subtree(first: current, last: current, draw: current, weight: .start)
    var depth = 0
    var isTurning = false
    while depth < maxTreeDepth, !isTurning {
      pool.reserve(Self.stateCount(depth: depth))
      let isForward = trajectory.generator.nextUInt64() >> 63 == 0
      trajectory.isForward = isForward
      trajectory.signedStepSize = isForward ? stepSize : -stepSize
      let edge = isForward ? tree.last : tree.first
      guard let subtree = try grow(from: edge, depth: depth) else { break }
      depth += 1
      (tree, isTurning) = join(tree, subtree, isBiased: true)
    }
    // What is computed while a run is being stopped may have been cut short.
    if trajectory.isCancelled || cancellation.isCancelled { return nil }
    current = tree.draw
    return statistics(depth: depth, isTurning: isTurning, stepSize: stepSize, nominal: nominal)
  }

  /// Grows a subtree of 2^depth states from an edge of the trajectory, in its present direction.
  ///
  /// - Returns: nil if the subtree diverged, turned, or was cancelled: none of its states may be drawn.
  private mutating func grow(from edge: Slot, depth: Int) throws(EvaluationError) -> Subtree? {
    if depth == 0 { return try step(from: edge) }
    guard let near = try grow(from: edge, depth: depth - 1) else { return nil }
    let inner = trajectory.isForward ? near.last : near.first
    guard let far = try grow(from: inner, depth: depth - 1) else { return nil }
    let (tree, isTurning) = join(near, far, isBiased: false)
    return isTurning ? nil : tree
  }

  /// A tree of the one state that lies a step beyond an edge; nil if it diverged or was cancelled.
  @inline(__always)
  private mutating func step(from edge: Slot) throws(EvaluationError) -> Subtree? {
    if cancellation.isCancelled {
      trajectory.isCancelled = true
      return nil
    }
    if let division { return try step(from: edge, division) }
    let slot = pool.acquire(references: 3)
    gradientCount += 1
    try pool.leapfrog(
      from: edge,
      to: slot,
      stepSize: trajectory.signedStepSize,
      evaluator: evaluator
    )
    let energyError = pool[slot].energy - trajectory.initialEnergy
    guard let weight = trajectory.record(energyError: energyError) else { return nil }
    return Subtree(first: slot, last: slot, draw: slot, weight: weight)
  }

  /// The same of a step that is divided where the energy varies too much.
  private mutating func step(
    from edge: Slot,
    _ division: StepDivision
  ) throws(EvaluationError) -> Subtree? {
    let step = try dividedStep(
      from: edge,
      division,
      stepSize: trajectory.signedStepSize,
      initialEnergy: trajectory.initialEnergy
    )
    if cancellation.isCancelled {
      trajectory.isCancelled = true
      return nil
    }
    guard let end = step.end else {
      trajectory.reject(coarseError: step.coarseError, isDivergent: step.isDivergent)
      return nil
    }
    let energyError = pool[end].energy - trajectory.initialEnergy
    guard let weight = trajectory.record(energyError: energyError, coarse: step.coarseError) else {
      return nil
    }
    return Subtree(first: end, last: end, draw: end, weight: weight)
  }

  /// Joins a tree with the one grown from it, and draws one of their two draws.
  ///
  /// The far draw is taken with probability w/(w + w') by weight, or min(1, w/w') if biased, with w the
  /// weight of the far tree and w' that of the near one.
  @inline(__always)
  private mutating func join(
    _ near: Subtree,
    _ far: Subtree,
    isBiased: Bool
  ) -> (tree: Subtree, isTurning: Bool) {
    let (weight, ratio, share) = TreeWeight.join(near.weight, far.weight)
    let takesFar = trajectory.generator.nextUniform() < (isBiased ? ratio : share)

    let (left, right) = trajectory.isForward ? (near, far) : (far, near)
    let isTurning = pool.isTurning(left, right)
    pool.release(left.last)
    pool.release(right.first)
    pool.release(takesFar ? near.draw : far.draw)
    let tree = Subtree(
      first: left.first,
      last: right.last,
      draw: takesFar ? far.draw : near.draw,
      weight: weight
    )
    return (tree, isTurning)
  }

  private func statistics(
    depth: Int,
    isTurning: Bool,
    stepSize: Double,
    nominal: Double
  ) -> DrawStatistics {
    let draw = pool[current]
    let count = Double(trajectory.stepCount)
    var statistics = DrawStatistics()
    statistics.logDensity = draw.logDensity
    statistics.acceptanceRate = trajectory.acceptanceSum / count
    statistics.symmetricAcceptanceRate = trajectory.symmetricAcceptanceSum / count
    statistics.stepSize = stepSize
    statistics.stepSizeNominal = nominal
    statistics.treeDepth = depth
    statistics.stepCount = trajectory.stepCount
    statistics.isDivergent = trajectory.isDivergent
    statistics.energy = draw.energy
    statistics.energyError = draw.energy - trajectory.initialEnergy
    statistics.maxEnergyError = trajectory.maxEnergyError
    statistics.indexInTrajectory = draw.index
    statistics.reachedMaxTreeDepth = depth == maxTreeDepth && !isTurning
    return statistics
  }

  /// Statistics of a draw of a model without parameters, where there is nowhere to go.
  func pointStatistics(stepSize: Double) -> DrawStatistics {
    var statistics = DrawStatistics()
    statistics.logDensity = pool[current].logDensity
    statistics.acceptanceRate = 1
    statistics.symmetricAcceptanceRate = 1
    statistics.stepSize = stepSize
    statistics.stepSizeNominal = stepSize
    statistics.energy = -pool[current].logDensity
    return statistics
  }
}
