package import PPLTensorCore

/// Kernel calls in the order in which they run, with the table of their loops.
///
/// The memory that the calls read and write belongs to the caller and must outlive the program.
@safe
package final class KernelProgram {
  private let calls: UnsafeMutableBufferPointer<KernelCall>
  private let table: UnsafeMutableBufferPointer<Int>
  private let tableBase: UnsafeMutablePointer<Int>
  /// Loops that calls refer to.
  private let scans: [ScanKernel]
  /// Kernels of general matrices that calls refer to.
  private let matrices: [DenseKernel]
  /// Convolutions that calls refer to.
  private let convolutions: [ConvolutionKernel]
  /// Solvers that calls refer to.
  private let solvers: [ODEKernel]
  private let callouts: [CalloutKernel]

  /// The program of all calls that an assembler has collected.
  package init(_ assembler: KernelAssembler) {
    scans = assembler.scans
    matrices = assembler.matrices
    convolutions = assembler.convolutions
    solvers = assembler.solvers
    callouts = assembler.callouts
    unsafe calls = .allocate(capacity: assembler.calls.count)
    _ = unsafe calls.initialize(from: assembler.calls)
    // One spare entry, so that there is an address also for programs without loops.
    unsafe tableBase = .allocate(capacity: assembler.table.count + 1)
    unsafe tableBase.initialize(repeating: 0, count: assembler.table.count + 1)
    unsafe table = UnsafeMutableBufferPointer(start: tableBase, count: assembler.table.count)
    _ = unsafe table.update(from: assembler.table)
  }

  deinit {
    unsafe calls.deallocate()
    unsafe tableBase.deallocate()
  }

  /// Number of kernel calls.
  package var callCount: Int { unsafe calls.count }

  /// Runs all calls; random nodes draw from streams of `key`.
  package func run(key: RandomKey) {
    let table = unsafe tableBase
    for index in unsafe 0..<calls.count { unsafe calls[index].run(table: table, key: key) }
  }
}
