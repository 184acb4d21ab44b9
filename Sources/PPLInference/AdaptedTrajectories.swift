import PPLTensorCore

/// Hamiltonian moves of one chain with their step size and metric, which are tuned in the warm-up.
struct AdaptedTrajectories: ~Copyable {
  private let settings: NUTSSettings
  var kernel: NUTSKernel
  private(set) var adaptation: any Adaptation
  /// Whether the metric has just changed and the next move begins with a step size search.
  var needsStepSizeSearch: Bool

  /// Moves from the kernel's current state, whose log density and gradient are finite; `variances` estimate the posterior's.
  init(_ kernel: consuming NUTSKernel, _ settings: NUTSSettings, variances: [Double]? = nil) {
    let adaptation = Self.makeAdaptation(settings, kernel, variances)
    self.init(kernel, settings, adaptation: adaptation, needsStepSizeSearch: true)
  }

  /// Moves as they were tuned before.
  init(
    _ kernel: consuming NUTSKernel,
    _ settings: NUTSSettings,
    adaptation: any Adaptation,
    needsStepSizeSearch: Bool
  ) {
    self.settings = settings
    self.adaptation = adaptation
    self.needsStepSizeSearch = needsStepSizeSearch
    self.kernel = kernel
    self.kernel.pool.setInverseMass(adaptation.inverseMass)
  }

  private static func makeAdaptation(
    _ settings: NUTSSettings,
    _ kernel: borrowing NUTSKernel,
    _ variances: [Double]?
  ) -> any Adaptation {
    switch settings.adaptation {
    case .fisher:
      kernel.pool.withSpan(.gradient, kernel.current) { gradient in
        FisherAdaptation(
          warmup: settings.warmupCount,
          targetAcceptance: settings.targetAcceptance,
          initialGradient: gradient,
          variances: variances
        )
      }
    case .stan:
      StanAdaptation(
        warmup: settings.warmupCount,
        targetAcceptance: settings.targetAcceptance,
        dimension: kernel.pool.dimension,
        variances: variances
      )
    }
  }

  /// The step size as it is tuned so far.
  func stepSize(isWarmup: Bool) -> Double {
    isWarmup ? adaptation.stepSize : adaptation.averagedStepSize
  }

  /// The current position.
  var position: [Double] {
    kernel.pool.withSpan(.position, kernel.current) { span in span.indices.map { span[$0] } }
  }

  /// Searches a step size where the adaptation has asked for it; false if cancelled meanwhile.
  mutating func searchStepSizeIfNeeded(key: RandomKey) throws(EvaluationError) -> Bool {
    guard needsStepSizeSearch else { return true }
    let stepSize = try kernel.searchStepSize(
      targetAcceptance: settings.targetAcceptance,
      key: key
    )
    guard let stepSize else { return false }
    adaptation.restartStepSize(stepSize)
    needsStepSizeSearch = false
    return true
  }

  /// The next draw by the rule of the trajectory; nil if cancelled.
  mutating func transition(isWarmup: Bool, key: RandomKey) throws(EvaluationError)
    -> DrawStatistics?
  {
    let stepSize = stepSize(isWarmup: isWarmup)
    switch settings.trajectory {
    case .untilTurn:
      return try kernel.transition(
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key
      )
    case .isokinetic(let meanLength):
      return try kernel.isokineticTransition(
        meanLength: meanLength,
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key
      )
    case .fixed(let meanLength):
      return try kernel.staticTransition(
        meanLength: meanLength,
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key
      )
    }
  }

  /// Learns from the last draw of the warm-up.
  mutating func adapt(_ statistics: DrawStatistics, iteration: Int) {
    if kernel.pool.dimension == 0 { return }
    let action = kernel.pool.withSpan(.position, kernel.current) { position in
      kernel.pool.withSpan(.gradient, kernel.current) { gradient in
        adaptation.update(
          iteration: iteration,
          position: position,
          gradient: gradient,
          statistics: statistics
        )
      }
    }
    if action != .proceed {
      kernel.pool.setInverseMass(adaptation.inverseMass)
      needsStepSizeSearch = action == .updateMetricAndSearchStepSize
    }
  }

  /// Begins the metric anew from draws in other coordinates.
  mutating func restart(positions: [[Double]], gradients: [[Double]]) {
    if adaptation.restartMetric(positions: positions, gradients: gradients) {
      kernel.pool.setInverseMass(adaptation.inverseMass)
    }
    needsStepSizeSearch = true
  }
}
