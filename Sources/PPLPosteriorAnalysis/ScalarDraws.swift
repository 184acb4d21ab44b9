/// Draws of one scalar quantity: the same number from each chain.
package struct ScalarDraws: Sendable {
  /// Number of chains, C.
  package let chainCount: Int
  /// Number of draws of each chain, N.
  package let drawCount: Int
  /// The draws, chain by chain, shape `[C, N]`.
  package let values: [Double]

  /// Draws from a flat array.
  ///
  /// - Parameters:
  ///   - values: shape `[C, N]`, chain by chain.
  ///   - chainCount: C.
  ///   - drawCount: N.
  package init(_ values: [Double], chainCount: Int, drawCount: Int) {
    precondition(chainCount >= 0 && drawCount >= 0, "chain and draw counts are not negative")
    precondition(values.count == chainCount * drawCount, "draws must fill chains x draws")
    self.values = values
    self.chainCount = chainCount
    self.drawCount = drawCount
  }

  /// Draws from one array a chain; longer chains are cut to the shortest one.
  package init(chains: [[Double]]) {
    let drawCount = chains.map(\.count).min() ?? 0
    var values: [Double] = []
    values.reserveCapacity(chains.count * drawCount)
    for chain in chains { values.append(contentsOf: chain.prefix(drawCount)) }
    self.init(values, chainCount: chains.count, drawCount: drawCount)
  }

  /// The draws of one chain.
  package func chain(_ index: Int) -> [Double] {
    Array(values[(index * drawCount)..<((index + 1) * drawCount)])
  }
}
