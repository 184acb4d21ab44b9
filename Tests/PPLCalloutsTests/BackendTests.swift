import Foundation
import PPLCallouts
import PPLGraphIR
import TestSupport
import Testing

/// A function of the host and one of a shared library, and what is around every backend.
@Suite struct BackendTests {
  private struct Refusal: Error, CustomStringConvertible {
    var description: String { "outside of the table" }
  }

  private func kind(_ answer: CalloutAnswer) -> CalloutFault.Kind? {
    if case .failed(let fault) = answer { fault.kind } else { nil }
  }

  @Test func hostFunctionsAreCalledWithTheirArguments() throws {
    let source = HostSource(
      { arguments in
        guard arguments[0][0] < 5 else { throw Refusal() }
        guard arguments[0][0] != 4 else { return [1] }
        return TestWorker.result(Array(arguments.joined()), count: 2)
      },
      pullback: nil
    )
    #expect(!source.givesPullbacks)
    let backend = try source.backend(for: TestFunction.signature)
    let calls = TestFunction.calls(6)
    let answers = backend.answer(calls)
    for number in 0..<4 { #expect(TestFunction.isRight(answers[number], calls[number])) }
    #expect(kind(answers[4]) == .wrongShape)
    guard case .failed(let fault) = answers[5] else {
      Issue.record("what it throws is a failure")
      return
    }
    #expect(fault.kind == .refused && fault.detail == "outside of the table")
  }

  @Test func pullbacksOfTheHostHaveAPartForEachArgument() throws {
    let source = HostSource({ _ in [0, 0] }) { arguments, weights in
      weights[0] == 0 ? [[1]] : [[weights[0]], arguments[1], [0]]
    }
    let backend = try source.backend(for: TestFunction.signature)
    var call = CalloutCall(arguments: [1, 2, 3, 4, 5])
    call.adjoint = [7, 8]
    guard case .result(let parts, _) = backend.answer([call])[0] else {
      Issue.record("a pullback")
      return
    }
    #expect(parts == [7, 2, 3, 4, 0])
    call.adjoint = [0, 0]
    #expect(kind(backend.answer([call])[0]) == .wrongShape)
  }

  // MARK: Libraries

  private static let code = """
    #include <math.h>
    const char *f_signature(void) { return "(a: real, v: real[k], n: int) -> real[2]"; }
    int f(const double *const *arguments, const long *counts, double *result, double *gradient) {
      if (arguments[0][0] == 5) return 17;
      long width = 0;
      for (int argument = 0; argument < 3; argument++) width += counts[argument];
      for (int element = 0; element < counts[3]; element++) {
        double sum = 0;
        int place = 0;
        for (int argument = 0; argument < 3; argument++)
          for (int i = 0; i < counts[argument]; i++, place++) {
            double v = arguments[argument][i], w = cos(0.3 * (element + 1) + place);
            sum += w * v + 0.1 * v * v;
            if (gradient) gradient[element * width + place] = w + 0.2 * v;
          }
        result[element] = sum;
      }
      return 0;
    }
    double g(void) { return 1; }
    int h(void) { return 1; }
    const char *h_signature(void) { return "(x: real) -> real"; }
    """

  /// The library in a folder; nil, with a message, without a C compiler.
  private static func library(in folder: String) throws -> String? {
    try Data(code.utf8).write(to: URL(filePath: folder + "/f.c"))
    let path = folder + "/libf.so"
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/bin/sh")
    compiler.arguments = [
      "-c",
      "c=$(command -v clang || command -v cc) || exit 77; exec \"$c\" -shared -fPIC -O1 -o \(path) \(folder)/f.c -lm",
    ]
    try compiler.run()
    compiler.waitUntilExit()
    if compiler.terminationStatus == 77 {
      print("skipped: there is no C compiler")
      return nil
    }
    #expect(compiler.terminationStatus == 0)
    return path
  }

  @Test func librariesAreCalledByTheirSymbols() throws {
    let worker = try TestWorker()
    guard let path = try Self.library(in: worker.folder) else { return }
    let backend = try LibrarySource(path: path, symbol: "f").backend(for: TestFunction.signature)
    for wantsDerivatives in [false, true] {
      let calls = TestFunction.calls(8, wantsDerivatives: wantsDerivatives)
      for (number, answer) in backend.answer(calls).enumerated() {
        if number == 5 {
          #expect(kind(answer) == .refused)
        } else {
          #expect(TestFunction.isRight(answer, calls[number]), "\(answer)")
        }
      }
    }
    func failure(_ path: String, _ symbol: String) -> String {
      let failure = #expect(throws: CalloutFailure.self) {
        try LibrarySource(path: path, symbol: symbol).backend(for: TestFunction.signature)
      }
      return failure?.message ?? ""
    }
    #expect(failure(worker.folder + "/libg.so", "f").contains("cannot be loaded"))
    #expect(failure("libm.so.6", "cos").contains("cannot be loaded"))
    #expect(failure(path, "F").contains("has no function `F`"))
    #expect(failure(path, "g").contains("does not say which arguments `g` takes"))
    let other = failure(path, "h")
    #expect(other.contains("has the signature `(x:real)->real`"))
    #expect(other.contains("declares `(a:real,v:real[k],n:int)->real[2]`"))
  }

