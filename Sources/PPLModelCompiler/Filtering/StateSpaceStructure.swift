package import PPLSemantics
import PPLSourceText
import PPLSyntax
package import PPLTypeSystem

/// A model as a filter sees it: states that follow from index to index of one dimension, and statements about data that see
/// them.
///
/// The states are the sampled latents along the dimension of a recursion of latents, whether they read earlier elements
/// themselves or are the innovations of quantities that do. All other sampled latents are parameters.
package struct StateSpaceStructure: Sendable {
  /// The dimension that is stepped through.
  package var dimension: DimensionID
  /// Sampled latents that a step draws.
  package var states: Set<VariableID>
  /// States and what is computed of them at each index, with their axes, in the order in which they are computed.
  var recursion: CheckedRecursion
  /// Everything that depends on a state, the states included.
  var dependents: Set<VariableID>
  /// Statements about data that depend on a state, and which of their brackets runs along the dimension.
  var statements: [(index: Int, axis: Int)]

  /// Finds the states of a model.
  ///
  /// - Throws: E0617, why it is no state-space model.
  package init(_ model: CheckedModel) throws(LoweringError) {
    let sampled = Set(
      model.variables.indices.map { VariableID($0) }.filter { model.isSampled($0) }
    )
    let schedule = model.evaluationSchedule(stepping: sampled)
    let recursions = schedule.recursions.filter { recursion in
      recursion.variables.contains { sampled.contains($0) }
        || recursion.variables.contains { model.readsAlong(recursion, $0, sampled) }
    }
    guard let first = recursions.first else { throw Self.noStates(model) }
    guard let dimension = model.dimension(of: first) else {
      throw Self.refusal(
        "`pmmh` steps through a declared dimension",
        model.variables[first.variables[0].index].name.span,
        "its elements are numbered without one",
        help: "declare it: `dim t = 1..100`, and write `x[k: t[2..]] ~ …`"
      )
    }
    for other in recursions.dropFirst()
    where model.dimension(of: other) != dimension || other.isForward != first.isForward {
      throw Self.refusal(
        "`pmmh` steps through one dimension in one direction",
        model.variables[other.variables[0].index].name.span,
        "runs otherwise than `\(model.variables[first.variables[0].index].name.text)`",
        help: "fit with `nuts()`"
      )
    }
    self.dimension = dimension
    states = sampled.filter { model.runs(along: dimension, $0) }
    dependents = model.dependents(of: states)
    recursion = first
    statements = []
    try checkTotals(model)
    statements = try observations(model)
    let roots = statements.flatMap { model.equations[$0.index].references }
    let members = model.closure(of: states.union(dependents.intersection(roots)), among: dependents)
    recursion = CheckedRecursion(
      variables: Self.order(of: members, schedule),
      axes: [:],
      isForward: first.isForward
    )
    for id in recursion.variables {
      guard let axis = model.axis(along: dimension, id) else {
        throw refusal(
          of: id,
          model,
          "`\(model.variables[id.index].name.text)` depends on states and does not run along"
            + " `\(model.dimensions[dimension.index].name.text)`"
        )
      }
      recursion.axes[id] = axis
    }
  }

  // MARK: What is refused

  static func refusal(
    _ message: String,
    _ span: SourceSpan,
    _ label: String = "",
    help: String = "fit with an engine that moves all latents at once: `nuts()`"
  ) -> LoweringError {
    LoweringError("E0617", message, at: span, label, help: help)
  }

  private func refusal(of id: VariableID, _ model: CheckedModel, _ message: String) -> LoweringError
  {
    Self.refusal(message, model.variables[id.index].name.span, "a step knows one index of it only")
  }

  private static func noStates(_ model: CheckedModel) -> LoweringError {
    let latent = model.variables.indices.first { model.isSampled(VariableID($0)) }
    let span = model.variables[latent ?? 0].name.span
    return refusal(
      "`pmmh` needs states: latents that follow from index to index of a dimension",
      span,
      "no latent reads its own earlier elements",
      help: "write a recursion, as `x[k: t[2..]] ~ Normal(phi * x[k-1], q)`, or fit with `nuts()`"
    )
  }

  /// Refuses what concerns all indices at once, and discrete latents, which are summed out of a whole density.
  private func checkTotals(_ model: CheckedModel) throws(LoweringError) {
    for variable in model.variables {
      guard case .modeled(.eliminated) = variable.role else { continue }
      throw Self.refusal(
        "`\(variable.name.text)` is discrete, and `pmmh` draws continuous states only",
        variable.name.span,
        "summed out of the density of all indices"
      )
    }
    for factor in model.factors where !dependents.isDisjoint(with: factor.references) {
      throw Self.refusal(
        "the factor `\(factor.name.text)` reads states, and a step has no factors",
        factor.name.span,
        help: "write what it says as statements about data, or fit with `nuts()`"
      )
    }
    let parameters = model.equations.filter {
      model.isSampled($0.target) && !states.contains($0.target)
        && !dependents.isDisjoint(with: $0.references)
    }
    if let equation = parameters.first {
      throw refusal(
        of: equation.target,
        model,
        "`\(model.variables[equation.target.index].name.text)` is no state, and its distribution"
          + " depends on states"
      )
    }
  }

  /// The statements about data that depend on states.
  private func observations(_ model: CheckedModel) throws(LoweringError) -> [(
    index: Int, axis: Int
  )] {
    var found: [(index: Int, axis: Int)] = []
    for (index, equation) in model.equations.enumerated() {
      guard case .distribution = equation.body, !model.isModeled(equation.target),
        !dependents.isDisjoint(with: equation.references)
      else { continue }
      let own = equation.items.indices.filter {
        equation.items[$0].axis?.dimension == dimension
      }
      guard own.count == 1 else {
        let name = model.dimensions[dimension.index].name.text
        throw Self.refusal(
          "`pmmh` weighs its states by the data of each index of `\(name)`",
          equation.targetSpan,
          "this statement has \(own.isEmpty ? "no" : "several") brackets over `\(name)`",
          help: "write `y[k: \(name)] ~ …`, with missing cells where nothing is observed"
        )
      }
      found.append((index, own[0]))
    }
    return found
  }

  /// Members in the order in which they are computed at one index.
  private static func order(of members: Set<VariableID>, _ schedule: EvaluationSchedule)
    -> [VariableID]
  {
    var result: [VariableID] = []
    for id in schedule.order where !result.contains(id) {
      let recursion = schedule.recursions.first { $0.axes[id] != nil }
      result += recursion?.variables ?? [id]
    }
    return result.filter { members.contains($0) }
  }
}

