/// How the objective went from round to round, on the rows of the steps and on those that are held out.
///
/// A round is an epoch, or a number of steps where there are no batches.
package struct LearningCurve: Sendable, Equatable {
  /// Steps of a round.
  package let roundLength: Int
  /// Mean objective of each round.
  package private(set) var objectives: [Double] = []
  /// Mean log likelihood of a row that is held out, after each round; empty without such rows.
  package private(set) var validations: [Double] = []
  /// The round, from 0, after which it was the greatest.
  package private(set) var best: Int?
  private var current = WindowMean()

  /// Steps of a round where there are no epochs.
  static let steps = 100

  init(stepsPerEpoch: Int?) {
    roundLength = stepsPerEpoch ?? Self.steps
  }

  /// Takes the objective of a step.
  ///
  /// - Returns: whether it was the last one of a round, or of all.
  mutating func add(_ objective: Double, step: Int, isLast: Bool) -> Bool {
    current.add(objective)
    guard step % roundLength == 0 || isLast else { return false }
    objectives.append(current.mean)
    current = WindowMean()
    return true
  }

  /// Takes what was found of the rows that are held out, after a round.
  ///
  /// - Returns: whether it is the best so far.
  mutating func add(validation: Double) -> Bool {
    validations.append(validation)
    if let best, !(validation > validations[best]) { return false }
    guard validation.isFinite else { return false }
    best = validations.count - 1
    return true
  }

  /// Whether so many rounds have passed without a better one.
  func hasPassed(_ patience: Int) -> Bool {
    validations.count - 1 - (best ?? 0) >= patience
  }

  func save(into state: inout TrainingState) {
    state.numbers["curve.objectives"] = objectives
    state.numbers["curve.validations"] = validations
    state.numbers["curve.current"] = current.numbers
    state[count: "curve.best"] = best ?? -1
  }

  /// What was saved, of rounds of the same length.
  init?(from state: TrainingState, stepsPerEpoch: Int?) {
    self.init(stepsPerEpoch: stepsPerEpoch)
    guard let objectives = state.numbers["curve.objectives"],
      let validations = state.numbers["curve.validations"],
      let current = state.numbers["curve.current"].flatMap(WindowMean.init(numbers:)),
      let best = state[count: "curve.best"], best < validations.count
    else { return nil }
    (self.objectives, self.validations, self.current) = (objectives, validations, current)
    self.best = best < 0 ? nil : best
  }
}
