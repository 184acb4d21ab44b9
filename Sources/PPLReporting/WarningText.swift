package import PPLPosteriorAnalysis

/// A finding of the diagnostics as prose: what was found, then what to do.
///
/// - Parameter warning: the finding.
/// - Returns: two lines, each ending in a line break.
package func warningText(_ warning: DiagnosticWarning) -> String {
  "warning[\(warning.code.rawValue)]: \(warning.message)\n  = help: \(warning.advice)\n"
}
