package import PPLInference
package import PPLTensorCore

/// The normal distribution of a family, on the unconstrained scale, with the least Kullback-Leibler divergence to the posterior.
///
/// The evidence lower bound E[log p(x) − log q(x)] is maximised by stochastic gradients along x = m + A ε (Kucukelbir et al. 2017,
/// arXiv:1603.00788), without the term whose mean is 0, so that they vanish where q is the posterior (Roeder, Wu and Duvenaud 2017,
/// arXiv:1703.09194), with steps by Adam (Kingma and Ba 2015, arXiv:1412.6980). It begins at the best approximation along a path to a
/// mode (`Pathfinder`), in whose scales the steps are taken; families with correlations begin at the mean field where that is
/// better. They become shorter where the bound no longer rises beyond its noise over
/// windows of steps; the parameters of the last stage are averaged.
package struct VariationalFit {
  /// The distributions to choose from.
  package var family: GuideFamily
  /// Draws of the approximation.
  package var draws: Int
  /// Draws of each step.
  package var samples = 8
  /// Most steps.
  package var stepLimit = 20_000
  /// Where random numbers come from.
  package var key: RandomKey
  /// Called with steps made, and the bound over the last window.
  package var progress: ((Int, Double) -> Void)?

  private static let window = 100
  /// Step sizes of the stages.
  private static let rates = [0.1, 0.03, 0.01, 0.003, 0.001]
  /// Windows without gain that end a stage.
  private static let patience = 2
  /// Nats below the best window from which the steps are too long, and how often that may be.
  private static let greatestLoss = 20.0
  private static let mostRetreats = 20

  package init(family: GuideFamily, draws: Int, key: RandomKey) {
    self.family = family
    self.draws = draws
    self.key = key
  }

  /// Finds the distribution and draws from it.
  package func run(_ logDensity: any LogDensity, cancellation: CancellationFlag? = nil)
    throws(ApproximationError) -> Approximation
  {
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    var generator = key.derived(0).makeGenerator()
    let start = try Pathfinder(paths: 1, draws: 0, key: key).best(probe, &generator)
    var climb = Climb(settings: self, probe: probe)
    var ascent = StochasticAscent(
      guide: GaussianGuide(.meanField, dimension: probe.dimension),
      frame: diagonalFrame(start.estimate),
      probe: probe,
      generator: key.derived(1).makeGenerator()
    )
    let bound = try climb.run(&ascent, rates: Self.rates)
    if family != .meanField {
      // Correlations are looked for around the better of the two.
      let frame = bound > start.elbo ? ascent.frameOfMeanField : fullFrame(start.estimate)
      ascent = StochasticAscent(
        guide: GaussianGuide(family, dimension: probe.dimension),
        frame: frame,
        probe: probe,
        generator: key.derived(2).makeGenerator()
      )
      try climb.run(&ascent, rates: Self.rates)
    }
    var result = try ascent.draw(draws)
    result.gradientCount = probe.count
    result.complaint = climb.complaint
    return result
  }

  private func diagonalFrame(_ estimate: InverseHessianEstimate) -> GuideFrame {
    GuideFrame(
      centre: estimate.mean,
      scale: .diagonal(
        estimate.variances.map { $0 > 0 && $0.isFinite ? $0.squareRoot() : 1 }
      )
    )
  }

  private func fullFrame(_ estimate: InverseHessianEstimate) -> GuideFrame {
    guard family == .fullRank,
      let factor = LowerFactor(of: estimate.covariance, size: estimate.mean.count)
    else { return diagonalFrame(estimate) }
    return GuideFrame(centre: estimate.mean, scale: .factor(factor))
  }

  /// The way up: stages of shorter and shorter steps.
  private struct Climb {
    let settings: VariationalFit
    let probe: DensityProbe
    private(set) var complaint: String?
    private var steps = 0

    init(settings: VariationalFit, probe: DensityProbe) {
      self.settings = settings
      self.probe = probe
    }

    /// Leads an ascent to where the bound no longer rises.
    ///
    /// - Returns: the greatest bound over a window.
    @discardableResult
    mutating func run(_ ascent: inout StochasticAscent, rates: [Double])
      throws(ApproximationError) -> Double
    {
      var retreats = 0
      complaint = nil
      var best: (bound: Double, parameters: [Double])?
      // All entries of a triangle move at once, so that a draw moves by the root of their number.
      var scale = 1.0
      if ascent.guide.family == .fullRank {
        scale = min(1, (5 / Double(max(1, probe.dimension))).squareRoot())
      }
      for (stage, rate) in rates.enumerated() {
        var earlier: (mean: Double, error: Double)?
        var stalls = 0
        var sums = [Double](repeating: 0, count: ascent.parameters.count)
        var windows = 0
        ascent.restart()
        while stalls < VariationalFit.patience {
          guard steps < settings.stepLimit else {
            complaint = "the bound still rises after \(steps) steps"
            break
          }
          let bound = try ascent.run(
            steps: VariationalFit.window,
            samples: settings.samples,
            rate: scale * rate
          )
          steps += VariationalFit.window
          settings.progress?(steps, bound.mean)
          if let best, !(bound.mean > best.bound - VariationalFit.greatestLoss - 5 * bound.error) {
            retreats += 1
            guard retreats <= VariationalFit.mostRetreats else {
              throw .notFinite(position: ascent.frame.centre)
            }
            ascent.parameters = best.parameters
            ascent.restart()
            scale /= 2
            earlier = nil
            continue
          }
          if best.map({ bound.mean > $0.bound }) ?? bound.mean.isFinite {
            best = (bound.mean, ascent.windowMean)
          }
          if let earlier {
            let noise = (bound.error * bound.error + earlier.error * earlier.error).squareRoot()
            stalls = bound.mean - earlier.mean < max(noise, 1e-3) ? stalls + 1 : 0
          }
          earlier = bound
          windows += 1
          for index in sums.indices { sums[index] += ascent.windowMean[index] }
        }
        if stage == rates.count - 1, windows > 0 {
          ascent.parameters = sums.map { $0 / Double(windows) }
        }
      }
      return best?.bound ?? -.infinity
    }
  }
}

