import PPLTensorCore

/// The density of the parameters of a state-space model, estimated by a new run of a filter each time it is asked for.
final class FilterDensity: PointDensity {
  private let evaluator: any StateSpaceEvaluator
  private var filter: ParticleFilter
  /// Key of the random numbers of the next run.
  var key: RandomKey
  /// Runs so far.
  private(set) var count = 0

  init(_ model: some StateSpaceModel, key: RandomKey) {
    evaluator = model.makeEvaluator()
    filter = ParticleFilter(model)
    self.key = key
  }

  func value(at parameters: Span<Double>) -> Double {
    count += 1
    return filter.run(evaluator, at: parameters, key: key)
  }

  /// Writes the position of parameters and a trajectory of the last run.
  func write(_ parameters: [Double], to position: inout [Double]) {
    filter.drawPath(key: key)
    evaluator.write(parameters.span, path: filter.path, to: &position)
  }
}
