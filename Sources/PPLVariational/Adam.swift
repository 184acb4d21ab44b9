/// Steps along running means of the gradient, divided by the root of those of its square.
///
/// Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
package struct Adam: Sendable {
  private var first: [Double]
  private var second: [Double]
  private var (decayedFirst, decayedSecond) = (1.0, 1.0)

  private static let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8)

  /// Steps of so many parameters.
  package init(count: Int) {
    first = [Double](repeating: 0, count: count)
    second = first
  }

  /// Moves parameters up a gradient, whose elements begin at a place of an array.
  package mutating func step(
    _ parameters: inout [Double],
    _ gradient: borrowing [Double],
    from start: Int = 0,
    rate: Double
  ) {
    decayedFirst *= Self.beta1
    decayedSecond *= Self.beta2
    let firstScale = 1 / (1 - decayedFirst)
    let secondScale = 1 / (1 - decayedSecond)
    for index in parameters.indices {
      let g = gradient[start + index]
      first[index] = Self.beta1 * first[index] + (1 - Self.beta1) * g
      second[index] = Self.beta2 * second[index] + (1 - Self.beta2) * g * g
      parameters[index] +=
        rate * first[index] * firstScale
        / ((second[index] * secondScale).squareRoot() + Self.epsilon)
    }
  }
}
