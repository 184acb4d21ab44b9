package import PPLGraphIR
import PPLTensorCore

/// A scalar function grown from a seed, and a point at which it is finite.
///
/// Every value in the pool is kept to about unit size by bounded functions, and functions with a domain get arguments
/// inside it, so that differences are accurate. Kinks stay possible.
package struct RandomGraph {
  /// The function.
  package let graph: Graph
  /// Elements of all inputs.
  package let point: [Double]

  /// Equal seeds make equal graphs.
  package init(seed: UInt64) {
    var grower = Grower(seed: seed)
    point = normals(grower.elementCount, seed: seed &+ 77)
    graph = grower.grow()
  }
}

extension RandomGraph {
  /// The names of all primitives, which enough graphs together have.
  package static let primitiveNames: Set<String> = {
    let structural = [
      "input", "constant", "select", "reshape", "transpose", "broadcast", "slice", "pad",
      "concatenate", "gather", "scatterAdd", "cumulativeSum", "sort", "argsort", "matrixMultiply",
      "cholesky", "triangularSolve", "diagonal", "diagonalMatrix", "lowerTriangle", "betaP", "scan",
      "solve", "determinant", "logDeterminant", "symmetricEigen", "convolve.forward",
      "convolve.toInput", "convolve.toWeights",
    ]
    return Set(
      structural + UnaryOp.allCases.map(\.rawValue) + BinaryOp.allCases.map(\.rawValue)
        + Reduction.allCases.map { "reduce.\($0.rawValue)" }
        + RandomKind.allCases.map { "random.\($0.rawValue)" }
    )
  }()
}

private struct Grower {
  private var generator: RandomGenerator
  private let builder = GraphBuilder()
  private var pool: [GraphValue]

  init(seed: UInt64) {
    generator = RandomKey(seed: seed).derived(3).makeGenerator()
    var shapes: [Shape] = [[3, 2], [1, 2], [3, 1], [], [2, 3, 3], [4]]
    // Some axis sizes differ from graph to graph.
    shapes.append([1 + generator.nextInt(below: 4), 3])
    let builder = builder
    pool = shapes.map { builder.addInput(shape: $0) }
  }

  var elementCount: Int { pool.reduce(0) { $0 + $1.shape.count } }

  mutating func grow() -> Graph {
    for _ in 0..<25 { pool.append(bounded(next())) }
    let terms = pool.map { value in
      (value * (0.5 + generator.nextUniform())).sum()
    }
    return builder.build(outputs: [terms.dropFirst().reduce(terms[0], +)])
  }

  /// Values far from unit size are pressed together.
  private func bounded(_ value: GraphValue) -> GraphValue {
    value.kind == .real ? value.tanh() : (0.3 * value).tanh()
  }

  private mutating func pick(where test: (GraphValue) -> Bool = { _ in true }) -> GraphValue {
    let fitting = pool.filter(test)
    return fitting[generator.nextInt(below: fitting.count)]
  }

  private mutating func index(below bound: Int) -> Int { generator.nextInt(below: bound) }

  private mutating func next() -> GraphValue {
    switch index(below: 12) {
    case 11: convolution()
    case 10: loop()
    case 0, 1: unary(UnaryOp.allCases[index(below: UnaryOp.allCases.count)])
    case 2, 3: binary(BinaryOp.allCases[index(below: BinaryOp.allCases.count)])
    case 4: index(below: 4) == 0 ? incompleteBeta() : select()
    case 5: movement()
    case 6: indexing()
    case 7: reduction()
    case 8: linearAlgebra()
    default: random()
    }
  }

  /// Pool values are between about -3 and 3; u lies in (0, 1).
  private mutating func unary(_ op: UnaryOp) -> GraphValue {
    let x = pick()
    let u = 0.1 + 0.8 * x.logistic()
    return switch op {
    case .squareRoot, .log, .log1p, .logGamma, .digamma, .trigamma, .reciprocal:
      (u + 0.5).unary(op)
    case .log1mExp: (-u).unary(op)
    case .asin, .acos, .atanh, .normalQuantile: u.unary(op)
    case .acosh: (u + 1).unary(op)
    case .tan: x.tanh().unary(op)
    case .not: x.isLess(than: 0).not()
    // What has no slope loses none.
    case .detached: x.round().unary(op)
    default: x.unary(op)
    }
  }

