import PPL
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLRewrites
import PPLTensorCore
import Testing

/// The rewrites keep the densities and gradients of all examples.
@Suite struct RewriteTests {
  static let selections = Rewriter.rewrites.map(\.name) + ["all"]

  /// To 1e-12 of the sum of absolute terms.
  ///
  /// The derivative of a term is taken to be as large as the term or the
  /// largest derivative.
  @Test(arguments: Example.all, selections)
  func valueAndGradientAreKept(_ example: Example, _ name: String) throws {
    let model = try example.model()
    let selection: RewriteSelection = name == "all" ? .all : .only(name)
    let plain = try ModelCompiler.compile(model.bound, rewrites: .none)
    let rewritten = try ModelCompiler.compile(model.bound, rewrites: selection)
    #expect(rewritten.density.work <= plain.density.work)
    let terms = try ModelCompiler.statementTerms(model.bound)
    let count = model.dimension
    for trial in 0..<3 {
      var generator = RandomKey(seed: 11).derived(UInt64(trial)).makeGenerator()
      let position = (0..<count).map { _ in 2 * generator.nextUniform() - 1 }
      let expected = ReferenceExecutor(plain.gradient)
        .run(inputs: position, outputCount: count + 1)
      let actual = ReferenceExecutor(rewritten.gradient)
        .run(inputs: position, outputCount: count + 1)
      let scale = ReferenceExecutor(terms.graph)
        .run(inputs: position, outputCount: terms.graph.outputCount)
        .reduce(1) { $0 + $1.magnitude }
      let gradientScale = expected.reduce(scale) { max($0, $1.magnitude) }
      for index in expected.indices {
        let error = abs(actual[index] - expected[index])
        #expect(
          error <= 1e-12 * (index == 0 ? scale : gradientScale),
          "output \(index): \(actual[index]), without rewrites \(expected[index])"
        )
      }
    }
  }
}
