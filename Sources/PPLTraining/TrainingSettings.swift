/// How long a fit by steps goes on.
package enum TrainingLength: Sendable, Hashable {
  case epochs(Int)
  case steps(Int)
  /// Until the objective no longer rises beyond its noise, and at most so many steps.
  case automatic(limit: Int)
}

/// The settings of a fit by steps.
package struct TrainingSettings: Sendable, Hashable {
  package var optimizer = OptimizerSettings.adam(1e-3)
  /// Steps whose differences quasi-Newton steps remember, where these are taken: the optimiser's penalties count then, not its rule.
  package var quasiNewtonHistory: Int?
  package var schedule = LearningRateSchedule.constant
  package var length = TrainingLength.automatic(limit: 100_000)
  /// Draws of the approximation in each step, over which gradients are averaged.
  package var samples = 1
  /// Greatest Euclidean length of the loss's gradient; longer ones are shortened (Pascanu, Mikolov and Bengio 2013,
  /// arXiv:1211.5063, algorithm 1).
  package var clip: Double?
  /// Whether the parameters of the last quarter of the steps are averaged (Polyak and Juditsky 1992, doi:10.1137/0330046).
  package var averages = false
  /// Rounds without a better one on the rows that are held out after which a fit ends, with the parameters of the best one (early
  /// stopping: Prechelt 1998, doi:10.1007/3-540-49430-8_3, compares such rules).
  package var patience: Int?

  package init() {}
}

/// How far a fit by steps has come.
package struct TrainingProgress: Sendable, Hashable {
  package var step: Int
  /// Nil where the length is found on the way.
  package var stepCount: Int?
  /// Epochs that are complete, and their number; nil without batched rows.
  package var epoch: Int?
  package var epochCount: Int?
  /// Mean of the objective over the steps since the last report.
  package var objective: Double
  /// Mean log likelihood of a row that is held out, after the last round.
  package var validation: Double?
  /// Rows, or evaluations without batched rows, a second.
  package var rate: Double
  package var secondsLeft: Double?
}

/// Why a fit by steps ended without parameters.
package enum TrainingFailure: Error, Sendable {
  /// The objective or its gradient is not finite at these inputs: rows, then parameters.
  case notFinite(step: Int, inputs: [Float])
  /// What was kept does not go with the settings.
  case foreignState
  /// A state could not be kept.
  case checkpoint(any Error)
}

/// What a fit by steps found.
package struct TrainingResult: Sendable {
  package var parameters: [Float]
  package var stepCount: Int
  /// Gradients that were computed.
  package var evaluationCount: Int
  /// Objective and validation from epoch to epoch.
  package var curve: LearningCurve
  package var seconds: Double
  /// Rows a second.
  package var rate: Double
  package var wasCancelled: Bool
  /// Why the search may not have come to rest.
  package var complaint: String?
}
