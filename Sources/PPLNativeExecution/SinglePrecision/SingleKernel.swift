import PPLGraphIR
import PPLTensorCore

/// A value of single precision in memory.
@safe
struct SingleOperand {
  let pointer: UnsafeMutablePointer<Float>
  let shape: Shape

  init(_ pointer: UnsafeMutablePointer<Float>, shape: Shape) {
    unsafe self.pointer = unsafe pointer
    self.shape = shape
  }
}

/// A primitive that runs on values of single precision, ready to be called.
@safe
enum SingleKernel {
  case multiply(SingleMatrixProduct)
  case scatterAdd(SingleScatter)
  case convolve(SingleConvolution)
  /// By the reference kernel on copies of double precision.
  case converted(ConvertedKernel)

  init(
    _ op: Op,
    _ operands: [SingleOperand],
    into result: SingleOperand,
    bodies: NativeBodies
  ) {
    switch op {
    case .matrixMultiply(let left, let right):
      self = .multiply(SingleMatrixProduct(left, right, operands, into: result))
    case .scatterAdd(let rows):
      self = .scatterAdd(SingleScatter(rows: rows, operands, into: result))
    case .convolve(let convolution, let form):
      self = .convolve(SingleConvolution(convolution, form, operands, into: result))
    default: self = .converted(ConvertedKernel(op, operands, into: result, bodies: bodies))
    }
  }

  func run(key: RandomKey) {
    switch self {
    case .multiply(let product): product.run()
    case .scatterAdd(let scatter): scatter.run()
    case .convolve(let convolution): convolution.run()
    case .converted(let kernel): kernel.run(key: key)
    }
  }
}

/// Products of matrices, one for each index of leading axes.
@safe
final class SingleMatrixProduct {
  private let left: UnsafePointer<Float>
  private let right: UnsafePointer<Float>
  private let result: UnsafeMutablePointer<Float>
  private let transposeLeft: Bool
  private let transposeRight: Bool
  private let (n, k, m): (Int, Int, Int)
  /// Where the matrices of each product begin.
  private let starts: [(left: Int, right: Int, result: Int)]

  init(
    _ transposeLeft: Bool,
    _ transposeRight: Bool,
    _ operands: [SingleOperand],
    into result: SingleOperand
  ) {
    unsafe left = UnsafePointer(operands[0].pointer)
    unsafe right = UnsafePointer(operands[1].pointer)
    unsafe self.result = unsafe result.pointer
    self.transposeLeft = transposeLeft
    self.transposeRight = transposeRight
    let (a, b, c) = (operands[0].shape, operands[1].shape, result.shape)
    let (rows, inner) = a.matrixSizes(transposed: transposeLeft)
    let columns = c[c.rank - 1]
    if b.batch.count == 1, !transposeLeft {
      // One product with all rows of the batch.
      (n, k, m) = (c.batch.count * rows, inner, columns)
      starts = [(0, 0, 0)]
      return
    }
    (n, k, m) = (rows, inner, columns)
    func steps(_ shape: Shape) -> [Int] {
      zip(shape.batch.sizes, shape.batch.strides).map { $0 == 1 ? 0 : $1 }
    }
    let (stepsA, stepsB) = (steps(a), steps(b))
    let batch = c.batch
    starts = (0..<batch.count).map { number in
      var (rest, first, second) = (number, 0, 0)
      for (axis, stride) in batch.strides.enumerated() {
        let index = rest / stride
        rest %= stride
        first += index * stepsA[axis]
        second += index * stepsB[axis]
      }
      return (first * rows * inner, second * inner * columns, number * rows * columns)
    }
  }

  func run() {
    for start in starts {
      unsafe LinearAlgebra.multiply(
        left + start.left,
        transposed: transposeLeft,
        right + start.right,
        transposed: transposeRight,
        into: result + start.result,
        n: n,
        k: k,
        m: m
      )
    }
  }
}

/// Adds rows to the rows that positions name.
@safe
final class SingleScatter {
  private let source: UnsafePointer<Float>
  private let positions: UnsafePointer<Float>
  private let result: UnsafeMutablePointer<Float>
  private let rowCount: Int
  private let count: Int
  private let width: Int

  init(rows: Int, _ operands: [SingleOperand], into result: SingleOperand) {
    unsafe source = UnsafePointer(operands[0].pointer)
    unsafe positions = UnsafePointer(operands[1].pointer)
    unsafe self.result = unsafe result.pointer
    rowCount = rows
    count = operands[1].shape.count
    width = result.shape.count / max(1, rows)
  }

  func run() {
    unsafe result.update(repeating: 0, count: rowCount * width)
    for place in 0..<count {
      let position = unsafe positions[place]
      guard position >= 0, position < Float(rowCount), position == position.rounded(.down) else {
        continue
      }
      let target = unsafe result + Int(position) * width
      let row = unsafe source + place * width
      for index in 0..<width { unsafe target[index] += row[index] }
    }
  }
}

/// A reference kernel between copies of its operands and its result.
@safe
final class ConvertedKernel {
  private let operands: [SingleOperand]
  private let result: SingleOperand
  private let program: KernelProgram
  private let copies: [KernelOperand]
  private let made: KernelOperand
  private let memory: UnsafeMutablePointer<Double>

  init(
    _ op: Op,
    _ operands: [SingleOperand],
    into result: SingleOperand,
    bodies: NativeBodies
  ) {
    self.operands = operands
    self.result = result
    let total = operands.reduce(result.shape.count) { $0 + $1.shape.count }
    unsafe memory = .allocate(capacity: max(1, total))
    unsafe memory.initialize(repeating: 0, count: max(1, total))
    var start = 0
    var copies: [KernelOperand] = []
    for operand in operands {
      unsafe copies.append(KernelOperand(memory + start, shape: operand.shape))
      start += operand.shape.count
    }
    self.copies = copies
    unsafe made = KernelOperand(memory + start, shape: result.shape)
    var assembler = KernelAssembler(makeEvaluator: bodies.evaluator)
    assembler.append(op, copies, into: made)
    program = KernelProgram(assembler)
  }

  deinit {
    unsafe memory.deallocate()
  }

  func run(key: RandomKey) {
    for (operand, copy) in zip(operands, copies) {
      for index in 0..<operand.shape.count {
        unsafe copy.pointer[index] = Double(operand.pointer[index])
      }
    }
    program.run(key: key)
    for index in 0..<result.shape.count {
      unsafe result.pointer[index] = Float(made.pointer[index])
    }
  }
}
