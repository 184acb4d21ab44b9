import PPLTensorCore

/// A stretch of a trajectory, by its ends in time order, with one state drawn from it.
///
/// Holds a reference to each of its three states in the pool.
struct Subtree {
  var first: Slot
  var last: Slot
  /// A state of the stretch, drawn with probability proportional to exp(−energy).
  var draw: Slot
  /// Logarithm of the sum over the stretch of exp(initial energy − energy).
  var logWeight: Double
}

/// What is collected while one trajectory grows.
struct Trajectory {
  var generator: RandomGenerator
  var initialEnergy = 0.0
  var isForward = true
  var signedStepSize = 0.0
  var stepCount = 0
  var acceptanceSum = 0.0
  var symmetricAcceptanceSum = 0.0
  var maxEnergyError = 0.0
  var isDivergent = false
  var isCancelled = false

  init(generator: RandomGenerator) {
    self.generator = generator
  }

  /// Counts a new state by its energy error Δ.
  ///
  /// - Returns: false if the state is divergent and may not be drawn.
  @inline(__always)
  mutating func record(energyError: Double) -> Bool {
    stepCount += 1
    guard energyError.isFinite else {
      maxEnergyError = .infinity
      isDivergent = true
      return false
    }
    if abs(energyError) > abs(maxEnergyError) { maxEnergyError = energyError }
    let smaller = exponential(-abs(energyError))
    acceptanceSum += energyError > 0 ? smaller : 1
    symmetricAcceptanceSum += 2 * smaller / (1 + smaller)
    isDivergent = energyError > NUTSKernel.divergenceThreshold
    return !isDivergent
  }
}