extension CheckedModel {
  func isSampled(_ id: VariableID) -> Bool {
    if case .modeled(.sampled) = variables[id.index].role { true } else { false }
  }

  func isModeled(_ id: VariableID) -> Bool {
    if case .modeled = variables[id.index].role { true } else { false }
  }

  /// The dimension that a recursion runs along; nil where its indices are numbers.
  fileprivate func dimension(of recursion: CheckedRecursion) -> DimensionID? {
    let id = recursion.variables[0]
    guard let axis = recursion.axes[id],
      case .dimension(let dimension) = variables[id.index].type.axes[axis]
    else { return nil }
    return dimension
  }

  /// The only bracket of a quantity that runs along a dimension.
  fileprivate func axis(along dimension: DimensionID, _ id: VariableID) -> Int? {
    let variable = variables[id.index]
    let own = variable.type.axes.indices.filter { variable.type.axes[$0] == .dimension(dimension) }
    return own.count == 1 && own[0] < variable.plateRank ? own[0] : nil
  }

  fileprivate func runs(along dimension: DimensionID, _ id: VariableID) -> Bool {
    axis(along: dimension, id) != nil
  }

  /// Whether a member of a recursion reads a sampled latent along the recursion's dimension.
  fileprivate func readsAlong(
    _ recursion: CheckedRecursion,
    _ member: VariableID,
    _ sampled: Set<VariableID>
  ) -> Bool {
    guard let dimension = dimension(of: recursion) else { return false }
    return sources(of: member, among: sampled).contains {
      runs(along: dimension, $0)
    }
  }

  /// Some quantities with those among others that they read, also by one another.
  fileprivate func closure(of roots: Set<VariableID>, among others: Set<VariableID>) -> Set<
    VariableID
  > {
    var found = roots
    var work = Array(roots)
    while let next = work.popLast() {
      for index in variables[next.index].equations {
        for read in equations[index].references
        where others.contains(read) && found.insert(read).inserted {
          work.append(read)
        }
      }
    }
    return found
  }

  /// Quantities of the model that depend on some of them, these included.
  fileprivate func dependents(of roots: Set<VariableID>) -> Set<VariableID> {
    var result = roots
    var hasGrown = true
    while hasGrown {
      hasGrown = false
      for equation in equations
      where isModeled(equation.target) && !result.contains(equation.target)
        && !isSampled(equation.target) && !result.isDisjoint(with: equation.references)
      {
        result.insert(equation.target)
        hasGrown = true
      }
    }
    return result
  }
}
