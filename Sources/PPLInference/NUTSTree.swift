import PPLTensorCore

/// A stretch of a trajectory, by its ends in time order, with one state drawn from it.
///
/// Holds a reference to each of its three states in the pool.
struct Subtree {
  var first: Slot
  var last: Slot
  /// A state of the stretch, drawn with probability proportional to exp(−energy).
  var draw: Slot
  /// Sum over the stretch of exp(initial energy − energy).
  var weight: TreeWeight
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
  /// - Returns: the state's weight; nil if the state is divergent and may not be drawn.
  @inline(__always)
  mutating func record(energyError: Double) -> TreeWeight? {
    stepCount += 1
    guard energyError.isFinite else {
      maxEnergyError = .infinity
      isDivergent = true
      return nil
    }
    if abs(energyError) > abs(maxEnergyError) { maxEnergyError = energyError }
    let smaller = LibM.exp(-abs(energyError))
    acceptanceSum += energyError > 0 ? smaller : 1
    symmetricAcceptanceSum += 2 * smaller / (1 + smaller)
    isDivergent = energyError > NUTSKernel.divergenceThreshold
    return isDivergent ? nil : TreeWeight(energyError: energyError, exponential: smaller)
  }

  /// Counts the state at the end of a step that may have been divided, by its energy error Δ; acceptance is that of the
  /// undivided step, so that the step size is adapted to it.
  ///
  /// - Returns: as `record(energyError:)`.
  mutating func record(energyError: Double, coarse: Double) -> TreeWeight? {
    let (sum, symmetricSum) = (acceptanceSum, symmetricAcceptanceSum)
    let weight = record(energyError: energyError)
    (acceptanceSum, symmetricAcceptanceSum) = (sum, symmetricSum)
    addAcceptance(of: coarse)
    return weight
  }

  /// Counts a step whose end may not be drawn.
  mutating func reject(coarseError: Double, isDivergent: Bool) {
    stepCount += 1
    addAcceptance(of: coarseError)
    self.isDivergent = isDivergent
    if isDivergent { maxEnergyError = .infinity }
  }

  private mutating func addAcceptance(of energyError: Double) {
    guard energyError.isFinite else { return }
    let smaller = LibM.exp(-abs(energyError))
    acceptanceSum += energyError > 0 ? smaller : 1
    symmetricAcceptanceSum += 2 * smaller / (1 + smaller)
  }
}