  // MARK: What is around a backend

  private func callout(
    _ backend: any CalloutBackend,
    _ tally: CalloutTally = CalloutTally(),
    _ change: (inout CalloutSettings) -> Void = { _ in }
  ) -> Callout {
    var settings = CalloutSettings()
    change(&settings)
    return Callout(TestFunction.signature, settings, backend, tally)
  }

  private func run(
    _ callout: Callout,
    _ want: CalloutRequest.Want,
    _ rows: [[Double]],
    count: Int,
    differentiated: [Int] = []
  ) -> [Double] {
    var results = [Double](repeating: -1, count: count)
    var span = results.mutableSpan
    let request = CalloutRequest(want: want, count: rows.count, differentiated: differentiated)
    let flat = Array(rows.joined())
    callout.run(request, arguments: flat.span, results: &span)
    return results
  }

  @Test func theCacheAnswersEqualCalls() throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command())
    let callout = callout(pool.backend, pool.source.tally) { $0.isCached = true }
    let rows = TestFunction.calls(10).map(\.arguments)
    let first = run(callout, .value, rows, count: 20)
    #expect(worker.requestCount == 10)
    #expect(run(callout, .value, rows.reversed(), count: 20)[18...] == first[..<2])
    #expect(worker.requestCount == 10)
    #expect(pool.counts.cached == 10 && pool.counts.calls == 10)
  }

  @Test func failuresAreNotCached() throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command("--fault error --at 1"))
    let callout = callout(pool.backend, pool.source.tally) { $0.isCached = true }
    let row = [[1.0, 2, 3, 4, 5]]
    #expect(run(callout, .value, row, count: 2).allSatisfy { $0.isNaN })
    #expect(pool.counts.failures == [.refused: 1])
    #expect(run(callout, .value, row, count: 2).allSatisfy { $0.isFinite })
  }

  /// What is not finite is not handed over, and is nobody's failure.
  @Test func argumentsWithoutEndAreNotHandedOver() throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command())
    let callout = callout(pool.backend, pool.source.tally) { $0.stopsOnNaN = true }
    let values = run(
      callout,
      .value,
      [[.nan, 0, 0, 0, 0], [1, 2, 3, 4, 5], [0, 0, .infinity, 0, 0]],
      count: 6
    )
    #expect(values.map(\.isNaN) == [true, true, false, false, true, true])
    #expect(worker.requestCount == 1)
    #expect(pool.counts.failures.isEmpty)
    #expect(pool.source.tally.stopReason == nil)
  }

  @Test func aFunctionWithoutValuesStopsTheRunWhereThatIsAskedFor() throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command("--fault nan --at 2"))
    let strict = callout(pool.backend, pool.source.tally) { $0.stopsOnNaN = true }
    _ = run(strict, .value, TestFunction.calls(1).map(\.arguments), count: 2)
    #expect(pool.source.tally.stopReason == nil)
    _ = run(strict, .value, TestFunction.calls(1).map(\.arguments), count: 2)
    #expect(pool.source.tally.stopReason == "`f` gave a result that is not a number")
    // Nothing is asked any more.
    _ = run(strict, .value, TestFunction.calls(1).map(\.arguments), count: 2)
    #expect(worker.requestCount == 2)
    pool.source.tally.clearStop()
    #expect(pool.source.tally.stopReason == nil)
  }

  /// A worker that ends at each of a hundred calls in a row will not do better; one answer between counts anew.
  @Test func breakdownsInARowStopTheRun() throws {
    let source = HostSource(
      { arguments in arguments[0][0] == 99 ? [1, 2] : [1] },
      pullback: nil
    )
    let callout = callout(try source.backend(for: TestFunction.signature), source.tally)
    func calls(_ numbers: Range<Int>) {
      let rows = numbers.map { [Double($0), 0, 0, 0, 0] }
      _ = run(callout, .value, rows, count: 2 * rows.count)
    }
    calls(0..<99)
    calls(99..<100)
    calls(100..<199)
    #expect(source.tally.stopReason == nil)
    calls(199..<200)
    #expect(source.tally.stopReason?.contains("100 calls in a row gave nothing") == true)
    #expect(source.tally.counts.failures == [.wrongShape: 199])
  }

  /// Beside the edge of a domain the neighbour within it serves.
  @Test func differencesStayWithinTheDomain() throws {
    let source = HostSource(
      { arguments in
        let x = arguments[0][0]
        return [x < 0 ? .nan : (x + 1) * (x + 1), x > 1 ? .infinity : x]
      },
      pullback: nil
    )
    let callout = callout(try source.backend(for: TestFunction.signature), source.tally) {
      $0.gradient = .finiteDifference(step: 1e-6)
      $0.stopsOnNaN = true
    }
    let rows = [0.0, 0.5, 1.0].map { [$0, 0, 0, 0, 0] }
    let columns = run(callout, .columns, rows, count: 12, differentiated: [0])
    let expected = [1, 2, 0, 1, 2.25, 3, 0.5, 1, 4, 4, 1, 1]
    #expect(zip(columns, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(columns)")
    #expect(source.tally.stopReason == nil)
  }
}
