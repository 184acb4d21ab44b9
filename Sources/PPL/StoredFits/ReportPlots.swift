import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import PPLTypeSystem

/// The pictures of a report: of all quantities where they are few, else of the most notable ones.
struct ReportPlots {
  private let fit: StoredFit
  private let summaries: [ReportedArray]

  /// One element of a quantity.
  private struct Element: Hashable {
    var quantity: Int
    var index: Int
  }

  /// Elements with a trace, ranks and a density.
  private static let mostPlotted = 6
  /// Rows of a picture of intervals, and of all of them.
  private static let mostRows = 20
  private static let mostIntervals = 80
  /// Quantities that are drawn against each other.
  private static let mostPaired = 4
  /// Log likelihoods up to which a leave-one-out cross-validation is made for the report: some ten seconds.
  private static let mostLikelihoods = 16_000_000

  init(_ fit: StoredFit, _ summaries: [ReportedArray]) {
    self.fit = fit
    self.summaries = summaries
  }

  func sections() throws(StoredFitError) -> [FitPage.Section] {
    var sections: [FitPage.Section] = []
    if fit.drawCount > 1 {
      sections.append(try intervals())
      sections += try marginals()
      if let pairs = try pairs() { sections.append(pairs) }
      if let energy = try energy() { sections.append(energy) }
      sections.append(try predictions())
      if let shapes = try shapes() { sections.append(shapes) }
    }
    if let bound { sections.append(bound) }
    if let curve { sections.append(curve) }
    return sections
  }

  // MARK: Which quantities

  private var elements: [Element] {
    summaries.enumerated().flatMap { quantity, array in
      array.summaries.indices.map { Element(quantity: quantity, index: $0) }
    }
  }

  private func name(_ element: Element) -> String {
    fit.quantities[element.quantity].elementName(element.index)
  }

  private func summary(_ element: Element) -> QuantitySummary {
    summaries[element.quantity].summaries[element.index]
  }

  /// The elements to look at first: those that vary, half of them by the lowest effective size and the highest R-hat, the others
  /// from the top of the program.
  private func notable(_ count: Int) -> [Element] {
    let varying = elements.filter { summary($0).sd > 0 }
    guard varying.count > count else { return varying }
    func order(_ figure: (QuantitySummary) -> Double) -> [Element] {
      varying.filter { !figure(summary($0)).isNaN }.sorted {
        figure(summary($0)) > figure(summary($1))
      }
    }
    let worst =
      fit.isDiagnosed
      ? zip(order { -min($0.essBulk, $0.essTail) }, order(\.rhat)).flatMap { [$0, $1] } : []
    var chosen: [Element] = []
    var seen: Set<Element> = []
    func take(_ candidates: [Element], upTo limit: Int) {
      for element in candidates where chosen.count < limit && seen.insert(element).inserted {
        chosen.append(element)
      }
    }
    take(worst, upTo: (count + 1) / 2)
    // Of each quantity its first element, before second ones.
    take(varying.filter { $0.index == 0 }, upTo: count)
    take(varying, upTo: count)
    return chosen.sorted { ($0.quantity, $0.index) < ($1.quantity, $1.index) }
  }

  /// What is said of quantities that have no picture.
  private func left(_ shown: Int) -> [String] {
    let count = elements.count { summary($0).sd > 0 }
    guard shown < count else { return [] }
    let choice =
      fit.isDiagnosed
      ? "those with the fewest effective draws and the highest R-hat, and the first of each quantity"
      : "the first of each quantity"
    return [
      "\(shown) of \(count) elements: \(choice). The other \(count - shown) are in the table only."
    ]
  }

