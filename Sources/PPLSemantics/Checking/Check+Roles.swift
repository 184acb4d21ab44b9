import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Finds which quantities are sampled and which are drawn forward.
  ///
  /// A latent that nothing observed and no factor depends on is drawn forward, if its distribution can be
  /// drawn from as it is restricted; else it is sampled as well, with all that it depends on.
  ///
  /// Discrete latents with infinitely many values are no mistake where a fit approximates them: engines that cannot report
  /// them once data are bound.
  func assignRoles(_ program: Program) {
    let isApproximated = takesUnboundedLatents(program)
    let isNeeded = neededVariables()
    // Where nothing is observed continuous latents are sampled all the same, but not those of which a part is drawn forward.
    let isConditioned = model.isConditioned
    let isDrawnForward = isConditioned ? [] : followers(isNeeded)
    for index in model.variables.indices {
      guard case .modeled = model.variables[index].role else { continue }
      let distributions = distributions(of: index)
      guard !distributions.isEmpty else {
        model.variables[index].role = .modeled(.derived)
        continue
      }
      if fittedVariables.contains(VariableID(index)) {
        model.variables[index].role = .modeled(.fitted)
        continue
      }
      let isDiscrete = distributions.contains { $0.support.isDiscrete }
      let coarsened = distributions.first(where: \.isCoarsened)
      let isSampled = isNeeded[index] || (!isConditioned && !isDrawnForward[index])
      model.variables[index].role = .modeled(
        !isSampled ? .generated : isDiscrete ? .eliminated : .sampled
      )
      if isSampled, let coarsened {
        reportCoarsened(index, coarsened)
      } else if isSampled, isDiscrete {
        checkDiscrete(index, isApproximated: isApproximated)
      }
    }
    reportUndefined()
  }

  /// The variables on which something observed, a factor, or a latent that cannot be drawn forward depends.
  private func neededVariables() -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: model.variables.count)
    var work: [Int] = []
    func need(_ id: VariableID) {
      guard !isNeeded[id.index] else { return }
      isNeeded[id.index] = true
      work.append(id.index)
    }
    for equation in model.equations {
      guard case .distribution(let distribution) = equation.body else { continue }
      if case .modeled = model.variables[equation.target.index].role {
        if !canBeDrawn(equation, distribution) { need(equation.target) }
      } else {
        for id in equation.references { need(id) }
      }
    }
    for factor in model.factors { for id in factor.references { need(id) } }
    while let index = work.popLast() {
      for equation in model.variables[index].equations {
        for id in model.equations[equation].references { need(id) }
      }
    }
    return isNeeded
  }

  /// The latents that are discrete or coarsened and not needed, and all that depends on these.
  private func followers(_ isNeeded: [Bool]) -> [Bool] {
    var isFollower = [Bool](repeating: false, count: model.variables.count)
    var readers = [[Int]](repeating: [], count: model.variables.count)
    for equation in model.equations {
      for id in equation.references { readers[id.index].append(equation.target.index) }
    }
    var work: [Int] = []
    func add(_ index: Int) {
      guard !isNeeded[index], !isFollower[index] else { return }
      isFollower[index] = true
      work.append(index)
    }
    for index in model.variables.indices {
      guard case .modeled = model.variables[index].role else { continue }
      let distributions = distributions(of: index)
      if distributions.contains(where: { $0.support.isDiscrete || $0.isCoarsened }) { add(index) }
    }
    while let index = work.popLast() {
      for reader in readers[index] { add(reader) }
    }
    return isFollower
  }

  private func distributions(of variable: Int) -> [CheckedDistribution] {
    model.variables[variable].equations.compactMap { equation in
      if case .distribution(let distribution) = model.equations[equation].body {
        distribution
      } else {
        nil
      }
    }
  }

  /// Whether draws of an equation's target can be generated once all that it reads is known.
  private func canBeDrawn(_ equation: CheckedEquation, _ distribution: CheckedDistribution) -> Bool
  {
    guard distribution.hasSampler else { return false }
    switch (equation.constraint, distribution.support) {
    case (.none, _): return true
    case (.bounds, _): return distribution.drawsWithinBounds
    case (.vector(let joint), .vector(let own)): return joint == own
    case (.matrix(let joint), .matrix(let own)): return joint == own
    case (.vector, _), (.matrix, _), (.set, _): return false
    }
  }

  /// Reports a latent whose distribution says how a value was observed.
  private func reportCoarsened(_ index: Int, _ distribution: CheckedDistribution) {
    let variable = model.variables[index]
    error(
      "E0312",
      "`\(distribution.name)` describes how a value was observed, and `\(variable.name.text)` is"
        + " not observed",
      at: distribution.span,
      "several values count as one here",
      also: [.init(variable.name.span, "something observed depends on `\(variable.name.text)`")],
      help: "give `\(variable.name.text)` the distribution itself, without `censored` or `rounded`"
    )
  }

  /// Reports a discrete latent that something observed depends on and that cannot be summed out.
  private func checkDiscrete(_ index: Int, isApproximated: Bool) {
    let variable = model.variables[index]
    for number in variable.equations {
      let equation = model.equations[number]
      guard case .distribution(let distribution) = equation.body else {
        error(
          "E0405",
          "`\(variable.name.text)` is drawn in one equation and defined in another",
          at: equation.targetSpan,
          help:
            "a discrete quantity that is summed out is drawn in all of its equations; what is known to be 1:"
            + " `~ Bernoulli(1)`"
        )
        continue
      }
      var isFinite = true
      switch distribution.support {
      case .integers(let low, let high):
        isFinite = !low.isNone && !high.isNone
        if case .bounds(let lower, let upper) = equation.constraint {
          isFinite = (!low.isNone || lower != nil) && (!high.isNone || upper != nil)
        }
        if case .set = equation.constraint { isFinite = true }
        if !isFinite, isApproximated {
          unboundedLatents.append(variable.name.text)
          isFinite = true
        }
      case .categories: break
      default: isFinite = false
      }
      if !isFinite {
        error(
          "E0405",
          "`\(variable.name.text)` has infinitely many values, so that it cannot be summed out",
          at: equation.targetSpan,
          "`\(distribution.name)` has no upper end",
          help:
            "bound it: `\(variable.name.text): int in 0..100 ~ …`; or fit with `gibbs`, which draws it, or `svi`, which"
            + " approximates it"
        )
      }
    }
  }

  /// Quantities whose equations were all wrong were reported there; here, what is left.
  private func reportUndefined() {
    guard !diagnostics.contains(where: \.isError) else { return }
    for variable in model.variables where variable.equations.isEmpty {
      guard case .modeled = variable.role else { continue }
      error(
        "E0404",
        "`\(variable.name.text)` has no equation that can be used",
        at: variable.name.span
      )
    }
  }

  /// Whether a fit of the program approximates discrete latents or draws them value by value, or may choose to.
  private func takesUnboundedLatents(_ program: Program) -> Bool {
    program.items.contains { item in
      guard case .infer(_, let engine) = item.kind, case .call(let callee, _) = engine.kind else {
        return false
      }
      return callee.text == "svi" || callee.text == "auto"
        || engines[callee.text]?.movesBlocks == true
    }
  }
}
