import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// A system of differential equations of the text, and what has become of it.
struct PendingSystem {
  var declaration: ODEDeclaration
  var span: SourceSpan
  /// Nil before it has been checked; then nil inside if something was wrong.
  var result: CheckedSystem??
}

/// A system that was checked, as the equations of its states need it.
struct CheckedSystem {
  var id: ODEID
  var items: [TargetItem]
  var condition: CheckedExpression?
  var references: Set<VariableID>
  var occurrences: [ReferenceOccurrence]
}

extension ModelChecker {
  /// Enters a system: each of its states is a quantity, defined by an equation over the plate of the system.
  func declare(
    _ ode: ODEDeclaration,
    at span: SourceSpan,
    _ equations: inout [(equation: Equation, span: SourceSpan)]
  ) {
    let number = pendingSystems.count
    pendingSystems.append(PendingSystem(declaration: ode, span: span, result: nil))
    for line in ode.lines {
      guard case .derivative(let name, _, _) = line else { continue }
      systemsByState[name.span] = number
      let target = Equation.Target(
        name: name,
        members: [],
        brackets: ode.brackets,
        span: name.span
      )
      let value = Expression(.invalid, span: name.span)
      equations.append(
        (
          Equation(targets: [target], type: nil, relation: .defined, value: value, locals: []),
          span
        )
      )
    }
  }

  /// Checks the equation of a state, with its system if that was not checked yet.
  func check(_ entry: PendingEquation, stateOf number: Int) {
    let variable = model.variables[entry.variable.index]
    if case .data = variable.role {
      error(
        "E0401",
        "`\(variable.name.text)` is data and cannot be the state of a system",
        at: entry.target.span,
        also: [.init(variable.name.span, "declared as data here")],
        help: "give the state another name and compare the two with `~`"
      )
      return
    }
    let system: CheckedSystem?
    if let result = pendingSystems[number].result {
      system = result
    } else {
      system = checkSystem(number, entry)
      pendingSystems[number].result = .some(system)
    }
    guard let system,
      let state = model.odes[system.id.index].states.firstIndex(where: {
        $0.name.span == entry.target.name.span
      })
    else { return }
    let type = ValueType(.real, axes: model.odes[system.id.index].states[state].axes)
    setEventType(entry, type)
    let value = CheckedExpression(
      .solution(system.id, state: state),
      type: type,
      stage: .random,
      span: entry.target.span
    )
    append(
      CheckedEquation(
        target: entry.variable,
        items: system.items,
        condition: system.condition,
        locals: [],
        constraint: .none,
        body: .definition(value),
        references: system.references,
        targetSpan: entry.target.span,
        span: entry.span
      ),
      system.occurrences,
      of: entry
    )
  }

  // MARK: A system

  private func checkSystem(_ number: Int, _ entry: PendingEquation) -> CheckedSystem? {
    let ode = pendingSystems[number].declaration
    let before = diagnosticCount
    references = []
    shifts = []
    scope = Scope()
    guard let plate = checkPlate(entry) else { return nil }
    let settings = checkSettings(ode)
    let start = dataNumber(checkExpression(ode.start), "the start time of a system")
    let grid = checkGrid(ode)
    let initial = checkInitialValues(ode)
    let jumps = checkJumps(ode, initial)
    let depth = scope.depth
    let time = makeLocal()
    var states: [CheckedODE.State] = []
    scope.enter(ode.time.text, .local(time, .real, .random))
    for (name, brackets) in derivatives(ode) {
      guard let value = initial[name.text] else { continue }
      var axes = value.value.type.axes
      if let brackets, value.value.type.isScalar {
        axes = brackets.items.compactMap { stateBinder($0)?.axis }
      }
      let local = makeLocal()
      scope.enter(name.text, .local(local, ValueType(.real, axes: axes), .random))
      states.append(
        CheckedODE.State(
          local: local,
          name: name,
          axes: axes,
          derivative: .invalid(name.span),
          initial: value.value,
          initialTime: value.time
        )
      )
    }
    let locals = checkLocalLines(ode)
    for index in states.indices { checkDerivative(ode, &states[index]) }
    scope.leave(to: depth)
    guard !diagnostics.dropFirst(before).contains(where: \.isError), let grid, let settings else {
      return nil
    }
    let id = ODEID(model.odes.count)
    model.odes.append(
      CheckedODE(
        time: time,
        start: start,
        grid: grid,
        locals: locals,
        states: states,
        jumps: jumps.compactMap { jump in
          states.firstIndex { $0.name.text == jump.state }.map {
            CheckedODE.Jump(
              state: $0,
              binders: jump.binders,
              condition: jump.condition,
              time: jump.time,
              amount: jump.amount,
              span: jump.span
            )
          }
        },
        settings: settings.values,
        method: settings.method,
        span: pendingSystems[number].span
      )
    )
    return CheckedSystem(
      id: id,
      items: plate.items,
      condition: plate.condition,
      references: references,
      occurrences: shifts
    )
  }

