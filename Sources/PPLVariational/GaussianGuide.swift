package import PPLTensorCore

/// Which normal distributions an approximation is chosen from.
package enum GuideFamily: Sendable, Hashable {
  /// Independent parameters.
  case meanField
  /// Any covariance matrix.
  case fullRank
  /// A diagonal matrix plus one of this rank.
  case lowRank(Int)

  /// The family for people.
  var words: String {
    switch self {
    case .meanField: "mean field"
    case .fullRank: "full rank"
    case .lowRank(let rank): "rank \(rank)"
    }
  }
}

/// Normal distributions of x on ℝᴰ with free parameters λ, and their derivatives by λ along given noise.
///
/// x = m + A ε with standard normal ε; A is diagonal, lower triangular, or diag(d) with r more columns U for r more ε.
/// Scales are kept as logarithms.
package struct GaussianGuide: Sendable {
  package let family: GuideFamily
  package let dimension: Int
  /// Number of standard normal numbers that a draw takes.
  package let noiseCount: Int
  package let parameterCount: Int
  private let rank: Int

  package init(_ family: GuideFamily, dimension: Int) {
    self.family = family
    self.dimension = dimension
    switch family {
    case .meanField: (rank, parameterCount) = (0, 2 * dimension)
    case .fullRank: (rank, parameterCount) = (0, dimension + dimension * (dimension + 1) / 2)
    case .lowRank(let count):
      rank = min(count, dimension)
      parameterCount = 2 * dimension + dimension * rank
    }
    noiseCount = dimension + rank
  }

  /// Parameters with mean 0 and scale 1.
  ///
  /// Columns beside the diagonal begin small and unequal, as all of their derivatives are 0 at 0.
  package func initialParameters(_ generator: inout RandomGenerator) -> [Double] {
    var parameters = [Double](repeating: 0, count: parameterCount)
    for index in (2 * dimension)..<max(2 * dimension, parameterCount) where rank > 0 {
      parameters[index] = 0.1 * generator.nextNormal()
    }
    return parameters
  }

  /// Place of the row i of the lower triangle.
  private func row(_ index: Int) -> Int { dimension + index * (index + 1) / 2 }

  /// Writes x for some noise.
  package func place(
    _ parameters: borrowing [Double],
    noise: borrowing [Double],
    into x: inout [Double]
  ) {
    let count = dimension
    switch family {
    case .meanField:
      for i in 0..<count {
        x[i] = parameters[i] + LibM.exp(parameters[count + i]) * noise[i]
      }
    case .fullRank:
      for i in 0..<count {
        let start = row(i)
        var sum = parameters[i] + LibM.exp(parameters[start + i]) * noise[i]
        for j in 0..<i { sum += parameters[start + j] * noise[j] }
        x[i] = sum
      }
    case .lowRank:
      for i in 0..<count {
        var sum = parameters[i] + LibM.exp(parameters[count + i]) * noise[i]
        let start = 2 * count + i * rank
        for k in 0..<rank { sum += parameters[start + k] * noise[count + k] }
        x[i] = sum
      }
    }
  }

  /// What a parameter vector fixes for all noise.
  package struct Prepared {
    /// −½ log det Σ − ½ D log 2π.
    var logNormaliser: Double
    /// Of the low-rank form: the factor of I + Uᵀ D⁻² U.
    fileprivate var capacitance: LowerFactor?
  }

  /// Works out what does not depend on the noise; nil where the parameters are out of range.
  package func prepare(_ parameters: borrowing [Double]) -> Prepared? {
    let count = dimension
    var logDeterminant = 0.0
    for i in 0..<count {
      logDeterminant += family == .fullRank ? parameters[row(i) + i] : parameters[count + i]
    }
    guard logDeterminant.isFinite else { return nil }
    let constant = -Double(count) * halfLogTwoPi
    guard rank > 0 else { return Prepared(logNormaliser: constant - logDeterminant) }
    var matrix = [Double](repeating: 0, count: rank * rank)
    for k in 0..<rank { matrix[k * rank + k] = 1 }
    for i in 0..<count {
      let precision = LibM.exp(-2 * parameters[count + i])
      let start = 2 * count + i * rank
      for k in 0..<rank {
        for l in 0...k {
          matrix[k * rank + l] += precision * parameters[start + k] * parameters[start + l]
        }
      }
    }
    for k in 0..<rank {
      for l in 0..<k { matrix[l * rank + k] = matrix[k * rank + l] }
    }
    guard let factor = LowerFactor(of: matrix, size: rank) else { return nil }
    return Prepared(
      logNormaliser: constant - logDeterminant - factor.logDeterminant,
      capacitance: factor
    )
  }

  /// The log density at the x of some noise; its derivative by x is written to `score`.
  package func logDensity(
    _ parameters: borrowing [Double],
    _ prepared: Prepared,
    noise: borrowing [Double],
    score: inout [Double]
  ) -> Double {
    let count = dimension
    var square = 0.0
    switch family {
    case .meanField:
      for i in 0..<count {
        square += noise[i] * noise[i]
        score[i] = -noise[i] * LibM.exp(-parameters[count + i])
      }
    case .fullRank:
      // −A⁻ᵀ ε, by back substitution.
      for i in 0..<count {
        square += noise[i] * noise[i]
        score[i] = -noise[i]
      }
      for i in stride(from: count - 1, through: 0, by: -1) {
        let start = row(i)
        score[i] *= LibM.exp(-parameters[start + i])
        for j in 0..<i { score[j] -= parameters[start + j] * score[i] }
      }
    case .lowRank:
      // With r = x − m and w = D⁻² r: Σ⁻¹ r = w − D⁻² U (I + Uᵀ D⁻² U)⁻¹ Uᵀ w.
      var projected = [Double](repeating: 0, count: rank)
      for i in 0..<count {
        let d = LibM.exp(parameters[count + i])
        var residual = d * noise[i]
        let start = 2 * count + i * rank
        for k in 0..<rank { residual += parameters[start + k] * noise[count + k] }
        let weighted = residual / (d * d)
        square += residual * weighted
        score[i] = -weighted
        for k in 0..<rank { projected[k] += parameters[start + k] * weighted }
      }
      guard let factor = prepared.capacitance else { break }
      let half = factor.solve(projected, transposed: false)
      for k in 0..<rank { square -= half[k] * half[k] }
      let inner = factor.solve(half, transposed: true)
      for i in 0..<count {
        let start = 2 * count + i * rank
        var sum = 0.0
        for k in 0..<rank { sum += parameters[start + k] * inner[k] }
        score[i] += sum * LibM.exp(-2 * parameters[count + i])
      }
    }
    return prepared.logNormaliser - 0.5 * square
  }

  /// Adds the derivative by λ of something whose derivative by x is given, along fixed noise.
  package func accumulate(
    _ parameters: borrowing [Double],
    noise: borrowing [Double],
    derivative: borrowing [Double],
    into gradient: inout [Double]
  ) {
    let count = dimension
    for i in 0..<count { gradient[i] += derivative[i] }
    switch family {
    case .meanField, .lowRank:
      for i in 0..<count {
        gradient[count + i] +=
          derivative[i] * noise[i] * LibM.exp(parameters[count + i])
      }
      for i in 0..<count where rank > 0 {
        let start = 2 * count + i * rank
        for k in 0..<rank { gradient[start + k] += derivative[i] * noise[count + k] }
      }
    case .fullRank:
      for i in 0..<count {
        let start = row(i)
        for j in 0..<i { gradient[start + j] += derivative[i] * noise[j] }
        gradient[start + i] += derivative[i] * noise[i] * LibM.exp(parameters[start + i])
      }
    }
  }
}

