import PPLTensorCore

/// The loop of a `scan`: the kernels of one step with memory of their own, run once for each step.
@safe
final class ScanKernel {
  /// Elements that are copied into the step's memory.
  @safe
  private struct Move {
    var source: UnsafeMutablePointer<Double>
    var target: UnsafeMutablePointer<Double>
    var count: Int
    /// Distance of the elements of neighbouring steps in the source; 0 for what does not change.
    var stride: Int
  }

  private let memory: UnsafeMutablePointer<Double>
  private let program: KernelProgram
  private let carry: UnsafeMutablePointer<Double>?
  private let row: UnsafeMutablePointer<Double>
  private let initial: UnsafeMutablePointer<Double>
  private let result: UnsafeMutablePointer<Double>
  private let sequences: [Move]
  private let invariants: [Move]
  private let carryCount: Int
  private let rowCount: Int
  private let length: Int
  private let isReversed: Bool

  init(
    _ body: ScanBody,
    length: Int,
    isReversed: Bool,
    _ operands: [KernelOperand],
    into result: KernelOperand
  ) {
    let graph = body.graph
    var starts: [Int] = []
    var size = 0
    for node in graph.nodes {
      starts.append(size)
      size += node.shape.count
    }
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: size + 1)
    unsafe self.memory = unsafe memory
    unsafe memory.initialize(repeating: 0, count: size + 1)
    var assembler = KernelAssembler()
    var carry: UnsafeMutablePointer<Double>?
    var sequences: [Move] = []
    var invariants: [Move] = []
    for (index, node) in graph.nodes.enumerated() {
      let place = unsafe memory + starts[index]
      switch node.op {
      case .constant(let constant):
        for (offset, value) in graph.constants[constant].values.enumerated() {
          unsafe place[offset] = value
        }
      case .input(0): unsafe carry = unsafe place
      case .input(let input):
        let isSequence = input <= body.sequenceCount
        let move = unsafe Move(
          source: operands[input].pointer,
          target: place,
          count: node.shape.count,
          stride: isSequence ? node.shape.count : 0
        )
        if isSequence { sequences.append(move) } else { invariants.append(move) }
      default:
        let operands = node.operands.map {
          unsafe KernelOperand(memory + starts[$0.index], shape: graph[$0].shape)
        }
        unsafe assembler.append(node.op, operands, into: KernelOperand(place, shape: node.shape))
      }
    }
    program = KernelProgram(assembler)
    unsafe self.carry = unsafe carry
    unsafe row = unsafe memory + starts[graph.outputs[0].index]
    unsafe initial = unsafe operands[0].pointer
    unsafe self.result = unsafe result.pointer
    self.sequences = sequences
    self.invariants = invariants
    carryCount = body.carryCount
    rowCount = body.rowCount
    self.length = length
    self.isReversed = isReversed
  }

  deinit {
    unsafe memory.deallocate()
  }

  /// Runs all steps; the random numbers of each step have a key of their own.
  func run(key: RandomKey) {
    for move in invariants { unsafe move.target.update(from: move.source, count: move.count) }
    if let carry = unsafe carry { unsafe carry.update(from: initial, count: carryCount) }
    for number in 0..<length {
      let step = isReversed ? length - 1 - number : number
      for move in sequences {
        unsafe move.target.update(from: move.source + step * move.stride, count: move.count)
      }
      program.run(key: key.derived(UInt64.max - UInt64(step)))
      unsafe (result + step * rowCount).update(from: row, count: rowCount)
      if let carry = unsafe carry { unsafe carry.update(from: row, count: carryCount) }
    }
  }
}
