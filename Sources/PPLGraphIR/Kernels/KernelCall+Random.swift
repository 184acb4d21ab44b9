import PPLTensorCore

extension KernelCall {
  /// Writes one variate after another from the node's stream; parameters repeat by the nest.
  @inline(never)
  func runRandom(_ kind: RandomKind, _ table: UnsafeMutablePointer<Int>, _ key: RandomKey) {
    var generator = key.derived(stream).makeGenerator()
    switch kind {
    case .uniform: unsafe draw(table) { _, _ in generator.nextUniform() }
    case .normal: unsafe draw(table) { _, _ in generator.nextNormal() }
    case .gamma: unsafe draw(table) { shape, _ in generator.nextGamma(shape: shape) }
    case .logGamma: unsafe draw(table) { shape, _ in generator.nextLogGamma(shape: shape) }
    case .poisson: unsafe draw(table) { rate, _ in generator.nextPoisson(rate: rate) }
    case .binomial:
      unsafe draw(table) { generator.nextBinomial(count: $0, probability: $1) }
    }
  }

  @inline(__always)
  private func draw(
    _ table: UnsafeMutablePointer<Int>,
    _ next: (Double, Double) -> Double
  ) {
    var offsets = LoopNest.Strides()
    var target = unsafe result
    for _ in 0..<nest.outerCount {
      for index in 0..<nest.innerCount {
        unsafe target[index] = next(
          first[offsets.first + index * nest.innerStrides.first],
          second[offsets.second + index * nest.innerStrides.second]
        )
      }
      unsafe target += nest.innerCount
      unsafe nest.advance(&offsets, table)
    }
  }
}
