import PPLTensorCore

// Hamiltonian dynamics with a diagonal metric, on the states of a pool.
//
// Notation
//   θ, g     position, gradient of the log density there
//   S        M^-½, diagonal
//   p        S times the momentum of the metric M: its density is the standard normal, and p is also the
//            velocity of the position in units of S
//   P        sum of p up to a state, in time order
//   ε        step size, negative backwards in time
//   H        energy −log density + p·p / 2
//
// The metric is a seam: only this file and `setInverseMass` know that M is diagonal.

extension StatePool {
  /// Draws a momentum p ~ Normal(0, 1) at a state and makes the state the start of a trajectory.
  mutating func refreshMomentum(_ slot: Slot, from generator: inout RandomGenerator) {
    let (p, sum) = unsafe (vector(.momentum, slot), vector(.momentumSum, slot))
    let buffer = unsafe p.mutableBuffer(dimension)
    var elements = unsafe buffer.mutableSpan
    generator.fillWithNormals(&elements)
    var square = SIMD4<Double>.zero
    for block in 0..<blockCount {
      let momentum = unsafe p[block]
      unsafe sum[block] = momentum
      square += momentum * momentum
    }
    self[slot].index = 0
    self[slot].energy = 0.5 * square.sum() - self[slot].logDensity
  }

  /// One leapfrog step of size ε from one state into another.
  ///
  ///     p½ = p + ε/2 S g(θ),  θ' = θ + ε S p½,  p' = p½ + ε/2 S g(θ')
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
    let scale = unsafe scale
    let (p0, p1) = unsafe (vector(.momentum, start), vector(.momentum, end))
    do {
      let (q0, g0) = unsafe (vector(.position, start), vector(.gradient, start))
      let q1 = unsafe vector(.position, end)
      for block in 0..<blockCount {
        let s = unsafe scale[block]
        let p = unsafe p0[block] + half * (s * g0[block])
        unsafe p1[block] = p
        unsafe q1[block] = q0[block] + full * (s * p)
      }
    }
    try evaluate(end, with: evaluator)
    let g1 = unsafe vector(.gradient, end)
    let (sum0, sum1) = unsafe (vector(.momentumSum, start), vector(.momentumSum, end))
    var square = SIMD4<Double>.zero
    let isForward = stepSize > 0
    for block in 0..<blockCount {
      let p = unsafe p1[block] + half * (scale[block] * g1[block])
      unsafe p1[block] = p
      unsafe sum1[block] = isForward ? sum0[block] + p : sum0[block] - p0[block]
      square += p * p
    }
    self[end].index = self[start].index + (isForward ? 1 : -1)
    self[end].energy = 0.5 * square.sum() - self[end].logDensity
  }

  /// Makes of a state, reached by several leapfrog steps, the next state of a trajectory.
  mutating func extend(from start: Slot, to end: Slot, isForward: Bool) {
    let (sum0, sum1) = unsafe (vector(.momentumSum, start), vector(.momentumSum, end))
    let (p0, p1) = unsafe (vector(.momentum, start), vector(.momentum, end))
    for block in 0..<blockCount {
      unsafe sum1[block] = isForward ? sum0[block] + p1[block] : sum0[block] - p0[block]
    }
    self[end].index = self[start].index + (isForward ? 1 : -1)
  }

  /// Whether a trajectory of two states or more has begun to turn back, by the generalised criterion.
  ///
  /// A stretch turns if p(first) · ρ ≤ 0 or p(last) · ρ ≤ 0, with ρ the sum of its momenta. That is asked
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
    let (p0, p1) = unsafe (vector(.momentum, first), vector(.momentum, last))
    var (atFirst, atLast) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for block in 0..<blockCount {
      let p = unsafe p0[block]
      let rho = unsafe sum1[block] - sum0[block] + p
      atFirst += p * rho
      atLast += unsafe p1[block] * rho
    }
    return !(atFirst.sum() > 0 && atLast.sum() > 0)
  }
}
