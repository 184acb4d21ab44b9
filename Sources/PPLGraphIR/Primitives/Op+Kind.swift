package import PPLTensorCore

extension Op {
  /// What the elements of the result stand for, for operands of these kinds.
  package func resultKind(of operands: [ElementKind]) -> ElementKind {
    switch self {
    case .constant, .input: .real
    case .random(let kind, _, _):
      switch kind {
      case .uniform, .normal, .gamma, .logGamma: .real
      case .poisson, .binomial: .integer
      }
    case .unary(let op): op.resultKind(of: operands[0])
    case .binary(let op): op.resultKind(of: operands[0], operands[1])
    case .select: operands[1].joined(with: operands[2])
    case .reshape, .transpose, .broadcast, .slice, .gather, .sort, .diagonal: operands[0]
    case .concatenate: operands.dropFirst().reduce(operands[0]) { $0.joined(with: $1) }
    case .pad, .diagonalMatrix, .lowerTriangle: operands[0]
    case .scatterAdd, .cumulativeSum: operands[0].counted
    case .reduce(let reduction, _):
      switch reduction {
      case .sum, .product: operands[0].counted
      // The identity of an empty axis is infinite, so no boolean.
      case .maximum, .minimum: operands[0].counted
      }
    case .argsort: .integer
    case .convolve: .real
    case .matrixMultiply: operands[0].counted.joined(with: operands[1].counted)
    case .betaP, .cholesky, .triangularSolve, .solve, .determinant, .symmetricEigen, .scan,
      .solveODE:
      .real
    case .callout(let body, let form):
      switch form {
      case .value, .draw: body.kind
      case .columns, .pullback: .real
      }
    }
  }
}

extension ElementKind {
  /// The kind that holds values of both.
  package func joined(with other: ElementKind) -> ElementKind {
    if self == other { return self }
    return self == .real || other == .real ? .real : .integer
  }

  /// The kind of sums: booleans count as integers.
  package var counted: ElementKind { self == .boolean ? .integer : self }
}

extension UnaryOp {
  fileprivate func resultKind(of operand: ElementKind) -> ElementKind {
    switch self {
    case .negate, .absolute, .sign, .square, .floor, .ceiling, .round: operand.counted
    case .not, .isNaN: .boolean
    case .detached: operand
    case .reciprocal, .squareRoot, .exp, .expm1, .log, .log1p, .logistic, .softplus, .log1mExp,
      .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .tanh, .asinh, .acosh, .atanh,
      .logGamma, .digamma, .trigamma, .erf, .erfc, .normalCDF, .normalLogCDF, .normalQuantile:
      .real
    }
  }
}

extension BinaryOp {
  fileprivate func resultKind(of left: ElementKind, _ right: ElementKind) -> ElementKind {
    switch self {
    case .add, .subtract, .multiply, .minimum, .maximum, .integerDivide, .modulo:
      left.counted.joined(with: right.counted)
    case .divide, .power, .logAddExp, .atan2, .polygamma, .logBeta, .gammaP, .logBesselI: .real
    case .equal, .notEqual, .less, .lessOrEqual, .and, .or: .boolean
    }
  }
}
