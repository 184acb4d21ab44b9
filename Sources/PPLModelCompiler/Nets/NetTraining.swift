import PPLDistributions
import PPLGraphIR
import PPLSemantics

/// What nets do otherwise while they are trained: some elements become zero, examples are held against those beside them.
final class NetTraining {
  /// Where the zeros of `Dropout` come from.
  let random: RandomSource
  /// What stays as it begins; layers that keep averages over steps then use these.
  private let frozen: Set<VariableID>
  /// The averages over steps as they are after this one.
  private(set) var next: [VariableID: GraphValue] = [:]
  /// The means of this step that were counted.
  private var counted: Set<NodeID> = []

  init(random: RandomSource, frozen: Set<VariableID>) {
    self.random = random
    self.frozen = frozen
  }

  /// Whether an average over steps changes with them.
  func moves(_ average: VariableID) -> Bool { !frozen.contains(average) }

  /// Whether a mean of this step is met for the first time: the fields of a record each lower their net.
  func isNew(_ mean: GraphValue) -> Bool { counted.insert(mean.id).inserted }

  /// Takes a value of this step into an average: a ← (1 − momentum) a + momentum v.
  func count(_ value: GraphValue, in average: VariableID, now: GraphValue, momentum: Double) {
    let before = next[average] ?? now
    next[average] = before + (value - before) * momentum
  }
}
