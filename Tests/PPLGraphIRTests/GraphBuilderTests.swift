import PPLGraphIR
import PPLTensorCore
import Testing

@Suite struct GraphBuilderTests {
  private let builder = GraphBuilder()

  @Test func equalApplicationsAreOneNode() {
    let x = builder.addInput(shape: [3])
    let y = builder.addInput(shape: [3])
    #expect((x * y).id == (y * x).id)
    #expect((x - y).id != (y - x).id)
    #expect(x.exp().id == x.exp().id)
    let equal = builder.constant(Tensor(shape: [2], values: [1, .nan]))
    #expect(equal.id == builder.constant(Tensor(shape: [2], values: [1, .nan])).id)
    #expect(builder.constant(0).id != builder.constant(-0.0).id)
  }

  @Test func randomNodesOfOneBuilderDiffer() {
    let first = builder.random(.normal, shape: [3])
    let second = builder.random(.normal, shape: [3])
    #expect(first.id != second.id)
    #expect(!builder.isConstant(first))
  }

  @Test func constantsFold() throws {
    let a = builder.constant(Tensor(shape: [3], values: [1, 2, 3]))
    let folded = try #require(((2 * a).exp().log().sum() + 1).constantValue)
    #expect(folded.shape == [])
    #expect((folded.values[0] - 13).magnitude < 1e-14)
  }

  @Test func deadNodesAndConstantsAreRemoved() throws {
    let x = builder.addInput(shape: [2])
    let unused = builder.addInput(shape: [5])
    _ = unused.exp() + 7
    let result = x.exp() * 3
    let graph = builder.build(outputs: [result, x])
    try graph.checkInvariants()
    #expect(
      graph.opCounts
        == ["input": 1, "exp": 1, "constant": 1, "reshape": 0, "multiply": 1].filter {
          $0.value > 0
        }
    )
    #expect(graph.inputs == [[2], [5]])
    #expect(graph.constants.map(\.values) == [[3]])
    #expect(graph[graph.outputs[1]].op == .input(0))
  }

  @Test func scalarsGoWithAnyRank() {
    let x = builder.addInput(shape: [2, 3])
    let s = builder.addInput(shape: [])
    #expect((x + s).shape == [2, 3])
    #expect((s - x).shape == [2, 3])
    #expect(x.isLess(than: s).select(s, x).shape == [2, 3])
    #expect(s.broadcast(to: [4, 5]).shape == [4, 5])
  }

  @Test func inliningComputesTheSame() throws {
    let x = builder.addInput(shape: [2])
    let inner = builder.build(outputs: [x.exp() + 1])
    let outer = GraphBuilder()
    let z = outer.addInput(shape: [2])
    let values = outer.inline(inner, inputs: [z * z])
    let graph = outer.build(outputs: [values[inner.outputs[0].index]])
    try graph.checkInvariants()
    #expect(graph.opCounts["exp"] == 1)
    #expect(graph.opCounts["multiply"] == 1)
  }

  @Test func invariantsAreChecked() {
    let exp = Node(op: .unary(.exp), operands: [NodeID(0)], shape: [2], kind: .real)
    let input = Node(op: .input(0), operands: [], shape: [2], kind: .real)
    func graph(_ nodes: [Node], outputs: [Int]) -> Graph {
      Graph(nodes: nodes, constants: [], inputs: [[2]], outputs: outputs.map(NodeID.init))
    }
    #expect(throws: Never.self) { try graph([input, exp], outputs: [1]).checkInvariants() }
    let faulty = [
      graph([exp, input], outputs: [0, 1]),
      graph([input, exp], outputs: [0]),
      graph([input, exp], outputs: [1, 2]),
      graph(
        [input, Node(op: .unary(.exp), operands: [NodeID(0)], shape: [3], kind: .real)],
        outputs: [1]
      ),
      graph(
        [input, Node(op: .unary(.exp), operands: [NodeID(0)], shape: [2], kind: .integer)],
        outputs: [1]
      ),
      graph([Node(op: .input(1), operands: [], shape: [2], kind: .real)], outputs: [0]),
      graph([Node(op: .constant(0), operands: [], shape: [2], kind: .real)], outputs: [0]),
    ]
    for graph in faulty { #expect(throws: GraphFault.self) { try graph.checkInvariants() } }
  }

  @Test func printedFormIsReadable() {
    let x = builder.addInput(shape: [2, 4])
    let density = (-0.5 * x.square()).sum()
    #expect(
      builder.build(outputs: [density]).description == """
        %0 real[2, 4] = input 0
        %1 real[2, 4] = square %0
        %2 real[1, 1] = constant {-0.5}
        %3 real[2, 4] = multiply %2, %1
        %4 real[1, 1] = reduce.sum axes=[0, 1] %3
        %5 real[] = reshape %4
        return %5
        """
    )
  }

  @Test func tenThousandStatementsStayLinear() throws {
    var chain = builder.addInput(shape: [])
    for step in 0..<10_000 { chain = (chain + Double(step % 7)).tanh() }
    let graph = builder.build(outputs: [chain])
    try graph.checkInvariants()
    #expect(graph.nodes.count < 20_020)
  }
}

@Suite struct ElementBudgetTests {
  @Test func exceedingItIsRecordedWithoutAllocation() {
    let builder = GraphBuilder(elementBudget: 1000)
    let column = builder.addInput(shape: [100, 1])
    let row = builder.addInput(shape: [1, 100])
    #expect(builder.failure == nil)
    let outer = column * row
    #expect(outer.shape == [100, 100])
    #expect(builder.failure == BudgetFailure(op: "multiply", shape: [100, 100], budget: 1000))
    // Later results do not replace the first failure.
    _ = outer.exp() + 1
    #expect(builder.failure?.op == "multiply")
  }

  @Test func constantsAreNotFoldedBeyondIt() {
    let builder = GraphBuilder(elementBudget: 1000)
    let one = builder.constant(1)
    let size = 1 << 40
    let huge = one.broadcast(to: [size, size, size])
    #expect(huge.shape.count == Int.max)
    #expect(!builder.isConstant(huge))
    #expect(builder.failure?.op == "broadcast")
    #expect((huge + huge).exp().sum().shape == [])
    #expect(!builder.isConstant(one.broadcast(to: [2000]).exp()))
  }

  @Test func sumOfResultsCounts() {
    let builder = GraphBuilder(elementBudget: 1000)
    var x = builder.addInput(shape: [100])
    for step in 0..<20 {
      #expect((builder.failure == nil) == (step < 10))
      x = x.exp()
    }
    #expect(builder.failure?.op == "exp")
  }
}
