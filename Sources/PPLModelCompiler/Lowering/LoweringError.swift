package import PPLSourceText

/// Something about the program or its data that shows only when both are brought together.
package struct LoweringError: Error {
  package var diagnostic: Diagnostic

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
}