  /// The draws of elements, each quantity read once.
  private func draws(_ elements: [Element]) throws(StoredFitError) -> [(
    name: String, draws: ScalarDraws
  )] {
    var result: [(name: String, draws: ScalarDraws)] = []
    var read: (quantity: Int, draws: StoredDraws)?
    for element in elements {
      if read?.quantity != element.quantity {
        read = (element.quantity, try fit.draws(of: fit.quantities[element.quantity]))
      }
      guard let own = read?.draws else { continue }
      result.append((name(element), own.element(element.index)))
    }
    return result
  }

  // MARK: Pictures

  /// Scalars share a picture, and each array has its own.
  private func intervals() throws(StoredFitError) -> FitPage.Section {
    let varying = elements.filter { summary($0).sd > 0 }
    let scalars = varying.filter { summaries[$0.quantity].axes.isEmpty }
    var plots: [SVG] = []
    var shown = 0
    func draw(_ title: String, _ all: [Element]) throws(StoredFitError) {
      let chosen = Array(all.prefix(min(Self.mostRows, Self.mostIntervals - shown)))
      guard !chosen.isEmpty else { return }
      shown += chosen.count
      let rows = try draws(chosen).map { IntervalPlot.Row($0.name, $0.draws) }
      let left = all.count > chosen.count ? " (\(chosen.count) of \(all.count))" : ""
      plots.append(IntervalPlot("\(title)\(left)", rows).svg)
    }
    try draw("scalars", scalars)
    for (quantity, array) in summaries.enumerated() where !array.axes.isEmpty {
      try draw(array.name, varying.filter { $0.quantity == quantity })
    }
    var notes = ["The median, the central half and the central 90 % of the draws."]
    if shown < varying.count {
      notes.append(
        "\(shown) of \(varying.count) elements, the first of each quantity; the table has the others."
      )
    }
    return FitPage.Section("Intervals", notes: plots.isEmpty ? [] : notes, plots)
  }

  private func marginals() throws(StoredFitError) -> [FitPage.Section] {
    let chosen = try draws(notable(Self.mostPlotted))
    guard !chosen.isEmpty else { return [] }
    let notes = left(chosen.count)
    var sections = [
      FitPage.Section("Densities", notes: notes, chosen.map { DensityPlot($0.name, $0.draws).svg })
    ]
    // The order of independent draws says nothing.
    guard fit.isDiagnosed else { return sections }
    sections.append(FitPage.Section("Traces", chosen.map { TracePlot($0.name, $0.draws).svg }))
    if fit.chainCount > 1 {
      sections.append(
        FitPage.Section(
          "Ranks",
          notes: ["Where chains agree, each line keeps near the dashed one."],
          chosen.map { RankPlot($0.name, $0.draws).svg }
        )
      )
    }
    return sections
  }

  private func pairs() throws(StoredFitError) -> FitPage.Section? {
    let scalars = elements.filter {
      fit.quantities[$0.quantity].shape.isEmpty && summary($0).sd > 0
    }
    var chosen = Array(
      scalars.sorted { summary($0).essBulk < summary($1).essBulk }.prefix(Self.mostPaired - 1)
    )
    chosen += notable(Self.mostPlotted).filter { !chosen.contains($0) }.prefix(
      Self.mostPaired - chosen.count
    )
    guard chosen.count > 1 else { return nil }
    let divergent = try fit.statistic(.isDivergent)?.values.map { $0 != 0 } ?? []
    let values = try draws(chosen.sorted { ($0.quantity, $0.index) < ($1.quantity, $1.index) })
    let plot = PairPlot(values.map { ($0.name, $0.draws.values) }, divergent: divergent)
    let note =
      divergent.contains(true)
      ? "Draws that diverged are larger and red: where they gather, the sampler cannot follow the posterior."
      : nil
    return FitPage.Section("Pairs", notes: note.map { [$0] } ?? [], [plot.svg])
  }

  private func energy() throws(StoredFitError) -> FitPage.Section? {
    guard let energies = try fit.statistic(.energy), let plot = EnergyPlot(energies).svg else {
      return nil
    }
    return FitPage.Section(
      "Energy",
      notes: [
        "Where the changes are much narrower than the energies, the chains reach the tails slowly."
      ],
      [plot]
    )
  }

