import PPLGraphIR
import PPLTensorCore

/// Numbers for the kernels of a plan and of the loops in it.
struct KernelNumbers {
  private var first = 0

  /// The number by which compiled code calls a kernel of the present plan.
  func number(of step: KernelStep) -> Int { first + step.node }

  /// Goes on to the next plan, in the order of `ExecutionPlan.parts`.
  mutating func advance(over plan: ExecutionPlan) { first += plan.graph.nodes.count }
}

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
    arena: UnsafeMutablePointer<Double>,
    bodies: NativeBodies
  ) {
    var programs: [KernelProgram?] = []
    var numbers = KernelNumbers()
    for part in plan.parts {
      let constants = unsafe constants + part.constantOffset
      let arena = unsafe arena + part.arenaOffset
      func operand(_ value: Int, _ shape: Shape) -> KernelOperand? {
        guard let place = part.plan.values[value].place else { return nil }
        switch place.memory {
        case .constants: return unsafe KernelOperand(constants + place.offset, shape: shape)
        case .arena: return unsafe KernelOperand(arena + place.offset, shape: shape)
        case .inputs, .outputs, .operand: return nil
        }
      }
      let graph = part.plan.graph
      for units in part.plan.functions {
        for case .kernel(let step) in units {
          let node = graph.nodes[step.node]
          let operands = zip(step.operands, node.operands).map { operand($0, graph[$1].shape) }
          guard let result = operand(step.result, node.shape),
            !operands.contains(where: { $0 == nil })
          else { preconditionFailure("Operands and results of kernels have known addresses.") }
          var assembler = KernelAssembler(makeEvaluator: bodies.evaluator)
          assembler.append(node.op, operands.compactMap { $0 }, into: result)
          let number = numbers.number(of: step)
          while programs.count <= number { programs.append(nil) }
          programs[number] = KernelProgram(assembler)
        }
      }
      numbers.advance(over: part.plan)
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
