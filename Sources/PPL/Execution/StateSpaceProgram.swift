import PPLExecution
import PPLGraphIR
import PPLInference
import PPLModelCompiler
import PPLTensorCore

/// The particle filter of a program, ready to run.
struct StateSpaceProgram: StateSpaceModel {
  /// Steps of a segment from which machine code is made for it.
  private static let repeatedSteps = 8

  let model: CompiledStateSpace
  let dimension: Int
  private let setup: ExecutableGraph
  private let coordinates: ExecutableGraph
  private let steps: [ExecutableGraph]

  init(_ model: CompiledStateSpace, dimension: Int, _ choice: ExecutorChoice) {
    self.model = model
    self.dimension = dimension
    setup = ExecutableGraph(model.setup, choice)
    coordinates = ExecutableGraph(model.coordinates, .reference)
    steps = model.segments.map {
      ExecutableGraph($0.step, $0.count < Self.repeatedSteps ? .reference : choice)
    }
  }

  var parameterCount: Int { model.parameterCount }
  var stepCount: Int { model.stepCount }
  var particleCount: Int { model.particles }

  func makeEvaluator() -> any StateSpaceEvaluator {
    ProgramParticles(
      model,
      setup: setup.makeExecutor(),
      coordinates: coordinates.makeExecutor(),
      steps: steps.map { $0.makeExecutor() }
    )
  }
}

/// Runs the graphs of a filter for one chain.
@safe
private final class ProgramParticles: StateSpaceEvaluator {
  private typealias Buffer = UnsafeMutableBufferPointer<Double>

  private let model: CompiledStateSpace
  private let setup: any Executor
  private let coordinates: any Executor
  private let steps: [any Executor]
  /// By step its segment, its number in the segment, and where its states stand in `states`.
  private let places: [(segment: Int, index: Int, first: Int, width: Int)]
  private let parameterCount: Int
  private let carryCount: Int
  /// Parameters, then state values of one trajectory.
  private let inputs: Buffer
  /// Outputs of `setup`.
  private let found: Buffer
  /// By segment the inputs of a step: carries, then readings.
  private let stepInputs: [Buffer]
  /// Outputs of a step: carries, states, log weights.
  private let stepOutputs: Buffer
  /// The states of all particles by step and recording, `[particles, width]`.
  private let states: Buffer

  init(
    _ model: CompiledStateSpace,
    setup: any Executor,
    coordinates: any Executor,
    steps: [any Executor]
  ) {
    self.model = model
    self.setup = setup
    self.coordinates = coordinates
    self.steps = steps
    parameterCount = model.parameterCount
    carryCount = model.carries.reduce(0) { $0 + $1.outer * model.particles * $1.inner }
    var places: [(segment: Int, index: Int, first: Int, width: Int)] = []
    var first = 0
    for (number, segment) in model.segments.enumerated() {
      let width = segment.recordings.reduce(0) { $0 + $1.outer * $1.inner } * model.particles
      for index in 0..<segment.count {
        places.append((number, model.isForward ? index : segment.count - 1 - index, first, width))
        first += width
      }
    }
    self.places = places
    func buffer(_ count: Int) -> Buffer {
      let buffer = Buffer.allocate(capacity: count)
      unsafe buffer.initialize(repeating: 0)
      return unsafe buffer
    }
    unsafe inputs = buffer(model.parameterCount + model.stateCount)
    unsafe found = buffer(model.setup.outputCount)
    unsafe stepInputs = model.segments.map { unsafe buffer($0.step.inputCount) }
    unsafe stepOutputs = buffer(model.segments.map(\.step.outputCount).max() ?? 0)
    unsafe states = buffer(first)
  }

  deinit {
    unsafe inputs.deallocate()
    unsafe found.deallocate()
    for index in steps.indices { unsafe stepInputs[index].deallocate() }
    unsafe stepOutputs.deallocate()
    unsafe states.deallocate()
  }

  func begin(at parameters: Span<Double>, key: RandomKey) -> Double {
    for index in 0..<parameterCount { unsafe inputs[index] = parameters[index] }
    unsafe setup.run(inputs: UnsafeBufferPointer(inputs), outputs: found, key: key)
    for index in 0..<carryCount { unsafe stepOutputs[index] = 0 }
    for number in model.segments.indices { unsafe read(stepInputs[number], of: number, step: nil) }
    return unsafe found[0]
  }

  func step(
    _ number: Int,
    ancestors: borrowing [Int],
    logWeights: inout [Double],
    key: RandomKey
  ) {
    let place = places[number]
    let given = unsafe stepInputs[place.segment]
    unsafe gather(ancestors, into: given)
    unsafe read(given, of: place.segment, step: place.index)
    unsafe steps[place.segment].run(
      inputs: UnsafeBufferPointer(given),
      outputs: stepOutputs,
      key: key
    )
    for element in 0..<place.width {
      unsafe states[place.first + element] = stepOutputs[carryCount + element]
    }
    for particle in 0..<model.particles {
      logWeights[particle] = unsafe stepOutputs[carryCount + place.width + particle]
    }
  }

  /// Writes what steps of a segment read of `setup`: what is the same in all of them, or the parts of one.
  private func read(_ given: Buffer, of segment: Int, step index: Int?) {
    var place = carryCount
    for reading in model.segments[segment].readings {
      if reading.isSequence == (index != nil) {
        let first = reading.offset + (index ?? 0) * reading.width
        for element in 0..<reading.width { unsafe given[place + element] = found[first + element] }
      }
      place += reading.width
    }
  }

  /// Writes for each particle what its ancestor carries, `[outer, particles, inner]` each.
  private func gather(_ ancestors: borrowing [Int], into given: Buffer) {
    var start = 0
    for carry in model.carries {
      let inner = carry.inner
      for _ in 0..<carry.outer {
        for particle in 0..<model.particles {
          let from = start + ancestors[particle] * inner
          let to = start + particle * inner
          for element in 0..<inner { unsafe given[to + element] = stepOutputs[from + element] }
        }
        start += model.particles * inner
      }
    }
  }

  func write(_ parameters: Span<Double>, path: borrowing [Int], to position: inout [Double]) {
    for index in 0..<parameterCount { unsafe inputs[index] = parameters[index] }
    for (number, place) in places.enumerated() {
      var first = place.first
      for recording in model.segments[place.segment].recordings {
        let width = recording.outer * recording.inner
        let from = first + path[number] * width
        for outer in 0..<recording.outer {
          let row = outer * recording.length + recording.start + place.index
          let to = parameterCount + recording.offset + row * recording.inner
          for inner in 0..<recording.inner {
            unsafe inputs[to + inner] = states[from + outer * recording.inner + inner]
          }
        }
        first += width * model.particles
      }
    }
    unsafe position.withUnsafeMutableBufferPointer { position in
      unsafe coordinates.run(
        inputs: UnsafeBufferPointer(inputs),
        outputs: position,
        key: RandomKey(seed: 0)
      )
    }
  }
}
