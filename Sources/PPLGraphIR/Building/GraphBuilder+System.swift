import PPLTensorCore

/// A state of a system of differential equations, as it is written in a graph.
package struct SystemState {
  /// Stands for its value at a time, `[S, …]` for S systems.
  package var placeholder: GraphValue
  /// Its derivative by time, of the same shape.
  package var derivative: GraphValue

  /// A state and its derivative.
  package init(placeholder: GraphValue, derivative: GraphValue) {
    self.placeholder = placeholder
    self.derivative = derivative
  }
}

/// The right side of S systems, taken out of the graph in which it was written.
package struct ExtractedSystem {
  /// From the point `[1, 1 + N]`, one element `[1, …]` of each sequence, and the invariants to `[1, N]`.
  package var derivative: Graph
  /// Values that differ between the systems, `[S, …]`.
  package var sequences: [GraphValue]
  package var invariants: [GraphValue]
}

extension GraphBuilder {
  /// Takes the right side of systems that were written for all at once, in terms of placeholders, out of the graph.
  ///
  /// - Parameters:
  ///   - count: S, the number of systems along the first axis of each state.
  ///   - time: stands for the time, `[S]`.
  ///   - states: the states in order.
  /// - Returns: nil where a right side mixes the systems.
  package func extractSystem(count: Int, time: GraphValue, states: [SystemState])
    -> ExtractedSystem?
  {
    let moved = [SystemState(placeholder: time, derivative: time)] + states
    var extraction = LoopExtraction(
      builder: self,
      length: count,
      carried: moved.map {
        CarriedValue(
          placeholder: $0.placeholder,
          axis: 0,
          initial: $0.placeholder,
          next: $0.derivative
        )
      }
    )
    guard extraction.trace(moved.map { ($0.derivative, 0) }),
      let body = extraction.body(stepCount: 1, [])
    else { return nil }
    let states = body.row.slice(axis: 1, start: 1, count: body.row.shape[1] - 1)
    return ExtractedSystem(
      derivative: body.builder.build(outputs: [states]),
      sequences: extraction.outerSequences,
      invariants: extraction.outerInvariants
    )
  }
}
