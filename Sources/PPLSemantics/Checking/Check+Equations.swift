import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// One target of an equation of the text, with what is found out about it before its right side.
struct PendingEquation {
  var target: Equation.Target
  var variable: VariableID
  var equation: Equation
  var span: SourceSpan
  /// Whether it computes data (`data x = e`).
  var isData: Bool
}

extension ModelChecker {
  /// Checks all equations, in an order in which what they read has a type.
  func checkEquations(_ equations: [(equation: Equation, span: SourceSpan)]) {
    let pending = pendingEquations(equations)
    inferPlateAxes(pending)
    for position in checkingOrder(pending) { check(pending[position]) }
    // Equations were entered in checking order; the model keeps them so.
  }

  private func pendingEquations(_ equations: [(equation: Equation, span: SourceSpan)])
    -> [PendingEquation]
  {
    var pending: [PendingEquation] = []
    for (equation, span) in equations {
      for target in equation.targets {
        if !target.members.isEmpty {
          if !silencedNames.contains(target.name.text) {
            notBuilt("a prior on the weights of a net", at: target.span)
          }
          continue
        }
        guard let id = variablesByName[target.name.text] else { continue }
        pending.append(
          PendingEquation(
            target: target,
            variable: id,
            equation: equation,
            span: span,
            isData: pendingData.contains(target.name.span)
          )
        )
      }
    }
    return pending
  }

  // MARK: Order

  /// An order in which each equation comes after those whose types it needs.
  private func checkingOrder(_ pending: [PendingEquation]) -> [Int] {
    var definers: [VariableID: [Int]] = [:]
    for (position, entry) in pending.enumerated() {
      definers[entry.variable, default: []].append(position)
    }
    // A variable stands between those who read it and those who define it: 10,000 readers of 10,000 pieces
    // are 20,000 arrows so.
    var successors = pending.map { entry -> [Int] in
      var free = FreeNames()
      free.visit(entry.target.brackets)
      free.visit(entry.equation.locals)
      free.visit(entry.equation.type)
      free.visit(entry.equation.value)
      return free.names.sorted().compactMap { name in
        variablesByName[name].map { pending.count + $0.index }
      }
    }
    successors += model.variables.indices.map { definers[VariableID($0)] ?? [] }
    return stronglyConnectedComponents(successors).flatMap { component in
      component.filter { $0 < pending.count }.sorted()
    }
  }

  // MARK: One equation

  private func check(_ entry: PendingEquation) {
    let equation = entry.equation
    let variable = model.variables[entry.variable.index]
    references = []
    shifts = []
    scope = Scope()
    if equation.relation == .defined, case .data = variable.role {
      error(
        "E0401",
        "`\(variable.name.text)` is data and cannot be defined again",
        at: entry.target.span,
        also: [.init(variable.name.span, "declared as data here")],
        help: "compare the two with `~`, or give the new quantity another name"
      )
      return
    }
    let plate = checkPlate(entry)
    let locals = checkLocals(equation.locals)
    let declared = equation.type.map { checkType($0) }
    let body: CheckedEquation.Body?
    switch equation.relation {
    case .distributed: body = checkRandom(entry, declared)
    case .defined: body = checkDefinition(entry, declared)
    }
    guard let body, let plate, locals.count == equation.locals.count else { return }
    let index = model.equations.count
    model.equations.append(
      CheckedEquation(
        target: entry.variable,
        items: plate.items,
        condition: plate.condition,
        locals: locals,
        constraint: declared?.constraint ?? .none,
        body: body,
        references: references,
        targetSpan: entry.target.span,
        span: entry.span
      )
    )
    occurrences.append(shifts)
    noteDefinition(entry, index)
    model.variables[entry.variable.index].equations.append(index)
    if !entry.isData {
      var stage = Stage.random
      if case .definition(let value) = body { stage = value.stage }
      if case .modeled = variable.role {
        let isFirst = variable.equations.isEmpty
        model.variables[entry.variable.index].stage =
          isFirst ? stage : max(stage, variable.stage)
      }
    }
  }
}
