package import PPLTensorCore

/// Runs one graph again and again on numbers of single precision.
///
/// An executor owns its work memory: one belongs to one thread at a time.
package protocol SingleExecutor: AnyObject {
  /// Computes all outputs.
  ///
  /// - Parameters:
  ///   - inputs: elements of all inputs of the graph, one input behind the other.
  ///   - outputs: receives the elements of all outputs, one output behind the other.
  ///   - key: the random node of stream s draws from `key.derived(s)`.
  func run(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  )
}

/// Runs an executor of double precision between buffers of single precision.
@safe
package final class ConvertingExecutor: SingleExecutor {
  private let executor: any Executor
  private let given: UnsafeMutableBufferPointer<Double>
  private let results: UnsafeMutableBufferPointer<Double>

  /// An executor of a graph with so many elements of inputs and outputs.
  package init(_ executor: any Executor, inputCount: Int, outputCount: Int) {
    self.executor = executor
    unsafe given = .allocate(capacity: inputCount)
    unsafe given.initialize(repeating: 0)
    unsafe results = .allocate(capacity: outputCount)
    unsafe results.initialize(repeating: 0)
  }

  deinit {
    unsafe given.deallocate()
    unsafe results.deallocate()
  }

  package func run(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    for index in unsafe given.indices { unsafe given[index] = Double(inputs[index]) }
    unsafe executor.run(inputs: UnsafeBufferPointer(given), outputs: results, key: key)
    for index in unsafe results.indices { unsafe outputs[index] = Float(results[index]) }
  }
}
