import PPLGraphIR

extension Convolution {
  /// What the adjoint of a result contributes to that of an operand: as all forms are linear in both, one of the forms.
  func adjoint(
    of form: Form,
    in position: Int,
    _ adjoint: GraphValue,
    _ first: GraphValue,
    _ second: GraphValue
  ) -> GraphValue {
    func apply(_ form: Form, _ a: GraphValue, _ b: GraphValue) -> GraphValue {
      adjoint.builder.apply(.convolve(self, form), [a, b])
    }
    switch (form, position) {
    case (.forward, 0): return apply(.toInput, adjoint, second)
    case (.forward, _): return apply(.toWeights, first, adjoint)
    case (.toInput, 0): return apply(.forward, adjoint, second)
    case (.toInput, _): return apply(.toWeights, adjoint, first)
    case (.toWeights, 0): return apply(.toInput, second, adjoint)
    case (.toWeights, _): return apply(.forward, first, adjoint)
    }
  }
}
