import PPLGraphIR
import PPLTensorCore

/// Writes small matrix factorisations and solves as functions of the module, one for each size.
///
/// Sizes are known, so that loops have constant bounds; libraries take over where their blocking pays.
struct MatrixEmitter {
  /// Largest matrix that is factored here.
  static let sizeLimit = 32

  private let caller: FunctionEmitter
  private let ir: IRWriter

  init(_ caller: FunctionEmitter) {
    self.caller = caller
    ir = caller.ir
  }

  /// Writes a step if it is a small factorisation or solve; false for all others.
  func write(_ step: KernelStep) -> Bool {
    if ir.isSingle { return false }
    let node = caller.plan.graph.nodes[step.node]
    let shapes = node.operands.map { caller.plan.graph[$0].shape }
    switch node.op {
    case .cholesky:
      let size = node.shape[node.shape.rank - 1]
      guard size <= Self.sizeLimit else { return false }
      let function = cholesky(size)
      repeated(node.shape.batch.count) { matrix in
        let offset = ir.multiplyIntegers(matrix, ir.integer(size * size))
        ir.call(
          function,
          [address(step.operands[0], offset), address(step.result, offset)]
        )
      }
    case .triangularSolve(let transposed):
      let (size, columns) = node.shape.matrixSizes(transposed: false)
      guard size <= Self.sizeLimit, shapes[0].batch == shapes[1].batch else { return false }
      let function = solve(size, columns, transposed: transposed)
      repeated(node.shape.batch.count) { matrix in
        let factor = ir.multiplyIntegers(matrix, ir.integer(size * size))
        let right = ir.multiplyIntegers(matrix, ir.integer(size * columns))
        ir.call(
          function,
          [
            address(step.operands[0], factor), address(step.operands[1], right),
            address(step.result, right),
          ]
        )
      }
    default: return false
    }
    return true
  }

  private func address(_ value: Int, _ offset: IRValue) -> IRValue {
    ir.address(caller.address(value), offset, of: ir.element)
  }

  private func repeated(_ count: Int, _ body: (IRValue) -> Void) {
    if count == 1 {
      body(ir.integer(0))
    } else {
      caller.loop(count, step: 1, body)
    }
  }

  /// A function of the module that takes addresses of doubles; its body is written when it is first used.
  private func define(
    _ name: String,
    parameterCount: Int,
    _ body: (MatrixFunction, [IRValue]) -> Void
  ) -> IRFunction {
    let isNew = !ir.isDeclared(name)
    let pointers = [IRType](repeating: ir.pointer(to: ir.element), count: parameterCount)
    let function = ir.function(name, ir.void, pointers)
    guard isNew else { return function }
    let block = ir.currentBlock
    ir.makeInternal(function)
    ir.addAttribute("noinline", to: function, at: -1)
    ir.addAttribute("nounwind", to: function, at: -1)
    for index in 1...parameterCount { ir.addAttribute("noalias", to: function, at: index) }
    ir.move(to: ir.makeBlock(in: function))
    body(
      MatrixFunction(ir: ir, function: function),
      (0..<parameterCount).map { ir.parameter(function, $0) }
    )
    ir.returnVoid()
    ir.move(to: block)
    return function
  }

  /// (A, L): the lower Cholesky factor by the outer-product form on the transposed matrix, whose rows are contiguous.
  ///
  /// Golub and Van Loan 2013, Matrix Computations, algorithm 4.2.2. NaN where the matrix is not positive definite.
  private func cholesky(_ n: Int) -> IRFunction {
    define("ppl.cholesky.\(n)", parameterCount: 2) { code, parameters in
      let (a, l) = (parameters[0], parameters[1])
      // Rows of U = Lᵀ, padded to whole vectors of four.
      let width = (n + 3) / 4 * 4
      let u = ir.allocate(n * width)
      code.fill(u, n * width)
      code.loop(0, n) { i in
        code.loop(ir.integer(0), ir.addIntegers(i, ir.integer(1))) { j in
          ir.store(code.read(a, i, j, n), code.place(u, j, i, width))
        }
      }
      code.loop(0, n) { j in
        let pivot = code.read(u, j, j, width)
        // False for NaN; then the root is NaN, which spreads to all that follows.
        let isPositive = ir.and(
          ir.compare(.greater, pivot, ir.constant(0)),
          ir.compare(.less, pivot, ir.constant(.infinity))
        )
        let root = ir.select(isPositive, ir.intrinsic("sqrt", [pivot]), ir.constant(.nan))
        let inverse = ir.splat(ir.divide(ir.constant(1), root), width: 4)
        let chunk = code.roundedDown(j)
        code.loop(chunk, ir.integer(width), step: 4) { c in
          let place = code.place(u, j, c, width)
          ir.store(ir.multiply(ir.load(place, width: 4), inverse), place)
        }
        ir.store(root, code.place(u, j, j, width))
        let next = ir.addIntegers(j, ir.integer(1))
        code.loop(next, ir.integer(n)) { i in
          let factor = ir.splat(code.read(u, j, i, width), width: 4)
          code.loop(code.roundedDown(i), ir.integer(width), step: 4) { c in
            let place = code.place(u, i, c, width)
            let other = ir.load(code.place(u, j, c, width), width: 4)
            ir.store(ir.subtractProduct(ir.load(place, width: 4), factor, other), place)
          }
        }
      }
      // As in the reference, no element of a factor that does not exist is a number.
      let last = code.read(u, ir.integer(n - 1), ir.integer(n - 1), width)
      let isFactored = ir.not(ir.compare(.unordered, last, last))
      code.loop(0, n) { i in
        code.loop(0, n) { j in
          let isLower = ir.not(ir.isLess(i, j))
          let value = ir.select(isFactored, code.read(u, j, i, width), ir.constant(.nan))
          ir.store(ir.select(isLower, value, ir.constant(0)), code.place(l, i, j, n))
        }
      }
    }
  }

