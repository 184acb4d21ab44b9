import PPLTensorCore

/// A primitive of general matrices, one after the other along the axes before the last two, with its memory.
@safe
final class DenseKernel {
  enum Form {
    case solve
    case determinant(logarithm: Bool)
    case eigen
  }

  private let form: Form
  private let solver: DenseSolver
  private let first: UnsafePointer<Double>
  private let second: UnsafePointer<Double>
  private let result: UnsafeMutablePointer<Double>
  private let count: Int
  private let sizes: (first: Int, second: Int, result: Int)

  init(_ form: Form, _ operands: [KernelOperand], into result: KernelOperand) {
    self.form = form
    let n = operands[0].shape.sizes.last ?? 0
    let m = operands.count > 1 ? operands[1].shape.sizes.last ?? 0 : 0
    solver = DenseSolver(n: n, m: m)
    unsafe first = UnsafePointer(operands[0].pointer)
    unsafe second = UnsafePointer(operands[operands.count - 1].pointer)
    unsafe self.result = unsafe result.pointer
    count = operands[0].shape.batch.count
    switch form {
    case .solve: sizes = (n * n, n * m, n * m)
    case .determinant: sizes = (n * n, 0, 1)
    case .eigen: sizes = (n * n, 0, (n + 1) * n)
    }
  }

  func run() {
    for index in 0..<count {
      let a = unsafe first + index * sizes.first
      let x = unsafe result + index * sizes.result
      switch form {
      case .solve: unsafe solver.solve(a, second + index * sizes.second, into: x)
      case .determinant(let logarithm):
        unsafe x.pointee = solver.determinant(a, logarithm: logarithm)
      case .eigen: unsafe solver.eigen(a, into: x)
      }
    }
  }
}
