/// Variances of each coordinate of vectors that come one by one.
///
/// Source: Welford 1962, doi:10.1080/00401706.1962.10490022.
package struct RunningVariance: Sendable, Hashable, Codable {
  /// Number of vectors seen.
  package private(set) var count = 0
  private var mean: [Double]
  private var squares: [Double]

  /// An empty estimate for vectors of `dimension` elements.
  package init(dimension: Int) {
    mean = [Double](repeating: 0, count: dimension)
    squares = mean
  }

  /// Forgets all vectors.
  package mutating func reset() {
    count = 0
    for index in mean.indices {
      mean[index] = 0
      squares[index] = 0
    }
  }

  /// Adds a vector.
  package mutating func add(_ vector: Span<Double>) {
    count += 1
    Self.accumulate(vector, weight: 1 / Double(count), mean: &mean, squares: &squares)
  }

  private static func accumulate(
    _ vector: Span<Double>,
    weight: Double,
    mean: inout [Double],
    squares: inout [Double]
  ) {
    let dimension = mean.count
    precondition(vector.count == dimension, "All vectors of a running variance have one length.")
    var mean = mean.mutableSpan
    var squares = squares.mutableSpan
    for index in 0..<dimension {
      let deviation = vector[index] - mean[index]
      mean[index] += weight * deviation
      squares[index] += deviation * (vector[index] - mean[index])
    }
  }

  /// Mean of a coordinate; 0 without vectors.
  package func mean(_ index: Int) -> Double { mean[index] }

  /// Sum of the squared deviations from the mean of a coordinate: count − 1 times its variance.
  package func sumOfSquares(_ index: Int) -> Double { squares[index] }

  /// Unbiased variance of a coordinate; NaN from fewer than two vectors.
  package func variance(_ index: Int) -> Double {
    count < 2 ? .nan : squares[index] / Double(count - 1)
  }
}
