import PPLIntegration
import PPLTensorCore

extension Graph: CustomStringConvertible {
  /// One line for each node, in order.
  ///
  ///     %12 real[8] = add %3, %10
  package var description: String {
    var lines: [String] = []
    for (index, node) in nodes.enumerated() {
      let settings = node.op.settings(constants: constants)
      let operands = node.operands.map { "%\($0.rawValue)" }.joined(separator: ", ")
      let parts = [node.op.name, settings, operands].filter { !$0.isEmpty }
      lines.append("%\(index) \(node.kind)\(node.shape) = \(parts.joined(separator: " "))")
    }
    lines.append("return " + outputs.map { "%\($0.rawValue)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  /// How many nodes there are of each primitive, by name.
  package var opCounts: [String: Int] {
    nodes.reduce(into: [:]) { $0[$1.op.name, default: 0] += 1 }
  }
}

extension Op {
  /// What the printed form shows beside the name.
  fileprivate func settings(constants: [Tensor]) -> String {
    switch self {
    case .constant(let index): constants[index].summary
    case .input(let index): "\(index)"
    case .random(_, _, let stream): "stream=\(stream)"
    case .unary, .binary, .select, .betaP, .reshape, .broadcast, .gather, .cholesky, .diagonal,
      .diagonalMatrix, .solve, .determinant, .symmetricEigen:
      ""
    case .transpose(let permutation): "\(permutation)"
    case .slice(let axis, let start, let count): "axis=\(axis) \(start)..<\(start + count)"
    case .pad(let axis, let before, let after): "axis=\(axis) before=\(before) after=\(after)"
    case .concatenate(let axis), .sort(let axis), .argsort(let axis): "axis=\(axis)"
    case .scatterAdd(let rows): "rows=\(rows)"
    case .reduce(_, let axes): "axes=\(axes)"
    case .cumulativeSum(let axis, let reversed): "axis=\(axis)" + (reversed ? " reversed" : "")
    case .matrixMultiply(let transposeLeft, let transposeRight):
      [transposeLeft ? "transposeLeft" : "", transposeRight ? "transposeRight" : ""]
        .filter { !$0.isEmpty }.joined(separator: " ")
    case .convolve(let convolution, _):
      "kernel=\(convolution.kernel) stride=\(convolution.stride) padding=\(convolution.padding)"
    case .triangularSolve(let transposed): transposed ? "transposed" : ""
    case .lowerTriangle(let strict): strict ? "strict" : ""
    case .scan(let body, let length, let reversed):
      "steps=\(length) nodes=\(body.graph.nodes.count)" + (reversed ? " reversed" : "")
    case .solveODE(let body, _):
      "states=\(body.stateCount) times=\(body.timeCount) method=\(body.settings.method.rawValue)"
    case .callout(let body, _): "\(body.name) calls=\(body.callCount)"
    }
  }
}

extension Tensor {
  /// The values, where there are few.
  fileprivate var summary: String {
    if shape.rank == 0, let scalar { return "\(scalar)" }
    let shown = values.prefix(6).map { "\($0)" }.joined(separator: ", ")
    return values.count > 6 ? "{\(shown), …}" : "{\(shown)}"
  }
}
