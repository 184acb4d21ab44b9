import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLTensorCore
import TestSupport
import Testing

/// Properties of graphs grown at random from all primitives.
@Suite struct RandomGraphTests {
  @Test(arguments: 0..<400)
  func executorAndFoldingMatchTheDefinition(seed: UInt64) throws {
    let sample = RandomGraph(seed: seed)
    try sample.graph.checkInvariants()
    let defined = sample.graph.valuesByDefinition(sample.point)
    // The same kernels on the same numbers: equal bit for bit.
    #expect(equalBits(sample.graph.values(sample.point), defined))

    // With inputs known everything folds, but random numbers; identities may round differently.
    let builder = GraphBuilder()
    var start = 0
    let constants = sample.graph.inputs.map { shape in
      defer { start += shape.count }
      return builder.constant(
        Tensor(shape: shape, values: Array(sample.point[start..<start + shape.count]))
      )
    }
    let values = builder.inline(sample.graph, inputs: constants)
    let folded = builder.build(outputs: sample.graph.outputs.map { values[$0.index] })
    try folded.checkInvariants()
    if sample.graph.opCounts.keys.allSatisfy({ !$0.hasPrefix("random") }) {
      #expect(folded.nodes.allSatisfy { if case .constant = $0.op { true } else { false } })
    }
    #expect(discrepancy(folded.values([]), defined) < 1e-12)

    // Building again from the parts changes nothing.
    let again = GraphBuilder()
    let copies = again.inline(
      sample.graph,
      inputs: sample.graph.inputs.map { again.addInput(shape: $0) }
    )
    let rebuilt = again.build(outputs: sample.graph.outputs.map { copies[$0.index] })
    #expect(rebuilt.nodes.count <= sample.graph.nodes.count)
    #expect(discrepancy(rebuilt.values(sample.point), defined) < 1e-12)
  }

  @Test(arguments: 0..<400)
  func derivativesMatchDifferencesAndEachOther(seed: UInt64) throws {
    let sample = RandomGraph(seed: seed)
    let derivative = try gradient(of: sample.graph)
    try derivative.checkInvariants()
    let actual = Array(derivative.values(sample.point).dropFirst())

    let direction = normals(sample.point.count, seed: seed &+ 1000)
    let slope = try tangent(of: sample.graph).values(sample.point + direction)[1]
    let terms = zip(actual, direction).map { $0 * $1 }
    let scale = terms.map(\.magnitude).reduce(1, +)
    #expect((slope - terms.reduce(0, +)).magnitude < 1e-10 * scale)

    // Two step sizes tell a wrong derivative from a kink nearby.
    let coarse = sample.graph.differences(sample.point, step: 1e-3)
    let fine = sample.graph.differences(sample.point, step: 2e-4)
    let isSmooth = discrepancy(coarse, fine) < 1e-6
    if isSmooth { #expect(discrepancy(actual, fine) < 1e-5) }
  }

  @Test func everyPrimitiveIsCovered() {
    var names: Set<String> = []
    var smoothCount = 0
    for seed in 0..<400 {
      let sample = RandomGraph(seed: UInt64(seed))
      names.formUnion(sample.graph.opCounts.keys)
      let coarse = sample.graph.differences(sample.point, step: 1e-3)
      let fine = sample.graph.differences(sample.point, step: 2e-4)
      if discrepancy(coarse, fine) < 1e-6 { smoothCount += 1 }
    }
    #expect(RandomGraph.primitiveNames.subtracting(names) == [])
    #expect(smoothCount > 300)
  }
}

private func equalBits(_ left: [Double], _ right: [Double]) -> Bool {
  left.map(\.bitPattern) == right.map(\.bitPattern)
}
