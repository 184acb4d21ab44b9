import PPLGraphIR
import PPLTensorCore

/// One step of a flow: each number is scaled and shifted by what those of lower levels say.
///
///     yᵢ = xᵢ exp(sᵢ) + mᵢ,   (m, s) = network(x of lower levels),   log |det ∂y/∂x| = Σ sᵢ
///
/// With a level for each number it is the step of an autoregressive flow (Kingma et al. 2016, arXiv:1606.04934, equations 9-12,
/// without their gate, so that it can be the identity); with two levels it is an affine coupling layer (Dinh, Sohl-Dickstein and
/// Bengio 2017, arXiv:1605.08803, equations 4-8), whose lower half is scaled and shifted by constants.
struct AffineLayer: Sendable {
  let network: MaskedNetwork

  /// y, and log |det| as `[S, 1]`.
  func forward(_ x: GraphValue, context: GraphValue?, _ weights: [GraphValue]) -> (
    y: GraphValue, logDeterminant: GraphValue
  ) {
    let output = network.output(of: x, context: context, weights)
    return (x * output.logScale.exp() + output.shift, output.logScale.sum(axes: [1]))
  }

  /// x for y, and log |det ∂y/∂x| there, as `[S, 1]`.
  ///
  /// x ← (y − m(x)) exp(−s(x)) makes one more level right each time.
  ///
  /// - Complexity: one evaluation of the network a level.
  func inverse(_ y: GraphValue, context: GraphValue?, _ weights: [GraphValue]) -> (
    x: GraphValue, logDeterminant: GraphValue
  ) {
    // Of the lowest level the network says the same for any x; without context one row stands for all.
    let rows = context == nil ? 1 : y.shape[0]
    var x = y.builder.constant(Tensor(shape: [rows, y.shape[1]], repeating: 0))
    var logScale = x
    for _ in 0..<network.levelCount {
      let output = network.output(of: x, context: context, weights)
      logScale = output.logScale
      x = (y - output.shift) * (-logScale).exp()
    }
    return (x, logScale.sum(axes: [1]))
  }

  /// ∇ log q at y, where `score` is ∇ log q at x before this layer: J⁻ᵀ (∇ log q(x) − ∇ Σ s), with J = ∂y/∂x.
  ///
  /// J is triangular by ascending levels, and made in full: for layers with many levels.
  func score(
    after score: GraphValue,
    at x: GraphValue,
    context: GraphValue?,
    _ weights: [GraphValue]
  ) -> GraphValue {
    let (count, dimension) = (x.shape[0], x.shape[1])
    let output = network.output(of: x, context: context, weights)
    let (shift, logScale) = network.jacobians(of: output, weights)
    let scale = network.columnsByLevel(output.logScale).exp()
    let stretched = (network.columnsByLevel(x) * scale).reshape([count, dimension, 1])
    let jacobian = scale.diagonalMatrix() + stretched * logScale + shift
    let slope = logScale.sum(axes: [1]).reshape([count, dimension])
    let right = (network.columnsByLevel(score) - slope).reshape([count, dimension, 1])
    let solved = jacobian.triangularSolve(right, transposed: true).reshape([count, dimension])
    return network.columnsInPlace(solved)
  }
}
