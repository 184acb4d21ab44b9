package import PPLSemantics
package import PPLSourceText

/// Why discrete latents cannot be summed out.
package struct EliminationRefusal: Sendable {
  package var latents: Set<VariableID>
  /// What stands in the way, with the latent, or what the span shows, as its subject.
  package var reason: String
  /// The part of the program that does; nil where it is the latents' own statements.
  package var span: SourceSpan?
}

/// Something about the program or its data that shows only when both are brought together.
package struct LoweringError: Error {
  package var diagnostic: Diagnostic
  /// The discrete latents that were to be summed out, where that is what is refused: others than `svi` have no way around it.
  package var refusal: EliminationRefusal?

  package init(_ diagnostic: Diagnostic) {
    self.diagnostic = diagnostic
  }

  /// With the usual parts.
  init(
    _ code: String,
    _ message: String,
    at span: SourceSpan,
    _ label: String = "",
    notes: [String] = [],
    help: String? = nil
  ) {
    diagnostic = Diagnostic(
      code: code,
      message: message,
      primary: .init(span, label),
      notes: notes,
      help: help
    )
  }

  /// The same error, which is about latents that were to be summed out.
  func refusing(_ latents: Set<VariableID>, _ reason: String, at span: SourceSpan? = nil) -> Self {
    var error = self
    error.refusal = EliminationRefusal(latents: latents, reason: reason, span: span)
    return error
  }

  /// The discrete latents of a model, beyond some, without which it might be lowered: those that it refuses to sum out.
  func latents(of model: CheckedModel, beyond known: Set<VariableID>) -> Set<VariableID> {
    (refusal?.latents ?? []).subtracting(known).filter { id in
      if case .modeled(.eliminated) = model.variables[id.index].role { true } else { false }
    }
  }
}
