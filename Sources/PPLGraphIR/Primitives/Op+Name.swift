extension Op {
  /// The primitive's name without its settings, as printed and as used in messages.
  package var name: String {
    switch self {
    case .constant: "constant"
    case .input: "input"
    case .random(let kind, _, _): "random.\(kind.rawValue)"
    case .unary(let op): op.rawValue
    case .binary(let op): op.rawValue
    case .select: "select"
    case .betaP: "betaP"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .broadcast: "broadcast"
    case .slice: "slice"
    case .pad: "pad"
    case .concatenate: "concatenate"
    case .gather: "gather"
    case .scatterAdd: "scatterAdd"
    case .reduce(let reduction, _): "reduce.\(reduction.rawValue)"
    case .cumulativeSum: "cumulativeSum"
    case .sort: "sort"
    case .argsort: "argsort"
    case .matrixMultiply: "matrixMultiply"
    case .convolve(_, let form): "convolve.\(form.rawValue)"
    case .cholesky: "cholesky"
    case .triangularSolve: "triangularSolve"
    case .solve: "solve"
    case .determinant(let isLogarithm): isLogarithm ? "logDeterminant" : "determinant"
    case .symmetricEigen: "symmetricEigen"
    case .diagonal: "diagonal"
    case .diagonalMatrix: "diagonalMatrix"
    case .lowerTriangle: "lowerTriangle"
    case .scan: "scan"
    case .solveODE(_, let isDifferentiated):
      isDifferentiated ? "solveODE.differentiated" : "solveODE"
    case .callout(_, let form):
      switch form {
      case .value: "callout"
      case .columns: "callout.columns"
      case .pullback: "callout.pullback"
      case .draw: "callout.draw"
      }
    }
  }
}
