package import PPLSourceText
package import PPLSyntax

/// `predict name = quantity given fit [, data]`.
package struct CheckedPrediction: Sendable {
  /// Data in place of those that the fit has.
  package enum Source: Sendable {
    /// A file, or several, by key.
    case file(path: String, span: SourceSpan)
    /// A file for each of some data variables.
    case files([(variable: VariableID, path: String, span: SourceSpan)])
  }

  package var name: Name
  /// What stands for it in expressions of the script.
  package var variable: VariableID
  /// In terms of the model's quantities.
  package var quantity: CheckedExpression
  /// Data with a statement that the quantity reads.
  package var observed: Set<VariableID>
  /// The fits whose draws it is given, one or several; draws of several are predicted from in equal parts.
  package var fits: [Int]
  package var source: Source?
  /// Whether each replicate is drawn given the observed past.
  package var isOneStep: Bool
  package var span: SourceSpan

  /// The one fit whose own data it predicts, draw for draw; nil for other data, and for several fits.
  package var replicatedFit: Int? { source == nil && fits.count == 1 ? fits[0] : nil }
}

/// Where the draws that an expression of the script reads come from.
package enum DrawSource: Sendable, Hashable {
  /// The k-th of `CheckedModel.fits`.
  case fit(Int)
  /// The k-th of `CheckedModel.predictions`.
  case prediction(Int)
}

/// How predictions are held against what was observed; the raw value is the name in programs.
package enum PredictionScore: String, Sendable, Hashable, CaseIterable {
  /// Root of the mean squared difference to the mean of the draws.
  case rootMeanSquaredError = "rmse"
  /// Mean absolute difference to the median of the draws.
  case meanAbsoluteError = "mae"
  /// Share of values within the central interval of a probability.
  case coverage
  /// Share of values that are the most frequent one among the draws.
  case accuracy
}
