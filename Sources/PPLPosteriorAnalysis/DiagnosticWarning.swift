/// One thing that the diagnostics of a run found wrong.
package struct DiagnosticWarning: Sendable, Equatable {
  /// Kind of finding; its raw value is the stable code in machine-readable output.
  package enum Code: String, Sendable, CaseIterable {
    case rhat
    case essBulk = "ess_bulk"
    case essTail = "ess_tail"
    case divergences
    case maxTreeDepth = "max_tree_depth"
    case energy = "ebfmi"
    case nonFinite = "non_finite"
    /// Differential equations that could not be solved.
    case solver
    /// Calls outside of the program that gave nothing.
    case callout
    /// Importance ratios of an approximation.
    case paretoShape = "pareto_k"
    /// A search that did not come to rest.
    case convergence
  }

  /// Kind of finding.
  package var code: Code
  /// What was found, one sentence with its figures.
  package var message: String
  /// What to do, one sentence.
  package var advice: String
  /// How many quantities, draws or chains are concerned.
  package var count: Int
  /// Out of how many.
  package var total: Int
  /// The quantity that is worst, where the finding is about quantities.
  package var quantity: String?
  /// Whether the finding is grave enough for a failing exit status.
  package var isFailure: Bool

  /// A finding from its parts.
  package init(
    code: Code,
    message: String,
    advice: String,
    count: Int,
    total: Int,
    quantity: String?,
    isFailure: Bool
  ) {
    self.code = code
    self.message = message
    self.advice = advice
    self.count = count
    self.total = total
    self.quantity = quantity
    self.isFailure = isFailure
  }

  /// An approximation whose draws do not cover the posterior.
  package static func poorApproximation(shape: Double) -> DiagnosticWarning {
    DiagnosticWarning(
      code: .paretoShape,
      message: "the approximation is not close to the posterior: Pareto k"
        + " \(shape.isFinite ? shape.fixed(2) : "\(shape)") is above \(ImportanceWeights.greatestShape)",
      advice:
        "means may still be of use, intervals are not: try a richer guide (`vi(guide: full_rank)`,"
        + " `vi(guide: iaf)`), or `nuts()`",
      count: 1,
      total: 1,
      quantity: nil,
      isFailure: false
    )
  }

  /// A search that was ended before it came to rest.
  package static func unfinished(_ complaint: String) -> DiagnosticWarning {
    DiagnosticWarning(
      code: .convergence,
      message: complaint,
      advice: "allow more steps (`steps: 100_000`), or bring the parameters to one scale",
      count: 1,
      total: 1,
      quantity: nil,
      isFailure: false
    )
  }

  /// Points that were given up because differential equations could not be solved there.
  package static func unsolved(
    line: Int,
    reason: String,
    count: Int,
    evaluations: Int
  ) -> DiagnosticWarning {
    DiagnosticWarning(
      code: .solver,
      message:
        "the differential equations of line \(line) could not be solved \(count) time\(count == 1 ? "" : "s") in"
        + " \(evaluations) evaluations: \(reason)",
      advice: "such points are rejected: many of them in the bulk are a reason for `solver: stiff`,"
        + " more `max_steps`, or priors that rule them out",
      count: count,
      total: evaluations,
      quantity: nil,
      isFailure: false
    )
  }
}

extension DiagnosticWarning {
  /// Calls outside of the program that gave nothing.
  package static func failedCalls(
    name: String,
    line: Int,
    count: Int,
    calls: Int,
    reasons: [String]
  ) -> DiagnosticWarning {
    DiagnosticWarning(
      code: .callout,
      message: "`\(name)` of line \(line) gave nothing in \(count) of \(calls) calls: "
        + reasons.joined(separator: "; "),
      advice:
        "points without a value are rejected; where they lie in the bulk of the posterior, draws are biased",
      count: count,
      total: calls,
      quantity: nil,
      isFailure: false
    )
  }
}

