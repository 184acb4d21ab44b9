/// Why a run of a sampler failed.
///
/// Chains count from zero.
package enum InferenceError: Error, Sendable {
  /// A setting is outside of its domain; the requirement completes the sentence that begins with the name.
  case invalidSetting(name: String, requirement: String)
  /// No initial point with a finite log density and gradient was found.
  case initialization(chain: Int, InitializationFailure)
  /// The log density failed; iterations count from zero, −1 is before the first draw.
  case evaluation(chain: Int, iteration: Int, EvaluationError)
  /// The sink could not take a draw.
  case sink(chain: Int, iteration: Int, any Error)
}

/// The last points tried for the start of a chain, none with a finite log density and gradient.
package struct InitializationFailure: Error, Sendable, Hashable {
  /// One point and what was found there.
  package struct Attempt: Sendable, Hashable {
    /// Position on the unconstrained scale, D elements.
    package var position: [Double]
    /// Log density there, possibly not finite.
    package var logDensity: Double
    /// Gradient there, D elements, possibly not finite; empty where none was computed.
    package var gradient: [Double]
  }

  /// Number of points tried.
  package var attemptCount: Int
  /// The last few of them, in order.
  package var lastAttempts: [Attempt]
}
