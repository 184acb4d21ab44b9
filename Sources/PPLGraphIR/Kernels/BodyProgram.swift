package import PPLIntegration
package import PPLTensorCore

/// A graph that is evaluated again and again, with memory of its own.
package protocol BodyEvaluator: AnyObject {
  /// Where the elements of each input are written before a run.
  var inputs: [Numbers] { get }
  /// Where the elements of each output are found after it.
  var outputs: [Numbers] { get }
  /// Computes the outputs.
  func run(key: RandomKey)
}

/// The evaluator by reference kernels.
@safe
package final class BodyProgram: BodyEvaluator {
  package let inputs: [Numbers]
  package let outputs: [Numbers]
  private let memory: UnsafeMutablePointer<Double>
  private let program: KernelProgram

  /// A program of a graph.
  package init(_ graph: Graph) {
    var size = 0
    func place(_ shape: Shape) -> Int {
      defer { size += shape.count }
      return size
    }
    let inputStarts = graph.inputs.map(place)
    let starts = graph.nodes.map { node in
      if case .input(let input) = node.op { inputStarts[input] } else { place(node.shape) }
    }
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: size + 1)
    unsafe self.memory = unsafe memory
    unsafe memory.initialize(repeating: 0, count: size + 1)
    var assembler = KernelAssembler()
    for (index, node) in graph.nodes.enumerated() {
      let place = unsafe memory + starts[index]
      switch node.op {
      case .constant(let constant):
        for (offset, value) in graph.constants[constant].values.enumerated() {
          unsafe place[offset] = value
        }
      case .input: break
      default:
        let operands = node.operands.map {
          unsafe KernelOperand(memory + starts[$0.index], shape: graph[$0].shape)
        }
        unsafe assembler.append(node.op, operands, into: KernelOperand(place, shape: node.shape))
      }
    }
    program = KernelProgram(assembler)
    inputs = inputStarts.map { unsafe Numbers(memory + $0) }
    outputs = graph.outputs.map { unsafe Numbers(memory + starts[$0.index]) }
  }

  deinit {
    unsafe memory.deallocate()
  }

  package func run(key: RandomKey) { program.run(key: key) }
}
