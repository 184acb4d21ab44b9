import PPLExecution
import PPLGraphIR
package import PPLTensorCore

/// Runs a compiled graph; the work memory is its own, the code and the constants are shared.
@safe
package final class NativeExecutor: Executor {
  private let program: NativeProgram
  private let function: NativeProgram.Function
  private let tables: UnsafeMutablePointer<Int32>
  private let arena: UnsafeMutablePointer<Double>
  private let kernels: KernelContext
  /// The same as compiled code takes it.
  private let context: UnsafeMutableRawPointer
  private let inputCount: Int
  private let outputCount: Int

  /// An executor of a program for one thread.
  package init(_ program: NativeProgram) {
    precondition(!program.isSingle, "The program is compiled for double precision.")
    self.program = program
    unsafe function = unsafe program.function
    unsafe tables = unsafe program.tables
    let size = max(program.plan.arenaSize, 1)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Double>.stride,
      alignment: 64
    )
    unsafe arena = raw.bindMemory(to: Double.self, capacity: size)
    unsafe arena.initialize(repeating: 0, count: size)
    kernels = unsafe KernelContext(
      program.plan,
      constants: program.constants.assumingMemoryBound(to: Double.self),
      arena: arena,
      bodies: program.bodies
    )
    unsafe context = unsafe Unmanaged.passUnretained(kernels).toOpaque()
    inputCount = program.plan.graph.inputCount
    outputCount = program.plan.graph.outputCount
  }

  deinit {
    unsafe arena.deallocate()
  }

  package func run(
    inputs: UnsafeBufferPointer<Double>,
    outputs: UnsafeMutableBufferPointer<Double>,
    key: RandomKey
  ) {
    precondition(
      inputs.count == inputCount && outputs.count == outputCount,
      "The buffers hold all inputs and all outputs."
    )
    if kernels.isNeeded { kernels.key = key }
    unsafe function(
      UnsafeRawPointer(inputs.baseAddress),
      UnsafeMutableRawPointer(outputs.baseAddress),
      UnsafeRawPointer(program.constants),
      UnsafeMutableRawPointer(arena),
      tables,
      context
    )
  }
}