  private func predictions() throws(StoredFitError) -> FitPage.Section {
    var plots: [SVG] = []
    let observed = try fit.observedData()
    for group in ["posterior_predictive", "prior_predictive"] {
      for quantity in try fit.quantities(ofGroup: group) {
        guard
          let data = observed.first(where: {
            $0.name == quantity.name && $0.values.count == quantity.count
          })
        else { continue }
        let draws = try fit.draws(of: quantity)
        let total = draws.chainCount * draws.drawCount
        let count = min(total, PredictivePlot.greatestDrawCount)
        let replicated = (0..<count).map { number -> [Double] in
          let place = number * total / count
          let (chain, draw) = place.quotientAndRemainder(dividingBy: draws.drawCount)
          return (0..<quantity.count).filter { data.values[$0].isFinite }
            .map { draws.value($0, chain: chain, draw: draw) }
        }
        let plot = PredictivePlot(quantity.name, observed: data.values, replicated: replicated)
        if let svg = plot.svg { plots.append(svg) }
      }
    }
    plots += (fit.findings?.checks ?? []).map { CheckPlot($0).svg }
    return FitPage.Section("Predictive checks", plots)
  }

  private func shapes() throws(StoredFitError) -> FitPage.Section? {
    guard fit.isDiagnosed, fit.chainCount * fit.drawCount > 1 else { return nil }
    let names = try fit.likelihoodNames()
    guard !names.isEmpty else { return nil }
    let title = "Leave-one-out cross-validation"
    guard names.count * fit.chainCount * fit.drawCount <= Self.mostLikelihoods else {
      return FitPage.Section(
        title,
        notes: [
          "Left out, as \(names.count) observations take long: `show loo(…)` in a program has it."
        ],
        []
      )
    }
    let accuracy = PredictiveAccuracy.leaveOneOut(
      try fit.logLikelihoods(),
      relativeEfficiency: try fit.relativeEfficiency()
    )
    let limit = accuracy.greatestShape.fixed(2)
    return FitPage.Section(
      title,
      notes: [
        "elpd \(accuracy.elpd.fixed(2)), se \(accuracy.standardError.fixed(2)), effective parameters"
          + " \(accuracy.parameterCount.fixed(2)); Pareto k above \(limit) for \(accuracy.unreliableCount) of"
          + " \(names.count) observations."
      ],
      [ShapePlot(names, accuracy).svg]
    )
  }

  /// How the evidence lower bound of a variational fit went.
  private var bound: FitPage.Section? {
    guard let curves = fit.findings?.approximation?.bounds.filter({ $0.xs.count > 1 }),
      !curves.isEmpty
    else { return nil }
    return FitPage.Section(
      "Evidence lower bound",
      notes: ["Its mean over windows of steps; the steps become shorter where it no longer rises."],
      [CurvePlot("elbo, nats", xLabel: "step", curves).svg]
    )
  }

  /// How the objective of a fit by steps went.
  private var curve: FitPage.Section? {
    guard let training = fit.training, let history = training["history"],
      case .numbers(let rounds)? = history["round"]?.kind,
      case .numbers(let objective)? = history["objective"]?.kind,
      objective.values.count == rounds.values.count, rounds.values.count > 1
    else { return nil }
    let length = Double(training["steps_per_round"]?.integer ?? 1)
    let steps = rounds.values.map { $0 * length }
    var curves = [CurvePlot.Curve("training", xs: steps, ys: objective.values)]
    if case .numbers(let held)? = history["validation"]?.kind, held.values.count == steps.count {
      curves.append(CurvePlot.Curve("held out", xs: steps, ys: held.values))
    }
    return FitPage.Section(
      "Learning curve",
      [CurvePlot("objective of a row", xLabel: "step", curves).svg]
    )
  }
}
