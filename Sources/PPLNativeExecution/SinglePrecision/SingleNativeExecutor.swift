import PPLExecution
import PPLGraphIR
package import PPLTensorCore

/// Runs a graph that was compiled for single precision; the work memory is its own, code and constants are shared.
@safe
package final class SingleNativeExecutor: SingleExecutor {
  private let program: NativeProgram
  private let function: NativeProgram.Function
  private let arena: UnsafeMutablePointer<Float>
  private let kernels: KernelContext
  private let context: UnsafeMutableRawPointer
  private let inputCount: Int
  private let outputCount: Int

  /// An executor of a program of single precision for one thread.
  package init(_ program: NativeProgram) {
    precondition(program.isSingle, "The program is compiled for single precision.")
    self.program = program
    unsafe function = unsafe program.function
    let size = max(program.plan.arenaSize, 1)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Float>.stride,
      alignment: 64
    )
    unsafe arena = raw.bindMemory(to: Float.self, capacity: size)
    unsafe arena.initialize(repeating: 0, count: size)
    kernels = unsafe KernelContext(
      program.plan,
      constants: program.constants.assumingMemoryBound(to: Float.self),
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
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
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
      program.tables,
      context
    )
  }
}
