import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// `auto()`: the engine that the structure of a model asks for.
extension ModelChecker {
  /// An engine with the reasons for it, a sentence each without a full stop.
  struct AutomaticChoice {
    var engine: String
    var reasons: [String]
  }

  /// The engine for the program as it stands.
  func automaticChoice() -> AutomaticChoice {
    if let choice = choiceOfSimulators() ?? choiceOfPrior() ?? choiceOfFitted() { return choice }
    let sampled = names { $0 == .sampled }
    var reasons: [String] = []
    let unbounded = unboundedLatents
    let eliminated = names { $0 == .eliminated }.filter { !unbounded.contains($0) }
    if !eliminated.isEmpty {
      reasons.append(
        "\(listed(eliminated)) \(eliminated.count == 1 ? "is" : "are") summed out exactly"
      )
    }
    if !unbounded.isEmpty {
      reasons.append(
        "\(listed(unbounded)) \(unbounded.count == 1 ? "has" : "have") no last value to sum to: each is drawn"
          + " given all else, some five evaluations of the density for each value and draw"
      )
    }
    if let opaque = opaqueFunctions.first {
      reasons.append(
        "`\(opaque)` gives no gradient: what goes into it is drawn from slices, some five evaluations for each value"
          + " and draw, and the rest follows gradients"
      )
      reasons.append(
        "if `\(opaque)` is smooth, `gradient: finite_difference` lets `nuts()` follow gradients"
      )
    }
    if !unbounded.isEmpty || !opaqueFunctions.isEmpty {
      return AutomaticChoice(engine: "gibbs", reasons: reasons)
    }
    reasons.append(
      sampled.isEmpty
        ? "there is a density to be followed"
        : "the log density has a gradient in \(listed(sampled)): some ten to a hundred gradients a draw"
    )
    return AutomaticChoice(engine: "nuts", reasons: reasons)
  }

  /// Where observed data come from a simulator.
  private func choiceOfSimulators() -> AutomaticChoice? {
    for equation in model.equations {
      guard case .distribution(let distribution) = equation.body,
        let simulator = distribution.simulators.first, model.isObserved(equation.target)
      else { continue }
      return AutomaticChoice(
        engine: "npe",
        reasons: [
          "the density of the simulator `\(simulator.name)`, which gives"
            + " `\(model.variables[equation.target.index].name.text)`, is not known",
          "a conditional flow learns the posterior from 10,000 simulations at draws from the prior, and its"
            + " calibration is checked",
        ]
      )
    }
    return nil
  }

  /// Where nothing is observed.
  private func choiceOfPrior() -> AutomaticChoice? {
    guard !model.isConditioned, names({ $0 == .fitted }).isEmpty else { return nil }
    let canBeDrawn = model.equations.allSatisfy { equation in
      guard case .distribution(let distribution) = equation.body else { return true }
      return distribution.hasSampler && equation.constraint.isNone
    }
    guard canBeDrawn else { return nil }
    return AutomaticChoice(
      engine: "prior",
      reasons: ["nothing is observed, so that independent draws of the statements are the answer"]
    )
  }

  /// Where parameters and weights without prior are fitted.
  private func choiceOfFitted() -> AutomaticChoice? {
    let fitted = names { $0 == .fitted }
    guard !fitted.isEmpty else { return nil }
    let latent = names { $0 == .sampled || $0 == .eliminated }
    guard !latent.isEmpty else {
      return AutomaticChoice(
        engine: "map",
        reasons: [
          "\(listed(fitted)) \(fitted.count == 1 ? "has" : "have") no prior, and nothing else is latent: one best value"
            + " by a quasi-Newton method",
          "`train(batch: …, epochs: …)` goes by steps over some rows where data are large",
        ]
      )
    }
    return AutomaticChoice(
      engine: "svi",
      reasons: [
        "\(listed(fitted)) \(fitted.count == 1 ? "has" : "have") no prior, and \(listed(latent))"
          + " \(latent.count == 1 ? "is" : "are") latent beside: a mean-field guide and the fitted values are moved"
          + " together",
        "`batch:` lets each step see some rows only",
      ]
    )
  }

  /// Names of the program's functions without derivatives that something random goes into.
  private var opaqueFunctions: [String] {
    var found: [String] = []
    func visit(_ expression: CheckedExpression) {
      expression.forEachPart { part in
        guard case .external(let id, _, _) = part.kind, part.stage == .random else { return }
        let external = model.externals[id.index]
        if external.gradient == .none, !found.contains(external.name.text) {
          found.append(external.name.text)
        }
      }
    }
    for equation in model.equations {
      for local in equation.locals { visit(local.value) }
      switch equation.body {
      case .definition(let value): visit(value)
      case .distribution(let distribution): distribution.expressions.forEach(visit)
      }
    }
    for factor in model.factors {
      for local in factor.locals { visit(local.value) }
      visit(factor.value)
    }
    return found
  }

  /// The quantities with some roles, in the order of the text.
  private func names(_ isWanted: (ModeledRole) -> Bool) -> [String] {
    model.variables.compactMap { variable in
      guard case .modeled(let role) = variable.role, isWanted(role) else { return nil }
      return variable.name.text
    }
  }

  private func listed(_ names: [String]) -> String {
    let shown = names.prefix(4).map { "`\($0)`" }.joined(separator: ", ")
    return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
  }

  /// The fit of a program without `infer`, where it is not the usual one.
  func addAutomaticFit() {
    guard model.fits.isEmpty, fitNames.isEmpty else { return }
    let choice = automaticChoice()
    guard choice.engine == "npe" || choice.engine == "gibbs" else { return }
    let place = SourceSpan(start: 0, end: 0)
    var settings: [String: CheckedInference.Setting] = [:]
    if choice.engine == "npe" { checkComparison(&settings, place) }
    var inference = CheckedInference(
      name: Name("fit", span: place),
      engine: choice.engine,
      settings: settings,
      span: place
    )
    inference.reasons = choice.reasons
    model.fits.append(inference)
    model.script.insert(.infer(0), at: 0)
  }
}
