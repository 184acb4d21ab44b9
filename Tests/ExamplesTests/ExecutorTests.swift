import PPL
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLNativeExecution
import PPLRewrites
import PPLTensorCore
import Testing

/// Machine code against the reference executor on all examples.
@Suite(.enabled(if: NativeProgram.isAvailable, "LLVM's library is not installed"))
struct ExecutorTests {
  @Test(arguments: Example.all, [true, false])
  func gradientsAgree(_ example: Example, isRewritten: Bool) throws {
    let model = try example.model()
    let bound = model.bound
    let compiled = try ModelCompiler.compile(
      bound,
      rewrites: isRewritten ? .all : .none,
      need: model.program.densityNeed
    )
    let terms = try ModelCompiler.statementTerms(bound, held: compiled.held)
    let count = compiled.dimension
    let native = NativeExecutor(try NativeProgram(compiled.gradient))
    let reference = ReferenceExecutor(compiled.gradient)
    for trial in 0..<5 {
      let position = point(count, trial)
      let expected = reference.run(inputs: position, outputCount: count + 1)
      let actual = native.run(inputs: position, outputCount: count + 1)
      // The iterations of an implicit solver carry rounding further.
      let tolerance = compiled.systems.isEmpty ? 1e-12 : 1e-10
      expectEqualGradients(
        actual,
        expected,
        terms: terms.graph,
        at: position,
        tolerance: tolerance
      )
    }
  }

  /// Quantities of a draw, random ones included, and the elements of all statements' densities.
  @Test(arguments: Example.all)
  func drawsAndTermsAgree(_ example: Example) throws {
    let model = try example.model()
    let bound = model.bound
    let compiled = try ModelCompiler.compile(bound, need: model.program.densityNeed)
    for graph in [
      compiled.draw, try ModelCompiler.statementTerms(bound, held: compiled.held).graph,
    ] {
      let native = NativeExecutor(try NativeProgram(graph))
      let reference = ReferenceExecutor(graph)
      for trial in 0..<3 {
        let position = point(compiled.dimension, trial)
        let key = RandomKey(seed: UInt64(trial))
        let expected = reference.run(
          inputs: position,
          outputCount: graph.outputCount,
          key: key
        )
        let actual = native.run(inputs: position, outputCount: graph.outputCount, key: key)
        let scale = expected.reduce(1) { max($0, $1.magnitude) }
        let error = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(error <= (compiled.systems.isEmpty ? 1e-12 : 1e-10) * scale)
      }
    }
  }

  private func point(_ count: Int, _ trial: Int) -> [Double] {
    var generator = RandomKey(seed: 13).derived(UInt64(trial)).makeGenerator()
    return (0..<count).map { _ in 2 * generator.nextUniform() - 1 }
  }
}
