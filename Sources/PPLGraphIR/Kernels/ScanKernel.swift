import PPLIntegration
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

  private let program: BodyProgram
  private let carry: UnsafeMutablePointer<Double>
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
    program = BodyProgram(body.graph)
    var sequences: [Move] = []
    var invariants: [Move] = []
    for (input, shape) in body.graph.inputs.enumerated().dropFirst() {
      let isSequence = input <= body.sequenceCount
      let move = unsafe Move(
        source: operands[input].pointer,
        target: program.inputs[input].base,
        count: shape.count,
        stride: isSequence ? shape.count : 0
      )
      if isSequence { sequences.append(move) } else { invariants.append(move) }
    }
    unsafe carry = unsafe program.inputs[0].base
    unsafe row = unsafe program.outputs[0].base
    unsafe initial = unsafe operands[0].pointer
    unsafe self.result = unsafe result.pointer
    self.sequences = sequences
    self.invariants = invariants
    carryCount = body.carryCount
    rowCount = body.rowCount
    self.length = length
    self.isReversed = isReversed
  }

  /// Runs all steps; the random numbers of each step have a key of their own.
  func run(key: RandomKey) {
    for move in invariants { unsafe move.target.update(from: move.source, count: move.count) }
    unsafe carry.update(from: initial, count: carryCount)
    for number in 0..<length {
      let step = isReversed ? length - 1 - number : number
      for move in sequences {
        unsafe move.target.update(from: move.source + step * move.stride, count: move.count)
      }
      program.run(key: key.derived(UInt64.max - UInt64(step)))
      unsafe (result + step * rowCount).update(from: row, count: rowCount)
      unsafe carry.update(from: row, count: carryCount)
    }
  }
}
