package import PPLInference
package import PPLTensorCore

/// A mean-field approximation whose bound is taken over fixed draws, so that it has an optimum to be found exactly, with the
/// covariance that the posterior's response to small changes tells.
///
/// The bound over M fixed ε is maximised by quasi-Newton steps over means and log scales. Its Hessian H there gives Cov(x) ≈ the
/// block of −H⁻¹ that belongs to the means: unlike the scales of a mean field these variances count the correlations. Draws are from
/// the normal distribution with that covariance.
///
/// Source: Giordano, Ingram and Broderick 2024, arXiv:2304.05527; linear response: Giordano, Broderick and Jordan 2018, arXiv:1709.02536.
package struct DeterministicFit {
  /// Draws of the approximation.
  package var draws: Int
  /// Number of fixed draws, M.
  package var samples = 30
  /// Where random numbers come from.
  package var key: RandomKey

  package init(draws: Int, key: RandomKey) {
    self.draws = draws
    self.key = key
  }

  /// Finds the optimum and draws.
  ///
  /// `hessian` gives the matrix of second derivatives of the log density at a position, `[D, D]`.
  package func run(
    _ logDensity: any LogDensity,
    hessian: ([Double]) -> [Double],
    cancellation: CancellationFlag? = nil
  ) throws(ApproximationError) -> Approximation {
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    let count = probe.dimension
    var generator = key.derived(0).makeGenerator()
    let start = try Pathfinder(paths: 1, draws: 0, key: key).best(probe, &generator).estimate
    let noise = (0..<samples).map { _ in (0..<count).map { _ in generator.nextNormal() } }
    let scales = start.variances.map { $0 > 0 && $0.isFinite ? $0.squareRoot() : 1 }
    let bound = FixedDrawBound(
      logDensity: logDensity,
      centre: start.mean,
      scales: scales,
      noise: noise
    )
    let optimum = try ModeSearch.ascend(
      bound,
      from: [Double](repeating: 0, count: 2 * count),
      cancellation
    )
    let mean = (0..<count).map { start.mean[$0] + scales[$0] * optimum.position[$0] }
    let deviations = (0..<count).map { scales[$0] * LibM.exp(optimum.position[count + $0]) }
    // H over means and log scales, in the model's units.
    var matrix = [Double](repeating: 0, count: 4 * count * count)
    let width = 2 * count
    var gradient = [Double](repeating: 0, count: count)
    for own in noise {
      let position = (0..<count).map { mean[$0] + deviations[$0] * own[$0] }
      let second = hessian(position)
      _ = try probe.evaluate(position, gradient: &gradient)
      // ∂x/∂(log scale), for each parameter.
      let slopes = zip(own, deviations).map(*)
      for i in 0..<count {
        let upper = i * width
        let lower = (count + i) * width
        for j in 0..<count {
          let h: Double = -second[i * count + j] / Double(samples)
          matrix[upper + j] += h
          matrix[upper + count + j] += h * slopes[j]
          matrix[lower + j] += h * slopes[i]
          matrix[lower + count + j] += h * slopes[i] * slopes[j]
        }
        matrix[lower + count + i] -= gradient[i] * slopes[i] / Double(samples)
      }
    }
    symmetrize(&matrix, size: width)
    guard let factor = LowerFactor(of: matrix, size: width) else {
      throw .noMode(reason: "the bound is not curved downwards there", position: mean)
    }
    let inverse = factor.inverseOfProduct
    var covariance: [Double] = []
    for i in 0..<count { covariance += inverse[(i * width)..<(i * width + count)] }
    guard let root = LowerFactor(of: covariance, size: count) else {
      throw .noMode(reason: "the covariance there is no covariance", position: mean)
    }
    return try probe.normalDraws(
      draws,
      around: mean,
      logConstant: -root.logDeterminant,
      &generator
    ) { root.multiply($0, transposed: false) }
  }
}

/// The evidence lower bound of a mean field over fixed draws, as a function of its means and log scales.
struct FixedDrawBound: LogDensity {
  let logDensity: any LogDensity
  let centre: [Double]
  let scales: [Double]
  let noise: [[Double]]

  var dimension: Int { 2 * centre.count }

  func makeEvaluator() -> any LogDensityEvaluator {
    Evaluator(bound: self, inner: logDensity.makeEvaluator())
  }

  private final class Evaluator: LogDensityEvaluator {
    private let bound: FixedDrawBound
    private let inner: any LogDensityEvaluator

    init(bound: FixedDrawBound, inner: any LogDensityEvaluator) {
      self.bound = bound
      self.inner = inner
    }

    func evaluate(
      at parameters: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      let count = bound.centre.count
      let share = 1 / Double(bound.noise.count)
      var value = 0.0
      var (position, derivative) = (bound.centre, bound.centre)
      for index in 0..<count {
        gradient[index] = 0
        gradient[count + index] = 1
        value += parameters[count + index]
      }
      for noise in bound.noise {
        for index in 0..<count {
          let x = parameters[index] + LibM.exp(parameters[count + index]) * noise[index]
          position[index] = bound.centre[index] + bound.scales[index] * x
        }
        value += share * (try Self.evaluate(inner, position, &derivative))
        for index in 0..<count {
          let slope = share * derivative[index] * bound.scales[index]
          gradient[index] += slope
          gradient[count + index] +=
            slope * noise[index] * LibM.exp(parameters[count + index])
        }
      }
      return value
    }

    private static func evaluate(
      _ inner: any LogDensityEvaluator,
      _ position: borrowing [Double],
      _ gradient: inout [Double]
    ) throws(EvaluationError) -> Double {
      var span = gradient.mutableSpan
      return try inner.evaluate(at: position.span, gradient: &span)
    }
  }
}

extension ModeSearch {
  /// The optimum that an ascent from a given position leads to.
  static func ascend(
    _ logDensity: any LogDensity,
    from position: [Double],
    _ cancellation: CancellationFlag?
  ) throws(ApproximationError) -> AscentPoint {
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    let start = try probe.point(at: position)
    guard start.isFinite else { throw .notFinite(position: position) }
    return try ModeSearch().ascend(from: start, probe)
  }
}
