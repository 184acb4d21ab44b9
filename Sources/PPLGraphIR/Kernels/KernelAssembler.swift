package import PPLTensorCore

/// Memory that holds a value while a program runs; who makes it vouches for the pointer.
@safe
package struct KernelOperand {
  /// Address of the first element.
  package let pointer: UnsafeMutablePointer<Double>
  /// Shape of the value, in row-major order without gaps.
  package let shape: Shape

  /// The value of a shape that begins at an address.
  package init(_ pointer: UnsafeMutablePointer<Double>, shape: Shape) {
    unsafe self.pointer = unsafe pointer
    self.shape = shape
  }
}

/// Turns primitives into kernel calls.
///
/// Shape primitives are all one strided copy, before which `pad` and `diagonalMatrix` fill with zeros. Results must
/// not overlap operands.
package struct KernelAssembler {
  var calls: [KernelCall] = []
  var table: [Int] = []
  /// Loops that calls refer to.
  var scans: [ScanKernel] = []
  /// Kernels of general matrices that calls refer to.
  var matrices: [DenseKernel] = []
  /// Convolutions that calls refer to.
  var convolutions: [ConvolutionKernel] = []
  /// Solvers that calls refer to.
  var solvers: [ODEKernel] = []
  var callouts: [CalloutKernel] = []
  /// What evaluates the right sides of differential equations.
  private let makeEvaluator: (ODEBody, ODEBody.Part) -> any BodyEvaluator

  /// An assembler without calls.
  package init(
    makeEvaluator: @escaping (ODEBody, ODEBody.Part) -> any BodyEvaluator = {
      BodyProgram($0.graph($1))
    }
  ) {
    self.makeEvaluator = makeEvaluator
  }

  /// Appends the calls that compute a primitive.
  package mutating func append(_ op: Op, _ operands: [KernelOperand], into result: KernelOperand) {
    let sizes = result.shape.sizes
    // Nothing to write; operands may still be empty where a reduction writes its identity.
    if result.shape.count == 0 { return }
    switch op {
    case .constant, .input:
      preconditionFailure("Sources are placed in memory, not computed.")
    case .random(let kind, _, let stream):
      let parameters = operands.isEmpty ? [result] : operands
      appendElementwise(.random(kind), parameters, result) {
        $0.stream = UInt64(stream)
      }
    case .unary(let op):
      appendCall(.unary(op), operands, result) { $0.sizes.0 = result.shape.count }
    case .binary(let op):
      appendElementwise(.binary(op), operands, result)
    case .select:
      appendElementwise(.select, operands, result)
    case .betaP:
      appendElementwise(.betaP, operands, result)
    case .reshape:
      let shape = result.shape
      unsafe appendCopy(
        from: operands[0].pointer,
        strides: shape.strides,
        to: result.pointer,
        strides: shape.strides,
        sizes: sizes
      )
    case .transpose(let permutation):
      let strides = operands[0].shape.strides
      unsafe appendCopy(
        from: operands[0].pointer,
        strides: permutation.map { strides[$0] },
        to: result.pointer,
        strides: result.shape.strides,
        sizes: sizes
      )
    case .broadcast:
      unsafe appendCopy(
        from: operands[0].pointer,
        strides: operands[0].shape.repeatedStrides,
        to: result.pointer,
        strides: result.shape.strides,
        sizes: sizes
      )
    case .slice(let axis, let start, _):
      let strides = operands[0].shape.strides
      unsafe appendCopy(
        from: operands[0].pointer + start * strides[axis],
        strides: strides,
        to: result.pointer,
        strides: result.shape.strides,
        sizes: sizes
      )
    case .pad(let axis, let before, _):
      appendFill(result, 0)
      let strides = result.shape.strides
      unsafe appendCopy(
        from: operands[0].pointer,
        strides: operands[0].shape.strides,
        to: result.pointer + before * strides[axis],
        strides: strides,
        sizes: operands[0].shape.sizes
      )
    case .concatenate(let axis):
      let strides = result.shape.strides
      var start = 0
      for operand in operands {
        unsafe appendCopy(
          from: operand.pointer,
          strides: operand.shape.strides,
          to: result.pointer + start * strides[axis],
          strides: strides,
          sizes: operand.shape.sizes
        )
        start += operand.shape[axis]
      }
    case .gather:
      let rows = operands[0].shape[0]
      let count = operands[1].shape.count
      appendCall(.gather, operands, result) {
        $0.sizes = (rows, count, result.shape.count / count)
      }
    case .scatterAdd(let rows):
      appendFill(result, 0)
      let count = operands[1].shape.count
      if count == 0 { return }
      appendCall(.scatterAdd, operands, result) {
        $0.sizes = (rows, count, result.shape.count / rows)
      }
    case .reduce(let reduction, let axes):
      appendReduction(reduction, axes: axes, operands[0], result)
    case .cumulativeSum(let axis, let reversed):
      appendAlongAxis(.cumulativeSum(reversed: reversed), axis, operands, result)
    case .sort(let axis):
      appendAlongAxis(.sort, axis, operands, result)
    case .argsort(let axis):
      appendAlongAxis(.argsort, axis, operands, result)
    case .matrixMultiply(let transposeLeft, let transposeRight):
      appendMatrixMultiply(transposeLeft, transposeRight, operands, result)
    case .convolve(let convolution, let form):
      let kernel = ConvolutionKernel(convolution, form, operands, into: result)
      convolutions.append(kernel)
      unsafe appendCall(.convolve(.passUnretained(kernel)), operands, result)
    case .cholesky:
      let shape = result.shape
      appendCall(.cholesky, operands, result) {
        $0.sizes = (shape.batch.count, sizes[shape.rank - 1], 0)
      }
    case .triangularSolve(let transposed):
      appendTriangularSolve(transposed: transposed, operands, result)
    case .solve: appendDense(.solve, operands, result)
    case .determinant(let isLogarithm):
      appendDense(.determinant(logarithm: isLogarithm), operands, result)
    case .symmetricEigen: appendDense(.eigen, operands, result)
    case .diagonal:
      let shape = operands[0].shape
      unsafe appendCopy(
        from: operands[0].pointer,
        strides: shape.diagonalStrides,
        to: result.pointer,
        strides: result.shape.strides,
        sizes: sizes
      )
    case .diagonalMatrix:
      appendFill(result, 0)
      unsafe appendCopy(
        from: operands[0].pointer,
        strides: operands[0].shape.strides,
        to: result.pointer,
        strides: result.shape.diagonalStrides,
        sizes: operands[0].shape.sizes
      )
    case .lowerTriangle(let strict):
      let shape = result.shape
      appendCall(.lowerTriangle(strict: strict), operands, result) {
        $0.sizes = (shape.batch.count, sizes[shape.rank - 2], sizes[shape.rank - 1])
      }
    case .scan(let body, let length, let isReversed):
      let loop = ScanKernel(
        body,
        length: length,
        isReversed: isReversed,
        operands,
        into: result
      )
      scans.append(loop)
      unsafe appendCall(.scan(.passUnretained(loop)), operands, result)
    case .solveODE(let body, let isDifferentiated):
      let solver = ODEKernel(
        body,
        isDifferentiated: isDifferentiated,
        operands,
        into: result,
        evaluator: makeEvaluator
      )
      solvers.append(solver)
      unsafe appendCall(.solveODE(.passUnretained(solver)), operands, result)
    case .callout(let body, let form):
      let kernel = CalloutKernel(body, form, operands, into: result)
      callouts.append(kernel)
      unsafe appendCall(.callout(.passUnretained(kernel)), operands, result)
    }
  }

  // MARK: Kinds of calls

  private mutating func appendDense(
    _ form: DenseKernel.Form,
    _ operands: [KernelOperand],
    _ result: KernelOperand
  ) {
    let kernel = DenseKernel(form, operands, into: result)
    matrices.append(kernel)
    unsafe appendCall(.dense(.passUnretained(kernel)), operands, result)
  }

  private mutating func appendCall(
    _ kernel: KernelCall.Kernel,
    _ operands: [KernelOperand],
    _ result: KernelOperand,
    nest: LoopNest? = nil,
    configure: (inout KernelCall) -> Void = { _ in }
  ) {
    let first = unsafe UnsafePointer(operands[0].pointer)
    var call = unsafe KernelCall(
      kernel: kernel,
      first: first,
      second: operands.count > 1 ? UnsafePointer(operands[1].pointer) : first,
      third: operands.count > 2 ? UnsafePointer(operands[2].pointer) : first,
      result: result.pointer,
      nest: nest ?? LoopNest(sizes: [], strides: [], table: &table)
    )
    configure(&call)
    calls.append(call)
  }

  /// A kernel that writes the result in order and reads operands repeated to its shape.
  private mutating func appendElementwise(
    _ kernel: KernelCall.Kernel,
    _ operands: [KernelOperand],
    _ result: KernelOperand,
    configure: (inout KernelCall) -> Void = { _ in }
  ) {
    let nest = LoopNest(
      sizes: result.shape.sizes,
      strides: operands.map(\.shape.repeatedStrides),
      table: &table
    )
    appendCall(kernel, operands, result, nest: nest, configure: configure)
  }

  private mutating func appendFill(_ result: KernelOperand, _ value: Double) {
    appendCall(.fill, [result], result) {
      $0.sizes.0 = result.shape.count
      $0.value = value
    }
  }

  private mutating func appendCopy(
    from source: UnsafeMutablePointer<Double>,
    strides sourceStrides: [Int],
    to result: UnsafeMutablePointer<Double>,
    strides resultStrides: [Int],
    sizes: [Int]
  ) {
    if sizes.contains(0) { return }
    let nest = LoopNest(sizes: sizes, strides: [sourceStrides, resultStrides], table: &table)
    unsafe calls.append(
      KernelCall(
        kernel: .copy,
        first: UnsafePointer(source),
        second: UnsafePointer(source),
        third: UnsafePointer(source),
        result: result,
        nest: nest
      )
    )
  }

  private mutating func appendReduction(
    _ reduction: Reduction,
    axes: [Int],
    _ operand: KernelOperand,
    _ result: KernelOperand
  ) {
    appendFill(result, reduction.identity)
    let shape = operand.shape
    if shape.count == 0 { return }
    let nest = LoopNest(
      sizes: shape.sizes,
      strides: [shape.strides, result.shape.repeatedStrides],
      table: &table
    )
    appendCall(.reduce(reduction), [operand], result, nest: nest)
  }

  /// Sizes: outer axes, the axis, inner axes.
  private mutating func appendAlongAxis(
    _ kernel: KernelCall.Kernel,
    _ axis: Int,
    _ operands: [KernelOperand],
    _ result: KernelOperand
  ) {
    let sizes = result.shape.sizes
    appendCall(kernel, operands, result) {
      $0.sizes = (
        sizes[..<axis].reduce(1, *), sizes[axis], sizes[(axis + 1)...].reduce(1, *)
      )
    }
  }

  private mutating func appendMatrixMultiply(
    _ transposeLeft: Bool,
    _ transposeRight: Bool,
    _ operands: [KernelOperand],
    _ result: KernelOperand
  ) {
    let left = operands[0].shape
    let right = operands[1].shape
    let (n, k) = left.matrixSizes(transposed: transposeLeft)
    let m = result.shape[result.shape.rank - 1]
    let kernel = KernelCall.Kernel.matrixMultiply(
      transposeLeft: transposeLeft,
      transposeRight: transposeRight
    )
    if right.batch.count == 1, !transposeLeft {
      // One product with all rows of the batch.
      appendCall(kernel, operands, result) {
        $0.sizes = (result.shape.batch.count * n, k, m)
      }
      return
    }
    let nest = LoopNest(
      sizes: result.shape.batch.sizes,
      strides: [
        left.batch.repeatedStrides.map { $0 * n * k },
        right.batch.repeatedStrides.map { $0 * k * m },
        result.shape.batch.strides.map { $0 * n * m },
      ],
      table: &table
    )
    appendCall(kernel, operands, result, nest: nest) { $0.sizes = (n, k, m) }
  }

  /// Copies the right side to the result and solves there.
  private mutating func appendTriangularSolve(
    transposed: Bool,
    _ operands: [KernelOperand],
    _ result: KernelOperand
  ) {
    let shape = result.shape
    let factor = operands[0].shape
    unsafe appendCopy(
      from: operands[1].pointer,
      strides: operands[1].shape.repeatedStrides,
      to: result.pointer,
      strides: shape.strides,
      sizes: shape.sizes
    )
    let (n, m) = shape.matrixSizes(transposed: false)
    let nest = LoopNest(
      sizes: shape.batch.sizes,
      strides: [
        factor.batch.repeatedStrides.map { $0 * n * n }, shape.batch.strides.map { $0 * n * m },
      ],
      table: &table
    )
    appendCall(.triangularSolve(transposed: transposed), operands, result, nest: nest) {
      $0.sizes = (n, m, 0)
    }
  }
}

extension Shape {
  /// Strides where axes of size 1 repeat: 0 along them.
  var repeatedStrides: [Int] {
    zip(sizes, strides).map { $0 == 1 ? 0 : $1 }
  }

  /// Strides of the diagonal of the last two axes, merged into one.
  var diagonalStrides: [Int] {
    let strides = strides
    return strides.dropLast(2) + [strides[rank - 1] + strides[rank - 2]]
  }
}

extension Reduction {
  /// The result of reducing nothing.
  package var identity: Double {
    switch self {
    case .sum: 0
    case .product: 1
    case .maximum: -.infinity
    case .minimum: .infinity
    }
  }
}
