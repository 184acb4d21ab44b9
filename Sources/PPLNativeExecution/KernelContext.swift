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
  /// The same for single precision; one of the two lists is empty.
  private let singles: [SingleKernel?]
  /// Whether compiled code calls any.
  let isNeeded: Bool

  /// The kernels of a plan of double precision.
  init(
    _ plan: ExecutionPlan,
    constants: UnsafeMutablePointer<Double>,
    arena: UnsafeMutablePointer<Double>,
    bodies: NativeBodies
  ) {
    programs = Self.kernels(plan) { part, node, places in
      let operands = zip(places, node.operands + [nil]).map { place, operand in
        let shape = operand.map { part.plan.graph[$0].shape } ?? node.shape
        return unsafe place.isConstant
          ? KernelOperand(constants + part.constantOffset + place.offset, shape: shape)
          : KernelOperand(arena + part.arenaOffset + place.offset, shape: shape)
      }
      var assembler = KernelAssembler(makeEvaluator: bodies.evaluator)
      assembler.append(node.op, operands.dropLast(), into: operands[operands.count - 1])
      return KernelProgram(assembler)
    }
    singles = []
    isNeeded = !programs.isEmpty
  }

  /// The kernels of a plan of single precision.
  init(
    _ plan: ExecutionPlan,
    constants: UnsafeMutablePointer<Float>,
    arena: UnsafeMutablePointer<Float>,
    bodies: NativeBodies
  ) {
    singles = Self.kernels(plan) { part, node, places in
      let operands = zip(places, node.operands + [nil]).map { place, operand in
        let shape = operand.map { part.plan.graph[$0].shape } ?? node.shape
        return unsafe place.isConstant
          ? SingleOperand(constants + part.constantOffset + place.offset, shape: shape)
          : SingleOperand(arena + part.arenaOffset + place.offset, shape: shape)
      }
      return SingleKernel(
        node.op,
        operands.dropLast(),
        into: operands[operands.count - 1],
        bodies: bodies
      )
    }
    programs = []
    isNeeded = !singles.isEmpty
  }

  private typealias Part = (plan: ExecutionPlan, constantOffset: Int, arenaOffset: Int)

  /// Where an operand or result of a kernel lies.
  private struct KernelPlace {
    var isConstant: Bool
    var offset: Int
  }

  /// The kernels of a plan by number; `make` gets the places of the operands, then that of the result.
  private static func kernels<Kernel>(
    _ plan: ExecutionPlan,
    _ make: (Part, Node, [KernelPlace]) -> Kernel
  ) -> [Kernel?] {
    var result: [Kernel?] = []
    var numbers = KernelNumbers()
    for part in plan.parts {
      func place(_ value: Int) -> KernelPlace {
        guard let place = part.plan.values[value].place else {
          preconditionFailure("Operands and results of kernels have known addresses.")
        }
        switch place.memory {
        case .constants: return KernelPlace(isConstant: true, offset: place.offset)
        case .arena: return KernelPlace(isConstant: false, offset: place.offset)
        case .inputs, .outputs, .operand:
          preconditionFailure("Operands and results of kernels have known addresses.")
        }
      }
      for units in part.plan.functions {
        for case .kernel(let step) in units {
          let kernel = make(
            part,
            part.plan.graph.nodes[step.node],
            (step.operands + [step.result]).map(place)
          )
          let number = numbers.number(of: step)
          while result.count <= number { result.append(nil) }
          result[number] = kernel
        }
      }
      numbers.advance(over: part.plan)
    }
    return result
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

  private func run(_ node: Int) {
    if singles.isEmpty { programs[node]?.run(key: key) } else { singles[node]?.run(key: key) }
  }
}
