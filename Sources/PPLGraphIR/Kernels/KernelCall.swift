import PPLTensorCore

/// One step of a program: a kernel with the addresses that it reads and writes.
///
/// Plain data without references, so that a program runs without allocation, reference counting or dynamic
/// dispatch. A primitive becomes one call, or a few (see `KernelAssembler`), which sees to
/// it that the shapes fit the memory.
@safe
package struct KernelCall {
  @safe
  enum Kernel {
    case fill
    case copy
    case unary(UnaryOp)
    case binary(BinaryOp)
    case select
    case betaP
    case gather
    case scatterAdd
    case reduce(Reduction)
    case cumulativeSum(reversed: Bool)
    case sort
    case argsort
    case matrixMultiply(transposeLeft: Bool, transposeRight: Bool)
    case cholesky
    case triangularSolve(transposed: Bool)
    case lowerTriangle(strict: Bool)
    case random(RandomKind)
    /// The program holds the loop.
    case scan(Unmanaged<ScanKernel>)
    /// The program holds the kernel.
    case dense(Unmanaged<DenseKernel>)
    /// The program holds the kernel.
    case convolve(Unmanaged<ConvolutionKernel>)
    /// The program holds the solver.
    case solveODE(Unmanaged<ODEKernel>)
    /// The program holds the kernel.
    case callout(Unmanaged<CalloutKernel>)
  }

  var kernel: Kernel
  /// What is read, up to three operands; those without meaning for the kernel equal the first.
  var first: UnsafePointer<Double>
  var second: UnsafePointer<Double>
  var third: UnsafePointer<Double>
  var result: UnsafeMutablePointer<Double>
  var nest: LoopNest
  /// Sizes whose meaning the kernel says.
  var sizes: (Int, Int, Int) = (0, 0, 0)
  /// Constant of `fill`.
  var value = 0.0
  /// Stream of `random`.
  var stream: UInt64 = 0

  /// Computes the result.
  ///
  /// - Parameters:
  ///   - table: the program's table.
  ///   - key: key of all random numbers of this run.
  @inline(__always)
  func run(table: UnsafeMutablePointer<Int>, key: RandomKey) {
    switch kernel {
    case .unary(let op): runUnary(op)
    case .binary(let op): unsafe runBinary(op, table)
    case .fill: unsafe result.update(repeating: value, count: sizes.0)
    case .copy: unsafe runCopy(table)
    case .select: unsafe runSelect(table)
    case .betaP: unsafe runBetaP(table)
    case .gather: runGather()
    case .scatterAdd: runScatterAdd()
    case .reduce(let reduction): unsafe runReduction(reduction, table)
    case .cumulativeSum(let reversed): runCumulativeSum(reversed: reversed)
    case .sort: runSort()
    case .argsort: runArgsort()
    case .matrixMultiply(let transposeLeft, let transposeRight):
      unsafe runMatrixMultiply(transposeLeft, transposeRight, table)
    case .cholesky: runCholesky()
    case .triangularSolve(let transposed): unsafe runTriangularSolve(transposed, table)
    case .lowerTriangle(let strict): runLowerTriangle(strict: strict)
    case .random(let kind): unsafe runRandom(kind, table, key)
    case .scan(let loop): unsafe loop._withUnsafeGuaranteedRef { $0.run(key: key) }
    case .dense(let kernel): unsafe kernel._withUnsafeGuaranteedRef { $0.run() }
    case .convolve(let kernel): unsafe kernel._withUnsafeGuaranteedRef { $0.run() }
    case .solveODE(let solver): unsafe solver._withUnsafeGuaranteedRef { $0.run() }
    case .callout(let kernel): unsafe kernel._withUnsafeGuaranteedRef { $0.run(key: key) }
    }
  }
}
