import PPLGraphIR
import PPLTensorCore

extension Graph {
  /// Roughly the time of one evaluation, in additions of two numbers.
  ///
  /// It decides only whether a rewrite pays: the costs of primitives relative to each other are typical of vectorised
  /// loops. The work of a gradient is about proportional to it.
  package var work: Double {
    nodes.indices.reduce(0) { $0 + work(of: NodeID($1)) }
  }

  /// The share of one node.
  func work(of id: NodeID) -> Double {
    let node = self[id]
    let count = Double(node.shape.count)
    func operandCount(_ position: Int) -> Double {
      Double(self[node.operands[position]].shape.count)
    }
    switch node.op {
    case .constant, .input, .reshape: return 0
    case .unary(let op): return count * op.cost
    case .binary(let op): return count * op.cost
    case .random: return 20 * count
    case .betaP: return 160 * count
    case .select, .transpose, .broadcast, .slice, .pad, .concatenate: return count
    // Reading is by chance; its adjoint adds by chance.
    case .gather: return 3 * count
    case .scatterAdd: return count + 3 * operandCount(0)
    case .reduce, .cumulativeSum, .lowerTriangle: return operandCount(0)
    case .sort, .argsort: return 20 * count
    case .matrixMultiply(let transposeLeft, _):
      let sizes = self[node.operands[0]].shape.matrixSizes(transposed: transposeLeft)
      return count * Double(sizes.columns)
    case .convolve(let convolution, _):
      let window = convolution.kernel[0] * convolution.kernel[1]
      let (first, second) = (self[node.operands[0]].shape, self[node.operands[1]].shape)
      let positions = convolution.output[0] * convolution.output[1]
      let channels = max(1, min(first[1], second[1], second[0]))
      return Double(first[0] * positions * window) * Double(channels * max(first[1], second[0]))
    case .cholesky: return count * Double(node.shape.sizes.last ?? 0) / 3
    case .triangularSolve:
      return count * Double(self[node.operands[0]].shape.sizes.last ?? 0) / 2
    case .solve, .determinant, .symmetricEigen:
      let size = Double(self[node.operands[0]].shape.sizes.last ?? 0)
      return operandCount(0) * size + count * size
    case .diagonal, .diagonalMatrix: return count
    // Steps wait for one another.
    case .scan(let body, let length, _): return 3 * Double(length) * body.graph.work
    // Some fifty steps of six evaluations.
    case .solveODE(let body, _):
      return 300 * Double(body.solutionCount) * body.derivative.work
    // Of unknown cost, so that nothing makes more calls than the text asks for.
    case .callout(let body, _): return 1e6 * Double(body.callCount)
    }
  }
}

extension UnaryOp {
  /// Cost of an element in additions.
  fileprivate var cost: Double {
    switch self {
    case .negate, .absolute, .sign, .square, .floor, .ceiling, .round, .not, .isNaN,
      .detached:
      1
    case .reciprocal, .squareRoot: 3
    case .exp, .expm1, .log, .log1p, .logistic, .softplus, .log1mExp, .sin, .cos, .tan, .asin,
      .acos, .atan, .sinh, .cosh, .tanh, .asinh, .acosh, .atanh, .erf, .erfc:
      10
    case .logGamma, .digamma, .trigamma, .normalCDF, .normalLogCDF, .normalQuantile: 40
    }
  }

  /// Whether applying it to fewer elements pays for a gather of the results.
  var isExpensive: Bool { cost > 4 }
}

extension BinaryOp {
  /// Cost of an element in additions.
  fileprivate var cost: Double {
    switch self {
    case .add, .subtract, .multiply, .minimum, .maximum, .equal, .notEqual, .less, .lessOrEqual,
      .and, .or:
      1
    case .divide: 3
    case .integerDivide, .modulo: 6
    case .power, .logAddExp, .atan2: 20
    case .polygamma, .logBeta, .gammaP, .logBesselI: 80
    }
  }

  /// Whether applying it to fewer elements pays for a gather of the results.
  var isExpensive: Bool { cost > 4 }
}
