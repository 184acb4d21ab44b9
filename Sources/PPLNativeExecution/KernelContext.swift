import PPLGraphIR
import PPLTensorCore

/// The primitives of a graph that run by their reference kernels, each ready to be called from compiled code.
///
/// A call follows no reference and allocates nothing: kernels are plain data with their addresses in the arena.
@safe
final class KernelContext {
  /// Key of all random numbers of the current run.
  var key = RandomKey(seed: 0)
  /// The kernel of each node; nil for what is compiled.
  private let programs: [KernelProgram?]
  /// Whether compiled code calls any.
  let isNeeded: Bool

  init(
    _ plan: ExecutionPlan,
    constants: UnsafeMutablePointer<Double>,
    arena: UnsafeMutablePointer<Double>
  ) {
    var programs: [KernelProgram?] = []
    func operand(_ value: Int, _ shape: Shape) -> KernelOperand? {
      guard let place = plan.values[value].place else { return nil }
      switch place.memory {
      case .constants: return unsafe KernelOperand(constants + place.offset, shape: shape)
      case .arena: return unsafe KernelOperand(arena + place.offset, shape: shape)
      case .inputs, .outputs: return nil
      }
    }
    for units in plan.functions {
      for case .kernel(let step) in units {
        let node = plan.graph.nodes[step.node]
        let operands = zip(step.operands, node.operands).map { operand($0, plan.graph[$1].shape) }
        guard let result = operand(step.result, node.shape),
          !operands.contains(where: { $0 == nil })
        else { preconditionFailure("Operands and results of kernels have known addresses.") }
        var assembler = KernelAssembler()
        assembler.append(node.op, operands.compactMap { $0 }, into: result)
        while programs.count <= step.node { programs.append(nil) }
        programs[step.node] = KernelProgram(assembler)
      }
    }
    self.programs = programs
    isNeeded = !programs.isEmpty
  }

  /// What compiled code calls, with a context and the number of a node.
  private static let call: @convention(c) (UnsafeMutableRawPointer, Int32) -> Void = {
    context,
    node in
    let kernels = unsafe Unmanaged<KernelContext>.fromOpaque(context)
    unsafe kernels._withUnsafeGuaranteedRef { $0.run(Int(node)) }
  }

  static var callAddress: UInt64 {
    unsafe UInt64(UInt(bitPattern: unsafeBitCast(call, to: Int.self)))
  }

  private func run(_ node: Int) { programs[node]?.run(key: key) }
}
