package import PPLGraphIR
package import PPLTensorCore

/// A bijection of ℝᴰ made of layers with weights, the identity at first.
///
/// Its *fast direction* takes one pass through each network. For a distribution that is to be drawn from, as an approximation
/// is, that direction leads from noise to points: with autoregressive layers this is the inverse autoregressive flow. For one
/// whose density at given points is wanted, as in density estimation, it leads from points to noise: the masked autoregressive flow
/// (Papamakarios, Pavlakou and Murray 2017, arXiv:1705.07057). Coupling layers are fast both ways.
package struct Flow: Sendable {
  /// How a layer's numbers depend on each other.
  package enum Family: Sendable, Hashable {
    /// Each number on all before it; the order is reversed from layer to layer.
    case autoregressive
    /// One half on the other. Pairs of layers exchange the halves, and the next pair divides otherwise: by the next bit of the
    /// numbers' positions, so that any two stand on different sides somewhere.
    case coupling
  }

  package let family: Family
  /// D.
  package let dimension: Int
  /// Numbers that a flow may depend on beside its weights.
  package let contextCount: Int
  /// Units of each of a layer's two hidden layers.
  package let hidden: Int
  let layers: [AffineLayer]

  /// A flow.
  ///
  /// - Parameters:
  ///   - family: what its layers are.
  ///   - dimension: D ≥ 1. A flow of one number without context is an affine map.
  ///   - layers: how many; nil for 4 autoregressive ones, and for two of each division (at least 6, at most 12) of coupling ones.
  ///   - hidden: units of each of a layer's two hidden layers; nil for 4 D, at least 32 and at most 128.
  ///   - contextCount: numbers that it depends on.
  package init(
    _ family: Family,
    dimension: Int,
    layers: Int? = nil,
    hidden: Int? = nil,
    contextCount: Int = 0
  ) {
    self.family = family
    self.dimension = dimension
    self.contextCount = contextCount
    let units = hidden ?? min(max(32, 4 * min(dimension, 128)), 128)
    self.hidden = units
    let bits = Self.divisions(dimension)
    let count: Int
    switch family {
    case .autoregressive: count = layers ?? 4
    case .coupling: count = layers ?? 2 * min(max(3, bits), 6)
    }
    self.layers = (0..<count).map { number in
      let levels: [Int] = (0..<dimension).map { position in
        switch family {
        case .autoregressive: return number % 2 == 0 ? position + 1 : dimension - position
        case .coupling:
          guard dimension > 1 else { return 1 }
          let side = position >> (number / 2 % bits) & 1
          return 1 + (number % 2 == 0 ? side : 1 - side)
        }
      }
      return AffineLayer(
        network: MaskedNetwork(levels: levels, contextCount: contextCount, hidden: units)
      )
    }
  }

  /// Bits that positions below a dimension differ in, at least 1.
  private static func divisions(_ dimension: Int) -> Int {
    max(1, Int.bitWidth - (dimension - 1).leadingZeroBitCount)
  }

  // MARK: Weights

  /// The shapes of all weights, those of one layer behind those of another; each is an input of the flow's graphs.
  package var weightShapes: [Shape] { layers.flatMap(\.network.weightShapes) }

  /// Number of weights' elements.
  package var parameterCount: Int { weightShapes.reduce(0) { $0 + $1.count } }

  /// Weights of the identity.
  package func initialParameters(_ generator: inout RandomGenerator) -> [Double] {
    layers.flatMap { $0.network.initialWeights(&generator) }
  }

  private func weights(_ all: [GraphValue], ofLayer number: Int) -> [GraphValue] {
    let width = layers.first?.network.weightShapes.count ?? 0
    return Array(all[(number * width)..<((number + 1) * width)])
  }

  // MARK: Maps

  /// Numbers `[S, D]` through all layers in the fast direction, with log |det| of the map as `[S, 1]`.
  ///
  /// - Parameters:
  ///   - x: numbers, `[S, D]`.
  ///   - context: `[S, C]` where there is one.
  ///   - weights: in the order of `weightShapes`.
  /// - Returns: the numbers behind all layers, and log |det|.
  package func forward(_ x: GraphValue, context: GraphValue? = nil, weights: [GraphValue]) -> (
    y: GraphValue, logDeterminant: GraphValue
  ) {
    var (y, sum) = (x, x.builder.constant(Tensor(shape: [x.shape[0], 1], repeating: 0)))
    for (number, layer) in layers.enumerated() {
      let step = layer.forward(y, context: context, self.weights(weights, ofLayer: number))
      y = step.y
      sum = sum + step.logDeterminant
    }
    return (y, sum)
  }

  /// What `forward` takes to y `[S, D]`, with log |det| of `forward` there as `[S, 1]`.
  ///
  /// - Complexity: of a coupling layer twice its forward pass; of an autoregressive one D times.
  package func inverse(_ y: GraphValue, context: GraphValue? = nil, weights: [GraphValue]) -> (
    x: GraphValue, logDeterminant: GraphValue
  ) {
    var (x, sum) = (y, y.builder.constant(Tensor(shape: [y.shape[0], 1], repeating: 0)))
    for (number, layer) in layers.enumerated().reversed() {
      let step = layer.inverse(x, context: context, self.weights(weights, ofLayer: number))
      x = step.x
      sum = sum + step.logDeterminant
    }
    return (x, sum)
  }

  /// ∇ log q at the y of noise `[S, D]`, for the distribution q of y, by the layers' Jacobians.
  func score(ofNoise noise: GraphValue, weights: [GraphValue]) -> GraphValue {
    var (x, score) = (noise, -noise)
    for (number, layer) in layers.enumerated() {
      let own = self.weights(weights, ofLayer: number)
      score = layer.score(after: score, at: x, context: nil, own)
      x = layer.forward(x, context: nil, own).y
    }
    return score
  }
}
