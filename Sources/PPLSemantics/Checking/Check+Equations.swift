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
    anticipateRecords(pending)
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
          for variable in weights(of: target, equation) {
            pending.append(
              PendingEquation(
                target: target,
                variable: variable,
                equation: equation,
                span: span,
                isData: false
              )
            )
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
    return pending + fittedQuantities(pending)
  }

  // MARK: Order

  /// An order in which each equation comes after those whose types it needs.
  private func checkingOrder(_ pending: [PendingEquation]) -> [Int] {
    var definers: [VariableID: [Int]] = [:]
    for (position, entry) in pending.enumerated() {
      definers[entry.variable, default: []].append(position)
    }
    // A variable stands between those that read it and those that define it: 10,000 readers of one
    // with 10,000 equations are 20,000 arrows so.
    var successors = pending.map { entry -> [Int] in
      var free = FreeNames()
      if let system = systemsByState[entry.target.name.span] {
        free.visit(pendingSystems[system].declaration)
      }
      free.visit(entry.target.brackets)
      free.visit(entry.equation.locals)
      free.visit(entry.equation.type)
      free.visit(entry.equation.value)
      return free.names.sorted().flatMap { name in
        variables(named: name).map { pending.count + $0.index }
      }
    }
    successors += model.variables.enumerated().map { position, variable in
      let own = definers[VariableID(position)] ?? []
      return switch variable.role {
      // Data have their types from their declarations, or from what they are computed by.
      case .data: []
      case .computed: own.filter { pending[$0].isData }
      case .modeled, .predicted: own
      }
    }
    return stronglyConnectedComponents(successors).flatMap { component in
      let equations = component.filter { $0 < pending.count }.sorted()
      if component.count > 1 { assumeScalars(equations.map { pending[$0] }) }
      return equations
    }
  }

  /// Takes quantities of a cycle whose types wait for each other as scalars, so that their equations
  /// can be checked and the cycle itself is what is reported.
  private func assumeScalars(_ entries: [PendingEquation]) {
    for entry in entries where entry.target.brackets == nil {
      guard model.variables[entry.variable.index].type.isInvalid else { continue }
      model.variables[entry.variable.index].type = .real
    }
  }

  // MARK: One equation

  private func check(_ entry: PendingEquation) {
    if let system = systemsByState[entry.target.name.span] {
      check(entry, stateOf: system)
      return
    }
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
    currentTarget = plate.map { (entry.variable, $0.items) }
    defer { currentTarget = nil }
    let locals = checkLocals(equation.locals)
    let declared = equation.type.map { checkType($0) }
    anticipateElement(entry, declared)
    let body: CheckedEquation.Body?
    switch equation.relation {
    case .distributed: body = checkRandom(entry, declared)
    case .defined: body = checkDefinition(entry, declared)
    }
    guard let body, let plate, areChecked(equation.locals, locals) else { return }
    markCausalReadings(body, locals, plate.items)
    append(
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
      ),
      shifts,
      of: entry
    )
  }

  /// Gives a quantity the element that its first equation says it has, so that the equation may read it elsewhere.
  private func anticipateElement(_ entry: PendingEquation, _ declared: DeclaredType?) {
    let variable = model.variables[entry.variable.index]
    guard case .modeled = variable.role, variable.equations.isEmpty,
      !variable.type.axes.isEmpty, !variable.type.isInvalid
    else { return }
    var element: ElementType?
    if let declared, !declared.type.isInvalid, declared.type.element != .real {
      element = declared.type.element
    } else if declared == nil, entry.equation.relation == .distributed {
      element = writtenElement(entry.equation.value)
    }
    if let element { model.variables[entry.variable.index].type.element = element }
  }

  /// The element of a distribution as far as its text alone tells.
  private func writtenElement(_ expression: Expression) -> ElementType? {
    switch expression.kind {
    case .conditional(_, let then, let otherwise):
      return writtenElement(then) ?? writtenElement(otherwise)
    case .call(let callee, .list(let arguments)):
      guard distributionsByName[callee.text] == nil,
        let signature = library.distributions[callee.text]
      else { return nil }
      switch signature.support {
      case .integers(.value(0), .value(1)): return .boolean
      case .integers: return .integer
      case .categories:
        guard let argument = arguments.first, case .name(let name) = argument.value.kind,
          let dimension = dimensionsByName[name]
        else { return nil }
        return .index(dimension)
      default: return nil
      }
    default: return nil
    }
  }

  /// Takes an equation that was checked into the model.
  func append(
    _ equation: CheckedEquation,
    _ readings: [ReferenceOccurrence],
    of entry: PendingEquation
  ) {
    let variable = model.variables[entry.variable.index]
    let index = model.equations.count
    model.equations.append(equation)
    occurrences.append(readings)
    reportDoubleDefinition(entry, index)
    model.variables[entry.variable.index].equations.append(index)
    if !entry.isData {
      var stage = Stage.random
      if case .definition(let value) = equation.body { stage = value.stage }
      if case .modeled = variable.role {
        let isFirst = variable.equations.isEmpty
        model.variables[entry.variable.index].stage =
          isFirst ? stage : max(stage, variable.stage)
      }
    }
  }

  /// Reports an equation whose elements, as far as the text tells, others define as well.
  private func reportDoubleDefinition(_ entry: PendingEquation, _ index: Int) {
    let new = model.equations[index]
    // What computes data and what observes them are two things.
    var isObservation = false
    if case .computed = model.variables[entry.variable.index].role {
      if case .distribution = new.body { isObservation = true }
    }
    let key = CoverageKey(variable: entry.variable, isObservation: isObservation)
    // Taken out, so that changing it copies nothing.
    var known = coverage.removeValue(forKey: key) ?? Coverage(first: index)
    let coversAll = coversAll(new)
    let item = fixedItem(new)
    let other: Int? =
      if coversAll, known.first != index {
        known.first
      } else {
        known.whole ?? item.flatMap { known.items[$0] }
      }
    if coversAll { known.whole = known.whole ?? index }
    if let item { known.items[item] = known.items[item] ?? index }
    coverage[key] = known
    guard let other else { return }
    error(
      "E0401",
      "`\(model.variables[entry.variable.index].name.text)` is defined twice",
      at: new.targetSpan,
      "again here",
      also: [.init(model.equations[other].targetSpan, "first here")],
      help: "each element has exactly one equation; remove one of them"
    )
  }

  func coversAll(_ equation: CheckedEquation) -> Bool {
    guard equation.condition == nil else { return false }
    return equation.items.allSatisfy { item in
      guard case .binder(let binder) = item else { return false }
      switch binder.domain {
      case .dimension(_, let range): return range == nil
      case .integers(let lower, _): return lower == nil
      }
    }
  }

  /// The element that an equation defines, if it is one and written with literals.
  private func fixedItem(_ equation: CheckedEquation) -> [Coverage.Label]? {
    guard !equation.items.isEmpty else { return nil }
    var labels: [Coverage.Label] = []
    for item in equation.items {
      guard case .fixed(let fixed) = item else { return nil }
      var index = fixed
      if case .index(_, let inner) = fixed.kind { index = inner }
      if let number = literal(index) {
        labels.append(.number(number))
      } else if case .string(let text) = index.kind {
        labels.append(.text(text))
      } else {
        return nil
      }
    }
    return labels
  }
}

/// One of the two things that equations may do to a variable: make it, or observe it.
struct CoverageKey: Hashable {
  var variable: VariableID
  var isObservation: Bool
}

/// The equations on a variable so far, by what they define.
struct Coverage {
  enum Label: Hashable {
    case number(Double)
    case text(String)
  }

  /// The first of all.
  var first: Int
  /// The first that defines all elements.
  var whole: Int?
  /// Those that define one element.
  var items: [[Label]: Int] = [:]
}
