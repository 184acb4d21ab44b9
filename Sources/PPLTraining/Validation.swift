import PPLTensorCore

/// Rows that gradients do not see, and how probable the fit makes them.
package struct Validation {
  /// Positions of the rows of an evaluation, then the parameters → the log likelihood of each of these rows.
  private let objective: any StochasticObjective
  /// Rows of an evaluation, n.
  private let count: Int
  /// The rows that are held out, by their positions.
  private let places: [Int32]

  /// Rows at `places`, of which the objective takes `count` at a time.
  package init(_ objective: any StochasticObjective, count: Int, places: [Int32]) {
    self.objective = objective
    self.count = count
    self.places = places
  }

  /// The mean log likelihood of a row, in nats.
  package func mean(at parameters: [Float]) -> Double {
    guard !places.isEmpty else { return .nan }
    var inputs = [Float](repeating: 0, count: count) + parameters
    var outputs = [Float](repeating: 0, count: count)
    var sum = 0.0
    for start in stride(from: 0, to: places.count, by: count) {
      let used = min(count, places.count - start)
      // Places without a row have the first one, which does not count.
      for index in 0..<count { inputs[index] = Float(places[index < used ? start + index : start]) }
      unsafe inputs.withUnsafeBufferPointer { inputs in
        unsafe outputs.withUnsafeMutableBufferPointer { outputs in
          unsafe objective.evaluate(inputs: inputs, outputs: outputs, key: RandomKey(seed: 0))
        }
      }
      for index in 0..<used { sum += Double(outputs[index]) }
    }
    return sum / Double(places.count)
  }
}
