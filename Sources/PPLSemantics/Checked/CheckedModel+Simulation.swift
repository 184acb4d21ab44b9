extension CheckedModel {
  /// The model as it is drawn forward: every latent that is not given, and the data that are replicated, from
  /// their statements.
  package func drawnForward(given: Set<VariableID>, replicated: Set<VariableID>) -> CheckedModel {
    var result = self
    for index in variables.indices {
      let id = VariableID(index)
      switch variables[index].role {
      case .modeled(.derived), .predicted: continue
      case .modeled:
        result.variables[index].role = .modeled(given.contains(id) ? .sampled : .generated)
      case .data, .computed:
        guard replicated.contains(id) else {
          // Its values are known and stay, whatever they were computed from.
          for equation in variables[index].equations {
            guard case .definition = equations[equation].body else { continue }
            result.equations[equation].references = []
            result.readings[equation] = []
          }
          continue
        }
        result.variables[index].role = .modeled(.generated)
        result.variables[index].plateRank = drawnPlateRank(of: id)
        result.variables[index].equations.removeAll { equation in
          if case .definition = equations[equation].body { true } else { false }
        }
      }
    }
    result.orderEvaluation()
    return result
  }

  /// The number of brackets in the statements of data.
  package func drawnPlateRank(of id: VariableID) -> Int {
    let variable = variables[id.index]
    let counts = variable.equations.compactMap { index -> Int? in
      guard case .distribution = equations[index].body else { return nil }
      return equations[index].items.count
    }
    return counts.min() ?? variable.plateRank
  }

  /// Data that a statement distributes, in the order of their declarations.
  package var observedVariables: [VariableID] {
    variables.indices.map { VariableID($0) }.filter { isObserved($0) }
  }

  /// Whether a variable is data that a statement distributes.
  package func isObserved(_ id: VariableID) -> Bool {
    switch variables[id.index].role {
    case .modeled, .predicted: false
    case .data, .computed:
      variables[id.index].equations.contains { index in
        if case .distribution = equations[index].body { true } else { false }
      }
    }
  }
}
