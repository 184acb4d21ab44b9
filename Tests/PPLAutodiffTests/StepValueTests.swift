import PPLAutodiff
import PPLGraphIR
import PPLTensorCore
import Testing

/// Loops hand out what their adjoints need again.
@Suite struct StepValueTests {
  /// A recurrent cell with a gate, `[steps, rows, units]`: state ← state + σ(x + U state) · tanh(V state).
  private func gated(steps: Int, reversed: Bool) -> Graph {
    let (rows, units) = (3, 4)
    let builder = GraphBuilder()
    let series = builder.addInput(shape: [steps, rows, units])
    let gateWeights = builder.addInput(shape: [units, units])
    let valueWeights = builder.addInput(shape: [units, units])
    let state = builder.addPlaceholder(shape: [steps, rows, units])
    func product(_ weights: GraphValue) -> GraphValue {
      state.reshape([steps * rows, units]).matrixMultiply(weights).reshape([steps, rows, units])
    }
    let gate = (series + product(gateWeights)).logistic()
    let next = state + gate * product(valueWeights).tanh()
    let carried = CarriedValue(
      placeholder: state,
      axis: 0,
      initial: builder.constant(0.1).broadcast(to: [1, rows, units]),
      next: next
    )
    let result = builder.scan(
      length: steps,
      reversed: reversed,
      carried: [carried],
      outputs: [(next, 0)]
    )
    guard let result else { preconditionFailure("Steps are not mixed.") }
    return builder.build(outputs: [(result[0].square() + result[0]).sum(axes: [0, 1, 2])])
  }

  private func inputs(_ graph: Graph) -> [Double] {
    (0..<graph.inputCount).map { 0.7 * Double(($0 * 37) % 19) / 19 - 0.3 }
  }

  /// Differences are good to about 1e-10 here.
  @Test(arguments: [false, true], [2, 5])
  func gradientAgreesWithDifferences(_ isReversed: Bool, _ steps: Int) throws {
    let graph = gated(steps: steps, reversed: isReversed)
    let inputs = inputs(graph)
    let gradient = try PPLAutodiff.gradient(of: graph)
    let values = gradient.values(inputs)
    #expect(discrepancy(Array(values.dropFirst()), graph.differences(inputs)) < 1e-8)
    #expect(values[0] == graph.values(inputs)[0])
  }

  /// What costs something stands in the loop alone: the adjoint multiplies by slopes made of what the loop has handed out.
  @Test func gatesAreNotComputedAgain() throws {
    let gradient = try PPLAutodiff.gradient(of: gated(steps: 5, reversed: false))
    for node in gradient.nodes {
      switch node.op {
      case .unary(.logistic), .unary(.tanh): Issue.record("\(node.op.name) outside of the loop")
      default: break
      }
    }
    // Those of the gradients by both weights; all others stand in loops.
    let products = gradient.nodes.filter {
      if case .matrixMultiply = $0.op { true } else { false }
    }
    #expect(products.count == 2)
  }

  /// States that a condition leaves out: padded ends of series of different lengths.
  @Test func statesMayBeMasked() throws {
    let graph = gated(steps: 4, reversed: false)
    let builder = GraphBuilder()
    let inputs = graph.inputs.map { builder.addInput(shape: $0) }
    let mask = builder.addInput(shape: [4, 3, 1])
    let values = builder.inline(graph, inputs: inputs)
    // What the graph sums: squares and states, of which some are left out.
    let summand = try #require(
      graph.nodes.indices.last {
        graph.nodes[$0].shape == [4, 3, 4] && $0 < graph.outputs[0].index
      }
    )
    let kept = mask.isGreater(than: 0).select(values[summand], 0)
    let masked = builder.build(outputs: [kept.sum(axes: [0, 1, 2])])
    let point = self.inputs(graph) + (0..<12).map { $0 % 3 == 1 || $0 > 9 ? -1.0 : 1.0 }
    let gradient = try PPLAutodiff.gradient(of: masked)
    let found = Array(gradient.values(point).dropFirst())
    #expect(discrepancy(found, masked.differences(point)) < 1e-8)
  }

  /// A second derivative goes through the loop with what it hands out.
  @Test func secondDerivativesAgreeWithDifferences() throws {
    let graph = gated(steps: 3, reversed: false)
    let inputs = inputs(graph)
    let gradient = try PPLAutodiff.gradient(of: graph)
    let first = gradient.outputs[1]
    // The sum of the gradient by the series.
    let builder = GraphBuilder()
    let values = builder.inline(
      gradient,
      inputs: gradient.inputs.map { builder.addInput(shape: $0) }
    )
    let sum = builder.build(outputs: [values[first.index].sum(axes: [0, 1, 2])])
    let second = try PPLAutodiff.gradient(of: sum)
    let found = Array(second.values(inputs).dropFirst())
    #expect(discrepancy(found, sum.differences(inputs)) < 1e-8)
  }
}
