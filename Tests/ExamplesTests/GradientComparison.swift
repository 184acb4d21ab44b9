import PPLExecution
import PPLGraphIR
import Testing

/// Expects a log density with its gradient to equal another to a tolerance times the sum of absolute terms.
///
/// `terms` is the graph of all statements' terms. The derivative of a term is taken to be as large as the term or the
/// largest derivative.
func expectEqualGradients(
  _ actual: [Double],
  _ expected: [Double],
  terms: Graph,
  at position: [Double],
  tolerance: Double = 1e-12
) {
  let scale = ReferenceExecutor(terms)
    .run(inputs: position, outputCount: terms.outputCount)
    .reduce(1) { $0 + $1.magnitude }
  let gradientScale = expected.reduce(scale) { max($0, $1.magnitude) }
  for index in expected.indices {
    let error = abs(actual[index] - expected[index])
    #expect(
      error <= tolerance * (index == 0 ? scale : gradientScale),
      "output \(index): \(actual[index]), expected \(expected[index])"
    )
  }
}
