import PPLInference
import PPLTensorCore

/// The covariance Σ = diag(α) + β γ βᵀ that the path of an ascent tells, with draws from Normal(μ, Σ).
///
/// β `[D, 2 J]` holds diag(α) Y and S for the last J differences S of positions and Y of gradients, γ `[2 J, 2 J]` is
///
///     γ = [[0, −R⁻¹], [−R⁻ᵀ, R⁻ᵀ (E + Yᵀ diag(α) Y) R⁻¹]]
///
/// with R the upper triangle of Sᵀ Y and E its diagonal.
///
/// Source: Zhang, Carpenter, Gelman and Vehtari 2022, arXiv:2108.03782, algorithms 3 and 4.
struct InverseHessianEstimate {
  private let alpha: [Double]
  /// Columns of an orthonormal basis of diag(α)^−½ β, one behind the other, `[columns, D]`.
  private let basis: [[Double]]
  /// The factor of I + Λ γ Λᵀ with diag(α)^−½ β = Q Λ.
  private let factor: LowerFactor
  let mean: [Double]

  /// The estimate at a point; nil where it is no covariance.
  init?(_ point: AscentPoint, _ memory: QuasiNewtonMemory, alpha: [Double]) {
    self.alpha = alpha
    let pairs = memory.pairs
    let (count, width) = (pairs.count, 2 * pairs.count)
    let roots = alpha.map { $0.squareRoot() }
    // diag(α)^½ Y, then diag(α)^−½ S.
    let columns =
      pairs.map { zip($0.y, roots).map(*) } + pairs.map { zip($0.s, roots).map(/) }
    // By Gram and Schmidt, twice; columns that depend on others are left out.
    var basis: [[Double]] = []
    var lambda: [[Double]] = []
    for column in columns {
      var rest = column
      var coordinates = [Double](repeating: 0, count: width)
      for _ in 0..<2 {
        for (number, vector) in basis.enumerated() {
          let share = innerProduct(vector, rest)
          coordinates[number] += share
          for index in rest.indices { rest[index] -= share * vector[index] }
        }
      }
      let length = innerProduct(rest, rest).squareRoot()
      if length > 1e-10 * innerProduct(column, column).squareRoot() {
        coordinates[basis.count] = length
        basis.append(rest.map { $0 / length })
      }
      lambda.append(coordinates)
    }
    self.basis = basis
    let gamma = Self.gamma(pairs, alpha)
    // Λ γ Λᵀ, with Λ's columns in `lambda`.
    let size = basis.count
    var matrix = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        var sum = i == j ? 1.0 : 0
        for k in 0..<width {
          for l in 0..<width { sum += lambda[k][i] * gamma[k * width + l] * lambda[l][j] }
        }
        matrix[i * size + j] = sum
      }
    }
    guard count == 0 || matrix.allSatisfy(\.isFinite),
      let factor = LowerFactor(of: matrix, size: size)
    else { return nil }
    self.factor = factor
    mean = zip(point.position, Self.product(point.gradient, alpha, basis, factor)).map(+)
    guard mean.allSatisfy(\.isFinite) else { return nil }
  }

  private static func gamma(_ pairs: [QuasiNewtonMemory.Pair], _ alpha: [Double]) -> [Double] {
    let count = pairs.count
    let width = 2 * count
    var inverse = [Double](repeating: 0, count: count * count)
    // R⁻¹ of the upper triangle Rᵢⱼ = sᵢᵀ yⱼ, column by column.
    for j in 0..<count {
      for i in stride(from: j, through: 0, by: -1) {
        var sum = i == j ? 1.0 : 0
        for k in (i + 1)..<max(i + 1, j + 1) {
          sum -= innerProduct(pairs[i].s, pairs[k].y) * inverse[k * count + j]
        }
        inverse[i * count + j] = sum / innerProduct(pairs[i].s, pairs[i].y)
      }
    }
    var inner = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count {
        var sum = i == j ? innerProduct(pairs[i].s, pairs[i].y) : 0
        for index in alpha.indices {
          sum += pairs[i].y[index] * alpha[index] * pairs[j].y[index]
        }
        inner[i * count + j] = sum
      }
    }
    var gamma = [Double](repeating: 0, count: width * width)
    for i in 0..<count {
      for j in 0..<count {
        gamma[i * width + count + j] = -inverse[i * count + j]
        gamma[(count + j) * width + i] = -inverse[i * count + j]
        var sum = 0.0
        for k in 0..<count {
          for l in 0..<count {
            sum += inverse[k * count + i] * inner[k * count + l] * inverse[l * count + j]
          }
        }
        gamma[(count + i) * width + count + j] = sum
      }
    }
    return gamma
  }

  /// Σ v.
  private static func product(
    _ v: [Double],
    _ alpha: [Double],
    _ basis: [[Double]],
    _ factor: LowerFactor
  ) -> [Double] {
    let roots = alpha.map { $0.squareRoot() }
    let u = zip(v, roots).map(*)
    let coordinates = basis.map { innerProduct($0, u) }
    let moved = factor.multiply(factor.multiply(coordinates, transposed: true), transposed: false)
    var result = u
    for (number, vector) in basis.enumerated() {
      let change = moved[number] - coordinates[number]
      for index in result.indices { result[index] += change * vector[index] }
    }
    return zip(result, roots).map(*)
  }

  /// The diagonal of Σ.
  var variances: [Double] {
    let size = basis.count
    return alpha.indices.map { index in
      let row = basis.map { $0[index] }
      let moved = factor.multiply(row, transposed: true)
      let extra = innerProduct(moved, moved) - innerProduct(row, row)
      return alpha[index] * (1 + (size > 0 ? extra : 0))
    }
  }

  /// Σ, `[D, D]`.
  var covariance: [Double] {
    let count = alpha.count
    var matrix = [Double](repeating: 0, count: count * count)
    for column in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[column] = 1
      let product = Self.product(unit, alpha, basis, factor)
      for row in 0..<count { matrix[row * count + column] = product[row] }
    }
    symmetrize(&matrix, size: count)
    return matrix
  }

  /// A draw and its log density.
  func draw(_ generator: inout RandomGenerator) -> (position: [Double], logDensity: Double) {
    let noise = alpha.map { _ in generator.nextNormal() }
    let coordinates = basis.map { innerProduct($0, noise) }
    let moved = factor.multiply(coordinates, transposed: false)
    var step = noise
    for (number, vector) in basis.enumerated() {
      let change = moved[number] - coordinates[number]
      for index in step.indices { step[index] += change * vector[index] }
    }
    var logDensity = -Double(alpha.count) * halfLogTwoPi - factor.logDeterminant
    logDensity -= 0.5 * innerProduct(noise, noise)
    for value in alpha { logDensity -= 0.5 * LibM.log(value) }
    let position = alpha.indices.map { mean[$0] + alpha[$0].squareRoot() * step[$0] }
    return (position, logDensity)
  }

  /// The diagonal part after one more step of the path, which is scaled to it.
  static func updated(_ alpha: [Double], _ pair: QuasiNewtonMemory.Pair) -> [Double] {
    var (a, c) = (0.0, 0.0)
    for index in alpha.indices {
      a += pair.y[index] * alpha[index] * pair.y[index]
      c += pair.s[index] * pair.s[index] / alpha[index]
    }
    let b = innerProduct(pair.y, pair.s)
    let next = alpha.indices.map { index -> Double in
      let (own, s, y) = (alpha[index], pair.s[index], pair.y[index])
      return 1 / (a / (b * own) + y * y / b - a * s * s / (b * c * own * own))
    }
    return next.allSatisfy { $0 > 0 && $0.isFinite } ? next : alpha
  }
}
