import PPLInference

/// A step size and metric that stay as they are.
struct FixedAdaptation: Adaptation {
  var inverseMass: [Double]
  var stepSize: Double
  var averagedStepSize: Double { stepSize }
  var stepSizeJitter: Double { 0.1 }

  mutating func restartStepSize(_ stepSize: Double) { self.stepSize = stepSize }

  mutating func restartMetric(positions: [[Double]], gradients: [[Double]]) -> Bool { false }

  mutating func update(
    iteration: Int,
    position: Span<Double>,
    gradient: Span<Double>,
    statistics: DrawStatistics
  ) -> AdaptationAction { .proceed }
}