  /// A value that repeats with x: of x's shape or with some axes of size 1.
  private mutating func partner(of x: GraphValue) -> GraphValue {
    pick { Shape.repeating([$0.shape, x.shape]) != nil || $0.shape.rank == 0 }
  }

  private mutating func binary(_ op: BinaryOp) -> GraphValue {
    let x = pick()
    let y = partner(of: x)
    let (u, v) = (0.5 + x.logistic(), 0.5 + y.logistic())
    return switch op {
    case .divide: x.binary(op, v)
    case .power, .atan2, .logBeta: u.binary(op, v)
    case .integerDivide, .modulo: x.binary(op, v + 1)
    case .polygamma: u.polygamma(order: 2)
    case .logBesselI: u.logBesselI(order: 1)
    case .gammaP: u.gammaP(shape: u.scalar(1.5))
    case .and, .or: x.isLess(than: 0).binary(op, y.isLess(than: 0.3))
    case .equal, .notEqual: (x.round()).binary(op, y.round())
    default: x.binary(op, y)
    }
  }

  private mutating func incompleteBeta() -> GraphValue {
    let x = pick()
    return (0.1 + 0.8 * x.logistic()).betaP(x.scalar(1.5), x.scalar(2))
  }

  private mutating func select() -> GraphValue {
    let x = pick()
    let y = partner(of: x)
    let condition = x.isLess(than: y)
    // The branch not taken may be NaN.
    return index(below: 2) == 0
      ? condition.select(x, y) : x.isGreater(than: 0).select(x.log(), y)
  }

  private mutating func movement() -> GraphValue {
    let x = pick { $0.shape.rank >= 1 }
    let axis = index(below: x.shape.rank)
    let size = x.shape[axis]
    switch index(below: 7) {
    case 0: return x.reshape([x.shape.count])
    case 1:
      var permutation = Array(x.shape.sizes.indices)
      permutation.swapAt(axis, index(below: x.shape.rank))
      return x.transpose(permutation)
    case 2: return x.reshape(Shape([1] + x.shape.sizes)).broadcast(to: Shape([2] + x.shape.sizes))
    case 3:
      let start = index(below: size)
      return x.slice(axis: axis, start: start, count: 1 + index(below: size - start))
    case 4: return x.pad(axis: axis, before: index(below: 3), after: index(below: 2))
    case 5:
      let other = pick {
        $0.shape.rank == x.shape.rank && $0.shape.replacing(axis: axis, with: size) == x.shape
      }
      return .concatenate([x, other, x], axis: axis)
    default: return x.cumulativeSum(axis: axis, reversed: index(below: 2) == 0)
    }
  }

  private mutating func indexing() -> GraphValue {
    let x = pick { $0.shape.rank >= 1 }
    let rows = x.shape[0]
    switch index(below: 4) {
    case 0:
      let positions = (0..<4).map { _ in Double(index(below: rows)) }
      return x.gather(builder.constant(Tensor(shape: [2, 2], kind: .integer, values: positions)))
    case 1:
      let positions = (0..<rows).map { _ in Double(index(below: 5)) }
      return x.scatterAdd(
        builder.constant(Tensor(shape: [rows], kind: .integer, values: positions)),
        rows: 5
      )
    case 2: return x.sort(axis: index(below: x.shape.rank))
    default: return x.argsort(axis: index(below: x.shape.rank))
    }
  }

  private mutating func reduction() -> GraphValue {
    let x = pick { $0.shape.rank >= 1 }
    let axes = x.shape.sizes.indices.filter { _ in index(below: 2) == 0 }
    return x.reduce(Reduction.allCases[index(below: Reduction.allCases.count)], axes: axes)
  }