/// A map z = c + B x from the coordinates of a guide to those of the model, so that all parameters are of the same size.
package struct GuideFrame: Sendable {
  package enum Scale: Sendable {
    case diagonal([Double])
    case factor(LowerFactor)
  }

  package var centre: [Double]
  package var scale: Scale

  package init(centre: [Double], scale: Scale) {
    self.centre = centre
    self.scale = scale
  }

  /// log |det B|.
  var logDeterminant: Double {
    switch scale {
    case .diagonal(let scales): scales.reduce(0) { $0 + LibM.log($1) }
    case .factor(let factor): factor.logDeterminant
    }
  }

  /// Writes z for an x.
  func place(_ x: borrowing [Double], into z: inout [Double]) {
    switch scale {
    case .diagonal(let scales):
      for i in centre.indices { z[i] = centre[i] + scales[i] * x[i] }
    case .factor(let factor):
      let size = centre.count
      for i in 0..<size {
        var sum = centre[i]
        for j in 0...i { sum += factor.elements[i * size + j] * x[j] }
        z[i] = sum
      }
    }
  }

  /// Replaces a derivative by z with that by x.
  func pullBack(_ derivative: inout [Double]) {
    switch scale {
    case .diagonal(let scales):
      for i in derivative.indices { derivative[i] *= scales[i] }
    case .factor(let factor):
      let size = centre.count
      for j in 0..<size {
        var sum = 0.0
        for i in j..<size { sum += factor.elements[i * size + j] * derivative[i] }
        derivative[j] = sum
      }
    }
  }
}
