import PPLGraphIR
import PPLInference
import PPLModelCompiler
import PPLRewrites
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension Model {
  /// What becomes of each quantity, for people: in the log density, if it was compiled, and in each fit by steps.
  public var planDescription: String {
    get throws(SamplingFailure) {
      var lines = dimensionLines + dataLines
      if let density { lines += densityLines(density) }
      for fit in bound.model.fits where fit.goesBySteps { lines += try stepLines(fit) }
      for fit in bound.model.fits where fit.comparesSimulations {
        lines += try comparisonLines(fit)
      }
      for fit in bound.model.fits where fit.engine == PMMH.signature.name {
        lines.append(try filterLine(fit))
      }
      for fit in bound.model.fits where !fit.reasons.isEmpty {
        lines.append("auto (\(fit.name.text)) chooses \(fit.engine)")
        lines += fit.reasons.map { "  as \($0)" }
      }
      return lines.joined(separator: "\n") + "\n"
    }
  }

  /// What an engine that compares simulations moves; nothing is simulated for it.
  private func comparisonLines(_ fit: CheckedInference) throws(SamplingFailure) -> [String] {
    let prior: PriorModel
    do { prior = try ModelCompiler.compilePrior(bound) } catch {
      throw .program(error.diagnostic)
    }
    let names = prior.sampled.map { "`\($0.name)`" }.joined(separator: ", ")
    let data = bound.model.variables.indices.map { VariableID($0) }
      .filter { bound.model.isObserved($0) }
      .map { "`\(bound.model.variables[$0.index].name.text)`" }.joined(separator: ", ")
    return [
      "engine \(fit.engine) (\(fit.name.text)) on \(prior.dimension) unconstrained values of \(names):"
        + " \(data) are simulated and compared with the data"
    ]
  }

  /// What a particle filter steps through.
  private func filterLine(_ fit: CheckedInference) throws(SamplingFailure) -> String {
    let plan = SamplerOptions().chains(fit, bound.model, dimension: dimension, seed: 0)
    guard let program = try StateSpaceProgram(plan, bound, compiled, .reference) else { return "" }
    let filter = program.model
    let states = filter.stateNames.map { "`\($0)`" }.joined(separator: ", ")
    return "filter (\(fit.name.text)): \(filter.particles) particles of \(states) along"
      + " \(filter.dimensionName), \(filter.stepCount) steps, \(filter.proposal.rawValue);"
      + " \(count(filter.parameterCount, "parameter"))"
  }

  private var dimensionLines: [String] {
    bound.dimensions.map { dimension in
      var line = "dim \(dimension.name): \(dimension.count) (\(dimension.summary))"
      if let sizes = dimension.sizes {
        line += ", \(sizes.min() ?? 0) to \(sizes.max() ?? 0) a row"
      }
      return line
    }
  }

  private var dataLines: [String] {
    bound.model.variables.enumerated().compactMap { index, variable in
      let id = VariableID(index)
      guard let sizes = bound.values.shape(of: id)?.sizes else { return nil }
      let role = program.isObserved(variable) ? "observed" : "given"
      let shape = sizes.isEmpty ? "" : " \(sizes)"
      let place = bound.values.streamed(id) == nil ? "" : ", read row by row"
      return "\(role) \(variable.name.text): \(program.describe(variable.type))\(shape)\(place)"
    }
  }

  private func densityLines(_ compiled: CompiledModel) -> [String] {
    let checked = bound.model
    var lines: [String] = []
    var counts: [VariableID: Int] = [:]
    for block in compiled.blocks { counts[block.variable, default: 0] += block.count }
    for quantity in compiled.recorded {
      let variable = checked.variables[quantity.variable.index]
      let isData = if case .data = variable.role { true } else { false }
      let own = compiled.blocks.filter { $0.variable == quantity.variable }
      let isHeld = own.contains { $0.integers != nil }
      let role =
        quantity.role == .eliminated
        ? (isHeld ? "drawn value by value" : "summed out")
        : isData ? "\(quantity.count) missing cells, \(quantity.role)," : "\(quantity.role)"
      var line = "\(role) \(quantity.name): \(program.describe(variable.type))"
      let count = counts[quantity.variable, default: 0]
      if quantity.role == .sampled {
        line += ", \(count) unconstrained value\(count == 1 ? "" : "s")"
      }
      lines.append(line)
    }
    for block in compiled.blocks where block.canBeCentered {
      let text = program.source.text(of: block.span)
      lines.append("coordinates of \(text): values or deviations, chosen in the warm-up")
    }
    lines += checked.factors.map { "factor \($0.name.text)" }
    lines += compiled.eliminations
    let held = compiled.blocks.filter { $0.integers != nil }.reduce(0) { $0 + $1.count }
    for engine in engineNames {
      lines.append(
        "engine \(engine) on \(compiled.dimension - held) unconstrained values"
          + (held == 0 ? "" : " and \(count(held, "whole number"))")
      )
      if hasScreening, let signature = EngineLibrary.chainEngine(engine)?.signature {
        lines.append("  " + screeningLine(signature))
      }
    }
    for fit in checked.fits { lines += partLines(fit, compiled) }
    if compiled.dropsConstant {
      lines.append("a normaliser that is constant and not known is left out of the log density")
    }
    lines += compiled.rewrites.map { rewrite in
      "rewrite \(rewrite.name): \(rewrite.summary) (\(rewrite.count) place"
        + (rewrite.count == 1 ? ")" : "s)")
    }
    lines.append(
      "graph: \(compiled.density.nodes.count) nodes, "
        + (compiled.knownGradient.map { "\($0.nodes.count) with gradient" } ?? "no gradient")
    )
    return lines
  }

  /// How an engine moves the parts of the position, where it moves them each by itself.
  private func partLines(_ fit: CheckedInference, _ compiled: CompiledModel) -> [String] {
    let plan = SamplerOptions().chains(fit, bound.model, dimension: compiled.dimension, seed: 0)
    guard let gibbs = plan.engine as? Gibbs else { return [] }
    return gibbs.plan(of: GraphLogDensity.blocks(of: compiled)).map { way, names in
      "  \(way): \(names.map { "`\($0)`" }.joined(separator: ", "))"
    }
  }

  /// The engines of the program that move through the log density, each once.
  private var engineNames: [String] {
    var names: [String] = []
    for fit in bound.model.fits
    where !fit.goesBySteps && fit.engine != EngineSignature.prior.name
      && !names.contains(fit.engine)
    {
      names.append(fit.engine)
    }
    return bound.model.fits.isEmpty ? [NUTS.signature.name] : names
  }

  // MARK: Fits by steps

  /// What a fit by steps moves, and what becomes of discrete latents in it.
  private func stepLines(_ inference: CheckedInference) throws(SamplingFailure) -> [String] {
    let plan = TrainingPlan(inference, SamplerOptions(), seed: 0)
    let stochastic = try stochasticModel(plan)
    let guide = plan.guide.map { bound.model.guides[$0] }
    var lines = ["fit \(inference.name.text): \(inference.engine)"]
    for rows in stochastic.rows {
      let name = bound[rows.dimension].name
      lines.append("rows of a step: \(rows.count) of \(rows.total) of \(name)")
    }
    let order = bound.model.variables.indices.sorted {
      bound.model.variables[$0].name.span.start < bound.model.variables[$1].name.span.start
    }
    for index in order {
      lines += roleLines(of: VariableID(index), stochastic, guide)
    }
    lines += stochastic.eliminations
    var engine = "engine \(inference.engine) on \(count(stochastic.parameterCount, "parameter"))"
    if !stochastic.approximations.isEmpty {
      engine += ", \(DiscreteApproximation.drawCount) draws of all latents in each evaluation"
    }
    return lines + [engine]
  }

  private func roleLines(
    of id: VariableID,
    _ stochastic: StochasticModel,
    _ guide: CheckedGuide?
  ) -> [String] {
    let variable = bound.model.variables[id.index]
    let typed = "\(variable.name.text): \(program.describe(variable.type))"
    let own = stochastic.parameters.filter { $0.variable == id }
    let numbers = count(own.reduce(0) { $0 + $1.shape.count }, "parameter")
    let isGuided = guide?.equations.contains { $0.target == id } ?? false
    if let found = stochastic.approximations.first(where: { $0.variable == id }) {
      let family = found.family.map { "\($0), \(numbers)" } ?? "by the guide"
      let cause =
        found.refusal.map { refusal -> String in
          let place = refusal.span.map {
            "line \(program.source.position(of: $0.start).line): "
          }
          return (place ?? "") + refusal.reason
        } ?? "the guide says how it is distributed"
      return [
        "approximated \(typed), \(family); score function with leave-one-out of"
          + " \(DiscreteApproximation.drawCount) draws",
        "  not summed out: \(cause)",
      ]
    }
    switch variable.role {
    case .modeled(.eliminated): return ["summed out \(typed)"]
    case .modeled(.derived): return ["derived \(typed)"]
    case .modeled(.generated): return ["generated \(typed)"]
    case .modeled(.sampled) where isGuided: return ["sampled \(typed), by the guide"]
    case .modeled(.sampled):
      let isMeanField = own.contains { $0.role == .location }
      return ["sampled \(typed), \(isMeanField ? "mean field" : "value"), \(numbers)"]
    case .modeled(.fitted): return ["fitted \(typed), \(numbers)"]
    case .data, .computed, .predicted: return []
    }
  }

  func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