  private mutating func linearAlgebra() -> GraphValue {
    let x = pick { $0.shape.rank >= 2 }
    let size = x.shape[x.shape.rank - 1]
    let gram = x.matrixMultiply(x, transposeLeft: true)
    let ones = [Int](repeating: 1, count: x.shape.rank - 2)
    let identity = builder.constant(Tensor(shape: Shape(ones + [size]), repeating: 1))
      .diagonalMatrix()
    let matrix = gram + identity
    switch index(below: 9) {
    case 6:
      let tilted = matrix + 0.2 * gram.lowerTriangle(strict: true)
      return tilted.solve(gram)
    case 7: return matrix.determinant(logarithm: index(below: 2) == 0)
    case 8:
      // Eigenvalues apart, so that vectors are smooth.
      let places = Tensor(
        shape: Shape(ones + [size]),
        kind: .real,
        values: (0..<size).map { 3 * Double($0) }
      )
      return (gram.tanh() + builder.constant(places).diagonalMatrix()).symmetricEigen()
    case 0: return matrix.cholesky()
    case 1: return matrix.cholesky().triangularSolve(gram, transposed: index(below: 2) == 0)
    case 2: return matrix.diagonal()
    case 3: return x.diagonalMatrix()
    case 4: return x.lowerTriangle(strict: index(below: 2) == 0)
    default: return matrix.matrixMultiply(x, transposeRight: true)
    }
  }

  /// A window over the last two axes of a value, and its adjoint in image or weights.
  private mutating func convolution() -> GraphValue {
    let x = pick { $0.shape.rank >= 2 }
    let size = Array(x.shape.sizes.suffix(2))
    let images = x.reshape(Shape([x.shape.count / (size[0] * size[1]), 1] + size))
    let kernel = size.map { 1 + index(below: min(2, $0)) }
    let convolution = Convolution(
      input: size,
      kernel: kernel,
      stride: [1 + index(below: 2), 1],
      padding: [index(below: 2), 0]
    )
    let scale = pick().sum().tanh()
    let count = 2 * kernel[0] * kernel[1]
    let numbers = (0..<count).map { 0.3 * Double($0 % 5) - 0.5 }
    let weights =
      scale.reshape([1, 1, 1, 1])
      * builder.constant(Tensor(shape: Shape([2, 1] + kernel), values: numbers))
    let result = builder.apply(.convolve(convolution, .forward), [images, weights])
    switch index(below: 3) {
    case 0: return result
    case 1: return builder.apply(.convolve(convolution, .toInput), [result, weights])
    default: return builder.apply(.convolve(convolution, .toWeights), [images, result])
    }
  }

  /// A loop along any axis of a value, with a lag of one or two, that also reads a value without steps.
  private mutating func loop() -> GraphValue {
    let x = pick { $0.shape.rank >= 1 }
    let axis = index(below: x.shape.rank)
    let first = x.slice(axis: axis, start: 0, count: 1)
    let scale = pick { $0.shape.rank >= 1 }.sum().tanh()
    let lag1 = builder.addPlaceholder(shape: x.shape)
    let lag2 = builder.addPlaceholder(shape: x.shape)
    var step = (0.5 * lag1 * scale + x).unary(index(below: 2) == 0 ? .tanh : .logistic)
    if index(below: 2) == 0 { step = step - 0.3 * lag2 * x.exp().tanh() }
    if x.shape.rank > 1, index(below: 2) == 0 {
      step = step + 0.1 * lag1.sum(axes: [(axis + 1) % x.shape.rank])
    }
    let outputs = [(value: step, axis: axis), (value: step * lag1, axis: axis)]
    let result = builder.scan(
      length: x.shape[axis],
      reversed: index(below: 2) == 0,
      carried: [
        CarriedValue(placeholder: lag1, axis: axis, initial: first, next: step),
        CarriedValue(placeholder: lag2, axis: axis, initial: first, next: lag1),
      ],
      outputs: outputs
    )
    return result.map { $0[0] + $0[1] } ?? x
  }

  private mutating func random() -> GraphValue {
    let x = pick()
    let kind = RandomKind.allCases[index(below: RandomKind.allCases.count)]
    let half = x.scalar(0.5)
    // Parameters depend on inputs only through roundings, in which nothing changes smoothly.
    let rate = x.round().absolute() + 1
    switch kind {
    case .uniform, .normal: return x * builder.random(kind, shape: x.shape)
    case .gamma, .logGamma, .poisson:
      return x * builder.random(kind, shape: x.shape, parameters: [rate])
    case .binomial: return x * builder.random(kind, shape: x.shape, parameters: [rate, half])
    }
  }
}

/// Normal numbers from a seed.
package func normals(_ count: Int, seed: UInt64) -> [Double] {
  var generator = RandomKey(seed: seed).makeGenerator()
  return (0..<count).map { _ in generator.nextNormal() }
}
