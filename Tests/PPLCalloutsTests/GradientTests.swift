import PPLAutodiff
import PPLCallouts
import PPLExecution
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import Synchronization
import TestSupport
import Testing

/// The function of `TestFunction`, computed here.
private final class Formula: CalloutBackend {
  let callCount = Atomic(0)

  func answer(_ calls: [CalloutCall]) -> [CalloutAnswer] {
    callCount.add(calls.count, ordering: .relaxed)
    return calls.map { call in
      let derivatives = TestWorker.derivatives(call.arguments, count: 2)
      guard let weights = call.adjoint else {
        return .result(
          TestWorker.result(call.arguments, count: 2),
          derivatives: call.wantsDerivatives ? derivatives : []
        )
      }
      let pulled = (0..<5).map { weights[0] * derivatives[$0] + weights[1] * derivatives[5 + $0] }
      return .result(pulled, derivatives: [])
    }
  }
}

/// How derivatives are had.
private enum Way: CaseIterable {
  case given, differences, pullback

  /// Differences of calls are right to about eight digits.
  var tolerance: Double { self == .differences ? 1e-8 : 1e-10 }
}

@Suite struct GradientTests {
  private func body(_ way: Way?, _ backend: any CalloutBackend, calls: Int) -> CalloutBody {
    var settings = CalloutSettings()
    var derivative = CalloutBody.Derivative.none
    switch way {
    case .given: (settings.gradient, derivative) = (.given, .columns)
    case .differences:
      (settings.gradient, derivative) = (.finiteDifference(step: 6e-6), .columns)
    case .pullback: derivative = .pullback
    case nil: break
    }
    return CalloutBody(
      name: "f",
      function: Callout(TestFunction.signature, settings, backend, CalloutTally()),
      callCount: calls,
      widths: [1, 3, 1],
      isDifferentiated: [true, true, false],
      resultWidth: 2,
      kind: .real,
      derivative: derivative
    )
  }

  /// A scalar of two callouts, one called with what the other gave: inputs a `[N, 1]`, v `[N, 3]`.
  private func graph(_ way: Way?, _ backend: any CalloutBackend, calls: Int) -> Graph {
    let builder = GraphBuilder()
    let a = builder.addInput(shape: [calls, 1])
    let v = builder.addInput(shape: [calls, 3])
    let whole = builder.constant(2).broadcast(to: [calls, 1])
    let body = body(way, backend, calls: calls)
    let first = builder.apply(.callout(body, .value), [a * a, v, whole])
    let second = builder.apply(
      .callout(body, .value),
      [first.slice(axis: 1, start: 1, count: 1), v * a, whole]
    )
    let terms = first * first + second * 0.3
    return builder.build(outputs: [terms.sum(axes: [0, 1]).reshape([])])
  }

  private func point(_ calls: Int) -> [Double] {
    (0..<4 * calls).map { 0.9 - 0.37 * Double($0 % 7) }
  }

  private func values(_ graph: Graph, _ inputs: [Double]) -> [Double] {
    ReferenceExecutor(graph).run(inputs: inputs, outputCount: graph.outputCount)
  }

  @Test(arguments: Way.allCases, [1, 5])
  fileprivate func gradientIsThatOfDifferences(_ way: Way, _ calls: Int) throws {
    let graph = graph(way, Formula(), calls: calls)
    try graph.checkInvariants()
    let gradient = try PPLAutodiff.gradient(of: graph)
    try gradient.checkInvariants()
    let inputs = point(calls)
    let actual = values(gradient, inputs)
    #expect(actual[0] == values(graph, inputs)[0])
    for place in inputs.indices {
      func value(_ change: Double) -> Double {
        var changed = inputs
        changed[place] += change
        return values(graph, changed)[0]
      }
      // Of fourth order, with rounding and curvature alike near 1e-12.
      let (near, far) = (value(1e-3) - value(-1e-3), value(2e-3) - value(-2e-3))
      let expected = (8 * near - far) / 12e-3
      #expect(
        abs(actual[1 + place] - expected) < max(way.tolerance, 1e-9) * max(1, abs(expected)) * 10,
        "\(actual[1 + place]) and \(expected)"
      )
    }
    let native = NativeExecutor(try NativeProgram(gradient)).run(
      inputs: inputs,
      outputCount: gradient.outputCount
    )
    for (left, right) in zip(native, actual) {
      #expect(abs(left - right) <= 1e-12 * max(1, abs(right)))
    }
  }

  /// Three ways to the same derivatives.
  @Test func waysAgree() throws {
    let results = try Way.allCases.map { way in
      values(try gradient(of: graph(way, Formula(), calls: 3)), point(3))
    }
    for (way, result) in zip(Way.allCases, results) {
      for (left, right) in zip(result, results[0]) {
        #expect(abs(left - right) <= way.tolerance * 10 * max(1, abs(right)))
      }
    }
  }

  /// Value and derivatives are one call, equal calls are one, and calls of constants are made as the graph is built.
  @Test func callsAreMadeOnce() throws {
    let formula = Formula()
    let gradient = try gradient(of: graph(.given, formula, calls: 4))
    #expect(formula.callCount.load(ordering: .relaxed) == 0)
    _ = values(gradient, point(4))
    #expect(formula.callCount.load(ordering: .relaxed) == 8)

    let other = Formula()
    let builder = GraphBuilder()
    let body = body(.given, other, calls: 1)
    let a = builder.addInput(shape: [1, 1])
    let v = builder.constant(Tensor(shape: [1, 3], values: [1, 2, 3]))
    let n = builder.constant(Tensor(shape: [1, 1], values: [4]))
    let left = builder.apply(.callout(body, .value), [a, v, n])
    let right = builder.apply(.callout(body, .value), [a, v, n])
    let known = builder.apply(.callout(body, .value), [n, v, n])
    #expect(other.callCount.load(ordering: .relaxed) == 1)
    let graph = builder.build(outputs: [left + right, known])
    let calls = graph.nodes.count { if case .callout = $0.op { true } else { false } }
    #expect(calls == 1)
    let result = values(graph, [0.5])
    #expect(other.callCount.load(ordering: .relaxed) == 2)
    let expected = TestWorker.result([0.5, 1, 2, 3, 4], count: 2)
    #expect(abs(result[0] - 2 * expected[0]) < 1e-12)
    #expect(result[2...] == TestWorker.result([4, 1, 2, 3, 4], count: 2)[...])
  }

  @Test func withoutDerivativesThereIsNoGradient() {
    let graph = graph(nil, Formula(), calls: 2)
    #expect(throws: AutodiffError.self) { try gradient(of: graph) }
    // By nothing that it depends on, it has one.
    #expect(throws: Never.self) { try gradient(of: graph, withRespectTo: []) }
  }

  /// Second derivatives are not to be had.
  @Test(arguments: Way.allCases)
  fileprivate func gradientsHaveNoGradient(_ way: Way) throws {
    let first = try gradient(of: graph(way, Formula(), calls: 1))
    let builder = GraphBuilder()
    let inputs = first.inputs.map { builder.addInput(shape: $0) }
    let values = builder.inline(first, inputs: inputs)
    let whole = builder.build(outputs: [
      values[first.outputs[2].index].sum(axes: [0, 1]).reshape([])
    ])
    #expect(throws: AutodiffError.self) { try gradient(of: whole) }
  }
}
