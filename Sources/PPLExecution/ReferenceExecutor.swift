package import PPLGraphIR
package import PPLTensorCore

/// The plain executor: runs the reference kernel of each node, one after the other.
///
/// It is the definition that faster executors are tested against. All memory is one arena, allocated once; a run
/// allocates nothing.
@safe
package final class ReferenceExecutor: Executor {
  private let arena: UnsafeMutableBufferPointer<Double>
  private let program: KernelProgram
  private let inputMoves: UnsafeMutableBufferPointer<Move>
  private let outputMoves: UnsafeMutableBufferPointer<Move>
  private let inputCount: Int
  private let outputCount: Int

  /// Elements between the arena and a buffer of the caller.
  private struct Move {
    var arenaOffset: Int
    var bufferOffset: Int
    var count: Int
  }

  /// Plans memory and assembles the kernel calls.
  ///
  /// The graph was built within its element budget, so that its memory can be had.
  package init(_ graph: Graph) {
    let plan = MemoryPlan(graph)
    unsafe arena = .allocate(capacity: max(plan.size, 1))
    unsafe arena.initialize(repeating: 0)
    let base = unsafe arena.baseAddress.unsafelyUnwrapped

    var inputStarts: [Int] = []
    var inputCount = 0
    for shape in graph.inputs {
      inputStarts.append(inputCount)
      inputCount += shape.count
    }
    self.inputCount = inputCount

    var assembler = KernelAssembler()
    var inputMoves: [Move] = []
    for (index, node) in graph.nodes.enumerated() {
      let offset = plan.offsets[index]
      switch node.op {
      case .constant(let constant):
        let values = graph.constants[constant].values
        let place = unsafe UnsafeMutableBufferPointer(
          rebasing: arena[offset..<offset + values.count]
        )
        _ = unsafe place.update(from: values)
      case .input(let input):
        inputMoves.append(
          Move(
            arenaOffset: offset,
            bufferOffset: inputStarts[input],
            count: node.shape.count
          )
        )
      default:
        if plan.owners[index] != index { continue }
        let operands = node.operands.map {
          unsafe KernelOperand(base + plan.offsets[$0.index], shape: graph[$0].shape)
        }
        unsafe assembler.append(
          node.op,
          operands,
          into: KernelOperand(base + offset, shape: node.shape)
        )
      }
    }
    program = KernelProgram(assembler)

    var outputMoves: [Move] = []
    var outputCount = 0
    for output in graph.outputs {
      let count = graph[output].shape.count
      outputMoves.append(
        Move(
          arenaOffset: plan.offsets[output.index],
          bufferOffset: outputCount,
          count: count
        )
      )
      outputCount += count
    }
    self.outputCount = outputCount
    unsafe self.inputMoves = .allocate(capacity: inputMoves.count)
    _ = unsafe self.inputMoves.initialize(from: inputMoves)
    unsafe self.outputMoves = .allocate(capacity: outputMoves.count)
    _ = unsafe self.outputMoves.initialize(from: outputMoves)
  }

  deinit {
    unsafe arena.deallocate()
    unsafe inputMoves.deallocate()
    unsafe outputMoves.deallocate()
  }

  /// Elements of the arena: constants, inputs and the values that live at the same time.
  package var arenaElementCount: Int { unsafe arena.count }

  /// Number of kernel calls of a run.
  package var callCount: Int { program.callCount }

  package func run(
    inputs: UnsafeBufferPointer<Double>,
    outputs: UnsafeMutableBufferPointer<Double>,
    key: RandomKey
  ) {
    precondition(
      inputs.count == inputCount && outputs.count == outputCount,
      "The buffers hold all inputs and all outputs."
    )
    guard let base = unsafe arena.baseAddress else { return }
    if let source = inputs.baseAddress {
      for index in unsafe 0..<inputMoves.count {
        let move = unsafe inputMoves[index]
        unsafe (base + move.arenaOffset).update(
          from: source + move.bufferOffset,
          count: move.count
        )
      }
    }
    program.run(key: key)
    if let target = outputs.baseAddress {
      for index in unsafe 0..<outputMoves.count {
        let move = unsafe outputMoves[index]
        unsafe (target + move.bufferOffset).update(
          from: base + move.arenaOffset,
          count: move.count
        )
      }
    }
  }
}
