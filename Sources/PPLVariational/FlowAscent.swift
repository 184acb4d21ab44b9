import PPLAutodiff
import PPLExecution
import PPLFlows
import PPLGraphIR
import PPLTensorCore

/// Stochastic ascent of the evidence lower bound of a flow in a frame.
///
/// The flow's graphs make S draws at a time; the model's gradient is taken at each, and goes back through the flow in another
/// graph. A step allocates nothing.
struct FlowAscent: BoundAscent {
  private let flow: Flow
  private let frame: GuideFrame
  private let frameLogDeterminant: Double
  private let probe: DensityProbe
  private var generator: RandomGenerator
  /// Draws of each step, S.
  private let samples: Int
  private let drawing: any Executor
  private let pulling: any Executor
  /// Noise `[S, D]`, weights, derivatives by the points `[S, D]`, share of the determinants.
  private var inputs: [Double]
  /// Points `[S, D]`, log determinants `[S]`, scores `[S, D]` where the flow has them.
  private var drawn: [Double]
  /// A value, then its derivatives by the weights.
  private var pulled: [Double]
  private var adam: Adam
  var parameters: [Double]
  private(set) var windowMean: [Double]

  init(
    _ flow: Flow,
    frame: GuideFrame,
    probe: DensityProbe,
    generator: RandomGenerator,
    samples: Int,
    makeExecutor: (Graph) -> any Executor
  ) throws(ApproximationError) {
    self.flow = flow
    self.frame = frame
    self.probe = probe
    self.generator = generator
    self.samples = samples
    frameLogDeterminant = frame.logDeterminant
    let draw: Graph
    let pullback: Graph
    do throws(AutodiffError) {
      draw = try flow.drawGraph(count: samples)
      pullback = try flow.pullbackGraph(count: samples)
    } catch {
      throw .evaluation(
        message: "the flow needs arrays that are too large: take fewer `hidden` units"
      )
    }
    drawing = makeExecutor(draw)
    pulling = makeExecutor(pullback)
    inputs = [Double](repeating: 0, count: pullback.inputCount)
    // Without scores derivatives go through the determinants, too.
    inputs[inputs.count - 1] = flow.hasScores ? 0 : 1
    drawn = [Double](repeating: 0, count: draw.outputCount)
    pulled = [Double](repeating: 0, count: pullback.outputCount)
    parameters = flow.initialParameters(&self.generator)
    windowMean = parameters
    adam = Adam(count: parameters.count)
  }

  var centre: [Double] { frame.centre }

  mutating func restart() { adam = Adam(count: parameters.count) }

  mutating func run(steps: Int, rate: Double) throws(ApproximationError) -> (
    mean: Double, error: Double
  ) {
    let count = flow.dimension
    let slopes = samples * count + parameters.count
    let scores = samples * count + samples
    var (x, z) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var derivative = x
    var (sum, squares, failures, used) = (0.0, 0.0, 0, 0)
    for index in windowMean.indices { windowMean[index] = 0 }
    var generator = self.generator
    defer { self.generator = generator }
    for _ in 0..<steps {
      place(&generator)
      for draw in 0..<samples {
        let value = try evaluate(draw, &x, &z, &derivative)
        guard value.isFinite, derivative.allSatisfy(\.isFinite) else {
          failures += 1
          for index in 0..<count { inputs[slopes + draw * count + index] = 0 }
          continue
        }
        frame.pullBack(&derivative)
        for index in 0..<count {
          let place = draw * count + index
          let own = flow.hasScores ? drawn[scores + place] : 0
          inputs[slopes + place] = (derivative[index] - own) / Double(samples)
        }
        let bound = value - logApproximation(draw)
        sum += bound
        squares += bound * bound
        used += 1
      }
      if failures > steps * samples / 2 { throw .notFinite(position: z) }
      pulling.run(inputs: inputs, count: inputs.count, into: &pulled)
      if pulled.allSatisfy(\.isFinite) {
        adam.step(&parameters, pulled, from: 1, rate: rate)
      }
      for index in windowMean.indices { windowMean[index] += parameters[index] / Double(steps) }
    }
    let mean = sum / Double(max(1, used))
    let variance = max(0, squares / Double(max(1, used)) - mean * mean)
    return (mean, (variance / Double(max(1, used))).squareRoot())
  }

  /// Draws from the distribution with the present parameters.
  mutating func draw(_ draws: Int, _ key: RandomKey) throws(ApproximationError) -> Approximation {
    var generator = key.makeGenerator()
    var result = Approximation()
    let count = flow.dimension
    var (x, z) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var derivative = x
    while result.count < draws {
      place(&generator)
      for draw in 0..<min(samples, draws - result.count) {
        let value = try evaluate(draw, &x, &z, &derivative)
        result.positions += z
        result.logDensities.append(value.isNaN ? -.infinity : value)
        result.logApproximations.append(logApproximation(draw))
      }
    }
    return result
  }

  /// Makes the next draws in the flow's coordinates.
  private mutating func place(_ generator: inout RandomGenerator) {
    let width = samples * flow.dimension
    for index in 0..<width { inputs[index] = generator.nextNormal() }
    for index in parameters.indices { inputs[width + index] = parameters[index] }
    drawing.run(inputs: inputs, count: width + parameters.count, into: &drawn)
  }

  /// The model's log density at a draw, its place z and the derivative by that.
  private func evaluate(
    _ draw: Int,
    _ x: inout [Double],
    _ z: inout [Double],
    _ derivative: inout [Double]
  ) throws(ApproximationError) -> Double {
    let count = flow.dimension
    for index in 0..<count { x[index] = drawn[draw * count + index] }
    frame.place(x, into: &z)
    return try probe.evaluate(z, gradient: &derivative)
  }

  /// The log density of the approximation at a draw.
  private func logApproximation(_ draw: Int) -> Double {
    let count = flow.dimension
    var square = 0.0
    for index in 0..<count {
      let noise = inputs[draw * count + index]
      square += noise * noise
    }
    return -0.5 * square - Double(count) * halfLogTwoPi - drawn[samples * count + draw]
      - frameLogDeterminant
  }
}
