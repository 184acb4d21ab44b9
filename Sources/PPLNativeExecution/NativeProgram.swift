package import PPLGraphIR
import PPLTensorCore

/// A graph as machine code, with the constants that it reads; shared by all executors of the graph.
@safe
package final class NativeProgram: @unchecked Sendable {
  /// Inputs, outputs, constants, arena, tables, context.
  typealias Function =
    @convention(c) (
      UnsafeRawPointer?, UnsafeMutableRawPointer?, UnsafeRawPointer,
      UnsafeMutableRawPointer, UnsafePointer<Int32>, UnsafeMutableRawPointer?
    ) -> Void

  let plan: ExecutionPlan
  let function: Function
  private let code: LinkedCode
  /// Whether all memories hold floats; else doubles.
  let isSingle: Bool
  /// Written once, then only read.
  let constants: UnsafeMutableRawPointer
  let tables: UnsafeMutablePointer<Int32>
  /// Right sides of differential equations.
  let bodies: NativeBodies

  /// Whether graphs can be compiled on this machine.
  package static var isAvailable: Bool { CodeGenerator.shared != nil }

  /// Loads LLVM ahead of the first compilation, which otherwise waits for it some 20 ms.
  package static func prepare() { _ = CodeGenerator.shared }

  /// Compiles a graph.
  ///
  /// - Throws: `CompilationError` if LLVM is missing or refuses.
  /// - Complexity: linear in the number of nodes, and in the data for tables and constants.
  ///
  /// With `isSingle`, all memories hold floats; what is computed in registers stays double.
  package init(_ graph: Graph, isSingle: Bool = false) throws(CompilationError) {
    guard let generator = CodeGenerator.shared else {
      throw CompilationError(message: "LLVM's library is not installed")
    }
    plan = ExecutionPlan(graph)
    bodies = try NativeBodies(graph)
    self.isSingle = isSingle
    let ir = NativeProgram.write(plan, generator, isSingle: isSingle)
    code = try generator.compile(
      ir,
      function: Self.entryName,
      kernel: KernelContext.callAddress
    )
    unsafe function = unsafe unsafeBitCast(code.address, to: Function.self)
    let width = isSingle ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    let bytes = max(plan.constantCount, 1) * width
    unsafe constants = .allocate(byteCount: bytes, alignment: 64)
    unsafe constants.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    for part in plan.parts {
      for value in part.plan.storedConstants {
        guard let place = part.plan.values[value].place else { continue }
        let elements: [Double]
        switch part.plan.values[value].source {
        case .constant(let constant): elements = part.plan.graph.constants[constant].values
        case .table(let table): elements = table
        case .computed, .input, .uniform, .outputs: continue
        }
        let target = unsafe constants + (part.constantOffset + place.offset) * width
        for (index, element) in elements.enumerated() {
          if isSingle {
            unsafe target.storeBytes(
              of: Float(element),
              toByteOffset: index * width,
              as: Float.self
            )
          } else {
            unsafe target.storeBytes(of: element, toByteOffset: index * width, as: Double.self)
          }
        }
      }
    }
    unsafe tables = .allocate(capacity: max(plan.tables.count, 1))
    unsafe tables.initialize(repeating: 0, count: max(plan.tables.count, 1))
    _ = unsafe UnsafeMutableBufferPointer(start: tables, count: plan.tables.count)
      .update(from: plan.tables)
  }

  deinit {
    unsafe constants.deallocate()
    unsafe tables.deallocate()
  }

  private static let entryName = "ppl.run"

  /// The module of a graph as LLVM's text, before LLVM has worked on it; nil without LLVM.
  package static func moduleText(_ graph: Graph) -> String? {
    CodeGenerator.shared.map { write(ExecutionPlan(graph), $0).text }
  }

  /// What LLVM's verifier finds wrong with the module of a graph; nil if nothing.
  package static func moduleFault(_ graph: Graph) -> String? {
    CodeGenerator.shared.flatMap { write(ExecutionPlan(graph), $0).verify() }
  }

  private static func write(
    _ plan: ExecutionPlan,
    _ generator: CodeGenerator,
    isSingle: Bool = false
  ) -> IRWriter {
    let ir = IRWriter(generator.llvm, hasFMA: generator.hasFMA, isSingle: isSingle)
    var kernels = KernelNumbers()
    _ = write(plan, entryName, ir, generator.mathLibrary, &kernels)
    return ir
  }

  /// Writes the function of a plan, and before it those of its loops.
  private static func write(
    _ plan: ExecutionPlan,
    _ name: String,
    _ ir: IRWriter,
    _ library: MathLibrary,
    _ kernels: inout KernelNumbers
  ) -> IRFunction {
    let own = kernels
    kernels.advance(over: plan)
    let steps = plan.loops.enumerated().map { number, loop in
      write(loop.plan, "\(name).step.\(number)", ir, library, &kernels)
    }
    var parts: [IRFunction] = []
    let isOnly = plan.functions.count == 1
    for (number, units) in plan.functions.enumerated() {
      let emitter = FunctionEmitter(
        ir,
        library,
        plan,
        name: isOnly ? name : "\(name).part.\(number)",
        steps: steps,
        kernels: own
      )
      emitter.write(units)
      parts.append(emitter.function)
      if plan.isStep {
        ir.makeInternal(emitter.function)
        if isOnly { ir.addAttribute("alwaysinline", to: emitter.function, at: -1) }
      }
    }
    if parts.count == 1 { return parts[0] }
    let types = FunctionEmitter.parameterTypes(ir, plan)
    let entry = ir.function(name, ir.void, types)
    ir.move(to: ir.makeBlock(in: entry))
    for part in parts { ir.call(part, types.indices.map { ir.parameter(entry, $0) }) }
    ir.returnVoid()
    if plan.isStep { ir.makeInternal(entry) }
    return entry
  }
}
