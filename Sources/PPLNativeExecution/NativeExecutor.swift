import PPLExecution
import PPLGraphIR
package import PPLTensorCore

/// Runs a compiled graph; the work memory is its own, the code and the constants are shared.
@safe
package final class NativeExecutor: Executor {
  private let program: NativeProgram
  private let arena: UnsafeMutablePointer<Double>
  private let kernels: KernelContext
  private let inputCount: Int
  private let outputCount: Int

  /// An executor of a program for one thread.
  package init(_ program: NativeProgram) {
    self.program = program
    let size = max(program.plan.arenaSize, 1)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Double>.stride,
      alignment: 64
    )
    unsafe arena = raw.bindMemory(to: Double.self, capacity: size)
    unsafe arena.initialize(repeating: 0, count: size)
    kernels = unsafe KernelContext(
      program.plan,
      constants: program.constants,
      arena: arena
    )
    inputCount = program.plan.graph.inputCount
    outputCount = program.plan.graph.outputCount
  }

  deinit {
    unsafe arena.deallocate()
  }

  /// Elements of the work memory.
  package var arenaElementCount: Int { program.plan.arenaSize }

  package func run(
    inputs: UnsafeBufferPointer<Double>,
    outputs: UnsafeMutableBufferPointer<Double>,
    key: RandomKey
  ) {
    precondition(
      inputs.count == inputCount && outputs.count == outputCount,
      "The buffers hold all inputs and all outputs."
    )
    kernels.key = key
    unsafe program.function(
      inputs.baseAddress,
      outputs.baseAddress,
      program.constants,
      arena,
      program.tables,
      Unmanaged.passUnretained(kernels).toOpaque()
    )
  }
}
