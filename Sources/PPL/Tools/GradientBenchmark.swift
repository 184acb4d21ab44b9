import PPLExecution
import PPLGraphIR
import PPLJSON
import PPLModelCompiler
import PPLTensorCore

/// How long a model's gradient takes.
public struct GradientBenchmark: Sendable {
  /// Number of unconstrained values.
  public var dimension: Int
  /// One log density with gradient by the executor in use, in nanoseconds.
  public var gradientNanoseconds: Double
  /// The same by the reference executor.
  public var referenceNanoseconds: Double
  /// From text and data to graphs, in seconds.
  public var compileSeconds: Double
  /// Log density with Jacobian at the fixed point, where every unconstrained value is 0.1.
  public var logDensity: Double

  /// As JSON.
  public var json: String {
    JSONValue.object(members).text(.indented)
  }

  var members: [JSONMember] {
    [
      JSONMember("dimension", .integer(dimension)),
      JSONMember("gradient_ns", .real(gradientNanoseconds)),
      JSONMember("gradient_ns_reference", .real(referenceNanoseconds)),
      JSONMember("compile_s", .real(compileSeconds)),
      JSONMember("log_density", .real(logDensity)),
    ]
  }

  /// For people.
  public var text: String {
    func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    return """
      dimension           \(dimension)
      gradient            \(rounded(gradientNanoseconds / 1000)) us
      gradient, reference \(rounded(referenceNanoseconds / 1000)) us
      compile             \(rounded(compileSeconds * 1000)) ms
      log density         \(logDensity)
      """
  }
}

extension Model {
  /// Times the gradient at a fixed point: the median of eleven repetitions of some 20 ms each.
  public func benchmark() -> GradientBenchmark {
    let (native, logDensity) = time(graphs.gradient(compiled).makeExecutor())
    let (reference, _) = time(ReferenceExecutor(compiled.gradient))
    return GradientBenchmark(
      dimension: compiled.dimension,
      gradientNanoseconds: native,
      referenceNanoseconds: reference,
      compileSeconds: compileSeconds,
      logDensity: logDensity
    )
  }

  /// The median time of a gradient in nanoseconds, and the log density.
  private func time(_ executor: any Executor) -> (nanoseconds: Double, logDensity: Double) {
    let position = [Double](repeating: 0.1, count: compiled.dimension)
    var outputs = [Double](repeating: 0, count: compiled.dimension + 1)
    let key = RandomKey(seed: 0)
    func evaluate(_ count: Int) -> Double {
      let clock = ContinuousClock()
      let start = clock.now
      for _ in 0..<count {
        unsafe position.withUnsafeBufferPointer { inputs in
          unsafe outputs.withUnsafeMutableBufferPointer { outputs in
            unsafe executor.run(inputs: inputs, outputs: outputs, key: key)
          }
        }
      }
      return (clock.now - start) / .nanoseconds(1) / Double(count)
    }
    let once = evaluate(3)
    let count = max(1, min(1_000_000, Int(2e7 / max(once, 1))))
    let times = (0..<11).map { _ in evaluate(count) }.sorted()
    return (times[5], outputs[0])
  }
}
