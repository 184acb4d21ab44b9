import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// The axes of one event that the target is known to have.
  private func eventAxes(_ entry: PendingEquation, _ declared: DeclaredType?) -> [Axis]? {
    let variable = model.variables[entry.variable.index]
    let bracketCount = entry.target.brackets?.items.count ?? 0
    if model.weights[entry.variable] != nil { return variable.type.axes }
    if case .data = variable.role { return Array(variable.type.axes.dropFirst(bracketCount)) }
    return declared?.type.axes
  }

  func checkDefinition(_ entry: PendingEquation, _ declared: DeclaredType?)
    -> CheckedEquation.Body?
  {
    let isBracketed = entry.target.brackets != nil
    var value = checkExpression(entry.equation.value, context: declared?.type.axes ?? [])
    guard !value.type.isInvalid, declared?.type.isInvalid != true else {
      if !isBracketed { model.variables[entry.variable.index].type = .invalid }
      return nil
    }
    if entry.isData {
      requireData(value, "computed data")
      if value.stage == .random {
        // A latent would make everything that reads these data random: said once, here.
        if !isBracketed { model.variables[entry.variable.index].type = .invalid }
        return nil
      }
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
            "this is \(describe(value.type))",
            also: [.init(declared.span, "the type is here")],
            help: "round it: floor(…), round(…)"
          )
          return nil
        }
      }
    }
    if isBracketed, declared == nil, !value.type.isScalar, !isRecordField(entry.variable) {
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
    if model.weights[entry.variable] != nil {
      let own = model.variables[entry.variable.index].type
      // Files of weights know no dimensions: their sizes are held against the layer's once data are bound.
      let agrees =
        own.axes.count == value.type.axes.count
        && zip(own.axes, value.type.axes).allSatisfy { a, b in
          unify(a, b) != nil || a.dimension == nil || b.dimension == nil
        }
      guard agrees else {
        error(
          "E0203",
          "axes do not match",
          at: value.span,
          "this is \(describe(value.type))",
          also: [.init(entry.target.span, "the weights are \(describe(own))")]
        )
        return nil
      }
      return .definition(number(value, "the right side"))
    }
    let axes = declared?.type.axes ?? value.type.axes
    setEventType(entry, ValueType(declared?.type.element ?? value.type.element, axes: axes))
    return .definition(value)
  }

  /// Gives the target the axes and element of one event behind its plate.
  func setEventType(_ entry: PendingEquation, _ event: ValueType) {
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

  func checkRandom(_ entry: PendingEquation, _ declared: DeclaredType?)
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
    let support = distribution.support
    let event = known ?? distribution.inferredEvent ?? []
    guard event.count >= support.eventRank else {
      error(
        "E0203",
        "`\(distribution.name)` is a distribution of arrays with"
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

  func isObserved(_ variable: Variable) -> Bool {
    if case .modeled = variable.role { false } else { true }
  }

  /// Whether a distribution as written is one of arrays.
  func isMultivariate(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .conditional(_, let then, let otherwise):
      return isMultivariate(then) || isMultivariate(otherwise)
    case .call(let callee, .list(let list)):
      if let declaration = distributionsByName[callee.text] {
        return isMultivariate(declaration.signature.result)
      }
      if let signature = library.distributions[callee.text] {
        return signature.support.eventRank > 0
      }
      return isDistribution(callee.text) && list.contains { isMultivariate($0.value) }
    default: return false
    }
  }

  private func isMultivariate(_ type: TypeExpression?) -> Bool {
    guard case .named(_, let axes) = type?.kind else { return false }
    return !axes.isEmpty
  }

  /// The element that a distribution gives.
  func elementType(_ distribution: CheckedDistribution) -> ElementType {
    switch distribution.support {
    case .interval, .vector, .realVector, .matrix, .declared: return .real
    case .integers: return distribution.support.isBoolean ? .boolean : .integer
    case .naturalVector: return .integer
    case .simulated(let element, _): return element
    case .categories(.dimension(let dimension)): return .index(dimension)
    case .categories(.axis(let argument, let more)):
      if more == 0, let dimension = argument.type.axes.last?.dimension { return .index(dimension) }
      return .integer
    }
  }
}
