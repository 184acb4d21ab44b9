import PPLAutodiff
package import PPLGraphIR

// Further graphs of a compiled model, for engines that ask for them.

extension CompiledModel {
  /// Makes the graph of second derivatives along a direction.
  ///
  /// Its inputs are q, then a direction v, D elements each. Of its outputs the last D are H v, with H the matrix of second
  /// derivatives of the log density with Jacobian.
  package func curvature() throws(LoweringError) -> Graph {
    do {
      return try tangent(of: gradient, elementBudget: elementBudget)
    } catch {
      throw LoweringError(ModelCompiler.diagnostic(error))
    }
  }

  /// The log likelihoods of the observations that `likelihoods` lists, without the rest of a draw.
  package var pointwiseGraph: Graph {
    let builder = GraphBuilder(elementBudget: .max)
    let inputs = draw.inputs.map { builder.addInput(shape: $0) }
    let values = builder.inline(draw, inputs: inputs)
    let outputs = draw.outputs.dropFirst(recorded.count)
    return builder.build(outputs: outputs.map { values[$0.index] })
  }

  /// Makes the graph of the log density on the scale of the model's own quantities, without the Jacobian of the transforms, and its
  /// gradient by q: what a mode is of.
  package func gradientWithoutJacobian() throws(LoweringError) -> Graph {
    let builder = GraphBuilder(elementBudget: elementBudget)
    let inputs = densityParts.inputs.map { builder.addInput(shape: $0) }
    let values = builder.inline(densityParts, inputs: inputs)
    let density = values[densityParts.outputs[1].index]
    return try ModelCompiler.differentiated(
      builder.build(outputs: [density]),
      selection: selection,
      elementBudget: elementBudget
    ).gradient
  }
}
