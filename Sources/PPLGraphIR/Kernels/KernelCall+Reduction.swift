extension KernelCall {
  /// Nest: (operand, result); the result holds the identity.
  ///
  /// The inner axis of the operand is contiguous.
  @inline(__always)
  private func reduce(
    _ table: UnsafeMutablePointer<Int>,
    identity: Double,
    _ combine: (Double, Double) -> Double,
    _ combineLanes: (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>
  ) {
    let count = nest.innerCount
    var offsets = LoopNest.Strides()
    for _ in 0..<nest.outerCount {
      let source = unsafe first + offsets.first
      let target = unsafe result + offsets.second
      if nest.innerStrides.second == 1 {
        for index in 0..<count { unsafe target[index] = combine(target[index], source[index]) }
      } else {
        // Eight partial results break the chain of dependences and lessen rounding.
        var partial = identity
        var index = 0
        if count >= 16 {
          var lanes = SIMD8<Double>(repeating: identity)
          while index + 8 <= count {
            let next = unsafe UnsafeRawPointer(source + index).loadUnaligned(
              as: SIMD8<Double>.self
            )
            lanes = combineLanes(lanes, next)
            index += 8
          }
          for lane in 0..<8 { partial = combine(partial, lanes[lane]) }
        }
        while index < count {
          partial = unsafe combine(partial, source[index])
          index += 1
        }
        unsafe target[0] = combine(target[0], partial)
      }
      unsafe nest.advance(&offsets, table)
    }
  }

  @inline(never)
  func runReduction(_ reduction: Reduction, _ table: UnsafeMutablePointer<Int>) {
    let identity = reduction.identity
    switch reduction {
    case .sum: unsafe reduce(table, identity: identity, { $0 + $1 }, { $0 + $1 })
    case .product: unsafe reduce(table, identity: identity, { $0 * $1 }, { $0 * $1 })
    // NaN wins, as in the elementwise primitives.
    case .maximum:
      unsafe reduce(
        table,
        identity: identity,
        { $0 >= $1 || $0.isNaN ? $0 : $1 },
        { $1.replacing(with: $0, where: $0 .>= $1 .| $0 .!= $0) }
      )
    case .minimum:
      unsafe reduce(
        table,
        identity: identity,
        { $0 <= $1 || $0.isNaN ? $0 : $1 },
        { $1.replacing(with: $0, where: $0 .<= $1 .| $0 .!= $0) }
      )
    }
  }

  /// Sizes: (outer axes, the axis, inner axes).
  @inline(never)
  func runCumulativeSum(reversed: Bool) {
    let (outer, length, inner) = sizes
    for block in 0..<outer {
      let start = block * length * inner
      for step in 0..<length {
        let position = start + (reversed ? length - 1 - step : step) * inner
        let previous = reversed ? position + inner : position - inner
        for index in 0..<inner {
          let before = unsafe step == 0 ? 0 : result[previous + index]
          unsafe result[position + index] = before + first[position + index]
        }
      }
    }
  }
}
