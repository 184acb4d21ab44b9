import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLTensorCore

extension Graph {
  /// All outputs, one behind the other.
  func values(_ inputs: [Double]) -> [Double] {
    ReferenceExecutor(self).run(inputs: inputs, outputCount: outputCount, key: RandomKey(seed: 9))
  }

  /// All outputs by the definition of each primitive, node by node, without memory plan.
  func valuesByDefinition(_ inputs: [Double]) -> [Double] {
    var starts: [Int] = []
    var end = 0
    for shape in self.inputs {
      starts.append(end)
      end += shape.count
    }
    var tensors: [Tensor] = []
    for node in nodes {
      switch node.op {
      case .constant(let index): tensors.append(constants[index])
      case .input(let index):
        tensors.append(
          Tensor(
            shape: node.shape,
            values: Array(inputs[starts[index]..<starts[index] + node.shape.count])
          )
        )
      default:
        tensors.append(
          node.op.evaluated(
            on: node.operands.map { tensors[$0.index] },
            key: RandomKey(seed: 9)
          )
        )
      }
    }
    return outputs.flatMap { tensors[$0.index].values }
  }

  /// The first output's derivative in each input element by differences, extrapolated once.
  ///
  /// With steps h and 2h the truncation error is of order h⁴; h = 1e-3 balances it with rounding at about 1e-12
  /// of the scale of the values.
  func differences(_ inputs: [Double], step: Double = 1e-3) -> [Double] {
    let executor = ReferenceExecutor(self)
    func value(_ index: Int, _ change: Double) -> Double {
      var changed = inputs
      changed[index] += change
      return executor.run(
        inputs: changed,
        outputCount: outputCount,
        key: RandomKey(seed: 9)
      )[0]
    }
    return inputs.indices.map { index in
      let near = (value(index, step) - value(index, -step)) / (2 * step)
      let far = (value(index, 2 * step) - value(index, -2 * step)) / (4 * step)
      return (4 * near - far) / 3
    }
  }
}

/// The largest difference relative to the scale of the second.
func discrepancy(_ actual: [Double], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  let scale = expected.map(\.magnitude).max() ?? 0
  return zip(actual, expected).map { ($0 - $1).magnitude }.reduce(0) {
    $0 >= $1 || $0.isNaN ? $0 : $1
  }
    / max(scale, 1)
}
