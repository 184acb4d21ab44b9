package import PPLGraphIR

/// The graph of a scalar and its gradient, by reverse accumulation.
///
/// The derivative is a graph of the same primitives, so that it can be differentiated again. Its size is linear in
/// the size of the graph, however often a value is used.
///
/// Conventions: see `Op` for what has no derivative (comparisons, roundings, indices, random numbers: zero); |x|
/// has slope 0 at 0; `select`, `minimum` and `maximum` pass the adjoint to the branch taken (of equal ones the first),
/// and a NaN in a branch not taken stays there.
///
/// - Parameters:
///   - graph: the graph to differentiate.
///   - output: the output to differentiate; it has one element.
///   - selection: numbers of the inputs to differentiate by; all if nil.
///   - elementBudget: elements that the new graph may hold.
/// - Returns: a graph of the same inputs, whose outputs are those of the graph, then one gradient for each selected
///   input, shaped like it.
/// - Throws: `AutodiffError` where the output depends on an input through a primitive without derivative.
package func gradient(
  of graph: Graph,
  output: Int = 0,
  withRespectTo selection: [Int]? = nil,
  elementBudget: Int = 1 << 27
) throws(AutodiffError) -> Graph {
  let selected = selection ?? Array(graph.inputs.indices)
  let graph = try graph.withDifferentiatedSolutions(onInputs: Set(selected))
  let builder = GraphBuilder(elementBudget: elementBudget)
  let inputs = graph.inputs.map { builder.addInput(shape: $0) }
  let values = builder.inline(graph, inputs: inputs)

  var sweep = ReverseSweep(graph: graph, builder: builder, values: values, selected: Set(selected))
  try sweep.run(from: graph.outputs[output])
  let gradients = selected.map { input in
    sweep.adjoint(ofInput: input)
      ?? builder.constant(0).broadcast(to: graph.inputs[input])
  }
  if let failure = builder.failure { throw .budgetExceeded(failure) }
  return builder.build(outputs: graph.outputs.map { values[$0.index] } + gradients)
    .keepingStepValues(elementBudget: elementBudget)
}
