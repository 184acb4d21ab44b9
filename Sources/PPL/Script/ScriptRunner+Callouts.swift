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
    for (id, source) in model.bound.externals.available {
      let name = checked.externals[id.index].name.text
      source.tally.clearStop()
      source.tally.whenStopped { interruption.raise() }
      guard let notice = options.notice else { continue }
      source.tally.whenWaiting { seconds in
        notice("`\(name)` has left a call without an answer for \(seconds) s")
      }
    }
  }

  /// Ends what `watchCallouts` began.
  func unwatchCallouts() {
    model.calloutInterruption.ask(nil)
    for (_, source) in model.bound.externals.available {
      source.tally.whenStopped(nil)
      source.tally.whenWaiting(nil)
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
      guard counts.failureCount > 0 else { continue }
      let external = checked.externals[entry.id.index]
      warnings.append(
        .failedCalls(
          name: external.name.text,
          line: model.program.source.position(of: external.name.span.start).line,
          count: counts.failureCount,
          calls: counts.calls,
          reasons: counts.reasons
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
      if counts.failedStarts > 0 { parts.append("\(counts.failedStarts) starts that failed") }
      return parts.joined(separator: ", ")
    }
  }
}
