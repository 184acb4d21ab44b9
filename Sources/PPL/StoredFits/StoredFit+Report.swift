import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTypeSystem

extension StoredFit {
  /// A report of the fit as one HTML file, which needs no network, no scripts and no other files.
  ///
  /// - Returns: the text of the file.
  /// - Throws: where a file of the fit is missing or damaged.
  public func report() throws(StoredFitError) -> String {
    let summaries = try summaries()
    let model = modelName?.split(separator: "/").last.map(String.init) ?? path
    var page = FitPage(title: "\(findings?.name ?? "fit") of \(model)")
    page.facts = try facts()
    page.lacking = lacking
    // Draws from the prior are independent: there is nothing to judge.
    if drawCount > 0, isDiagnosed || findings?.approximation != nil {
      page.warnings = try warnings(summaries)
    }
    if isDiagnosed { page.essLimit = DiagnosticReport.essPerChain * Double(judgedChainCount) }
    page.model = try markedModel(summaries)
    page.table = summaries
    page.sections = try ReportPlots(self, summaries).sections()
    return page.html
  }

  /// Writes the report as a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - replacing: whether one that is there may be replaced.
  /// - Throws: where the fit is damaged, or the file cannot be written.
  public func writeReport(to path: String, replacing: Bool) throws(StoredFitError) {
    if !replacing, isThere(path) { throw StoredFitError(unwritable: .exists(path: path)) }
    let bytes = Array(try report().utf8)
    do throws(FitError) {
      try writeFile(bytes, to: path, replacing: replacing)
    } catch {
      throw StoredFitError(unwritable: error)
    }
  }

  /// What the fit is, by names and values.
  private func facts() throws(StoredFitError) -> [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value { facts.append((name, value)) }
    }
    add("model", modelName)
    add("fit", path)
    add("engine", engine)
    add(
      "draws",
      drawCount == 0 ? "none" : chainCount == 1 ? "\(drawCount)" : "\(chainCount) × \(drawCount)"
    )
    if let warmupCount, warmupCount > 0 { add("warm-up", "\(warmupCount)") }
    add("seed", seed.map(String.init))
    if let sampler = try sampler(), try statistic(.isDivergent) != nil {
      add("divergent draws", "\(sampler.divergenceCount)")
    }
    if let approximation = findings?.approximation {
      if !approximation.elbo.isNaN {
        add("elbo", "\(figure(approximation.elbo)), se \(figure(approximation.elboError))")
      }
      if !approximation.shape.isNaN { add("Pareto k", figure(approximation.shape)) }
      if let density = approximation.logDensity { add("log density", figure(density)) }
    }
    if let steps = training?["steps"]?.integer { add("steps", "\(steps)") }
    add("sampling", seconds.sampling.map { "\(figure($0)) s" })
    add("began", createdAt.map { $0.replacing("T", with: " ").replacing("+00:00", with: " UTC") })
    add("version", version)
    return facts
  }

  private func figure(_ value: Double) -> String {
    value.isFinite ? threeDecimals(value) : "\(value)"
  }

  private func threeDecimals(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

  /// The lines of the model's text, each with what was found of the quantities that a statement in it defines.
  private func markedModel(_ summaries: [ReportedArray]) throws(StoredFitError) -> [MarkedLine] {
    guard let modelText else { return [] }
    let program = Program(name: modelName ?? "model.ppl", text: modelText)
    let places = program.isValid ? Self.definitions(in: program) : [:]
    var marks: [Int: [MarkedLine.Mark]] = [:]
    /// The line of a quantity, of weights that of their net.
    func line(of name: String) -> Int? {
      places[name] ?? name.firstIndex(of: ".").flatMap { places[String(name[..<$0])] }
    }
    for (quantity, array) in zip(quantities, summaries) {
      guard let line = line(of: quantity.name) else { continue }
      marks[line, default: []].append(try mark(quantity, array))
    }
    for array in try fitted() {
      guard let line = line(of: array.name) else { continue }
      marks[line, default: []].append(
        .fitted(name: array.name, shape: array.shape, values: array.values)
      )
    }
    var lines = (1...program.source.lineCount).map { number in
      MarkedLine(
        String(decoding: program.source.line(number), as: UTF8.self),
        marks: marks[number] ?? []
      )
    }
    // A file ends in a line break, behind which is no line.
    if lines.last?.text.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The lines in which quantities are defined and nets declared, by name.
  private static func definitions(in program: Program) -> [String: Int] {
    let (source, model) = (program.source, program.model)
    var places: [String: Int] = [:]
    for equation in model.equations {
      let name = model.variables[equation.target.index].name.text
      if places[name] == nil { places[name] = source.position(of: equation.targetSpan.start).line }
    }
    for name in model.variables.map(\.name) + model.nets.map(\.name) where places[name.text] == nil
    {
      places[name.text] = source.position(of: name.span.start).line
    }
    return places
  }

  private func mark(_ quantity: StoredQuantity, _ array: ReportedArray) throws(StoredFitError)
    -> MarkedLine.Mark
  {
    guard quantity.shape.isEmpty, let summary = array.summaries.first else {
      return .array(name: quantity.name, means: array.summaries.map(\.mean))
    }
    return .scalar(
      name: quantity.name,
      summary: summary,
      density: DensityEstimate(try draws(of: quantity).element(0).values, count: 48)
    )
  }
}
