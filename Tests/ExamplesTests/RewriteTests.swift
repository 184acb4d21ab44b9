import PPL
import PPLExecution
import PPLModelCompiler
import PPLRewrites
import PPLTensorCore
import Testing

/// The rewrites keep the densities and gradients of all examples.
@Suite struct RewriteTests {
  static let selections = Rewriter.rewrites.map(\.name) + ["all"]

  @Test(arguments: Example.all, selections)
  func valueAndGradientAreKept(_ example: Example, _ name: String) throws {
    let model = try example.model()
    let selection: RewriteSelection = name == "all" ? .all : .only(name)
    let plain = try ModelCompiler.compile(
      model.bound,
      rewrites: .none,
      need: model.program.densityNeed
    )
    let rewritten = try ModelCompiler.compile(
      model.bound,
      rewrites: selection,
      need: model.program.densityNeed
    )
    #expect(rewritten.density.work <= plain.density.work)
    let terms = try ModelCompiler.statementTerms(model.bound, held: model.compiled.held)
    let count = model.dimension
    for trial in 0..<3 {
      var generator = RandomKey(seed: 11).derived(UInt64(trial)).makeGenerator()
      let position = (0..<count).map { _ in 2 * generator.nextUniform() - 1 }
      let expected = ReferenceExecutor(plain.gradient)
        .run(inputs: position, outputCount: count + 1)
      let actual = ReferenceExecutor(rewritten.gradient)
        .run(inputs: position, outputCount: count + 1)
      expectEqualGradients(actual, expected, terms: terms.graph, at: position)
    }
  }
}
