import PPLExecution
import PPLGraphIR
import PPLTensorCore
import Testing

@Suite struct ReferenceExecutorTests {
  private let builder = GraphBuilder()

  @Test func inputsAndOutputsLieOneBehindTheOther() {
    let x = builder.addInput(shape: [2])
    _ = builder.addInput(shape: [3])
    let y = builder.addInput(shape: [])
    let graph = builder.build(outputs: [x * y, y, x, x])
    let executor = ReferenceExecutor(graph)
    #expect(graph.inputCount == 6)
    #expect(graph.outputCount == 7)
    let outputs = executor.run(inputs: [1, 2, 7, 8, 9, 10], outputCount: 7)
    #expect(outputs == [10, 20, 10, 1, 2, 1, 2])
  }

  @Test func constantOutputsAndEmptyGraphs() {
    let graph = builder.build(outputs: [
      builder.constant(Tensor(shape: [2], values: [3, 4])),
      builder.constant(Tensor(shape: [0], values: [])),
    ])
    #expect(ReferenceExecutor(graph).run(inputs: [], outputCount: 2) == [3, 4])
    let empty = GraphBuilder().build(outputs: [])
    #expect(ReferenceExecutor(empty).run(inputs: [], outputCount: 0) == [])
  }

  @Test func aRunLeavesNothingBehind() {
    let x = builder.addInput(shape: [3, 4])
    let index = builder.constant(Tensor(shape: [2], kind: .integer, values: [2, 0]))
    let graph = builder.build(outputs: [
      x.gather(index).scatterAdd(index, rows: 3), x.sum(axes: [0]),
      x.transpose([1, 0]).pad(axis: 1, before: 1, after: 0),
    ])
    let executor = ReferenceExecutor(graph)
    let first = (0..<12).map(Double.init)
    let expected = executor.run(inputs: first, outputCount: graph.outputCount)
    _ = executor.run(inputs: first.map { $0 * -7 }, outputCount: graph.outputCount)
    #expect(executor.run(inputs: first, outputCount: graph.outputCount) == expected)
  }

  @Test func memoryIsReused() {
    var x = builder.addInput(shape: [1000])
    for step in 0..<100 { x = (x + Double(step + 1)).tanh() }
    let executor = ReferenceExecutor(builder.build(outputs: [x]))
    // The input, two values that live at the same time, and small constants.
    #expect(executor.arenaElementCount < 4 * 1024 + 200)
  }

  @Test func reshapesAndLeadingSlicesCostNothing() {
    let x = builder.addInput(shape: [6])
    let parts = (0..<3).map { x.slice(axis: 0, start: 2 * $0, count: 2).reshape([1, 2]) }
    let graph = builder.build(outputs: [parts[0] + parts[2], parts[1]])
    let executor = ReferenceExecutor(graph)
    #expect(executor.callCount == 1)
    #expect(executor.run(inputs: [1, 2, 3, 4, 5, 6], outputCount: 4) == [6, 8, 3, 4])
  }

  /// An alias keeps the place it lies in from being reused.
  @Test func aliasesOutliveTheirOwnersLastUse() {
    let x = builder.addInput(shape: [4])
    let y = x.exp()
    let alias = y.reshape([2, 2]).slice(axis: 0, start: 1, count: 1)
    var z = y.sum().reshape([1, 1])
    for _ in 0..<5 { z = (z + 1).broadcast(to: [2, 2]).sum(axes: [0, 1]) }
    let graph = builder.build(outputs: [z + alias])
    let executor = ReferenceExecutor(graph)
    let outputs = executor.run(inputs: [0, 0, 0, 0], outputCount: 2)
    let known = (0..<5).reduce(4.0) { sum, _ in (sum + 1) * 4 }
    #expect(outputs == [known + 1, known + 1])
  }

  @Test func randomNodesDrawFromTheKeyOfTheRun() {
    let x = builder.random(.normal, shape: [3])
    let y = builder.random(.uniform, shape: [2])
    let executor = ReferenceExecutor(builder.build(outputs: [x, y]))
    let key = RandomKey(seed: 5)
    let outputs = executor.run(inputs: [], outputCount: 5, key: key)
    var normals = key.derived(0).makeGenerator()
    var uniforms = key.derived(1).makeGenerator()
    let expected =
      (0..<3).map { _ in normals.nextNormal() } + (0..<2).map { _ in uniforms.nextUniform() }
    #expect(outputs == expected)
    #expect(executor.run(inputs: [], outputCount: 5, key: key) == expected)
    #expect(executor.run(inputs: [], outputCount: 5, key: RandomKey(seed: 6)) != expected)
  }

  @Test func tenThousandNodesRun() {
    let x = builder.addInput(shape: [])
    var sum = x
    for step in 1..<10_000 { sum = sum + (x * Double(step)) }
    let executor = ReferenceExecutor(builder.build(outputs: [sum]))
    // Whole numbers: exact in any order.
    #expect(executor.run(inputs: [3], outputCount: 1) == [3 + 3 * 49_995_000])
  }
}
