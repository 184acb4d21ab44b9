package import PPLGraphIR
import PPLTensorCore

/// The graph of an array and its derivatives by all elements of some inputs.
///
/// One reverse sweep an element: for arrays of few elements.
///
/// - Parameters:
///   - graph: a graph of one output.
///   - selections: lists of inputs.
///   - elementBudget: elements that the new graph may hold.
/// - Returns: a graph of the same inputs, whose outputs are that of the graph, N elements, then for each list the matrix
///   `[N, K]` of derivatives by the K elements of its inputs, one input behind the other.
/// - Throws: `AutodiffError` where the output depends on an input through a primitive without derivative.
package func jacobian(
  of graph: Graph,
  withRespectTo selections: [[Int]],
  elementBudget: Int = 1 << 27
) throws(AutodiffError) -> Graph {
  let builder = GraphBuilder(elementBudget: elementBudget)
  let inputs = graph.inputs.map { builder.addInput(shape: $0) }
  let values = builder.inline(graph, inputs: inputs)
  let output = graph.outputs[0]
  let shape = graph[output].shape
  var rows = [[GraphValue]](repeating: [], count: selections.count)
  for element in 0..<shape.count {
    var unit = [Double](repeating: 0, count: shape.count)
    unit[element] = 1
    let adjoint = builder.constant(Tensor(shape: shape, kind: .real, values: unit))
    var sweep = ReverseSweep(
      graph: graph,
      builder: builder,
      values: values,
      selected: Set(selections.joined())
    )
    try sweep.run(from: output, Adjoint(value: adjoint, isMasked: false))
    for (number, selection) in selections.enumerated() {
      let parts = selection.map { input in
        (sweep.adjoint(ofInput: input)
          ?? builder.constant(0).broadcast(to: graph.inputs[input]))
          .reshape([1, graph.inputs[input].count])
      }
      rows[number].append(
        parts.isEmpty ? builder.constant(0).broadcast(to: [1, 0]) : .concatenate(parts, axis: 1)
      )
    }
  }
  if let failure = builder.failure { throw .budgetExceeded(failure) }
  return builder.build(outputs: [values[output.index]] + rows.map { .concatenate($0, axis: 0) })
}