/// Everything the diagnostics of a run found, in order of gravity.
package struct DiagnosticReport: Sendable, Equatable {
  /// R-hat above this fails.
  package static let rhatLimit = 1.01
  /// ESS below this times the number of chains fails.
  package static let essPerChain = 100.0
  /// Divergences above this fraction of all draws fail.
  package static let divergenceLimit = 0.001
  /// E-BFMI below this is warned of.
  package static let energyLimit = 0.3

  /// The findings, failures first.
  package var warnings: [DiagnosticWarning]

  /// Whether a finding is a failure: the run's exit status is then 1.
  package var failed: Bool { warnings.contains(where: \.isFailure) }

  /// Judges a run.
  ///
  /// A figure that is NaN because its quantity is constant is no finding; quantities with draws
  /// that are not finite are one, but no failure.
  ///
  /// - Parameters:
  ///   - quantities: every scalar quantity by name.
  ///   - sampler: diagnostics of the sampler, or `nil` for engines that have none.
  ///   - chainCount: number of chains that the summaries are of.
  package init(
    quantities: [(name: String, summary: QuantitySummary)],
    sampler: SamplerDiagnostics?,
    chainCount: Int
  ) {
    let essLimit = Self.essPerChain * Double(chainCount)
    var found: [DiagnosticWarning?] = []
    if let sampler { found.append(Self.divergences(sampler)) }
    found.append(
      Self.worst(.rhat, quantities, by: { $0.rhat }, isBad: { $0 > Self.rhatLimit }) {
        "R-hat is above \(Self.rhatLimit) for \($0); the highest is \($2.fixed(3)) of \($1)"
      }
    )
    found.append(
      Self.worst(.essBulk, quantities, by: { -$0.essBulk }, isBad: { -$0 < essLimit }) {
        "bulk ESS is below \(Int(essLimit)) for \($0); the lowest is \((-$2).fixed(0)) of \($1)"
      }
    )
    found.append(
      Self.worst(.essTail, quantities, by: { -$0.essTail }, isBad: { -$0 < essLimit }) {
        "tail ESS is below \(Int(essLimit)) for \($0); the lowest is \((-$2).fixed(0)) of \($1)"
      }
    )
    if let sampler { found += [Self.treeDepth(sampler), Self.energy(sampler)] }
    found.append(Self.nonFinite(quantities))
    let present = found.compactMap { $0 }
    warnings = present.filter(\.isFailure) + present.filter { !$0.isFailure }
  }

  private static func worst(
    _ code: DiagnosticWarning.Code,
    _ quantities: [(name: String, summary: QuantitySummary)],
    by figure: (QuantitySummary) -> Double,
    isBad: (Double) -> Bool,
    message: (_ counted: String, _ worst: String, _ value: Double) -> String
  ) -> DiagnosticWarning? {
    var count = 0
    var worst = (name: "", value: -Double.infinity)
    for (name, summary) in quantities {
      let value = figure(summary)
      guard isBad(value) else { continue }
      if count == 0 || value > worst.value { worst = (name, value) }
      count += 1
    }
    guard count > 0 else { return nil }
    let advice: String
    switch code {
    case .rhat:
      advice =
        "the chains disagree: run longer, and look for several modes or a parameter that the "
        + "data do not identify"
    case .essTail:
      advice = "run longer before trusting intervals and tail probabilities"
    default:
      advice = "run longer, or re-parameterise what is strongly correlated"
    }
    return DiagnosticWarning(
      code: code,
      message: message(
        Self.counted(count, of: quantities.count, "quantity"),
        worst.name,
        worst.value
      ),
      advice: advice,
      count: count,
      total: quantities.count,
      quantity: worst.name,
      isFailure: true
    )
  }

  private static func divergences(_ sampler: SamplerDiagnostics) -> DiagnosticWarning? {
    guard sampler.divergenceCount > 0 else { return nil }
    let share = Double(sampler.divergenceCount) / Double(max(sampler.drawCount, 1))
    return DiagnosticWarning(
      code: .divergences,
      message: counted(sampler.divergenceCount, of: sampler.drawCount, "draw") + " diverged",
      advice:
        "parts of the posterior may be missing: raise the target acceptance (`target_accept: 0.95`), or "
        + "re-parameterise",
      count: sampler.divergenceCount,
      total: sampler.drawCount,
      quantity: nil,
      isFailure: share > divergenceLimit
    )
  }

  private static func treeDepth(_ sampler: SamplerDiagnostics) -> DiagnosticWarning? {
    guard sampler.maxTreeDepthCount > 0 else { return nil }
    return DiagnosticWarning(
      code: .maxTreeDepth,
      message: counted(sampler.maxTreeDepthCount, of: sampler.drawCount, "draw")
        + " reached the largest tree depth",
      advice: "the sampler is slow, not wrong: raise the depth, or rescale the parameters",
      count: sampler.maxTreeDepthCount,
      total: sampler.drawCount,
      quantity: nil,
      isFailure: false
    )
  }

  private static func energy(_ sampler: SamplerDiagnostics) -> DiagnosticWarning? {
    let low = sampler.energyFractions.filter { $0 < energyLimit }
    guard let lowest = low.min() else { return nil }
    return DiagnosticWarning(
      code: .energy,
      message: "E-BFMI is below \(energyLimit) for "
        + counted(low.count, of: sampler.energyFractions.count, "chain")
        + "; the lowest is \(lowest.fixed(2))",
      advice: "the tails are hard to reach: re-parameterise, or use a prior with lighter tails",
      count: low.count,
      total: sampler.energyFractions.count,
      quantity: nil,
      isFailure: false
    )
  }

  private static func nonFinite(
    _ quantities: [(name: String, summary: QuantitySummary)]
  ) -> DiagnosticWarning? {
    let bad = quantities.filter { !$0.summary.mean.isFinite }
    guard let first = bad.first else { return nil }
    return DiagnosticWarning(
      code: .nonFinite,
      message: counted(bad.count, of: quantities.count, "quantity")
        + " had draws that are not finite; the first is \(first.name)",
      advice: "look for a logarithm of zero, a division by zero or an overflow in its definition",
      count: bad.count,
      total: quantities.count,
      quantity: first.name,
      isFailure: false
    )
  }

  /// `3 of 50 quantities`.
  private static func counted(_ count: Int, of total: Int, _ noun: String) -> String {
    let plural = noun.hasSuffix("y") ? noun.dropLast() + "ies" : noun + "s"
    return "\(count) of \(total) \(total == 1 ? noun : String(plural))"
  }
}
