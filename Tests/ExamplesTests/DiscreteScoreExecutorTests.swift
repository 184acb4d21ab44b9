import PPL
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLNativeExecution
import PPLTensorCore
import Testing

/// Machine code against the reference executor where discrete latents are approximated.
@Suite(.enabled(if: NativeProgram.isAvailable, "LLVM's library is not installed"))
struct DiscreteScoreExecutorTests {
  @Test func gradientsAndDrawsAgree() throws {
    let program = Program(
      name: "model.ppl",
      text: """
        dim obs = 30, feature = 5, state = 3
        data x[i: obs, j: feature] = sin(3 * i + 7 * j)
        data y[i: obs] = cos(2 * i)
        b[feature] ~ Normal(0, 1)
        z[j: feature] ~ Bernoulli(0.3)
        n ~ Poisson(2)
        s[i: obs] ~ DiscreteUniform(state)
        y[i: obs] ~ Normal(sum(z[j] * b[j] * x[i, j] for j: feature) + 0.1 * n * s[i], 1)
        factor weak = -0.01 * sum(s[i] == s[1] for i: obs)
        infer fit = svi()
        """
    )
    #expect(program.diagnostics.isEmpty, "\(program.diagnostics)")
    let model = try ModelCompiler.compileStochastic(
      try program.compile().model.bound,
      rows: [:],
      isVariational: true
    )
    #expect(model.approximations.count == 3)
    let parameters = (0..<model.parameterCount).map { Double($0 * 37 % 19) / 19 - 0.4 }
    for graph in [model.gradient, model.objective, model.draw, model.logRatio] {
      let native = NativeExecutor(try NativeProgram(graph))
      let reference = ReferenceExecutor(graph)
      for number in 0..<20 {
        let key = RandomKey(seed: 1).derived(UInt64(number))
        let count = graph.outputCount
        let actual = native.run(inputs: parameters, outputCount: count, key: key)
        let expected = reference.run(inputs: parameters, outputCount: count, key: key)
        for (a, b) in zip(actual, expected) {
          // Sums of some hundreds of terms, each near 1 to 10.
          #expect(abs(a - b) < 1e-10 * max(1, abs(b)), "\(a), \(b)")
        }
      }
    }
  }
}
