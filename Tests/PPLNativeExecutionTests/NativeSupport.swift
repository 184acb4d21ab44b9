import PPLExecution
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import Testing

extension Graph {
  /// All outputs by the reference executor, one behind the other.
  func referenceValues(_ inputs: [Double]) -> [Double] {
    ReferenceExecutor(self).run(inputs: inputs, outputCount: outputCount, key: RandomKey(seed: 9))
  }

  /// All outputs by machine code.
  func nativeValues(_ inputs: [Double]) throws -> [Double] {
    NativeExecutor(try NativeProgram(self)).run(
      inputs: inputs,
      outputCount: outputCount,
      key: RandomKey(seed: 9)
    )
  }
}

/// The largest difference relative to the larger of 1 and the expected value; infinite where one is not a number
/// or infinite and the other is something else.
func discrepancy(_ actual: [Double], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  return zip(actual, expected).map { actual, expected in
    if actual == expected || (actual.isNaN && expected.isNaN) { return 0 }
    let difference = (actual - expected).magnitude / max(1, expected.magnitude)
    return difference.isFinite ? difference : .infinity
  }.max() ?? 0
}

/// Numbers of an array from a formula.
func numbers(_ count: Int, _ formula: (Int) -> Double) -> [Double] { (0..<count).map(formula) }
