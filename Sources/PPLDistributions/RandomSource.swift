package import PPLGraphIR
package import PPLTensorCore

/// Hands out random nodes, each with a stream of its own.
///
/// The numbers of a node depend on the key that the graph is run with and on its stream alone, so a
/// graph that is built in the same way gives the same draws.
package final class RandomSource {
  package let builder: GraphBuilder
  /// The stream of the next node.
  package private(set) var nextStream: Int

  /// A source whose nodes have the streams `firstStream`, `firstStream + 1`, ….
  package init(builder: GraphBuilder, firstStream: Int) {
    self.builder = builder
    nextStream = firstStream
  }

  /// The stream of a node that someone else makes.
  package func takeStream() -> Int {
    defer { nextStream += 1 }
    return nextStream
  }

  /// Uniform on the open interval (0, 1).
  package func uniform(_ shape: Shape) -> GraphValue { draw(.uniform, shape, []) }

  /// Standard normal.
  package func normal(_ shape: Shape) -> GraphValue { draw(.normal, shape, []) }

  /// Gamma with scale 1.
  package func gamma(shapeParameter: GraphValue, _ shape: Shape) -> GraphValue {
    draw(.gamma, shape, [shapeParameter])
  }

  /// Logarithm of a gamma variate with scale 1; finite where the variate itself would underflow.
  package func logGamma(shapeParameter: GraphValue, _ shape: Shape) -> GraphValue {
    draw(.logGamma, shape, [shapeParameter])
  }

  /// Poisson.
  package func poisson(rate: GraphValue, _ shape: Shape) -> GraphValue {
    draw(.poisson, shape, [rate])
  }

  /// Binomial.
  package func binomial(
    count: GraphValue,
    probability: GraphValue,
    _ shape: Shape
  ) -> GraphValue {
    draw(.binomial, shape, [count, probability])
  }

  private func draw(_ kind: RandomKind, _ shape: Shape, _ parameters: [GraphValue]) -> GraphValue {
    let stream = nextStream
    nextStream += 1
    return builder.apply(.random(kind, shape: shape, stream: stream), parameters)
  }
}
