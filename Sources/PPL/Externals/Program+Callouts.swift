import PPLCallouts
import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLSyntax

extension Program {
  /// What went wrong in calls that are made while a model is compiled: their arguments are known.
  func calloutDiagnostics(_ externals: ExternalFunctions) -> [Diagnostic] {
    externals.available.compactMap { id, source in
      let counts = source.tally.counts
      guard counts.failureCount > 0 else { return nil }
      let name = model.externals[id.index].name
      let stops = counts.stopReason != nil
      return Diagnostic(
        code: stops ? "E1005" : "W1001",
        severity: stops ? .error : .warning,
        message: "`\(name.text)` gave nothing for arguments that are known before the fit: "
          + counts.reasons.joined(separator: "; "),
        primary: .init(name.span),
        help: stops
          ? "with `on_nan: reject` the run goes on, and what is computed from it has no value"
          : "what is computed from it has no value either"
      )
    }
  }
}

extension CalloutTally.Counts {
  /// Calls that gave nothing, those apart that were cut short.
  var failureCount: Int {
    failures.reduce(0) { $0 + ($1.key == .interrupted ? 0 : $1.value) }
  }

  /// Why they gave nothing, a text for each kind.
  var reasons: [String] {
    CalloutFault.Kind.allCases.compactMap { kind in
      guard kind != .interrupted, let count = failures[kind] else { return nil }
      let detail = details[kind].map { " (last: \($0))" } ?? ""
      return "\(count) x \(kind.rawValue)\(detail)"
    }
  }
}
