import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Finds what of a model is given by the draws of a fit when others of its quantities are drawn.
struct PredictionPlan {
  let model: Model
  let fit: Fit
  /// The data under the prediction.
  let bound: BoundModel
  /// What is new of them; nil for the fit's own data.
  let rebinding: Rebinding?

  private var checked: CheckedModel { bound.model }

  /// The simulation of what some quantities depend on.
  ///
  /// `replicated` are data to be drawn anew.
  func simulation(
    of wanted: Set<VariableID>,
    replicated: Set<VariableID>,
    isOneStep: Bool
  ) throws(SamplingFailure) -> Simulation {
    var result = Simulation()
    result.isOneStep = isOneStep
    let affected = affectedVariables(isOneStep ? [] : replicated)
    for (id, values) in bound.missing where isOneStep || !replicated.contains(id) {
      // Missing cells of the fit's own data have their values of the draw.
      guard rebinding == nil, fit.recorded.contains(where: { $0.variable == id }),
        let tensor = bound.values[id]
      else { continue }
      result.given[id] = Simulation.Given(
        .imputed(tensor, cells: values),
        places: Array(0..<tensor.shape.count),
        plateSizes: tensor.shape.sizes
      )
    }
    for quantity in fit.quantities {
      guard case .modeled(let role) = checked.variables[quantity.variable.index].role,
        role != .derived, !(role == .generated && affected.contains(quantity.variable))
      else { continue }
      result.given[quantity.variable] = try given(quantity)
    }
    let guide = fit.training?.plan.guide.map { checked.guides[$0] }
    let needed = neededVariables(wanted, given: result.given, guide)
    // What has no prior cannot be drawn where it is not given.
    let fitted = Set(fit.fitted.map(\.quantity.variable))
    result.given = result.given.filter {
      needed.forward.contains($0.key) || needed.guide.contains($0.key) || fitted.contains($0.key)
    }
    result.replicated = replicated.intersection(needed.forward)
    if var guide {
      guide.equations.removeAll {
        !needed.forward.contains($0.target) && !needed.guide.contains($0.target)
      }
      result.guide = guide
    }
    try checkFactors(result.given, needed.forward)
    try checkRows(result, needed.forward)
    return result
  }

  /// Refuses to draw latents of rows that the fit has seen anew: it knows more of them than their statements say.
  private func checkRows(_ simulation: Simulation, _ needed: Set<VariableID>)
    throws(SamplingFailure)
  {
    guard let training = fit.training else { return }
    for id in needed.sorted(by: { $0.index < $1.index }) where simulation.given[id] == nil {
      let variable = checked.variables[id.index]
      guard case .modeled(let role) = variable.role, role == .sampled || role == .eliminated,
        simulation.guide?.equations.contains(where: { $0.target == id }) != true
      else { continue }
      let seen = variable.type.axes.compactMap(\.dimension).first { dimension in
        training.plan.rows[dimension] != nil
          && rebinding?.dimensions.contains(dimension) != true
      }
      guard let seen else { continue }
      throw .program(
        Diagnostic(
          code: "E0628",
          message:
            "the fit keeps no draws of `\(variable.name.text)`, which has elements for the rows"
            + " of `\(bound[seen].name)`, of which each step saw some",
          primary: .init(variable.name.span, "the prediction needs it"),
          help: role == .eliminated
            ? "fit without `batch`, or predict for other rows"
            : "let a `guide` say how it follows from the data, fit without `batch`, or predict for"
              + " other rows"
        )
      )
    }
  }

