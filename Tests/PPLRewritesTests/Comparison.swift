import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLTensorCore

extension Graph {
  /// All outputs, one behind the other.
  func values(_ inputs: [Double]) -> [Double] {
    ReferenceExecutor(self).run(inputs: inputs, outputCount: outputCount)
  }

  /// Value, then gradient.
  func valueAndGradient(_ inputs: [Double]) throws -> [Double] {
    try gradient(of: self).values(inputs)
  }
}

extension RandomDensity {
  /// The sum of absolute terms at a point, and the same of their derivatives in each input element.
  func scales(at point: [Double]) throws -> [Double] {
    let derivative = try gradient(of: weighted)
    let executor = ReferenceExecutor(derivative)
    let weightCount = weighted.inputCount - point.count
    var scales = [Double](repeating: 0, count: point.count + 1)
    for term in 0..<termCount {
      var weights = [Double](repeating: 0, count: weightCount)
      weights[term] = 1
      let values = executor.run(inputs: point + weights, outputCount: derivative.outputCount)
      for index in scales.indices { scales[index] += values[index].magnitude }
    }
    return scales
  }
}
