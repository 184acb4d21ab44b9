package import PPLTensorCore

/// Stochastic ascent of the evidence lower bound.
package struct StochasticAscent: BoundAscent {
  let guide: GaussianGuide
  let frame: GuideFrame
  let probe: DensityProbe
  var generator: RandomGenerator
  /// Draws of each step.
  let samples: Int
  package var parameters: [Double]
  /// Mean of the parameters over the steps of the last window.
  private(set) var windowMean: [Double]
  private var adam: Adam
  private let frameLogDeterminant: Double

  package init(
    guide: GaussianGuide,
    frame: GuideFrame,
    probe: DensityProbe,
    generator: RandomGenerator,
    samples: Int = 8
  ) {
    self.guide = guide
    self.frame = frame
    self.probe = probe
    self.generator = generator
    self.samples = samples
    parameters = guide.initialParameters(&self.generator)
    windowMean = parameters
    adam = Adam(count: guide.parameterCount)
    frameLogDeterminant = frame.logDeterminant
  }

  var centre: [Double] { frame.centre }

  /// The frame in which the present distribution is standard normal, as far as it has no columns beside a diagonal.
  var standardizingFrame: GuideFrame {
    let count = guide.dimension
    func image(_ noise: [Double]) -> [Double] {
      var (x, z) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
      guide.place(parameters, noise: noise, into: &x)
      frame.place(x, into: &z)
      return z
    }
    let centre = image([Double](repeating: 0, count: guide.noiseCount))
    switch (guide.family, frame.scale) {
    case (.meanField, .diagonal(let scales)), (.lowRank, .diagonal(let scales)):
      return GuideFrame(
        centre: centre,
        scale: .diagonal((0..<count).map { scales[$0] * LibM.exp(parameters[count + $0]) })
      )
    case (.meanField, .factor), (.lowRank, .factor), (.fullRank, _):
      var elements = [Double](repeating: 0, count: count * count)
      for column in 0..<count {
        var unit = [Double](repeating: 0, count: guide.noiseCount)
        unit[column] = 1
        let moved = image(unit)
        for row in column..<count { elements[row * count + column] = moved[row] - centre[row] }
      }
      return GuideFrame(centre: centre, scale: .factor(LowerFactor(lower: elements, size: count)))
    }
  }

  /// Forgets the steps so far, not where they led.
  package mutating func restart() { adam = Adam(count: guide.parameterCount) }

  /// Makes some steps.
  ///
  /// - Returns: mean and standard error of the bound over them.
  package mutating func run(steps: Int, rate: Double) throws(ApproximationError) -> (
    mean: Double, error: Double
  ) {
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