  /// The draws of a latent for the elements that are the same in the fit; the others are to be drawn.
  private func given(_ quantity: RecordedQuantity) throws(SamplingFailure) -> Simulation.Given {
    let variable = checked.variables[quantity.variable.index]
    var places = [0]
    var sizes: [Int] = []
    for (position, axis) in variable.type.axes.enumerated() {
      let isRagged = quantity.existing != nil
      let old =
        axis.dimension.flatMap { isRagged ? fit.bound[$0] : nil } ?? quantity.axes[position].labels
      let isWeight = checked.weights[quantity.variable] != nil
      let matched = isWeight ? Array(0..<old.count) : match(axis, old)
      if isWeight, let id = axis.dimension, bound[id].count != old.count {
        throw .program(
          Diagnostic(
            code: "E0610",
            message:
              "the net was fitted for \(old.count) elements of `\(old.name)`, and the new data"
              + " have \(bound[id].count)",
            primary: .init(variable.name.span, "its weights `\(variable.name.text)` run over them"),
            help: "predict for data of the same sizes"
          )
        )
      }
      if position >= variable.plateRank {
        // The axes of one event match as a whole.
        if matched != (0..<old.count).map({ $0 }) {
          throw .program(
            Diagnostic(
              code: "E0610",
              message: "`\(variable.name.text)` is a joint latent over `\(old.name)`, which has"
                + " other labels in the new data",
              primary: .init(variable.name.span, "new elements of it cannot be drawn alone"),
              help: "give it brackets for independent elements, or predict for the fit's labels"
            )
          )
        }
        continue
      }
      sizes.append(matched.count)
      places = places.flatMap { row in
        matched.map { row < 0 || $0 < 0 ? -1 : row * old.count + $0 }
      }
    }
    if let existing = quantity.existing {
      let known = Set(existing.positions)
      let exists = bound.existing(Array(variable.type.axes.prefix(variable.plateRank)))
      for element in places.indices {
        // What stands for elements that do not exist is not read.
        if exists?[element] == false { places[element] = 0 }
        if places[element] >= 0, !known.contains(places[element]), exists?[element] != false {
          places[element] = -1
        }
      }
    }
    var labels: BoundDimension?
    if case .index(let dimension) = variable.type.element {
      labels = fit.bound[dimension]
      if rebinding?.positional.contains(dimension) == true { places = places.map { _ in -1 } }
    }
    return Simulation.Given(
      .draws(quantity, labels: labels),
      places: places,
      plateSizes: sizes
    )
  }

  /// For each element along an axis its position in the fit, -1 if it has none there.
  private func match(_ axis: Axis, _ old: BoundDimension) -> [Int] {
    guard let id = axis.dimension, let rebinding else { return Array(0..<old.count) }
    let new = bound[id]
    if rebinding.positional.contains(id) { return [Int](repeating: -1, count: new.count) }
    return (0..<new.count).map { position in
      switch new.labels {
      case .strings(let strings): old.position(of: strings[position]) ?? -1
      case .integers, .codes:
        new.integerLabel(at: position).flatMap { label in
          old.hasIntegerLabels ? old.position(of: Double(label)) : nil
        } ?? -1
      }
    }
  }

  /// The quantities that depend on data which are new, or drawn anew.
  private func affectedVariables(_ replicated: Set<VariableID>) -> Set<VariableID> {
    var affected = replicated.union(rebinding?.replaced ?? []).union(bound.absent)
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for equation in checked.equations where !affected.contains(equation.target) {
        guard case .modeled(let role) = checked.variables[equation.target.index].role,
          role == .generated || role == .derived
        else { continue }
        let touches = checked.variables[equation.target.index].type.axes.contains { axis in
          axis.dimension.map { rebinding?.dimensions.contains($0) ?? false } ?? false
        }
        if touches || equation.references.contains(where: { affected.contains($0) }) {
          affected.insert(equation.target)
          isGrowing = true
        }
      }
    }
    return affected
  }

  /// Everything that has to be known, back to what is given: by the statements of the model, and by those of a guide.
  private func neededVariables(
    _ wanted: Set<VariableID>,
    given: [VariableID: Simulation.Given],
    _ guide: CheckedGuide?
  ) -> (forward: Set<VariableID>, guide: Set<VariableID>) {
    var forward = wanted
    var guided: Set<VariableID> = []
    var work = wanted.map { (id: $0, isForward: true) }
    while let (id, isForward) = work.popLast() {
      if let values = given[id], !values.places.contains(-1) { continue }
      let own = given[id] == nil ? guide?.equations.first { $0.target == id } : nil
      let statements = checked.variables[id.index].equations.map { checked.equations[$0] }
      for next in (own.map { [$0] } ?? statements).flatMap(\.references) {
        if isForward, own == nil {
          if forward.insert(next).inserted { work.append((next, true)) }
        } else if case .modeled = checked.variables[next.index].role,
          guided.insert(next).inserted
        {
          work.append((next, false))
        }
      }
    }
    return (forward, guided)
  }

  /// Refuses to draw latents that a factor is about.
  private func checkFactors(
    _ given: [VariableID: Simulation.Given],
    _ needed: Set<VariableID>
  ) throws(SamplingFailure) {
    for factor in checked.factors {
      let drawn = factor.references.first { id in
        guard needed.contains(id), case .modeled(let role) = checked.variables[id.index].role,
          role == .sampled || role == .eliminated
        else { return false }
        return given[id]?.places.contains(-1) ?? true
      }
      guard let drawn else { continue }
      throw .program(
        Diagnostic(
          code: "E0607",
          message: "new elements of `\(checked.variables[drawn.index].name.text)` cannot be drawn",
          primary: .init(factor.span, "this factor does not say how"),
          help: "say how they are distributed with `~` alone"
        )
      )
    }
  }
}
