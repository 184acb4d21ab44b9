import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import TestSupport
import Testing

extension Graph {
  /// All outputs by machine code in single precision.
  fileprivate func singleValues(_ inputs: [Double]) throws -> [Double] {
    let program = try NativeProgram(self, isSingle: true)
    return singleValues(SingleNativeExecutor(program), inputs)
  }

  fileprivate func singleValues(_ executor: any SingleExecutor, _ inputs: [Double]) -> [Double] {
    let given = inputs.map { Float($0) }
    var results = [Float](repeating: 0, count: outputCount)
    unsafe given.withUnsafeBufferPointer { given in
      unsafe results.withUnsafeMutableBufferPointer { results in
        unsafe executor.run(inputs: given, outputs: results, key: RandomKey(seed: 9))
      }
    }
    return results.map { Double($0) }
  }
}

/// Machine code in single precision against the reference executor.
@Suite(.enabled(if: NativeProgram.isAvailable, "LLVM's library is not installed"))
struct SinglePrecisionTests {
  /// Numbers of single precision, so that both executors begin alike.
  private func point(_ count: Int, _ seed: UInt64) -> [Double] {
    normals(count, seed: seed).map { Double(Float(0.5 * $0)) }
  }

  private func expectAgreement(_ graph: Graph, seed: UInt64) throws {
    let inputs = point(graph.inputCount, seed)
    let expected = graph.referenceValues(inputs)
    let found = try graph.singleValues(inputs)
    let scale = max(1, expected.map(\.magnitude).max() ?? 1)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-5 * scale, "\(a), wanted \(b)") }
  }

  /// Most graphs agree; roundings and comparisons in others turn out otherwise for numbers that are a little different.
  @Test func randomGraphsAgree() throws {
    var apart = 0
    for seed in 0..<120 as Range<UInt64> {
      let sample = RandomGraph(seed: seed)
      let inputs = sample.point.map { Double(Float($0)) }
      let graph = try gradient(of: sample.graph)
      let expected = graph.referenceValues(inputs)
      let found = try graph.singleValues(inputs)
      let scale = max(1, expected.map(\.magnitude).filter(\.isFinite).max() ?? 1)
      let isApart = zip(found, expected).contains { a, b in
        a != b && !(a.isNaN && b.isNaN) && !((a - b).magnitude <= 2e-4 * scale)
      }
      if isApart { apart += 1 }
    }
    #expect(apart <= 12)
  }

  @Test func denseLayersAgree() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [16, 40])
    let (w, v) = (builder.addInput(shape: [24, 40]), builder.addInput(shape: [5, 24]))
    let hidden = x.matrixMultiply(w, transposeRight: true).tanh()
    let logits = hidden.matrixMultiply(v, transposeRight: true)
    let total = (logits - logits.logSumExp(axes: [1])).sum() + hidden.softplus().sum()
    let graph = builder.build(outputs: [total])
    try expectAgreement(try gradient(of: graph), seed: 1)
  }

  @Test func convolutionsAgree() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [3, 2, 9, 8])
    let w = builder.addInput(shape: [4, 2, 3, 3])
    let convolution = Convolution(
      input: [9, 8],
      kernel: [3, 3],
      stride: [2, 1],
      padding: [1, 1]
    )
    let y = builder.apply(.convolve(convolution, .forward), [x, w])
    let graph = builder.build(outputs: [(y * y.logistic()).sum()])
    try expectAgreement(try gradient(of: graph), seed: 2)
  }

  @Test func loopsAgree() throws {
    let builder = GraphBuilder()
    let (steps, count, units) = (12, 5, 6)
    let x = builder.addInput(shape: [steps, count, units])
    let w = builder.addInput(shape: [units, units])
    let state = builder.addPlaceholder(shape: [steps, count, units])
    let product = state.reshape([steps * count, units]).matrixMultiply(w)
      .reshape([steps, count, units])
    let next = (x + product).tanh()
    let carried = CarriedValue(
      placeholder: state,
      axis: 0,
      initial: builder.constant(0).broadcast(to: [1, count, units]),
      next: next
    )
    let result = builder.scan(
      length: steps,
      reversed: false,
      carried: [carried],
      outputs: [(next, 0)]
    )
    let states = try #require(result?.first)
    let graph = builder.build(outputs: [states.square().sum()])
    try expectAgreement(try gradient(of: graph), seed: 3)
  }

  /// Rows whose positions are known at run time only, and their adjoint.
  @Test(arguments: [1, 3, 8, 21])
  func rowsAreGathered(width: Int) throws {
    let builder = GraphBuilder()
    let positions = builder.addInput(shape: [6])
    let table = builder.addInput(shape: [10, width])
    let rows = table.gather(positions.floor())
    let graph = builder.build(outputs: [(rows * rows * rows).sum(), rows])
    let inputs = [3, 0, 9, 3, 12, -1] + point(10 * width, 4)
    let expected = graph.referenceValues(inputs)
    let found = try graph.singleValues(inputs)
    for (a, b) in zip(found, expected) {
      #expect(a.isNaN == b.isNaN && (a.isNaN || abs(a - b) < 1e-5 * (1 + abs(b))))
    }
    let inside = [3, 0, 9, 3, 2, 2] + point(10 * width, 4)
    let slope = try gradient(of: builder.build(outputs: [(rows * rows).sum()]), withRespectTo: [1])
    let slopes = zip(try slope.singleValues(inside), slope.referenceValues(inside))
    for (a, b) in slopes { #expect(abs(a - b) < 1e-4 * (1 + abs(b))) }
  }

  /// The short exponential over all magnitudes, and what is made of it.
  @Test func exponentialsAreExactToTheLastDigits() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [64])
    let graph = builder.build(outputs: [x.exp(), x.tanh(), x.logistic(), x.softplus()])
    let inputs = (0..<64).map { Double(Float(Double($0 - 32) * 2.7 + 0.013)) }
    let found = try graph.singleValues(inputs)
    for (index, expected) in graph.referenceValues(inputs).enumerated() {
      let rounded = Double(Float(expected))
      #expect(abs(found[index] - rounded) <= 2.5e-7 * abs(rounded) || found[index] == rounded)
    }
    let edges: [Double] = [.infinity, -.infinity, .nan, 0, 100, -120] + inputs.dropFirst(6)
    let atEdges = try graph.singleValues(edges)
    #expect(atEdges[0] == .infinity && atEdges[1] == 0 && atEdges[2].isNaN && atEdges[3] == 1)
    #expect(atEdges[64] == 1 && atEdges[65] == -1 && atEdges[66].isNaN && atEdges[67] == 0)
  }

  @Test func withoutMachineCodeNumbersAreConverted() {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [3])
    let graph = builder.build(outputs: [x.square()])
    let executor = ConvertingExecutor(ReferenceExecutor(graph), inputCount: 3, outputCount: 3)
    #expect(graph.singleValues(executor, [1, 2, 3]) == [1, 4, 9])
  }
}
