import PPLInference
package import PPLPosteriorAnalysis
package import PPLReporting
import PPLStorage
package import PPLTypeSystem

// What the draws of a stored fit say.

extension StoredFit {
  /// Summaries of all elements, in order.
  ///
  /// - Throws: where a file is missing or damaged.
  package func summaries() throws(StoredFitError) -> [ReportedArray] {
    var summarizer = Summarizer()
    var result: [ReportedArray] = []
    for quantity in quantities {
      let draws = try draws(of: quantity)
      result.append(
        ReportedArray(
          name: quantity.name,
          axes: quantity.axes,
          summaries: (0..<quantity.count).map { summarizer.summary(of: draws.element($0)) }
        )
      )
    }
    return result
  }

  /// A statistic of the sampler in each draw, chain by chain; nil if the fit has it not.
  package func statistic(_ statistic: SampleStatistic) throws(StoredFitError) -> ScalarDraws? {
    guard
      let quantity = try quantities(ofGroup: "sample_stats")
        .first(where: { $0.name == statistic.rawValue && $0.shape.isEmpty })
    else { return nil }
    return try draws(of: quantity).element(0)
  }

  /// What the sampler reported of its draws; nil of engines that report nothing.
  package func sampler() throws(StoredFitError) -> SamplerDiagnostics? {
    guard chainCount > 0, reader.group("sample_stats") != nil else { return nil }
    let energies = try statistic(.energy)
    let divergent = try statistic(.isDivergent)
    let deepest = try statistic(.reachedMaxTreeDepth)
    func chain(_ number: Int, _ draws: ScalarDraws?) -> [Double] {
      draws.map { $0.chain(number) } ?? []
    }
    return SamplerDiagnostics(
      chains: (0..<chainCount).map { number in
        ChainStatistics(
          energies: chain(number, energies),
          divergenceCount: chain(number, divergent).count { $0 != 0 },
          maxTreeDepthCount: chain(number, deepest).count { $0 != 0 },
          drawCount: drawCount
        )
      }
    )
  }

  /// Whether the draws are those of chains or particles, which diagnostics judge.
  var isDiagnosed: Bool {
    guard let engine, let signature = EngineLibrary.standard[engine] else { return chainCount > 1 }
    switch signature.kind {
    case .chains, .population: return true
    case .comparison: return !signature.statistics.isEmpty
    case .forward, .approximation, .steps: return false
    }
  }

  /// Chains as far as diagnostics count them: walkers that move together are one chain many times over.
  var judgedChainCount: Int {
    let joinsChains = engine.flatMap { EngineLibrary.standard[$0] }?.joinsChains ?? false
    return joinsChains ? min(4, chainCount) : chainCount
  }

  /// The warnings of the run that made the fit: those of the draws anew, those of its engine as they were.
  ///
  /// - Parameter summaries: of all quantities of the fit.
  /// - Returns: the warnings, failures first.
  /// - Throws: where a file is missing or damaged.
  package func warnings(_ summaries: [ReportedArray]) throws(StoredFitError) -> [DiagnosticWarning]
  {
    let ofDraws: Set<DiagnosticWarning.Code> = [
      .rhat, .essBulk, .essTail, .divergences, .maxTreeDepth, .energy, .nonFinite,
    ]
    let ofEngine = (findings?.warnings ?? []).filter { !ofDraws.contains($0.code) }
    guard isDiagnosed, drawCount > 0 else { return ofEngine }
    let report = DiagnosticReport(
      quantities: summaries.flatMap { array in
        array.summaries.enumerated().map { (array.elementName($0.offset), $0.element) }
      },
      sampler: try sampler(),
      chainCount: judgedChainCount
    )
    return report.warnings + ofEngine
  }

  /// Names of the observations that have log likelihoods: `y[1]`.
  package func likelihoodNames() throws(StoredFitError) -> [String] {
    try quantities(ofGroup: "log_likelihood").flatMap { quantity in
      (0..<quantity.count).map(quantity.observationName)
    }
  }

  /// The log likelihoods of all observations, each in all draws, chain by chain.
  package func logLikelihoods() throws(StoredFitError) -> [[Double]] {
    var result: [[Double]] = []
    for quantity in try quantities(ofGroup: "log_likelihood") {
      let draws = try draws(of: quantity)
      for element in 0..<quantity.count { result.append(draws.element(element).values) }
    }
    return result
  }

  /// Effective draws of each draw, over all quantities: what smoothed importance weights want to know.
  package func relativeEfficiency() throws(StoredFitError) -> Double {
    var summarizer = Summarizer()
    var values: [Double] = []
    for quantity in quantities {
      let draws = try draws(of: quantity)
      for element in 0..<quantity.count {
        values.append(summarizer.relativeEfficiency(of: draws.element(element)))
      }
    }
    let finite = values.filter(\.isFinite)
    return finite.isEmpty ? 1 : finite.reduce(0, +) / Double(finite.count)
  }
}

extension StoredQuantity {
  /// The name of an observation of a log likelihood, whose labels are texts already: `y[1]`, `y[1,"a"]`.
  fileprivate func observationName(_ index: Int) -> String {
    guard case .strings(let labels)? = axes.first, axes.count == 1 else {
      return elementName(index)
    }
    return "\(name)[\(labels[index])]"
  }
}
