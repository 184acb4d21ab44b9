import PPLTensorCore

// Hamiltonian dynamics with a diagonal metric, on the states of a pool.
//
// Notation
//   θ, g     position, gradient of the log density there
//   p, v     momentum, velocity v = M⁻¹ p
//   P        sum of momenta up to a state, in time order
//   ε        step size, negative backwards in time
//   H        energy −log density + p·v / 2
//
// The metric is a seam: only this file and `setInverseMass` know that M is diagonal.

extension StatePool {
  /// Draws a momentum p ~ Normal(0, M) at a state and makes the state the start of a trajectory.
  mutating func refreshMomentum(_ slot: Slot, from generator: inout RandomGenerator) {
    let (p, v) = unsafe (vector(.momentum, slot), vector(.velocity, slot))
    let sum = unsafe vector(.momentumSum, slot)
    let (inverse, scale) = unsafe (inverseMass, momentumScale)
    for index in 0..<dimension {
      unsafe p[element: index] = generator.nextNormal() * scale[element: index]
    }
    var product = SIMD4<Double>.zero
    for block in 0..<blockCount {
      let momentum = unsafe p[block]
      let velocity = unsafe inverse[block] * momentum
      unsafe v[block] = velocity
      unsafe sum[block] = momentum
      product += momentum * velocity
    }
    self[slot].index = 0
    self[slot].energy = 0.5 * product.sum() - self[slot].logDensity
  }

  /// One leapfrog step of size ε from one state into another.
  ///
  ///     p½ = p + ε/2 g(θ),  θ' = θ + ε M⁻¹ p½,  p' = p½ + ε/2 g(θ')
  ///
  /// - Throws: `EvaluationError` of the log density.
  @inline(__always)
  mutating func leapfrog(
    from start: Slot,
    to end: Slot,
    stepSize: Double,
    evaluator: any LogDensityEvaluator
  ) throws(EvaluationError) {
    let half = SIMD4(repeating: 0.5 * stepSize)
    let full = SIMD4(repeating: stepSize)
    let inverse = unsafe inverseMass
    let (p0, p1) = unsafe (vector(.momentum, start), vector(.momentum, end))
    do {
      let (q0, g0) = unsafe (vector(.position, start), vector(.gradient, start))
      let q1 = unsafe vector(.position, end)
      for block in 0..<blockCount {
        let p = unsafe p0[block] + half * g0[block]
        unsafe p1[block] = p
        unsafe q1[block] = q0[block] + full * (inverse[block] * p)
      }
    }
    try evaluate(end, with: evaluator)
    let (g1, v1) = unsafe (vector(.gradient, end), vector(.velocity, end))
    let (sum0, sum1) = unsafe (vector(.momentumSum, start), vector(.momentumSum, end))
    var product = SIMD4<Double>.zero
    let isForward = stepSize > 0
    for block in 0..<blockCount {
      let p = unsafe p1[block] + half * g1[block]
      let v = unsafe inverse[block] * p
      unsafe p1[block] = p
      unsafe v1[block] = v
      unsafe sum1[block] = isForward ? sum0[block] + p : sum0[block] - p0[block]
      product += p * v
    }
    self[end].index = self[start].index + (isForward ? 1 : -1)
    self[end].energy = 0.5 * product.sum() - self[end].logDensity
  }

  /// Whether a trajectory of two states or more has begun to turn back, by the generalised criterion.
  ///
  /// A stretch turns if v(first) · ρ ≤ 0 or v(last) · ρ ≤ 0, with ρ the sum of its momenta. That is asked
  /// of the whole trajectory, and of each half together with the first state of the other.
  ///
  /// Source: Betancourt 2013, arXiv:1304.1920, and 2017, arXiv:1701.02434, appendix A.4.2; the checks
  /// across the halves are Stan's since 2.21.
  @inline(__always)
  func isTurning(_ left: Subtree, _ right: Subtree) -> Bool {
    if left.first == left.last { return isTurning(from: left.first, to: right.last) }
    return isTurning(from: left.first, to: right.last)
      || isTurning(from: left.first, to: right.first)
      || isTurning(from: left.last, to: right.last)
  }

  /// Whether one stretch turns.
  @inline(__always)
  private func isTurning(from first: Slot, to last: Slot) -> Bool {
    let (sum0, sum1) = unsafe (vector(.momentumSum, first), vector(.momentumSum, last))
    let (v0, v1) = unsafe (vector(.velocity, first), vector(.velocity, last))
    let p0 = unsafe vector(.momentum, first)
    var (atFirst, atLast) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for block in 0..<blockCount {
      let rho = unsafe sum1[block] - sum0[block] + p0[block]
      atFirst += unsafe v0[block] * rho
      atLast += unsafe v1[block] * rho
    }
    return !(atFirst.sum() > 0 && atLast.sum() > 0)
  }
}
