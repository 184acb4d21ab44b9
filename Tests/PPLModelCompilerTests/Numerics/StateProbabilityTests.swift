import Foundation
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSemantics
import PPLSyntax
import Testing

/// Exact probabilities of latents that are summed out, against log densities in which one element is held.
@Suite struct StateProbabilityTests {
  private static let chain = """
    dim time, state = 3
    data y[time]: real
    P[state]: simplex[state] ~ Dirichlet(2)
    m[state] ~ Normal(0, 2)
    z[1] ~ DiscreteUniform(state)
    z[t: time[2..]] ~ Categorical(P[z[t-1]])
    y[t: time] ~ Normal(m[z[t]], 1)
    """
  private static let pairs = """
    dim i
    data y[i]: real
    p, q ~ Beta(1, 1)
    a[i] ~ Bernoulli(p)
    z[k: i]: int in 0..2 ~ Binomial(2, q)
    y[k: i] ~ Normal(a[k] * z[k], 1)
    """

  @Test(arguments: [(chain, 1.0), (pairs, 0.0)])
  func agreeWithHeldElements(_ text: String, _ first: Double) throws {
    let data = ["y": CaseData.vector(0.3, 2.1, -0.4, 1.2)]
    let compiled = try CompiledCase(text: text, data: data)
    let index = try #require(
      compiled.bound.model.variables.firstIndex { $0.name.text == "z" }
    )
    let found = try #require(
      try ModelCompiler.stateProbabilities(of: VariableID(index), compiled.bound)
    )
    #expect(found.states == (0..<3).map { "\(Int(first) + $0)" })
    #expect(found.names == (1...4).map { "z[\($0)]" })
    let executor = ReferenceExecutor(found.graph)
    for element in 0..<4 {
      for state in 0..<3 {
        let held = try CompiledCase(
          text: text
            + "\nfactor held = if z[\(element + 1)] == \(Int(first) + state) then 0 else -1e9\n",
          data: data
        )
        for trial in 0..<3 {
          let position = compiled.position(trial)
          let values = executor.run(inputs: position, outputCount: 12)
          let ratio = exp(held.density(at: position).alone - compiled.density(at: position).alone)
          #expect(abs(values[state * 4 + element] - ratio) < 1e-10)
        }
      }
    }
  }
}
