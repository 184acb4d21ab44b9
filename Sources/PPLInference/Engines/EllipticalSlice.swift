package import PPLTensorCore
package import PPLTypeSystem

// Notation
//   x, z     position, and z = L⁻¹ (x − m)
//   m, L     centre and factor of the covariance, learnt in the warm-up
//   t(x)     Student's t density with ν degrees of freedom, centre m and scale L Lᵀ
//   s        variance that makes of t a normal distribution: x | s ~ Normal(m, s L Lᵀ), s ~ InverseGamma(ν/2, ν/2)
//   u        point of the ellipse through z, drawn from Normal(0, s)

/// Elliptical slice sampling with a t distribution that the warm-up fits to the posterior.
///
/// With p the density, p(x) = t(x) · p(x)/t(x) is a prior times a likelihood, and t is a normal distribution given s. So
/// s is drawn given x, and x by an elliptical slice step given s. Every point of the ellipse through x and u keeps the
/// prior, and the bracket of angles shrinks until a point lies in the slice, so that there is no step size and no
/// rejection. The tails of t keep p/t bounded where the posterior's are not much heavier.
///
/// Sources: Murray, Adams and MacKay 2010, arXiv:1001.0175; Nishihara, Murray and Adams 2014, arXiv:1210.7477,
/// whose parallel chains are replaced by the draws of the warm-up.
package struct EllipticalSlice: KernelEngine {
  package static let signature = EngineSignature(
    "elliptical_slice",
    "slices along ellipses of a t distribution that the warm-up fits to the posterior",
    kind: .chains,
    needs: .density,
    settings: [
      .chains, .draws, .warmup(), .seed,
      EngineSetting(
        "steps",
        .count(1...1_000_000),
        default: .number(1),
        "moves that lead from one draw to the next"
      ),
      EngineSetting(
        "df",
        .positive(below: 1e6),
        default: .number(5),
        "degrees of freedom of the t distribution: fewer for heavier tails"
      ),
    ],
    foreignNames: ["ess", "elliptical", "elliptical_slice_sampler", "gess", "ellipticalslice"],
    statistics: [.logDensity, .evaluationCount]
  )

  private let degreesOfFreedom: Double
  private let steps: Int

  package init(_ values: EngineValues) {
    degreesOfFreedom = values[number: "df"] ?? 5
    steps = values[count: "steps"] ?? 1
  }

  package func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> EllipticalSliceKernel {
    EllipticalSliceKernel(
      point: starts[0],
      degreesOfFreedom: degreesOfFreedom,
      steps: steps,
      warmup: plan.warmup
    )
  }
}

/// Elliptical slice moves from one draw to the next.
package struct EllipticalSliceKernel: ChainKernel {
  /// Shrinkings at most; the bracket is at the point by then, to rounding.
  private static let maximumShrinkings = 500

  /// Moves between draws of the warm-up at least, and as many as there are coordinates: a poor fit makes moves short, and
  /// draws that hardly differ would keep it poor.
  private static let leastWarmupMoves = 5

  private var point: KernelPoint
  private var adaptation: CovarianceAdaptation
  private let degreesOfFreedom: Double
  private let steps: Int
  /// z, u, and a candidate x − m between L z and L u.
  private var z: [Double]
  private var u: [Double]
  private var direction: [Double]
  private var deviation: [Double]
  private var candidate: [Double]

  init(point: KernelPoint, degreesOfFreedom: Double, steps: Int, warmup: Int) {
    self.point = point
    self.degreesOfFreedom = degreesOfFreedom
    self.steps = steps
    adaptation = CovarianceAdaptation(
      mean: point.position,
      structure: .covariance,
      warmup: warmup
    )
    z = [Double](repeating: 0, count: point.position.count)
    (u, direction, deviation, candidate) = (z, z, z, z)
  }

  package func point(of walker: Int) -> KernelPoint { point }

  package func statistics(of walker: Int) -> DrawStatistics { DrawStatistics() }

  package mutating func transition(
    _ density: DensityCounter,
    iteration: Int,
    isWarmup: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    let moves = isWarmup ? max(steps, Self.leastWarmupMoves, z.count) : steps
    for _ in 0..<moves { try move(density, generator: &generator) }
    if isWarmup { _ = adaptation.add(point.position, iteration: iteration) }
  }

  private mutating func move(
    _ density: DensityCounter,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    let dimension = Double(z.count)
    for index in deviation.indices {
      deviation[index] = point.position[index] - adaptation.mean[index]
    }
    adaptation.factor.solve(deviation, into: &z)
    let square = z.reduce(0) { $0 + $1 * $1 }
    let shape = (degreesOfFreedom + dimension) / 2
    let rate = (degreesOfFreedom + square) / 2
    let deviate = (rate / generator.nextGamma(shape: shape)).squareRoot()
    var numbers = u.mutableSpan
    generator.fillWithNormals(&numbers)
    for index in u.indices { u[index] *= deviate }
    adaptation.factor.multiply(u, into: &direction)
    let product = zip(z, u).reduce(0) { $0 + $1.0 * $1.1 }
    let otherSquare = u.reduce(0) { $0 + $1 * $1 }

    let level =
      point.logDensity - logReference(square: square) - generator.nextExponential()
    var angle = 2 * Double.pi * generator.nextUniform()
    var (low, high) = (angle - 2 * Double.pi, angle)
    for _ in 0..<Self.maximumShrinkings {
      let (cosine, sine) = (LibM.cos(angle), LibM.sin(angle))
      for index in candidate.indices {
        candidate[index] =
          adaptation.mean[index] + cosine * deviation[index] + sine * direction[index]
      }
      let logDensity = try density.value(at: candidate.span)
      let candidateSquare =
        cosine * cosine * square + 2 * cosine * sine * product + sine * sine * otherSquare
      if logDensity - logReference(square: candidateSquare) > level {
        swap(&point.position, &candidate)
        point.logDensity = logDensity
        return
      }
      if angle < 0 { low = angle } else { high = angle }
      angle = low + (high - low) * generator.nextUniform()
    }
  }

  /// log t up to a constant, of a point with the given |z|².
  private func logReference(square: Double) -> Double {
    let dimension = Double(z.count)
    return -0.5 * (degreesOfFreedom + dimension) * LibM.log1p(square / degreesOfFreedom)
  }
}
