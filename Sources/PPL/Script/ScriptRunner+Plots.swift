import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTypeSystem

// What `plot` does: a picture in characters among the results, and one in a file beside the fit.

extension ScriptRunner {
  /// Elements of which a kind of picture is drawn at most, one each or all in one.
  private static func mostElements(_ kind: PlotKind) -> Int {
    switch kind {
    case .density, .trace, .rank: 12
    case .pairs: 5
    case .intervals, .energy, .predictive: 60
    }
  }

  /// The file of the pictures, beside the fit or the folder of the fits.
  private var plotPath: String {
    var path = model.fitPath(options)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix(".zarr") { path.removeLast(5) }
    return path + ".html"
  }

  /// Refuses to begin a run whose pictures would have no place.
  func requirePlaceForPlots() throws(SamplingFailure) {
    let draws = checked.script.contains { if case .plot = $0 { true } else { false } }
    guard draws, !options.replacesFits, !options.resumesFits, isThere(plotPath) else { return }
    throw .storage(message: "\(plotPath) exists already; add --overwrite to replace it")
  }

  /// Writes the pictures as one HTML file.
  func writePlots(_ emit: (RunEvent) -> Void) throws(SamplingFailure) {
    guard !plots.isEmpty else { return }
    let name = model.program.source.name.split(separator: "/").last.map(String.init)
    var page = FitPage(title: "plots of \(name ?? model.program.source.name)")
    page.sections = [FitPage.Section("Plots", plots)]
    do throws(FitError) {
      try writeFile(
        Array(page.html.utf8),
        to: plotPath,
        replacing: options.replacesFits || options.resumesFits
      )
    } catch {
      throw .storage(message: error.message)
    }
    emit(.note("plots in \(plotPath)"))
  }

  /// Draws what a `plot` statement asks for.
  mutating func draw(_ plot: CheckedPlot, _ emit: (RunEvent) -> Void) throws(SamplingFailure) {
    guard checked.fits.indices.allSatisfy({ fits[$0] != nil || !interruption.isRaised }) else {
      return
    }
    switch plot.subject {
    case .values(let values): try draw(plot, values, emit)
    case .fit(let index): try drawEnergies(of: index, emit)
    case .prediction(let index): try draw(prediction: index, plot.span, emit)
    }
  }

  private mutating func draw(
    _ plot: CheckedPlot,
    _ values: [CheckedExpression],
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    var elements: [(name: String, draws: ScalarDraws)] = []
    var count = 0
    for value in values {
      let draws: QueryEvaluator.DrawValues
      do throws(LoweringError) {
        draws = try evaluator.values(value)
      } catch {
        throw .program(error.diagnostic)
      }
      let text = model.program.source.text(of: value.span)
      let axes = axes(of: value, draws.shape, draws.bound)
      for element in 0..<draws.shape.reduce(1, *) {
        count += 1
        guard elements.count < Self.mostElements(plot.kind) else { continue }
        elements.append((elementName(text, axes: axes, element), draws.element(element)))
      }
    }
    guard !elements.isEmpty else { return }
    switch plot.kind {
    case .density:
      for (name, draws) in elements {
        emit(.output(TextHistogram(name, draws).text))
        plots.append(DensityPlot(name, draws).svg)
      }
    case .trace:
      for (name, draws) in elements {
        emit(.output(Sparklines(name, draws).text))
        plots.append(TracePlot(name, draws).svg)
      }
    case .rank:
      for (name, draws) in elements {
        emit(.output(RankPlot(name, draws).text))
        plots.append(RankPlot(name, draws).svg)
      }
    case .intervals:
      let rows = elements.map { IntervalPlot.Row($0.name, $0.draws) }
      emit(.output(TextIntervals(rows).text))
      plots.append(IntervalPlot(model.program.source.text(of: plot.span), rows).svg)
    case .pairs: try drawPairs(elements, values, emit)
    case .energy, .predictive: preconditionFailure("these are drawn of fits and predictions")
    }
    if count > elements.count {
      emit(
        .note(
          "\(model.program.source.text(of: plot.span)): the first \(elements.count) of \(count) elements are drawn"
        )
      )
    }
  }

  private mutating func drawPairs(
    _ elements: [(name: String, draws: ScalarDraws)],
    _ values: [CheckedExpression],
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard elements.count > 1 else { return }
    let picture = PairPlot(
      elements.map { ($0.name, $0.draws.values) },
      divergent: divergentDraws(of: values, count: elements[0].draws.values.count)
    ).svg
    emit(.output(picture.words))
    plots.append(picture)
  }

  /// Which draws of the fit that expressions read diverged; empty where nothing is known of them.
  private func divergentDraws(of values: [CheckedExpression], count: Int) -> [Bool] {
    var index: Int?
    for value in values {
      value.forEachPart { part in
        if case .draw(.fit(let fit), _) = part.kind { index = fit }
      }
    }
    guard let index, let path = fits[index]?.path, let stored = try? StoredFit(path: path),
      let divergent = try? stored.statistic(.isDivergent), divergent.values.count == count
    else { return [] }
    return divergent.values.map { $0 != 0 }
  }

  private mutating func drawEnergies(of index: Int, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    guard let fit = fits[index], let path = fit.path else { return }
    let energies: ScalarDraws?
    do throws(StoredFitError) {
      energies = try StoredFit(path: path).statistic(.energy)
    } catch {
      throw .storage(message: error.message)
    }
    guard let energies, let picture = EnergyPlot(energies).svg else { return }
    emit(.output(picture.words))
    plots.append(picture)
  }

  private mutating func draw(
    prediction index: Int,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let prediction = predictions[index] else { return }
    let observed = try model.observedValues(of: prediction, at: span)
    let known = observed.indices.filter { observed[$0].isFinite }
    let total = prediction.fit.chainCount * prediction.fit.drawCount
    let count = min(total, PredictivePlot.greatestDrawCount)
    let columns = known.map { prediction.draws($0) }
    let replicated = (0..<count).map { number in columns.map { $0[number * total / count] } }
    let plot = PredictivePlot(
      prediction.checked.name.text,
      observed: known.map { observed[$0] },
      replicated: replicated
    )
    guard let picture = plot.svg else { return }
    emit(.output(picture.words))
    plots.append(picture)
  }
}
