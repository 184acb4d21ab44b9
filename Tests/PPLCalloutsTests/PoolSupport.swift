import PPLCallouts
import PPLTensorCore
import TestSupport

/// A function of five numbers that gives two: `f(a: real, v: real[3], n: int) -> real[2]`.
enum TestFunction {
  static let signature = CalloutSignature(
    name: "f",
    arguments: [
      CalloutSlot(name: "a", kind: .real, shape: []),
      CalloutSlot(name: "v", kind: .real, shape: [3]),
      CalloutSlot(name: "n", kind: .integer, shape: []),
    ],
    result: CalloutSlot(name: "", kind: .real, shape: [2]),
    text: "(a:real,v:real[k],n:int)->real[2]"
  )

  /// Calls with arguments that differ; the first argument is the call's number.
  static func calls(_ count: Int, wantsDerivatives: Bool = false) -> [CalloutCall] {
    (0..<count).map { number in
      let x = Double(number)
      var call = CalloutCall(arguments: [x, 0.5 * x - 1, 1 / (x + 1), -x, 7])
      call.wantsDerivatives = wantsDerivatives
      return call
    }
  }

  /// Whether an answer is what the worker computes, to the rounding of sums in another order.
  static func isRight(_ answer: CalloutAnswer, _ call: CalloutCall) -> Bool {
    guard case .result(let values, let derivatives) = answer else { return false }
    func agree(_ actual: [Double], _ expected: [Double]) -> Bool {
      actual.count == expected.count
        && zip(actual, expected).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }
    }
    return agree(values, TestWorker.result(call.arguments, count: 2))
      && (!call.wantsDerivatives
        || agree(derivatives, TestWorker.derivatives(call.arguments, count: 2)))
  }
}

/// Worker processes that compute `TestFunction`.
struct TestPool {
  let source: ProcessSource
  let backend: any CalloutBackend
  let interruption = CalloutInterruption()

  init(
    _ command: String,
    in directory: String = ".",
    workers: Int = 1,
    timeout: Double = 60,
    retries: Int = 1,
    batch: Int = 8,
    gradient: Bool = true
  ) throws {
    source = ProcessSource(
      ProcessSettings(
        command: command,
        directory: directory,
        workers: workers,
        timeout: timeout,
        retries: retries,
        batch: batch
      ),
      givesDerivatives: gradient,
      interruption: interruption
    )
    backend = try source.backend(for: TestFunction.signature)
  }

  var counts: CalloutTally.Counts { source.tally.counts }

  /// What became of calls: nil for a right answer, else the kind of the failure.
  func kinds(_ calls: [CalloutCall]) -> [CalloutFault.Kind?] {
    zip(backend.answer(calls), calls).map { answer, call in
      if case .failed(let fault) = answer { return fault.kind }
      return TestFunction.isRight(answer, call) ? nil : .notANumber
    }
  }
}
