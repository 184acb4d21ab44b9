import PPLTypeSystem

/// An order in which all quantities can be computed, and which of them are computed together.
package struct EvaluationSchedule: Sendable {
  /// Each variable after all that it reads; the members of a recursion stand together.
  package var order: [VariableID]
  package var recursions: [CheckedRecursion]
}

extension CheckedModel {
  /// Finds the order of evaluation, once roles are known.
  ///
  /// What is sampled has its values from the sampler; of a cycle it is none.
  package mutating func orderEvaluation() {
    let schedule = evaluationSchedule(stepping: [])
    evaluationOrder = schedule.order
    recursions = schedule.recursions
  }

  /// The order of evaluation where the values of some sampled quantities follow from their earlier elements and the
  /// sampler's numbers.
  ///
  /// - Parameter stepping: these quantities; of them those that read themselves only in a way that can be followed from
  ///   index to index do.
  /// - Returns: the order, with the recursions that hold then.
  package func evaluationSchedule(stepping: Set<VariableID>) -> EvaluationSchedule {
    let edges = evaluationEdges(stepping: stepping)
    let components = stronglyConnectedComponents(edges)
    var schedule = EvaluationSchedule(
      order: components.joined().map { VariableID($0) },
      recursions: []
    )
    for component in components where isCyclic(component, edges) {
      if let recursion = recursion(component) { schedule.recursions.append(recursion) }
    }
    return schedule
  }

  /// A reading that keeps a cycle from being computed one index after the other; nil where all can be.
  ///
  /// Data may read themselves in any way, as they are known; what is drawn in their place may not.
  package func readingWithoutOrder() -> ReferenceOccurrence? {
    let edges = evaluationEdges(stepping: [])
    for component in stronglyConnectedComponents(edges) where isCyclic(component, edges) {
      if let reading = readingWithoutOrder(component) { return reading }
    }
    return nil
  }

  private func evaluationEdges(stepping: Set<VariableID>) -> [[Int]] {
    var edges = [[Int]](repeating: [], count: variables.count)
    for equation in equations {
      if case .distribution = equation.body, !isModeled(equation.target) { continue }
      edges[equation.target.index] += equation.references.map(\.index).sorted()
    }
    for component in stronglyConnectedComponents(edges) where isCyclic(component, edges) {
      let sampled = component.filter { hasValuesFromSampler($0) }
      if !sampled.isEmpty, sampled.allSatisfy({ stepping.contains(VariableID($0)) }),
        recursion(component) != nil, readingWithoutOrder(component) == nil
      {
        continue
      }
      let members = Set(component)
      for variable in sampled { edges[variable].removeAll { members.contains($0) } }
    }
    return edges
  }

  private func hasValuesFromSampler(_ variable: Int) -> Bool {
    switch variables[variable].role {
    case .modeled(.sampled), .modeled(.fitted), .modeled(.eliminated): true
    default: false
    }
  }

  /// A cycle whose readings are shifts of one sign along one dimension.
  private func recursion(_ component: [Int]) -> CheckedRecursion? {
    let members = Set(component)
    var axes: [VariableID: Int] = [:]
    var isBackward = true
    var dimension: Axis?
    var within = [[Int]](repeating: [], count: component.count)
    let places = Dictionary(uniqueKeysWithValues: component.enumerated().map { ($1, $0) })
    for (index, equation) in equations.enumerated() {
      guard let target = places[equation.target.index] else { continue }
      for occurrence in readings[index] where members.contains(occurrence.variable.index) {
        if let shift = occurrence.shift {
          axes[occurrence.variable] = shift.axis
          isBackward = shift.offset == .backward
          dimension = axis(shift.axis, of: occurrence.variable)
        } else if let source = places[occurrence.variable.index] {
          within[target].append(source)
        }
      }
    }
    // A member that is read at its own index only runs along the same dimension.
    for member in component where axes[VariableID(member)] == nil {
      let variable = variables[member]
      let own = (0..<variable.plateRank).first { position in
        dimension.map { isSameDimension(axis(position, of: VariableID(member)), $0) } ?? false
      }
      guard let own else { return nil }
      axes[VariableID(member)] = own
    }
    let order = stronglyConnectedComponents(within).joined().map { VariableID(component[$0]) }
    return CheckedRecursion(variables: order, axes: axes, isForward: isBackward)
  }

  private func readingWithoutOrder(_ component: [Int]) -> ReferenceOccurrence? {
    let members = Set(component)
    var first: (axis: Axis, offset: ReferenceOccurrence.Offset)?
    var within = [[Int]](repeating: [], count: variables.count)
    var unshifted: ReferenceOccurrence?
    for (index, equation) in equations.enumerated()
    where members.contains(equation.target.index) {
      for occurrence in readings[index] where members.contains(occurrence.variable.index) {
        guard let shift = occurrence.shift else {
          unshifted = unshifted ?? occurrence
          within[equation.target.index].append(occurrence.variable.index)
          continue
        }
        let own = axis(shift.axis, of: occurrence.variable)
        guard let first else {
          first = (own, shift.offset)
          continue
        }
        if !isSameDimension(own, first.axis) || shift.offset != first.offset { return occurrence }
      }
    }
    let isTangled = stronglyConnectedComponents(within).contains { isCyclic($0, within) }
    return first == nil || isTangled ? unshifted : nil
  }

  private func isModeled(_ variable: VariableID) -> Bool {
    if case .modeled = variables[variable.index].role { true } else { false }
  }

  private func axis(_ position: Int, of variable: VariableID) -> Axis {
    variables[variable.index].type.axes[position]
  }

  private func isSameDimension(_ a: Axis, _ b: Axis) -> Bool {
    if let first = a.dimension, let second = b.dimension { return first == second }
    return a.dimension == nil && b.dimension == nil
  }

  private func isCyclic(_ component: [Int], _ edges: [[Int]]) -> Bool {
    component.count > 1 || edges[component[0]].contains(component[0])
  }
}
