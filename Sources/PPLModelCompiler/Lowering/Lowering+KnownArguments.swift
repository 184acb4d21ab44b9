import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// Arguments of distributions that data alone give: what they break is said before anything runs.
extension Lowering {
  /// Reports a matrix that is known and not what its parameter wants.
  func checkKnownMatrix(
    _ node: GraphValue,
    _ argument: CheckedExpression,
    _ parameter: ParameterSignature,
    of distribution: CheckedFamily
  ) throws(LoweringError) {
    let rule: (MatrixView) -> JointViolation?
    let noun: String
    switch parameter.domain {
    case .covariance:
      rule = { $0.notFinite ?? $0.asymmetry ?? $0.indefiniteness }
      noun = "\(parameter.name == "precision" ? "precision" : "covariance") matrix"
    case .correlation:
      rule = {
        $0.notFinite ?? $0.diagonalOtherThanOne ?? $0.asymmetry ?? $0.indefiniteness
      }
      noun = "correlation matrix"
    case .adjacency:
      rule = { $0.notFinite ?? $0.asymmetry ?? $0.notAdjacency ?? $0.disconnection }
      noun = "adjacency matrix"
    case .choleskyFactor:
      rule = { $0.notFinite ?? $0.notLower }
      noun = "lower Cholesky factor"
    case .real, .positive, .nonNegative, .probability, .count, .simplex, .ordered: return
    }
    guard parameter.rank == 2, let known = node.constantValue, let width = known.shape.sizes.last,
      width > 0
    else { return }
    let size = width * width
    let count = known.values.count / size
    for number in 0..<count {
      let matrix = known.values[(number * size)..<((number + 1) * size)]
      guard let violation = rule(MatrixView(matrix: matrix, width: width, name: noun)) else {
        continue
      }
      let subject =
        violation.element.map { "its element [\($0 / width + 1),\($0 % width + 1)]" } ?? "it"
      let which = count > 1 ? "matrix \(number + 1) of \(count): " : ""
      throw LoweringError(
        isLiteral(argument) ? "E0308" : "E0805",
        "`\(parameter.name)` of `\(distribution.signature.name)` is no \(noun)",
        at: argument.span,
        "\(which)\(subject) \(violation.found)",
        notes: [violation.rule]
      )
    }
  }

  /// Whether an expression is numbers as written: a mistake in it is the program's, not the data's.
  func isLiteral(_ expression: CheckedExpression) -> Bool {
    switch expression.kind {
    case .number: true
    case .unary(_, let operand): isLiteral(operand)
    case .list(let elements): elements.allSatisfy { isLiteral($0) }
    default: false
    }
  }
}
