package import PPLTensorCore

/// Runs one graph again and again.
///
/// An executor owns its work memory: one belongs to one thread at a time.
package protocol Executor: AnyObject {
  /// Computes all outputs.
  ///
  /// - Parameters:
  ///   - inputs: elements of all inputs of the graph, one input behind the other.
  ///   - outputs: receives the elements of all outputs, one output behind the other.
  ///   - key: the random node of stream s draws from `key.derived(s)`.
  func run(
    inputs: UnsafeBufferPointer<Double>,
    outputs: UnsafeMutableBufferPointer<Double>,
    key: RandomKey
  )
}

extension Executor {
  /// Computes all outputs of a graph into an array; for callers that are not in a hurry.
  package func run(
    inputs: [Double],
    outputCount: Int,
    key: RandomKey = RandomKey(seed: 0)
  ) -> [Double] {
    unsafe inputs.withUnsafeBufferPointer { inputs in
      unsafe [Double](unsafeUninitializedCapacity: outputCount) { buffer, initialized in
        let outputs = unsafe UnsafeMutableBufferPointer(rebasing: buffer[0..<outputCount])
        unsafe outputs.initialize(repeating: 0)
        unsafe run(inputs: inputs, outputs: outputs, key: key)
        initialized = outputCount
      }
    }
  }

  /// Computes all outputs of a graph into an array that has room for them; nothing is allocated.
  ///
  /// The first `count` elements of `inputs` are those of the graph's inputs.
  package func run(
    inputs: borrowing [Double],
    count: Int,
    into outputs: inout [Double],
    key: RandomKey = RandomKey(seed: 0)
  ) {
    unsafe inputs.withUnsafeBufferPointer { inputs in
      let inputs = unsafe UnsafeBufferPointer(rebasing: inputs[0..<count])
      unsafe outputs.withUnsafeMutableBufferPointer { outputs in
        unsafe run(inputs: inputs, outputs: outputs, key: key)
      }
    }
  }
}
