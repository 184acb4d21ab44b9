import PPLCallouts
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSourceText
import PPLSyntax

// Functions outside of the program while a script runs.
extension ScriptRunner {
  /// Lets calls end when the run is to stop, and the run stop when calls cannot go on.
  func watchCallouts() {
    let interruption = interruption
    model.calloutInterruption.ask { interruption.isRaised }
    for (_, source) in model.bound.externals.available {
      source.tally.clearStop()
      source.tally.whenStopped { interruption.raise() }
    }
  }

  /// What calls have come to so far, by function.
  func calloutCounts() -> [CalloutTally.Counts] {
    model.bound.externals.available.map(\.source.tally.counts)
  }

  /// Calls that gave nothing since they were counted.
  func calloutWarnings(since before: [CalloutTally.Counts]) -> [DiagnosticWarning] {
    var warnings: [DiagnosticWarning] = []
    for (entry, earlier) in zip(model.bound.externals.available, before) {
      let counts = entry.source.tally.counts.since(earlier)
      let failures = counts.failures.filter { $0.key != .interrupted }
      guard !failures.isEmpty else { continue }
      let external = checked.externals[entry.id.index]
      let reasons = CalloutFault.Kind.allCases.compactMap { kind -> String? in
        guard let count = failures[kind] else { return nil }
        let detail = counts.details[kind].map { " (last: \($0))" } ?? ""
        return "\(count) x \(kind.rawValue)\(detail)"
      }
      warnings.append(
        .failedCalls(
          name: external.name.text,
          line: model.program.source.position(of: external.name.span.start).line,
          count: failures.values.reduce(0, +),
          calls: counts.calls,
          reasons: reasons
        )
      )
    }
    return warnings
  }

  /// What calls have come to, for the person who waits.
  func calloutNotes(since before: [CalloutTally.Counts]) -> [String] {
    zip(model.bound.externals.available, before).compactMap { entry, earlier in
      let counts = entry.source.tally.counts.since(earlier)
      guard counts.calls > 0 else { return nil }
      var parts = ["\(counts.calls) calls of \(checked.externals[entry.id.index].name.text)"]
      if counts.cached > 0 { parts.append("\(counts.cached) answered from the cache") }
      if counts.retries > 0 { parts.append("\(counts.retries) made again") }
      if counts.restarts > 0 { parts.append("\(counts.restarts) workers started again") }
      return parts.joined(separator: ", ")
    }
  }
}