/// Stochastic ascent of the evidence lower bound.
package struct StochasticAscent {
  let guide: GaussianGuide
  let frame: GuideFrame
  let probe: DensityProbe
  var generator: RandomGenerator
  package var parameters: [Double]
  /// Mean of the parameters over the steps of the last window.
  private(set) var windowMean: [Double]
  private var adam: Adam
  private let frameLogDeterminant: Double

  package init(
    guide: GaussianGuide,
    frame: GuideFrame,
    probe: DensityProbe,
    generator: RandomGenerator
  ) {
    self.guide = guide
    self.frame = frame
    self.probe = probe
    self.generator = generator
    parameters = guide.initialParameters(&self.generator)
    windowMean = parameters
    adam = Adam(count: guide.parameterCount)
    frameLogDeterminant = frame.logDeterminant
  }

  /// The frame in which the present mean field, in a frame of scales, is standard normal.
  var frameOfMeanField: GuideFrame {
    guard case .diagonal(let scales) = frame.scale, guide.family == .meanField else { return frame }
    let count = guide.dimension
    return GuideFrame(
      centre: (0..<count).map { frame.centre[$0] + scales[$0] * parameters[$0] },
      scale: .diagonal((0..<count).map { scales[$0] * LibM.exp(parameters[count + $0]) })
    )
  }

  /// Forgets the steps so far, not where they led.
  package mutating func restart() { adam = Adam(count: guide.parameterCount) }

  /// Makes some steps.
  ///
  /// - Returns: mean and standard error of the bound over them.
  package mutating func run(steps: Int, samples: Int, rate: Double) throws(ApproximationError)
    -> (mean: Double, error: Double)
  {
    let count = guide.dimension
    var noise = [Double](repeating: 0, count: guide.noiseCount)
    var (x, z) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var (score, derivative) = (x, x)
    var gradient = [Double](repeating: 0, count: guide.parameterCount)
    var (sum, squares, failures) = (0.0, 0.0, 0)
    for index in windowMean.indices { windowMean[index] = 0 }
    for _ in 0..<steps {
      guard let prepared = guide.prepare(parameters) else { throw .notFinite(position: z) }
      for index in gradient.indices { gradient[index] = 0 }
      var (bound, used) = (0.0, 0)
      for _ in 0..<samples {
        for index in noise.indices { noise[index] = generator.nextNormal() }
        guide.place(parameters, noise: noise, into: &x)
        frame.place(x, into: &z)
        let value = try probe.evaluate(z, gradient: &derivative)
        guard value.isFinite, derivative.allSatisfy(\.isFinite) else {
          failures += 1
          continue
        }
        frame.pullBack(&derivative)
        let own = guide.logDensity(parameters, prepared, noise: noise, score: &score)
        for index in 0..<count { derivative[index] -= score[index] }
        guide.accumulate(parameters, noise: noise, derivative: derivative, into: &gradient)
        bound += value - own + frameLogDeterminant
        used += 1
      }
      if failures > steps * samples / 2 { throw .notFinite(position: z) }
      if used > 0 {
        let scale = 1 / Double(used)
        for index in gradient.indices { gradient[index] *= scale }
        adam.step(&parameters, gradient, rate: rate)
        sum += bound * scale
        squares += bound * scale * bound * scale
      }
      for index in windowMean.indices { windowMean[index] += parameters[index] / Double(steps) }
    }
    let mean = sum / Double(steps)
    let variance = max(0, squares / Double(steps) - mean * mean)
    return (mean, (variance / Double(steps)).squareRoot())
  }

  /// Draws from the distribution with the present parameters.
  package mutating func draw(_ draws: Int) throws(ApproximationError) -> Approximation {
    var result = Approximation()
    let count = guide.dimension
    var noise = [Double](repeating: 0, count: guide.noiseCount)
    var (x, z) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var (score, derivative) = (x, x)
    guard let prepared = guide.prepare(parameters) else { throw .notFinite(position: z) }
    for _ in 0..<draws {
      for index in noise.indices { noise[index] = generator.nextNormal() }
      guide.place(parameters, noise: noise, into: &x)
      frame.place(x, into: &z)
      let value = try probe.evaluate(z, gradient: &derivative)
      let own = guide.logDensity(parameters, prepared, noise: noise, score: &score)
      result.positions += z
      result.logDensities.append(value.isNaN ? -.infinity : value)
      result.logApproximations.append(own - frameLogDeterminant)
    }
    return result
  }
}

/// Steps along running means of the gradient, divided by the root of those of its square.
///
/// Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
struct Adam {
  private var first: [Double]
  private var second: [Double]
  private var (decayedFirst, decayedSecond) = (1.0, 1.0)

  private static let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8)

  init(count: Int) {
    first = [Double](repeating: 0, count: count)
    second = first
  }

  /// Moves parameters up a gradient.
  mutating func step(_ parameters: inout [Double], _ gradient: borrowing [Double], rate: Double) {
    decayedFirst *= Self.beta1
    decayedSecond *= Self.beta2
    let firstScale = 1 / (1 - decayedFirst)
    let secondScale = 1 / (1 - decayedSecond)
    for index in parameters.indices {
      let g = gradient[index]
      first[index] = Self.beta1 * first[index] + (1 - Self.beta1) * g
      second[index] = Self.beta2 * second[index] + (1 - Self.beta2) * g * g
      parameters[index] +=
        rate * first[index] * firstScale
        / ((second[index] * secondScale).squareRoot() + Self.epsilon)
    }
  }
}
