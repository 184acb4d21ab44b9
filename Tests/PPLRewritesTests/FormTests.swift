import PPLGraphIR
import PPLRewrites
import PPLTensorCore
import Testing

/// What single rewrites make of small graphs.
@Suite struct FormTests {
  private let builder = GraphBuilder()

  private func data(_ values: [Double], _ kind: ElementKind = .real) -> GraphValue {
    builder.constant(Tensor(shape: [values.count], kind: kind, values: values))
  }

  /// The primitives of the rewritten sum with their shapes, sources and reshapes left out.
  private func forms(_ terms: GraphValue, _ name: String) throws -> [String] {
    let graph = builder.build(outputs: [terms.sum()])
    let result = Rewriter.rewrite(graph, selection: .only(name)).graph
    try result.checkInvariants()
    return result.nodes.compactMap { node in
      switch node.op {
      case .constant, .input, .reshape: nil
      default: "\(node.op.name)\(node.shape)"
      }
    }
  }

  @Test func factorsAreAppliedToTheSum() throws {
    let x = builder.addInput(shape: [5])
    let s = builder.addInput(shape: [1])
    let terms = -(-0.5 * (x / s).square())
    #expect(
      try forms(terms, "factors-out-of-sums")
        == ["square[5]", "reduce.sum[1]", "divide[1]", "divide[1]", "multiply[1]", "negate[1]"]
    )
    // A product that is needed elsewhere stays.
    #expect(try forms((s * x) * (s * x).exp(), "factors-out-of-sums").count == 4)
  }

  @Test func functionsMoveToTheTable() throws {
    let a = builder.addInput(shape: [2])
    let index = data([0, 1, 1, 0, 1], .integer)
    let terms = (a.gather(index) + builder.addInput(shape: [1])).exp()
    #expect(
      try forms(terms, "gather-last") == ["add[2]", "exp[2]", "gather[5]", "reduce.sum[1]"]
    )
    // A cheap function of a gather that is needed elsewhere stays.
    let used = a.gather(index) * a.gather(index).exp()
    #expect(
      try forms(used, "gather-last")
        == ["gather[5]", "exp[2]", "gather[5]", "multiply[5]", "reduce.sum[1]"]
    )
    // Rows that are not read are left out.
    let some = builder.addInput(shape: [9]).gather(data([7, 2, 7, 7, 2], .integer)).log()
    #expect(
      try forms(some, "gather-last") == ["gather[2]", "log[2]", "gather[5]", "reduce.sum[1]"]
    )
  }

  @Test func knownChoicesGatherFromALongerTable() throws {
    let a = builder.addInput(shape: [3])
    let index = data([0, 1, 1, 0, 1, 2], .integer)
    let mask = data([1, 0, 1, 1, 0, 0], .boolean)
    // Row 2 is never chosen: the logarithm of 0 there must not spoil a gradient.
    #expect(
      try forms(mask.select(a.gather(index), a.scalar(1)).log(), "gather-last")
        == ["slice[2]", "concatenate[3]", "log[3]", "gather[6]", "reduce.sum[1]"]
    )
  }

  @Test func linearSumsUseSumsOfData() throws {
    let b = builder.addInput(shape: [1])
    let a = builder.addInput(shape: [2])
    let counts = data([3, 0, 2, 1, 1], .integer)
    let index = data([0, 1, 1, 0, 1], .integer)
    #expect(
      try forms(counts * (b + a.gather(index)), "linear-sums")
        == ["multiply[]", "multiply[2]", "reduce.sum[1]", "add[]"]
    )
    // What is not linear stays one sum.
    let x = builder.addInput(shape: [5])
    #expect(
      try forms(counts * b + x.exp(), "linear-sums")
        == ["exp[5]", "multiply[]", "reduce.sum[1]", "add[1]"]
    )
    // The count 0 excludes the product, whatever the rate.
    let masked = counts.isEqual(to: 0).select(b.scalar(0), counts * b)
    #expect(try forms(masked, "linear-sums") == ["multiply[]"])
  }

  @Test func equalRowsAreCounted() throws {
    let b = builder.addInput(shape: [1])
    let x = data([1, 2, 1, 2, 1, 1, 1, 1])
    let y = data([0, 1, 0, 1, 0, 0, 0, 1])
    #expect(
      try forms((y - b * x).absolute().log1p(), "equal-rows")
        == [
          "multiply[3]", "subtract[3]", "absolute[3]", "log1p[3]", "multiply[3]", "reduce.sum[1]",
        ]
    )
    // Rows of a latent differ.
    let latent = builder.addInput(shape: [8])
    #expect(try forms((latent * x).exp(), "equal-rows").contains("exp[8]"))
  }

  @Test func divisorsAreInvertedOnce() throws {
    let x = builder.addInput(shape: [4, 3])
    let s = builder.addInput(shape: [4, 1])
    #expect(
      try forms((x / s).tanh(), "reciprocals")
        == ["reciprocal[4, 1]", "multiply[4, 3]", "tanh[4, 3]", "reduce.sum[1, 1]"]
    )
    #expect(try forms(s / s.exp(), "reciprocals").contains("divide[4, 1]"))
  }

  @Test func exponentialsAreTakenBack() throws {
    let x = builder.addInput(shape: [])
    let scale = x.exp().reshape([1])
    #expect(try forms(scale.log() * 3, "logs-of-exp") == ["multiply[1]"])
    #expect(
      try forms(scale.isLess(than: 0).select(builder.constant(7), scale), "logs-of-exp")
        == ["exp[]"]
    )
    #expect(try forms(scale.isLess(than: 0.5), "logs-of-exp").contains("less[1]"))
  }

  @Test func selectionsNameWhatThereIs() throws {
    let names = Rewriter.rewrites.map(\.name)
    #expect(Set(names).count == names.count)
    let selection = try RewriteSelection.all(except: [names[0]])
    #expect(Rewriter.rewrites.filter(selection.contains).map(\.name) == Array(names.dropFirst()))
    let failure = #expect(throws: UnknownRewrite.self) {
      try RewriteSelection.all(except: ["linear"])
    }
    let message = failure?.message ?? ""
    #expect(names.allSatisfy(message.contains))
  }
}
