import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLTensorCore
import Testing

/// The size of a derivative graph is linear in the size of the graph.
@Suite struct SizeTests {
  @Test func aChain() throws {
    let builder = GraphBuilder()
    var x = builder.addInput(shape: [])
    for _ in 0..<10_000 { x = x.sin() }
    let graph = builder.build(outputs: [x])
    let derivative = try gradient(of: graph)
    #expect(derivative.nodes.count < 3 * graph.nodes.count)
    // The chain rule by hand.
    let angle = GraphBuilder()
    let y = angle.addInput(shape: [])
    let cosine = angle.build(outputs: [y.sin(), y.cos()])
    var (value, slope) = (0.3, 1.0)
    for _ in 0..<10_000 {
      let step = cosine.values([value])
      (value, slope) = (step[0], slope * step[1])
    }
    let actual = derivative.values([0.3])
    #expect(actual[0] == value)
    #expect(slope != 0 && (actual[1] - slope).magnitude < 1e-11 * slope.magnitude)
  }

  @Test func oneInputUsedTenThousandTimes() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [])
    var sum = x.scalar(0)
    for step in 1...10_000 { sum = sum + Double(step) * x }
    let graph = builder.build(outputs: [sum])
    let derivative = try gradient(of: graph)
    #expect(derivative.nodes.count < 3 * graph.nodes.count)
    #expect(derivative.values([1]) == [50_005_000, 50_005_000])
  }

  /// Every element of a vector used on its own: pieces of one concatenation, not ten thousand vectors.
  @Test func tenThousandElementsOfOneVector() throws {
    let count = 10_000
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [count])
    var sum = x.scalar(0)
    for index in 0..<count where index % 3 != 1 {
      sum = sum + (x.slice(axis: 0, start: index, count: 1).reshape([])).square()
    }
    let graph = builder.build(outputs: [sum])
    let derivative = try gradient(of: graph)
    #expect(derivative.nodes.count < 3 * graph.nodes.count)
    let elements = derivative.nodes.reduce(0) { $0 + $1.shape.count }
    #expect(elements < 20 * count)
    let values = derivative.values((0..<count).map(Double.init))
    let expected = (0..<count).map { index -> Double in
      index % 3 == 1 ? 0 : 2 * Double(index)
    }
    #expect(Array(values.dropFirst()) == expected)
  }

  @Test func concatenationOfTenThousandPieces() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [1])
    let pieces = (0..<10_000).map { Double($0) * x }
    let graph = builder.build(outputs: [GraphValue.concatenate(pieces, axis: 0).square().sum()])
    let derivative = try gradient(of: graph)
    #expect(derivative.nodes.count < 4 * graph.nodes.count)
    let sumOfSquares = (0..<10_000).reduce(0.0) { $0 + Double($1 * $1) }
    #expect(derivative.values([1])[1] == 2 * sumOfSquares)
  }
}
