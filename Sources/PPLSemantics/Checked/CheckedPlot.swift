package import PPLSourceText

/// A kind of picture; the raw value is the name in programs.
package enum PlotKind: String, Sendable, Hashable, CaseIterable {
  case density, trace, rank, intervals, pairs
  /// Energies of a Hamiltonian sampler.
  case energy
  /// What was observed among predictions of it.
  case predictive

  /// What stands in its parentheses.
  package enum Operand: Sendable, Hashable { case values, fit, prediction }

  package var operand: Operand {
    switch self {
    case .density, .trace, .rank, .intervals, .pairs: .values
    case .energy: .fit
    case .predictive: .prediction
    }
  }
}

/// A picture that the script asks for: `density(post.mu, post.tau)`.
package struct CheckedPlot: Sendable {
  /// What is drawn.
  package enum Subject: Sendable {
    /// Expressions with a value in each draw.
    case values([CheckedExpression])
    /// The k-th of `CheckedModel.fits`.
    case fit(Int)
    /// The k-th of `CheckedModel.predictions`.
    case prediction(Int)
  }

  package var kind: PlotKind
  package var subject: Subject
  package var span: SourceSpan
}
