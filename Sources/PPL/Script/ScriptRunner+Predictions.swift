import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax

// What `predict` does, and what is shown of predictions.

extension ScriptRunner {
  mutating func predict(_ index: Int, _ emit: (RunEvent) -> Void) async throws(SamplingFailure) {
    let checked = self.checked.predictions[index]
    let given = checked.fits.compactMap { fits[$0] }
    guard given.count == checked.fits.count, !interruption.isRaised else { return }
    let classifies =
      isInteractive
      || self.checked.script.contains { statement in
        switch statement {
        case .showScore(.accuracy, index, _, _), .showConfusion(index, _): true
        default: false
        }
      }
    var parts: [Prediction] = []
    for fit in given {
      parts.append(
        try await model.predict(
          checked,
          from: fit,
          number: index,
          withProbabilities: classifies
        )
      )
    }
    let prediction = Prediction(joining: parts)
    predictions[index] = prediction
    let keys = prediction.unusedKeys
    if !keys.isEmpty {
      let list = keys.map { "`\($0)`" }.joined(separator: ", ")
      let name = checked.name.text
      emit(.note("\(name): the data \(keys.count == 1 ? "key" : "keys") \(list) not used"))
    }
    if prediction.isOfFitData { try store(prediction, of: given[0]) }
  }

  /// Adds a prediction of the fit's own data to its files.
  private mutating func store(_ prediction: Prediction, of fit: Fit) throws(SamplingFailure) {
    guard let path = fit.path else { return }
    let quantity = prediction.fit.recorded[0]
    var name = prediction.checked.name.text
    if case .variable(let id) = prediction.checked.quantity.kind {
      // Readers compare replicates and data by name.
      let own = checked.variables[id.index].name.text
      let isTaken = predictions.values.contains { other in
        other.checked.name.text != name && other.isOfFitData && other.storedName == own
          && other.checked.fits == prediction.checked.fits
      }
      if !isTaken { name = own }
    }
    if let index = predictions.first(where: {
      $0.value.checked.name.text == prediction.checked.name.text
    })?.key {
      predictions[index]?.storedName = name
    }
    let variable = FitVariable(
      name: name,
      dimensions: quantity.axes.map(\.name),
      element: FitStore.element(quantity.kind)
    )
    do {
      try addVariable(
        variable,
        dimensions: quantity.axes.map {
          FitDimension(name: $0.name, labels: FitStore.labels($0.labels))
        },
        draws: (0..<prediction.fit.chainCount).map { chain in
          (0..<prediction.fit.drawCount).flatMap {
            prediction.fit.value(of: 0, chain: chain, draw: $0)
          }
        },
        drawCount: prediction.fit.drawCount,
        group: fit.engine == "prior" ? "prior_predictive" : "posterior_predictive",
        to: path
      )
    } catch {
      throw .storage(message: error.message)
    }
  }

  /// Shows the draws of a prediction.
  mutating func show(prediction index: Int, _ emit: (RunEvent) -> Void) {
    guard let prediction = predictions[index] else { return }
    var summarizer = Summarizer()
    let quantity = prediction.fit.recorded[0]
    let array = ReportedArray(
      name: quantity.name,
      axes: cells(of: quantity) ?? quantity.axes.map { labels($0.labels) },
      summaries: (0..<quantity.count).map {
        summarizer.summary(of: prediction.fit.draws(of: 0, element: $0))
      }
    )
    answers.append(QueryAnswer(text: quantity.name, value: array.json))
    emit(.output(SummaryTable(arrays: [array]).text()))
  }

  /// Shows how a prediction agrees with what was observed.
  mutating func show(
    _ score: PredictionScore,
    _ index: Int,
    _ level: CheckedExpression?,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let prediction = predictions[index] else { return }
    let observed = try model.observedValues(of: prediction, at: span)
    var probability = 0.0
    if let level, case .number(let number) = level.kind { probability = number }
    let (value, count) = score.value(
      observed: observed,
      level: probability,
      draws: { prediction.draws($0) },
      mostProbable: { prediction.mostProbable($0) }
    )
    let text = model.program.source.text(of: span)
    guard count > 0 else {
      throw .program(
        Diagnostic(
          code: "E0611",
          message: "there is nothing observed that `\(prediction.checked.name.text)` could be"
            + " compared with",
          primary: .init(span, "all cells are missing")
        )
      )
    }
    answers.append(
      QueryAnswer(text: text, value: .real(value))
    )
    emit(.output("\(text) = \(threeOrMoreDigits(value)), \(count) observations"))
  }

  /// Shows how often each observed value was predicted as which.
  mutating func showConfusion(_ index: Int, _ span: SourceSpan, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    guard let prediction = predictions[index] else { return }
    let observed = try model.observedValues(of: prediction, at: span)
    var counts: [Double: [Double: Int]] = [:]
    var values: Set<Double> = []
    for (element, value) in observed.enumerated() where !value.isNaN {
      let guess = prediction.mostProbable(element)
      counts[value, default: [:]][guess, default: 0] += 1
      values.formUnion([value, guess])
    }
    let order = values.sorted()
    let names = order.map { prediction.name(of: $0) }
    let table = order.map { row in order.map { counts[row]?[$0] ?? 0 } }
    answers.append(
      QueryAnswer(
        text: model.program.source.text(of: span),
        value: [
          "labels": .array(names.map { .string($0) }),
          "counts": .array(table.map { .array($0.map { .integer($0) }) }),
        ]
      )
    )
    emit(.output(ConfusionTable(names: names, counts: table).text))
  }

  private func threeOrMoreDigits(_ value: Double) -> String {
    let scaled = (value * 1e4).rounded() / 1e4
    return abs(value) < 1e9 && (abs(value) >= 0.1 || value == 0) ? "\(scaled)" : threeDigits(value)
  }
}