  private func derivatives(_ ode: ODEDeclaration) -> [(name: Name, brackets: Brackets?)] {
    var seen: [String: Name] = [:]
    return ode.lines.compactMap { line in
      guard case .derivative(let name, let brackets, _) = line else { return nil }
      if let other = seen[name.text] {
        error(
          "E0401",
          "`\(name.text)` has two derivatives",
          at: name.span,
          "again here",
          also: [.init(other.span, "first here")],
          help: "each state has one line `\(name.text)' = …`; remove one of them"
        )
        return nil
      }
      seen[name.text] = name
      return (name, brackets)
    }
  }

  /// A scalar that is computable from data.
  private func dataNumber(_ value: CheckedExpression, _ what: String) -> CheckedExpression {
    let value = number(value, what)
    guard !value.type.isInvalid else { return value }
    requireData(value, what)
    if !value.type.isScalar {
      error("E0203", "\(what) is one number", at: value.span, "this is \(describe(value.type))")
    }
    return value
  }

  /// The time of an index of the plate.
  private func checkGrid(_ ode: ODEDeclaration) -> CheckedExpression? {
    var subscripts: [Subscript] = []
    for item in ode.brackets.items {
      switch item {
      case .binder(let binder):
        subscripts.append(.index(Expression(.name(binder.name.text), span: binder.name.span)))
      case .expression(let expression):
        guard case .name = expression.kind else { fallthrough }
        subscripts.append(.index(expression))
      default:
        error(
          "E0205",
          "a system is solved at the times of whole dimensions",
          at: ode.brackets.span,
          help: "write `at \(ode.grid.text)[d]` with a dimension d, or `[i: d]`"
        )
        return nil
      }
    }
    let array = Expression(.name(ode.grid.text), span: ode.grid.span)
    let whole = ode.grid.span.union(ode.brackets.span)
    return dataNumber(
      checkExpression(Expression(.subscripted(array, subscripts), span: whole)),
      "the time of a solution"
    )
  }

  // MARK: Lines

  private typealias InitialValue = (
    time: CheckedExpression, value: CheckedExpression, span: SourceSpan
  )

  private func checkInitialValues(_ ode: ODEDeclaration) -> [String: InitialValue] {
    let states = Set(
      ode.lines.compactMap { line in
        if case .derivative(let name, _, _) = line { name.text } else { nil as String? }
      }
    )
    var values: [String: InitialValue] = [:]
    for line in ode.lines {
      guard case .initial(let name, let time, let brackets, let value) = line,
        isState(name, states)
      else { continue }
      if let other = values[name.text] {
        error(
          "E0401",
          "`\(name.text)` has two values at the start",
          at: name.span,
          "again here",
          also: [.init(other.span, "first here")],
          help: "remove one of them; what is added at a later time is written with `+=`"
        )
        continue
      }
      let depth = scope.depth
      let at = dataNumber(checkExpression(time), "the start time of a system")
      let checked = checkArray(brackets, value, "the value at the start")
      scope.leave(to: depth)
      values[name.text] = (at, checked, name.span)
    }
    for line in ode.lines {
      guard case .derivative(let name, _, _) = line, values[name.text] == nil else { continue }
      error(
        "E0404",
        "`\(name.text)` has no value at the start",
        at: name.span,
        help: "write a line `\(name.text)(\(shortStart(ode))) = …`"
      )
      values[name.text] = (.invalid(name.span), .invalid(name.span), name.span)
    }
    return values
  }

  private func shortStart(_ ode: ODEDeclaration) -> String {
    switch ode.start.kind {
    case .number(let value, _): short(value)
    case .name(let name): name
    default: "a"
    }
  }

  private func isState(_ name: Name, _ states: Set<String>) -> Bool {
    if states.contains(name.text) { return true }
    let near = suggestion(for: name.text, among: Array(states))
    error(
      "E0201",
      "`\(name.text)` is no state of this system",
      at: name.span,
      help: near.map { "did you mean `\($0)`?" } ?? "a state has a line `\(name.text)' = …`"
    )
    return false
  }

