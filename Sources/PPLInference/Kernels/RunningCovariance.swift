/// Means and covariances of vectors that come one by one.
///
/// Source: Welford 1962, doi:10.1080/00401706.1962.10490022, for products of two coordinates.
struct RunningCovariance: Sendable, Hashable, Codable {
  let dimension: Int
  /// Number of vectors seen.
  private(set) var count = 0
  /// Means; 0 without vectors.
  private(set) var mean: [Double]
  /// Sums of products of deviations: the lower triangle by rows, `[D, D]`.
  private var products: [Double]
  private var deviations: [Double]

  /// An empty estimate for vectors of `dimension` elements.
  init(dimension: Int) {
    self.dimension = dimension
    mean = [Double](repeating: 0, count: dimension)
    deviations = mean
    products = [Double](repeating: 0, count: dimension * dimension)
  }

  /// Forgets all vectors.
  mutating func reset() {
    count = 0
    for index in mean.indices { mean[index] = 0 }
    for index in products.indices { products[index] = 0 }
  }

  /// Adds a vector.
  mutating func add(_ vector: [Double]) {
    count += 1
    let weight = 1 / Double(count)
    for index in 0..<dimension {
      deviations[index] = vector[index] - mean[index]
      mean[index] += weight * deviations[index]
    }
    for row in 0..<dimension {
      let rest = vector[row] - mean[row]
      for column in 0...row { products[row * dimension + column] += rest * deviations[column] }
    }
  }

  /// Unbiased covariance of two coordinates, the row not before the column; NaN from fewer than two vectors.
  func covariance(_ row: Int, _ column: Int) -> Double {
    count < 2 ? .nan : products[row * dimension + column] / Double(count - 1)
  }
}
