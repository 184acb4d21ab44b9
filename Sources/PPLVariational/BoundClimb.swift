import PPLTensorCore

/// Parameters that stochastic steps lead up the evidence lower bound.
protocol BoundAscent {
  var parameters: [Double] { get set }
  /// Mean of the parameters over the steps of the last window.
  var windowMean: [Double] { get }
  /// Where the draws have their centre, to be reported where the bound is nowhere finite.
  var centre: [Double] { get }

  /// Forgets the steps so far, not where they led.
  mutating func restart()

  /// Makes some steps: the mean and the standard error of the bound over them.
  mutating func run(steps: Int, rate: Double) throws(ApproximationError) -> (
    mean: Double, error: Double
  )
}

/// The way up the bound: stages of shorter and shorter steps.
///
/// A stage ends once the bound of a window of steps has not risen beyond its noise twice. Where it falls far below the best, the
/// steps are halved and go back there. The parameters of the last stage are averaged.
struct BoundClimb {
  /// Step sizes of the stages.
  var rates = [0.1, 0.03, 0.01, 0.003, 0.001]
  /// Steps over which the bound is averaged.
  var window = 100
  /// Most steps, over all runs.
  var stepLimit: Int
  /// How the bound went, a curve for each run.
  private(set) var curves: [BoundCurve] = []
  /// Why the last run may not have come to rest.
  private(set) var complaint: String?
  private(set) var steps = 0

  /// Windows without gain that end a stage.
  private static let patience = 2
  /// Nats below the best window from which the steps are too long, and how often that may be.
  private static let greatestLoss = 20.0
  private static let mostRetreats = 20

  init(stepLimit: Int) { self.stepLimit = stepLimit }

  /// Leads an ascent to where the bound no longer rises.
  ///
  /// - Parameters:
  ///   - ascent: what is led.
  ///   - family: what its curve is called.
  ///   - scale: what all step sizes are multiplied by.
  /// - Returns: the greatest bound over a window.
  /// - Throws: where the bound is not finite, and what the density throws.
  @discardableResult
  mutating func run(_ ascent: inout some BoundAscent, family: String, scale: Double = 1)
    throws(ApproximationError) -> Double
  {
    var curve = BoundCurve(family: family)
    defer { curves.append(curve) }
    var scale = scale
    var retreats = 0
    complaint = nil
    var best: (bound: Double, parameters: [Double])?
    for (stage, rate) in rates.enumerated() {
      var earlier: (mean: Double, error: Double)?
      var stalls = 0
      var sums = [Double](repeating: 0, count: ascent.parameters.count)
      var windows = 0
      ascent.restart()
      while stalls < Self.patience {
        guard steps < stepLimit else {
          complaint = "the bound still rises after \(steps) steps"
          break
        }
        let bound = try ascent.run(steps: window, rate: scale * rate)
        steps += window
        curve.append(bound.mean, at: steps)
        if let best, !(bound.mean > best.bound - Self.greatestLoss - 5 * bound.error) {
          retreats += 1
          guard retreats <= Self.mostRetreats else { throw .notFinite(position: ascent.centre) }
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