  /// The value of a line: of one element for each tuple of its binders, or of an array in whole.
  private func checkArray(_ brackets: Brackets?, _ value: Expression, _ what: String)
    -> CheckedExpression
  {
    guard let brackets else { return number(checkExpression(value), what) }
    var binders: [CheckedBinder] = []
    for item in brackets.items {
      guard let binder = stateBinder(item) else { return .invalid(value.span) }
      enter(binder)
      binders.append(binder)
    }
    if let condition = brackets.condition {
      error(
        "E0206",
        "the elements of a state are all of its axis",
        at: condition.span,
        "`where` cannot stand here",
        help: "tell the cases apart by `if` in the value"
      )
      return .invalid(value.span)
    }
    let element = number(checkExpression(value), what)
    guard !element.type.isInvalid else { return element }
    guard element.type.isScalar else {
      error(
        "E0203",
        "the right side adds axes to the left",
        at: value.span,
        "this is \(describe(element.type)), the left side is one value"
      )
      return .invalid(value.span)
    }
    return CheckedExpression(
      .comprehension(CheckedComprehension(binders: binders, condition: nil, element: element)),
      type: ValueType(.real, axes: binders.map(\.axis)),
      stage: element.stage,
      span: value.span
    )
  }

  private func stateBinder(_ item: AxisExpression) -> CheckedBinder? {
    switch item {
    case .binder(let binder): return checkBinder(binder)
    case .expression(let expression):
      if case .name(let name) = expression.kind, let dimension = dimensionsByName[name] {
        return makeBinder(Name(name, span: expression.span), .dimension(dimension, nil))
      }
      error(
        "E0205",
        "an axis of a state is a dimension",
        at: expression.span,
        help: "write `[k: d]` with a dimension d"
      )
      return nil
    case .range(let range):
      error("E0205", "an axis of a state is a dimension", at: range.span)
      return nil
    case .keep(let span):
      error("E0205", "an axis of a state is a dimension", at: span)
      return nil
    }
  }

  private func checkDerivative(_ ode: ODEDeclaration, _ state: inout CheckedODE.State) {
    for line in ode.lines {
      guard case .derivative(let name, let brackets, let value) = line,
        name.span == state.name.span
      else { continue }
      let depth = scope.depth
      let checked = checkArray(brackets, value, "a derivative")
      scope.leave(to: depth)
      guard !checked.type.isInvalid, !state.initial.type.isInvalid else { return }
      if !checked.type.isScalar, unify(checked.type.axes, state.axes) == nil {
        error(
          "E0203",
          "axes do not match",
          at: value.span,
          "the derivative is \(describe(checked.type))",
          also: [
            .init(
              state.initial.span,
              "`\(name.text)` is \(describe(ValueType(.real, axes: state.axes))) at the start"
            )
          ],
          help: "a state and its derivative have the same axes"
        )
        return
      }
      state.derivative = checked
    }
  }

  /// Checks `y = e` lines, each after those that it reads.
  private func checkLocalLines(_ ode: ODEDeclaration) -> [CheckedLocal] {
    var lines: [(name: Name, value: Expression)] = []
    for line in ode.lines {
      if case .local(let name, let value) = line { lines.append((name, value)) }
    }
    let successors = lines.map { line -> [Int] in
      var free = FreeNames()
      free.visit(line.value)
      return lines.indices.filter { free.names.contains(lines[$0].name.text) }
    }
    var locals: [CheckedLocal] = []
    for component in stronglyConnectedComponents(successors) {
      let line = lines[component.min() ?? 0]
      if component.count > 1 || successors[component[0]].contains(component[0]) {
        error(
          "E0403",
          "`\(line.name.text)` is defined by itself",
          at: line.name.span,
          help: "a line `y = e` of a system is no recursion; a rate of change is `y' = e`"
        )
        for member in component {
          scope.enter(lines[member].name.text, .local(makeLocal(), .invalid, .random))
        }
        continue
      }
      let value = checkExpression(line.value)
      let id = makeLocal()
      scope.enter(line.name.text, .local(id, value.type, value.stage))
      if !value.type.isInvalid {
        locals.append(CheckedLocal(id: id, name: line.name, value: value))
      }
    }
    return locals
  }

  private struct PendingJump {
    var state: String
    var binders: [CheckedBinder]
    var condition: CheckedExpression?
    var time: CheckedExpression
    var amount: CheckedExpression
    var span: SourceSpan
  }

