import Dispatch
import PPLModelCompiler
import PPLTensorCore
import PPLTraining

/// The objective of the rows of a step, in parts of equal size of which each has a thread of its own.
///
/// A part stands for all rows by itself, and draws its own random numbers: objective and gradient of the step are the means of those of the
/// parts. What comes out goes by the number of parts, and not by which thread is faster.
final class StepObjective: StochasticObjective {
  private let objectives: [ExecutableObjective]
  /// All parts but the last, which is for the thread that asks.
  private let others: [PartOfStep]
  private let last: ExecutableObjective
  let hasGradient: Bool

  /// Objectives of one graph, one a part.
  init(_ objectives: [ExecutableObjective]) {
    guard let last = objectives.last else { preconditionFailure("one part at least") }
    self.objectives = objectives
    self.last = last
    others = objectives.dropLast().enumerated().map {
      PartOfStep($0.element, number: $0.offset, of: objectives.count)
    }
    hasGradient = last.hasGradient
    for part in others { part.begin() }
  }

  deinit { for part in others { part.end() } }

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    for part in others { unsafe part.start(inputs, key: key.derived(UInt64(part.number))) }
    // Its positions are the last, so that the parameters follow them.
    let start = others.count * last.positionCount
    unsafe last.evaluate(
      inputs: UnsafeBufferPointer(rebasing: inputs[start...]),
      outputs: outputs,
      key: others.isEmpty ? key : key.derived(UInt64(others.count))
    )
    let scale = 1 / Float(objectives.count)
    for part in others {
      unsafe part.finish(addingTo: outputs, scale: part.number == others.count - 1 ? scale : 1)
    }
  }

  /// The inputs of the graph of each part, for the positions of all and the parameters.
  func graphInputs(_ inputs: [Float]) -> [[Float]] {
    let count = last.positionCount
    let parameters = inputs[(count * objectives.count)...]
    return objectives.enumerated().map { number, objective in
      let positions = inputs[number * count..<(number + 1) * count]
      return objective.graphInputs(Array(positions + parameters))
    }
  }

  /// Why rows could not be read, so that its values are not numbers.
  var failure: RowSourceError? { objectives.lazy.compactMap(\.failure).first }
}

/// A part of the rows of each step, computed on a thread of its own.
///
/// One thread at a time uses it: `begun` and `done` hand it over.
@safe
private final class PartOfStep: @unchecked Sendable {
  let number: Int
  private let objective: ExecutableObjective
  private let partCount: Int
  private let begun = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private let inputs: UnsafeMutableBufferPointer<Float>
  private let outputs: UnsafeMutableBufferPointer<Float>
  /// What the step is given, from `start` to `finish`.
  private var given = unsafe UnsafeBufferPointer<Float>(start: nil, count: 0)
  private var key = RandomKey(seed: 0)
  private var isOver = false

  init(_ objective: ExecutableObjective, number: Int, of partCount: Int) {
    self.objective = objective
    self.number = number
    self.partCount = partCount
    unsafe inputs = .allocate(capacity: objective.positionCount + objective.parameterCount)
    unsafe inputs.initialize(repeating: 0)
    unsafe outputs = .allocate(capacity: objective.outputCount)
    unsafe outputs.initialize(repeating: 0)
  }

  deinit {
    unsafe inputs.deallocate()
    unsafe outputs.deallocate()
  }

  /// Makes its thread, which waits for steps.
  func begin() {
    DispatchQueue(label: "part \(number) of a step").async { [self] in
      while true {
        begun.wait()
        if isOver { return }
        evaluate()
        done.signal()
      }
    }
  }

  /// Lets the thread go.
  func end() {
    isOver = true
    begun.signal()
  }

  /// Begins with a step; `given` is to stay until `finish`.
  func start(_ given: UnsafeBufferPointer<Float>, key: RandomKey) {
    unsafe self.given = given
    self.key = key
    begun.signal()
  }

  /// Takes its rows of the positions of all parts, and the parameters behind them.
  private func evaluate() {
    let count = objective.positionCount
    for index in 0..<count { unsafe inputs[index] = given[number * count + index] }
    let parameters = unsafe UnsafeMutableBufferPointer(rebasing: inputs[count...])
    _ = unsafe parameters.update(fromContentsOf: given[(partCount * count)...])
    unsafe objective.evaluate(
      inputs: UnsafeBufferPointer(inputs),
      outputs: outputs,
      key: key
    )
  }

  /// Waits for its end, adds what it found, and scales the sum.
  func finish(addingTo sums: UnsafeMutableBufferPointer<Float>, scale: Float) {
    done.wait()
    for index in unsafe outputs.indices {
      unsafe sums[index] = scale * (sums[index] + outputs[index])
    }
  }
}
