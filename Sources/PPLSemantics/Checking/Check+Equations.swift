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

  // MARK: Plates

  /// Finds the plate axes of every target from the left sides alone.
  private func inferPlateAxes(_ pending: [PendingEquation]) {
    var known: [VariableID: [Axis?]] = [:]
    var first: [VariableID: PendingEquation] = [:]
    for entry in pending {
      let variable = model.variables[entry.variable.index]
      if case .data = variable.role { continue }
      // Computed data have the axes of what computes them, also where they are observed.
      if case .computed = variable.role, !entry.isData { continue }
      let items = entry.target.brackets?.items ?? []
      let axes = items.map { plateAxis($0) }
      guard let other = first[entry.variable], var merged = known[entry.variable] else {
        first[entry.variable] = entry
        known[entry.variable] = axes
        continue
      }
      guard merged.count == axes.count else {
        error(
          "E0401",
          "`\(variable.name.text)` is defined twice, with different axes",
          at: entry.target.span,
          "\(axes.count) here",
          also: [.init(other.target.span, "\(merged.count) here")],
          help: "each element of a quantity is defined exactly once"
        )
        continue
      }
      for (position, axis) in axes.enumerated() {
        guard let axis else { continue }
        if let old = merged[position], old != axis {
          error(
            "E0203",
            "axes do not match",
            at: entry.target.span,
            "`\(variable.name.text)` runs over `\(describe(axis))` here",
            also: [.init(other.target.span, "and over `\(describe(old))` here")]
              + declarations([old, axis])
          )
        }
        merged[position] = axis
      }
      known[entry.variable] = merged
    }
    for (id, axes) in known {
      let variable = model.variables[id.index]
      var result: [Axis] = []
      for (position, axis) in axes.enumerated() {
        guard let axis else {
          error(
            "E0205",
            "nothing says which dimension axis \(position + 1) of"
              + " `\(variable.name.text)` has",
            at: first[id]?.target.span ?? variable.name.span,
            help: "one equation on it has to bind an index there: `\(variable.name.text)[i: d]`"
          )
          result.append(.anonymous(nil))
          continue
        }
        result.append(axis)
      }
      model.variables[id.index].plateRank = axes.count
      // Scalars until the right side says otherwise.
      model.variables[id.index].type = ValueType(.real, axes: result)
      if axes.isEmpty { model.variables[id.index].type = .invalid }
    }
  }

  /// The whole axis that an item of a target runs over; nil for a fixed index.
  private func plateAxis(_ item: AxisExpression) -> Axis? {
    func axis(_ expression: Expression) -> Axis? {
      switch expression.kind {
      case .name(let name): dimensionsByName[name].map { .dimension($0) }
      case .subscripted(let base, _): axis(base)
      case .number(let value, true): .anonymous(Int(exactly: value))
      default: nil
      }
    }
    switch item {
    case .binder(let binder):
      switch binder.range {
      case .expression(let expression):
        return axis(expression) ?? .anonymous(nil)
      case .range(let range):
        if range.lower == nil || isOne(range.lower), let upper = range.upper,
          case .number(let value, true) = upper.kind
        {
          return .anonymous(Int(exactly: value))
        }
        return .anonymous(nil)
      }
    case .expression(let expression):
      switch expression.kind {
      case .name, .subscripted: return axis(expression)
      case .call(let callee, .list(let list)):
        if let dimension = dimensionsByName[callee.text] { return .dimension(dimension) }
        if let argument = list.first, callee.text == "first" || callee.text == "last" {
          return axis(argument.value)
        }
        return nil
      default: return nil
      }
    case .range, .keep: return nil
    }
  }

  private func isOne(_ expression: Expression?) -> Bool {
    if case .number(1, true)? = expression?.kind { true } else { false }
  }

  // MARK: Order

  /// An order in which each equation comes after those whose types it needs.
  private func checkingOrder(_ pending: [PendingEquation]) -> [Int] {
    var definers: [VariableID: [Int]] = [:]
    for (position, entry) in pending.enumerated() {
      definers[entry.variable, default: []].append(position)
    }
    let successors = pending.map { entry -> [Int] in
      var free = FreeNames()
      free.visit(entry.target.brackets)
      free.visit(entry.equation.locals)
      free.visit(entry.equation.type)
      free.visit(entry.equation.value)
      return free.names.sorted().flatMap { name in
        variablesByName[name].flatMap { definers[$0] } ?? []
      }
    }
    return stronglyConnectedComponents(successors).flatMap { $0.sorted() }
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
    reportDoubleDefinition(entry, index)
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

  /// Two equations that each define every element.
  private func reportDoubleDefinition(_ entry: PendingEquation, _ index: Int) {
    let new = model.equations[index]
    for other in model.variables[entry.variable.index].equations {
      let old = model.equations[other]
      // What computes data and what observes them are two things.
      if case .computed = model.variables[entry.variable.index].role,
        isDefinition(old) != isDefinition(new)
      {
        continue
      }
      guard coversAll(old) || coversAll(new) || haveSameItem(old, new) else { continue }
      error(
        "E0401",
        "`\(model.variables[entry.variable.index].name.text)` is defined twice",
        at: new.targetSpan,
        "again here",
        also: [.init(old.targetSpan, "first here")],
        help: "each element has exactly one equation; remove one of them"
      )
      return
    }
  }

  private func isDefinition(_ equation: CheckedEquation) -> Bool {
    if case .definition = equation.body { true } else { false }
  }

  private func coversAll(_ equation: CheckedEquation) -> Bool {
    guard equation.condition == nil else { return false }
    return equation.items.allSatisfy { item in
      guard case .binder(let binder) = item else { return false }
      switch binder.domain {
      case .dimension(_, let range): return range == nil
      case .integers(let lower, _): return lower == nil
      }
    }
  }

  private func haveSameItem(_ a: CheckedEquation, _ b: CheckedEquation) -> Bool {
    guard !a.items.isEmpty, a.items.count == b.items.count else { return false }
    return zip(a.items, b.items).allSatisfy { pair in
      guard case .fixed(let x) = pair.0, case .fixed(let y) = pair.1,
        case .index(_, let p) = x.kind, case .index(_, let q) = y.kind
      else { return false }
      if let v = literal(p), let w = literal(q) { return v == w }
      if case .string(let s) = p.kind, case .string(let t) = q.kind { return s == t }
      return false
    }
  }

  /// Checks the brackets of a target and brings its binders into scope.
  private func checkPlate(_ entry: PendingEquation)
    -> (items: [TargetItem], condition: CheckedExpression?)?
  {
    guard let brackets = entry.target.brackets else { return ([], nil) }
    let variable = model.variables[entry.variable.index]
    if !entry.isData, isObserved(variable), brackets.items.count > variable.type.rank {
      error(
        "E0205",
        "too many indices",
        at: brackets.span,
        "`\(variable.name.text)` is \(describe(variable.type))",
        also: [.init(variable.name.span, "declared here")]
      )
      return nil
    }
    let axes = variable.type.axes
    var items: [TargetItem] = []
    for (position, item) in brackets.items.enumerated() {
      let axis = position < axes.count ? axes[position] : nil
      guard let checked = checkTargetItem(item, axis, variable) else { return nil }
      items.append(checked)
    }
    var condition: CheckedExpression?
    if let expression = brackets.condition {
      condition = checkWhere(expression)
      if condition == nil { return nil }
    }
    return (items, condition)
  }

  private func checkTargetItem(_ item: AxisExpression, _ axis: Axis?, _ variable: Variable)
    -> TargetItem?
  {
    switch item {
    case .binder(let binder):
      guard let checked = checkBinder(binder) else { return nil }
      return finish(checked, axis, binder.range.span, variable)
    case .expression(let expression):
      if case .name(let name) = expression.kind, let dimension = dimensionsByName[name] {
        let binder = makeBinder(Name(name, span: expression.span), .dimension(dimension, nil))
        return finish(binder, axis, expression.span, variable)
      }
      if case .name(let name) = expression.kind, variablesByName[name] == nil,
        scope.lookup(name) == nil
      {
        reportUnknownDimension(name, at: expression.span)
        return nil
      }
      return checkFixedItem(expression, axis, variable)
    case .range(let range):
      error(
        "E0205",
        "a range in a target needs a name for its index",
        at: range.span,
        help: "write `i: d[a..b]`"
      )
      return nil
    case .keep(let span):
      error(
        "E0205",
        "`_` cannot stand in a target",
        at: span,
        help: "bind an index: `i: d`"
      )
      return nil
    }
  }

  private func finish(
    _ binder: CheckedBinder,
    _ axis: Axis?,
    _ span: SourceSpan,
    _ variable: Variable
  ) -> TargetItem? {
    if let axis, let wanted = axis.dimension, binder.axis.dimension != wanted {
      error(
        "E0203",
        "axes do not match",
        at: span,
        "`\(variable.name.text)` runs over `\(describe(axis))` here, this is"
          + " `\(describe(binder.axis))`",
        also: [.init(variable.name.span, "`\(variable.name.text)` is declared here")]
          + declarations([axis, binder.axis]),
        help: "write `\(binder.name.text): \(describe(axis))`"
      )
      return nil
    }
    if case .anonymous(let size?)? = axis, case .anonymous(let own?) = binder.axis, size != own,
      case .integers(nil, _) = binder.domain
    {
      error(
        "E0203",
        "axes do not match",
        at: span,
        "`\(variable.name.text)` has \(size) elements here, this runs over \(own)",
        also: [.init(variable.name.span, "declared here")]
      )
      return nil
    }
    enter(binder)
    return .binder(binder)
  }

  private func checkFixedItem(_ expression: Expression, _ axis: Axis?, _ variable: Variable)
    -> TargetItem?
  {
    if let dimension = axis?.dimension {
      let index = fixedIndex(expression, of: dimension, "a fixed index of a target")
      return index.type.isInvalid ? nil : .fixed(index)
    }
    let value = number(checkExpression(expression), "a fixed index of a target")
    guard !value.type.isInvalid else { return nil }
    requireData(value, "a fixed index of a target")
    guard value.type == .integer else {
      error(
        "E0302",
        "an index must be an integer",
        at: expression.span,
        "this is \(describe(value.type))"
      )
      return nil
    }
    return .fixed(value)
  }

  // MARK: Right sides

  /// The axes of one event that the target is known to have.
  private func eventAxes(_ entry: PendingEquation, _ declared: DeclaredType?) -> [Axis]? {
    let variable = model.variables[entry.variable.index]
    let bracketCount = entry.target.brackets?.items.count ?? 0
    if case .data = variable.role { return Array(variable.type.axes.dropFirst(bracketCount)) }
    return declared?.type.axes
  }

  private func checkDefinition(_ entry: PendingEquation, _ declared: DeclaredType?)
    -> CheckedEquation.Body?
  {
    let isBracketed = entry.target.brackets != nil
    var value = checkExpression(entry.equation.value, context: declared?.type.axes ?? [])
    guard !value.type.isInvalid, declared?.type.isInvalid != true else {
      if !isBracketed { model.variables[entry.variable.index].type = .invalid }
      return nil
    }
    guard value.type.element != .string else {
      error("E0302", "a quantity holds numbers or indices, not text", at: value.span)
      return nil
    }
    if let declared {
      guard value.type.isScalar || unify(declared.type.axes, value.type.axes) != nil else {
        error(
          "E0203",
          "axes do not match",
          at: value.span,
          "this is \(describe(value.type))",
          also: [.init(declared.span, "the type says \(describe(declared.type))")]
        )
        return nil
      }
      if case .index(let dimension) = declared.type.element,
        value.type.element != .index(dimension)
      {
        error(
          "E0302",
          "this should be an index of `\(name(of: dimension))`",
          at: value.span,
          "this is \(describe(value.type))",
          help: "write `\(name(of: dimension))(…)`"
        )
        return nil
      }
      if declared.type.element == .real || declared.type.element == .integer {
        value = number(value, "the right side")
        if declared.type.element == .integer, value.type.element == .real {
          error(
            "E0302",
            "the type says int, and this is real",
            at: value.span,
            also: [.init(declared.span)],
            help: "round it: floor(…), round(…)"
          )
          return nil
        }
      }
    }
    if isBracketed, declared == nil, !value.type.isScalar {
      error(
        "E0203",
        "the right side adds axes to the left",
        at: value.span,
        "this is \(describe(value.type)), the left side is one value",
        also: declarations(value.type.axes),
        help: "index it with the binders, or give the target a type:"
          + " `: real[\(value.type.axes.map { describe($0) }.joined(separator: ", "))]`"
      )
      return nil
    }
    let axes = declared?.type.axes ?? value.type.axes
    setEventType(entry, ValueType(declared?.type.element ?? value.type.element, axes: axes))
    return .definition(value)
  }

  /// Gives the target the axes and element of one event behind its plate.
  private func setEventType(_ entry: PendingEquation, _ event: ValueType) {
    let variable = model.variables[entry.variable.index]
    if isObserved(variable), !entry.isData { return }
    let plate = Array(variable.type.axes.prefix(variable.plateRank))
    let full = ValueType(event.element, axes: plate + event.axes)
    if !variable.equations.isEmpty,
      variable.type.axes.count != full.axes.count
        || unify(variable.type.axes, full.axes) == nil
    {
      error(
        "E0203",
        "axes do not match",
        at: entry.target.span,
        "`\(variable.name.text)` is \(describe(full)) here",
        also: [
          .init(
            model.equations[variable.equations[0]].targetSpan,
            "and \(describe(variable.type)) here"
          )
        ]
      )
      return
    }
    var element = event.element
    if !variable.equations.isEmpty, variable.type.element != element { element = .real }
    model.variables[entry.variable.index].type = ValueType(element, axes: full.axes)
  }

  private func checkRandom(_ entry: PendingEquation, _ declared: DeclaredType?)
    -> CheckedEquation.Body?
  {
    let variable = model.variables[entry.variable.index]
    if case .computed = variable.role, entry.isData { return nil }
    var known = eventAxes(entry, declared)
    if case .computed = variable.role {
      known = Array(variable.type.axes.dropFirst(entry.target.brackets?.items.count ?? 0))
    }
    guard declared?.type.isInvalid != true else { return nil }
    if known == nil, !isMultivariate(entry.equation.value) { known = [] }
    guard let distribution = checkDistribution(entry.equation.value, eventAxes: known) else {
      return nil
    }
    let support = distribution.signature.support
    let event: [Axis]
    if let known {
      event = known
    } else {
      event = inferredEvent(distribution)
    }
    guard event.count >= support.eventRank else {
      error(
        "E0203",
        "`\(distribution.signature.name)` is a distribution of arrays with"
          + " \(support.eventRank) \(support.eventRank == 1 ? "axis" : "axes")",
        at: entry.target.span,
        "the target is one value",
        help: "leave one axis to the event: `\(entry.target.name.text): real[d] ~ …`"
      )
      return nil
    }
    let element = elementType(distribution)
    if isObserved(variable) {
      guard checkObserved(variable, element, distribution, entry) else { return nil }
    } else {
      guard checkDeclared(declared, element, distribution, entry) else { return nil }
      setEventType(entry, ValueType(declaredElement(declared, element), axes: event))
    }
    return .distribution(distribution)
  }

  private func declaredElement(_ declared: DeclaredType?, _ element: ElementType) -> ElementType {
    guard let declared else { return element }
    if case .index = declared.type.element { return declared.type.element }
    return element == .boolean && declared.type.element == .integer ? .integer : element
  }

  private func isObserved(_ variable: Variable) -> Bool {
    if case .modeled = variable.role { false } else { true }
  }

  private func isMultivariate(_ expression: Expression) -> Bool {
    guard case .call(let callee, _) = expression.kind,
      let signature = library.distributions[callee.text]
    else { return false }
    return signature.support.eventRank > 0
  }

  /// The event's axes as the arguments have them.
  private func inferredEvent(_ distribution: CheckedDistribution) -> [Axis] {
    for (value, parameter) in zip(distribution.arguments, distribution.parameters)
    where parameter.rank > 0 && value.type.rank >= parameter.rank {
      let axis = value.type.axes[value.type.rank - 1]
      return [Axis](repeating: axis, count: distribution.signature.support.eventRank)
    }
    return []
  }

  /// The element that a distribution gives.
  private func elementType(_ distribution: CheckedDistribution) -> ElementType {
    switch distribution.signature.support {
    case .interval, .vector, .realVector, .matrix, .declared: return .real
    case .integers(.value(0), .value(1)): return .boolean
    case .integers: return .integer
    case .categories(let parameter):
      if let dimension = distribution.arguments[parameter].type.axes.last?.dimension {
        return .index(dimension)
      }
      return .integer
    }
  }

  private func checkObserved(
    _ variable: Variable,
    _ element: ElementType,
    _ distribution: CheckedDistribution,
    _ entry: PendingEquation
  ) -> Bool {
    let name = distribution.signature.name
    func mismatch(_ message: String, _ help: String) -> Bool {
      error(
        "E0301",
        message,
        at: entry.target.span,
        "`\(variable.name.text)` is \(describe(variable.type))",
        also: [
          .init(variable.name.span, "declared here"), .init(distribution.span, "given here"),
        ],
        help: help
      )
      return false
    }
    switch (variable.type.element, element) {
    case (.invalid, _): return false
    case (.real, .integer), (.real, .boolean), (.real, .index):
      return mismatch(
        "`\(variable.name.text)` is real, and `\(name)` is a distribution of integers",
        "declare the data as `int` (or `bool`)"
      )
    case (.index(let own), .index(let wanted)) where own != wanted:
      return mismatch(
        "`\(variable.name.text)` is an index of `\(self.name(of: own))`, and `\(name)` gives one of"
          + " `\(self.name(of: wanted))`",
        "use probabilities over `\(self.name(of: own))`"
      )
    case (.index(let own), .integer):
      // A list as written adopts the dimension that the data want.
      if case .categories(let parameter) = distribution.signature.support,
        case .literal? = distribution.arguments[parameter].type.axes.last
      {
        return true
      }
      return mismatch(
        "`\(variable.name.text)` is an index of `\(self.name(of: own))`, and `\(name)` gives integers",
        "use a distribution over `\(self.name(of: own))` such as Categorical"
      )
    case (.integer, .index(let wanted)), (.boolean, .index(let wanted)):
      return mismatch(
        "`\(name)` gives an index of `\(self.name(of: wanted))`, and `\(variable.name.text)` is"
          + " \(describe(variable.type))",
        "declare the data as `: \(self.name(of: wanted))`"
      )
    case (.index, _):
      return mismatch(
        "`\(variable.name.text)` holds indices, and `\(name)` gives numbers",
        "use a distribution over the dimension such as Categorical"
      )
    default: return true
    }
  }

  private func checkDeclared(
    _ declared: DeclaredType?,
    _ element: ElementType,
    _ distribution: CheckedDistribution,
    _ entry: PendingEquation
  ) -> Bool {
    let name = distribution.signature.name
    let support = distribution.signature.support
    func mismatch(_ what: String, _ help: String?) -> Bool {
      error(
        "E0303",
        "the type and the distribution do not fit",
        at: distribution.span,
        what,
        also: declared.map { [.init($0.span, "the type is here")] } ?? [],
        help: help
      )
      return false
    }
    guard let declared else {
      if support == .declared, entry.equation.type == nil { return true }
      return true
    }
    if support.isDiscrete, declared.type.element == .real {
      return mismatch("`\(name)` gives integers, and the type is real", "write `int` or `bool`")
    }
    if !support.isDiscrete, declared.type.element != .real {
      return mismatch(
        "`\(name)` gives real values, and the type is \(describe(declared.type))",
        "write `real`"
      )
    }
    switch (declared.constraint, support) {
    case (.vector(let joint), .vector(let own)) where joint != own:
      return mismatch("`\(name)` is a distribution of `\(own.rawValue)` vectors", nil)
    case (.matrix(let joint), .matrix(let own)) where joint != own:
      return mismatch("`\(name)` is a distribution of `\(own.rawValue)` matrices", nil)
    case (.vector, .matrix), (.matrix, .vector), (.matrix, .interval), (.matrix, .realVector),
      (.matrix, .integers), (.matrix, .categories), (.vector, .integers), (.vector, .categories):
      return mismatch("`\(name)` has other values than this type", nil)
    case (.bounds, .vector), (.bounds, .matrix), (.bounds, .realVector), (.bounds, .categories),
      (.set, _):
      return mismatch("`\(name)` cannot be restricted by this bound", "remove the bound")
    case (.vector, .interval), (.vector, .realVector):
      // The normaliser over the joint type is not known; constant arguments make it a constant.
      guard distribution.arguments.allSatisfy({ $0.stage == .data }) else {
        error(
          "E0305",
          "the normaliser of `\(name)` over this joint type is unknown and not constant",
          at: distribution.span,
          "its parameters depend on a latent quantity",
          also: [.init(declared.span, "the type is here")],
          help: "use constant parameters, or write the density as `~ Flat()` and a `factor`"
        )
        return false
      }
    case (.none, .vector(let own)):
      guard declared.type.rank >= 1 else { return true }
      _ = own
    default: break
    }
    if case .bounds(let lower, let upper) = declared.constraint,
      let range = range(ofSupport: distribution)
    {
      let low = lower.flatMap { literal($0.value) } ?? -.infinity
      let high = upper.flatMap { literal($0.value) } ?? .infinity
      if max(low, range.lower) >= min(high, range.upper), !support.isDiscrete {
        return mismatch(
          "`\(name)` lies between \(range.lower) and \(range.upper), and the type allows nothing of that",
          "change the bound"
        )
      }
    }
    return true
  }

  private func range(ofSupport distribution: CheckedDistribution) -> (lower: Double, upper: Double)?
  {
    guard case .interval(let low, let high) = distribution.signature.support else { return nil }
    func value(_ bound: SupportBound, _ open: Double) -> Double? {
      switch bound {
      case .none: open
      case .value(let value): value
      case .parameter(let index): literal(distribution.arguments[index])
      }
    }
    guard let lower = value(low, -.infinity), let upper = value(high, .infinity) else { return nil }
    return (lower, upper)
  }
}
