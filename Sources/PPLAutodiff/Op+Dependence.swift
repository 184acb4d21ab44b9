import PPLGraphIR

extension Op {
  /// Whether a change of an operand can change the result to first order, or has no known derivative.
  ///
  /// False for operands in which the result is piecewise constant: comparisons, roundings, conditions, indices.
  func dependsSmoothly(onOperand operand: Int) -> Bool {
    switch self {
    case .constant, .input, .argsort: false
    case .unary(let op): op.isSmooth
    case .binary(let op): op.isSmooth
    case .select: operand != 0
    // With an unknown derivative in the parameters.
    case .betaP: true
    case .gather, .scatterAdd: operand == 0
    case .callout(_, .draw): false
    case .random, .reshape, .transpose, .broadcast, .slice, .pad, .concatenate, .reduce,
      .cumulativeSum, .sort, .matrixMultiply, .convolve, .cholesky, .triangularSolve, .diagonal,
      .diagonalMatrix, .lowerTriangle, .solve, .determinant, .symmetricEigen, .scan, .solveODE,
      .callout:
      true
    }
  }
}

extension UnaryOp {
  fileprivate var isSmooth: Bool {
    switch self {
    case .sign, .floor, .ceiling, .round, .not, .isNaN, .detached: false
    default: true
    }
  }
}

extension BinaryOp {
  fileprivate var isSmooth: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .and, .or, .integerDivide: false
    default: true
    }
  }
}

extension Graph {
  /// For each node whether it depends smoothly on one of these inputs.
  func dependence(onInputs selected: Set<Int>) -> [Bool] {
    var depends = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      if case .input(let input) = node.op {
        depends[index] = selected.contains(input)
      } else {
        depends[index] = node.operands.enumerated().contains { position, operand in
          depends[operand.index] && node.op.dependsSmoothly(onOperand: position)
        }
      }
    }
    return depends
  }
}
