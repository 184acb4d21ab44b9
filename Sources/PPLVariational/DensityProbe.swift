package import PPLInference
import PPLTensorCore

/// A log density with its gradient at points given as arrays, which counts how often it is asked.
package final class DensityProbe {
  /// Number of parameters, D.
  package let dimension: Int
  /// Evaluations so far.
  package private(set) var count = 0
  private let evaluator: any LogDensityEvaluator
  private let cancellation: CancellationFlag?

  /// A probe that stops once `cancellation` is raised.
  package convenience init(_ logDensity: any LogDensity, cancellation: CancellationFlag? = nil) {
    self.init(
      logDensity.makeEvaluator(),
      dimension: logDensity.dimension,
      cancellation: cancellation
    )
  }

  /// A probe of an evaluator in whatever coordinates that has adopted.
  package init(
    _ evaluator: any LogDensityEvaluator,
    dimension: Int,
    cancellation: CancellationFlag? = nil
  ) {
    self.dimension = dimension
    self.evaluator = evaluator
    self.cancellation = cancellation
  }

  /// The log density at a position; its gradient is written to `gradient`.
  func evaluate(_ position: borrowing [Double], gradient: inout [Double])
    throws(ApproximationError) -> Double
  {
    count += 1
    if cancellation?.isCancelled == true { throw .cancelled }
    var span = gradient.mutableSpan
    do {
      return try evaluator.evaluate(at: position.span, gradient: &span)
    } catch {
      throw .evaluation(message: error.message)
    }
  }

  /// A point of the density.
  func point(at position: [Double]) throws(ApproximationError) -> AscentPoint {
    var gradient = [Double](repeating: 0, count: dimension)
    let value = try evaluate(position, gradient: &gradient)
    return AscentPoint(position: position, value: value, gradient: gradient)
  }

  /// A point with finite density and gradient, from uniform positions on (−2, 2)ᴰ.
  func start(_ generator: inout RandomGenerator) throws(ApproximationError) -> AscentPoint {
    var tried: [[Double]] = []
    for _ in 0..<Self.attempts {
      let position = (0..<dimension).map { _ in 4 * generator.nextUniform() - 2 }
      let point = try point(at: position)
      if point.isFinite { return point }
      tried.append(position)
    }
    throw .noStart(positions: Array(tried.suffix(5)))
  }

  /// Draws of a normal distribution, whose steps from its mean a map makes of standard normal noise.
  ///
  /// `logConstant` is −log |det| of that map.
  func normalDraws(
    _ count: Int,
    around mean: [Double],
    logConstant: Double,
    _ generator: inout RandomGenerator,
    step: ([Double]) -> [Double]
  ) throws(ApproximationError) -> Approximation {
    var result = Approximation()
    let constant = logConstant - Double(dimension) * halfLogTwoPi
    for _ in 0..<count {
      let noise = mean.map { _ in generator.nextNormal() }
      let point = try point(at: zip(mean, step(noise)).map(+))
      result.positions += point.position
      result.logDensities.append(point.value.isNaN ? -.infinity : point.value)
      result.logApproximations.append(constant - 0.5 * innerProduct(noise, noise))
    }
    result.gradientCount = self.count
    return result
  }

  private static let attempts = 100
}