  private func checkJumps(_ ode: ODEDeclaration, _ initial: [String: InitialValue])
    -> [PendingJump]
  {
    var jumps: [PendingJump] = []
    for line in ode.lines {
      guard case .jump(let name, let time, let brackets, let value) = line,
        isState(name, Set(initial.keys))
      else { continue }
      let depth = scope.depth
      defer { scope.leave(to: depth) }
      var binders: [CheckedBinder] = []
      for item in brackets?.items ?? [] {
        guard let binder = stateBinder(item) else { continue }
        enter(binder)
        binders.append(binder)
      }
      let condition = brackets?.condition.flatMap { checkWhere($0) }
      if let condition { requireData(condition, "the condition of a jump") }
      let at = dataNumber(checkExpression(time), "the time of a jump")
      let amount = number(checkExpression(value), "what is added to a state")
      guard !at.type.isInvalid, !amount.type.isInvalid else { continue }
      if !amount.type.isScalar {
        error(
          "E0203",
          "what is added to a state is one number",
          at: amount.span,
          "this is \(describe(amount.type))",
          help: "index it: `\(name.text)(time[d])[d: dose] += amount[d]`"
        )
      }
      if let value = initial[name.text]?.value, !value.type.isInvalid, !value.type.isScalar {
        notBuilt("a jump of a state with axes", at: name.span)
      }
      jumps.append(
        PendingJump(
          state: name.text,
          binders: binders,
          condition: condition,
          time: at,
          amount: amount,
          span: name.span
        )
      )
    }
    return jumps
  }

  // MARK: Settings

  private static let systemSettings = ["rtol", "atol", "max_steps", "solver", "breaks"]
  private static let foreignSystemSettings = [
    "rel_tol": "rtol", "abs_tol": "atol", "relative_tolerance": "rtol",
    "absolute_tolerance": "atol", "max_num_steps": "max_steps", "mxstep": "max_steps",
    "method": "solver", "events": "breaks", "tcrit": "breaks",
  ]
  private static let solvers: [String: String] = [
    "rk45": "rk45", "dopri5": "rk45", "RK45": "rk45", "ode45": "rk45", "stiff": "stiff",
    "bdf": "stiff", "BDF": "stiff", "lsoda": "stiff",
  ]

  private func checkSettings(_ ode: ODEDeclaration)
    -> (values: [String: CheckedExpression], method: String)?
  {
    var values: [String: CheckedExpression] = [:]
    var method = "rk45"
    guard case .list(let arguments)? = ode.options else {
      if ode.options == nil { return (values, method) }
      error("E0503", "the settings of a system are named", at: ode.time.span)
      return nil
    }
    for argument in arguments {
      guard let label = argument.label, Self.systemSettings.contains(label.text) else {
        let name = argument.label?.text ?? ""
        let near =
          Self.foreignSystemSettings[name] ?? suggestion(for: name, among: Self.systemSettings)
        error(
          "E0503",
          argument.label == nil
            ? "the settings of a system are named" : "a system has no setting `\(name)`",
          at: argument.label?.span ?? argument.value.span,
          help: near.map { "did you mean `\($0)`?" }
            ?? "its settings are \(Self.systemSettings.joined(separator: ", "))"
        )
        continue
      }
      if label.text == "solver" {
        guard case .name(let name) = argument.value.kind, name == "rk45" || name == "stiff" else {
          let name = if case .name(let name) = argument.value.kind { name } else { "" }
          error(
            "E0503",
            "the solver is `rk45` or `stiff`",
            at: argument.value.span,
            help: Self.solvers[name].map { "did you mean `\($0)`?" }
              ?? "`rk45` (the default) is explicit; `stiff` is implicit, for rates of very"
              + " different size"
          )
          continue
        }
        method = name
        continue
      }
      let value = number(checkExpression(argument.value), "a setting of a system")
      guard !value.type.isInvalid else { continue }
      requireData(value, "a setting of a system")
      if value.type.rank != (label.text == "breaks" ? 1 : 0) {
        error(
          "E0203",
          label.text == "breaks"
            ? "`breaks` is an array of times" : "`\(label.text)` is one number",
          at: value.span,
          "this is \(describe(value.type))"
        )
      }
      values[label.text] = value
    }
    return (values, method)
  }
}

extension FreeNames {
  /// Adds what a system reads.
  mutating func visit(_ ode: ODEDeclaration) {
    visit(ode.start)
    visit(Expression(.name(ode.grid.text), span: ode.grid.span))
    visit(ode.brackets)
    if case .list(let arguments)? = ode.options {
      for argument in arguments where argument.label?.text != "solver" { visit(argument.value) }
    }
    bind(ode.time.text)
    for line in ode.lines {
      switch line {
      case .derivative(let name, _, _), .local(let name, _): bind(name.text)
      case .initial, .jump: break
      }
    }
    for line in ode.lines {
      switch line {
      case .derivative(_, let brackets, let value):
        visit(brackets)
        visit(value)
      case .initial(_, let time, let brackets, let value),
        .jump(_, let time, let brackets, let value):
        visit(brackets)
        visit(time)
        visit(value)
      case .local(_, let value): visit(value)
      }
    }
  }
}
