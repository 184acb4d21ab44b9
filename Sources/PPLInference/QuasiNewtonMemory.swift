/// What the last steps of an ascent tell of the curvature: the limited-memory BFGS estimate of the inverse Hessian.
///
/// Source: Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7. Signs are those of the negative log density, so that sᵀy > 0
/// where it is convex. Notation: s and y differences between the positions and gradients of two steps.
package struct QuasiNewtonMemory: Sendable {
  /// Two successive points of the path.
  package struct Pair: Sendable {
    package var s: [Double]
    package var y: [Double]
    /// 1 / sᵀy.
    package var rho: Double
  }

  /// The pairs that are kept, oldest first.
  package private(set) var pairs: [Pair] = []
  private let limit: Int

  /// A memory of at most `limit` pairs, which may know some, oldest first.
  package init(limit: Int = 8, pairs: [(s: [Double], y: [Double])] = []) {
    self.limit = limit
    self.pairs = pairs.map { Pair(s: $0.s, y: $0.y, rho: 1 / innerProduct($0.s, $0.y)) }
  }

  /// Forgets everything.
  package mutating func removeAll() { pairs.removeAll() }

  /// The estimate of the inverse Hessian times a gradient: the direction of ascent.
  ///
  /// Without pairs a step of length 1 along the gradient.
  package func direction(_ gradient: [Double]) -> [Double] {
    guard let last = pairs.last else {
      let norm = innerProduct(gradient, gradient).squareRoot()
      return norm > 0 ? gradient.map { $0 / norm } : gradient
    }
    var q = gradient
    var alphas: [Double] = []
    for pair in pairs.reversed() {
      let alpha = pair.rho * innerProduct(pair.s, q)
      alphas.append(alpha)
      for index in q.indices { q[index] -= alpha * pair.y[index] }
    }
    let scale = 1 / (last.rho * innerProduct(last.y, last.y))
    for index in q.indices { q[index] *= scale }
    for (pair, alpha) in zip(pairs, alphas.reversed()) {
      let beta = pair.rho * innerProduct(pair.y, q)
      for index in q.indices { q[index] += (alpha - beta) * pair.s[index] }
    }
    return q
  }

  /// Keeps the differences of a step where the curvature along it is positive.
  ///
  /// - Returns: whether they were kept.
  @discardableResult
  package mutating func remember(
    from old: (position: [Double], gradient: [Double]),
    to new: (position: [Double], gradient: [Double])
  ) -> Bool {
    let s = zip(new.position, old.position).map(-)
    let y = zip(old.gradient, new.gradient).map(-)
    let curvature = innerProduct(s, y)
    guard curvature > 1e-10 * innerProduct(y, y).squareRoot() * innerProduct(s, s).squareRoot(),
      curvature.isFinite
    else { return false }
    pairs.append(Pair(s: s, y: y, rho: 1 / curvature))
    if pairs.count > limit { pairs.removeFirst() }
    return true
  }
}

/// Σ a b.
package func innerProduct(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for index in a.indices { sum += a[index] * b[index] }
  return sum
}