  /// (L, B, X): X = L⁻¹ B or L⁻ᵀ B by substitution, row by row.
  private func solve(_ n: Int, _ m: Int, transposed: Bool) -> IRFunction {
    let name = "ppl.solve.\(n).\(m).\(transposed ? "t" : "n")"
    return define(name, parameterCount: 3) { code, parameters in
      let (l, b, x) = (parameters[0], parameters[1], parameters[2])
      code.loop(0, n) { step in
        let i = transposed ? ir.subtractIntegers(ir.integer(n - 1), step) : step
        let (first, end) =
          transposed
          ? (ir.addIntegers(i, ir.integer(1)), ir.integer(n)) : (ir.integer(0), i)
        let inverse = ir.divide(ir.constant(1), code.read(l, i, i, n))
        // Up to 32 columns at a time stay in registers.
        for group in MatrixFunction.columnGroups(m) {
          let sums = ir.loop(
            in: code.function,
            from: first,
            to: end,
            step: 1,
            mayBeEmpty: true,
            carrying: group.map { code.load(b, i, $0, m) }
          ) { j, sums in
            let factor = transposed ? code.read(l, j, i, n) : code.read(l, i, j, n)
            return zip(group, sums).map { piece, sum in
              ir.subtractProduct(
                sum,
                ir.splat(factor, width: piece.count),
                code.load(x, j, piece, m)
              )
            }
          }
          for (piece, sum) in zip(group, sums) {
            ir.store(
              ir.multiply(sum, ir.splat(inverse, width: piece.count)),
              code.place(x, i, ir.integer(piece.lowerBound), m)
            )
          }
        }
      }
    }
  }
}

/// Loops and places within a function on matrices.
private struct MatrixFunction {
  let ir: IRWriter
  let function: IRFunction

  func loop(_ first: Int, _ end: Int, _ body: (IRValue) -> Void) {
    loop(ir.integer(first), ir.integer(end), body)
  }

  /// A loop that may be empty.
  func loop(
    _ first: IRValue,
    _ end: IRValue,
    step: Int = 1,
    _ body: (IRValue) -> Void
  ) {
    ir.loop(in: function, from: first, to: end, step: step, mayBeEmpty: true, body)
  }

  /// An element's address in a matrix of rows of a width.
  func place(_ matrix: IRValue, _ row: IRValue, _ column: IRValue, _ width: Int) -> IRValue {
    ir.address(
      matrix,
      ir.addIntegers(ir.multiplyIntegers(row, ir.integer(width)), column),
      of: ir.element
    )
  }

  func read(_ matrix: IRValue, _ row: IRValue, _ column: IRValue, _ width: Int) -> IRValue {
    ir.load(place(matrix, row, column, width))
  }

  /// The multiple of four at or below an index.
  func roundedDown(_ index: IRValue) -> IRValue {
    ir.shiftLeft(ir.logicalShiftRight(index, 2), 2)
  }

  /// Zeros, a multiple of four.
  func fill(_ pointer: IRValue, _ count: Int) {
    loop(ir.integer(0), ir.integer(count), step: 4) { index in
      ir.store(ir.constant(0, width: 4), ir.address(pointer, index, of: ir.element))
    }
  }

  /// Elements of a row.
  func load(_ matrix: IRValue, _ row: IRValue, _ piece: Range<Int>, _ width: Int) -> IRValue {
    ir.load(place(matrix, row, ir.integer(piece.lowerBound), width), width: piece.count)
  }

  /// Pieces of a row of a width that are vectors of the machine, in groups of up to 32 elements.
  static func columnGroups(_ count: Int) -> [[Range<Int>]] {
    var groups: [[Range<Int>]] = []
    for start in stride(from: 0, to: count, by: 32) {
      var pieces: [Range<Int>] = []
      var next = start
      let end = min(start + 32, count)
      for width in [8, 4, 2, 1] {
        while next + width <= end {
          pieces.append(next..<next + width)
          next += width
        }
      }
      groups.append(pieces)
    }
    return groups
  }
}
