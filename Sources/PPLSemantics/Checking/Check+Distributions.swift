import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks what stands on the right of `~`.
  ///
  /// `eventAxes` are the axes of the target behind its plate; a scalar distribution is lifted over them.
  /// Nil when the arguments decide (an untyped target).
  func checkDistribution(_ expression: Expression, eventAxes: [Axis]?) -> CheckedDistribution? {
    switch expression.kind {
    case .conditional(let condition, let then, let otherwise):
      return checkConditional(condition, then, otherwise, expression.span, eventAxes)
    case .call(let callee, .list(let list)):
      return checkDistribution(callee, list, expression.span, eventAxes)
    case .pipe(let left, let right):
      guard case .call(let callee, .list(let list)) = right.kind else { break }
      let first = Argument(label: nil, value: left)
      return checkDistribution(callee, [first] + list, expression.span, eventAxes)
    case .call(let callee, .comprehension):
      guard isDistribution(callee.text) else {
        reportUnknownDistribution(callee)
        return nil
      }
      error(
        "E0503",
        "`\(callee.text)` takes its parameters one by one",
        at: expression.span,
        help: "put the comprehension in brackets: `[… for …]`"
      )
      return nil
    default: break
    }
    reportNoDistribution(expression)
    return nil
  }

  private func checkDistribution(
    _ callee: Name,
    _ list: [Argument],
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    if let uniform = uniformOverDimension(callee, list, span) { return uniform }
    if let external = externalsByName[callee.text], external.declaration.isDistribution {
      return checkExternalDistribution(external, callee, list, span, eventAxes)
    }
    if let declaration = distributionsByName[callee.text] {
      return checkUserDistribution(declaration, callee, list, span, eventAxes)
    }
    if let signature = library.distributions[callee.text] {
      return checkFamily(signature, callee, list, span, eventAxes)
    }
    if let modifier = DistributionModifier(rawValue: callee.text) {
      return checkModifier(modifier, callee, list, span, eventAxes)
    }
    if callee.text == Self.mixtureName { return checkMixture(callee, list, span, eventAxes) }
    reportUnknownDistribution(callee)
    return nil
  }

  /// Whether a name is that of a distribution, or of what makes one of others.
  func isDistribution(_ name: String) -> Bool {
    distributionsByName[name] != nil || externalsByName[name]?.declaration.isDistribution == true
      || library.distributions[name] != nil
      || DistributionModifier(rawValue: name) != nil || name == Self.mixtureName
  }

  private func checkFamily(
    _ signature: DistributionSignature,
    _ callee: Name,
    _ list: [Argument],
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    guard let (choice, ordered) = match(list, signature, callee) else { return nil }
    let parameters = signature.parameterisations[choice]
    var values: [CheckedExpression] = []
    var isValid = true
    let context = eventAxes ?? []
    for (argument, parameter) in zip(ordered, parameters) {
      let value = number(
        checkExpression(
          argument,
          context: Array(context.suffix(max(parameter.rank, context.count)))
        ),
        "the parameter `\(parameter.name)`"
      )
      if value.type.isInvalid || !checkDomain(value, parameter, callee) { isValid = false }
      values.append(value)
    }
    guard isValid else { return nil }
    let family = CheckedFamily(
      signature: signature,
      parameterisation: choice,
      arguments: values,
      span: span
    )
    guard checkParameterAxes(family, eventAxes) else { return nil }
    return CheckedDistribution(
      .family(family),
      support: CheckedSupport(signature.support, values),
      span: span
    )
  }

  /// `DiscreteUniform(d)`: each index of a dimension is as likely as any other.
  private func uniformOverDimension(
    _ callee: Name,
    _ arguments: [Argument],
    _ span: SourceSpan
  ) -> CheckedDistribution? {
    guard callee.text == "DiscreteUniform", arguments.count == 1, arguments[0].label == nil,
      case .name(let name) = arguments[0].value.kind, let dimension = dimensionsByName[name],
      let categorical = library.distributions["Categorical"]
    else { return nil }
    let place = arguments[0].value.span
    func number(_ kind: CheckedExpression.Kind) -> CheckedExpression {
      CheckedExpression(kind, type: .real, stage: .data, span: place)
    }
    let size = number(.size(dimension, of: nil))
    let comprehension = CheckedComprehension(
      binders: [makeBinder(Name(name, span: place), .dimension(dimension, nil))],
      condition: nil,
      element: number(.binary(.divide, number(.number(1)), size))
    )
    let probabilities = CheckedExpression(
      .comprehension(comprehension),
      type: ValueType(.real, axes: [.dimension(dimension)]),
      stage: .data,
      span: place
    )
    let family = CheckedFamily(
      signature: categorical,
      parameterisation: 0,
      arguments: [probabilities],
      span: span
    )
    return CheckedDistribution(
      .family(family),
      support: CheckedSupport(categorical.support, [probabilities]),
      span: span
    )
  }

  private func reportNoDistribution(_ expression: Expression) {
    switch expression.kind {
    case .invalid: break
    case .name(let name) where isDistribution(name):
      error(
        "E0502",
        "`\(name)` needs its parameters",
        at: expression.span,
        help: "write `\(exampleCall(name))`"
      )
    default:
      error(
        "E0502",
        "this is a value, and a distribution must stand here",
        at: expression.span,
        help:
          "name a distribution such as Normal(mean, sd); to define a value write `=` instead of `~`"
      )
    }
  }

  /// How a distribution is written.
  private func exampleCall(_ name: String) -> String {
    if let modifier = DistributionModifier(rawValue: name) { return modifier.example }
    if name == Self.mixtureName { return Self.mixtureExample }
    let parameters =
      distributionsByName[name]?.signature.parameters.map(\.name.text)
      ?? library.distributions[name]?.parameterisations.first?.map(\.name) ?? []
    return "\(name)(\(parameters.joined(separator: ", ")))"
  }

  private func reportUnknownDistribution(_ callee: Name) {
    let name = callee.text
    if silencedNames.contains(name) { return }
    if functionsByName[name] != nil
      || externalsByName[name]?.declaration.isDistribution == false
      || BuiltinFunction(rawValue: name) != nil
    {
      let proper = ForeignNames.distribution(name)
      error(
        "E0502",
        "`\(name)` is a function, not a distribution",
        at: callee.span,
        help: proper ?? "write `=` to define a value"
      )
      return
    }
    let near = suggestion(
      for: name,
      among: Array(library.distributions.keys) + Array(distributionsByName.keys)
        + externalsByName.keys + DistributionModifier.allCases.map(\.rawValue) + [Self.mixtureName]
    )
    if near == nil, ForeignNames.distribution(name) == nil { model.unknownNames.append(callee) }
    error(
      "E0502",
      "there is no distribution `\(name)`",
      at: callee.span,
      help: ForeignNames.distribution(name) ?? near.map { "did you mean `\($0)`?" }
        ?? "the distributions are \(library.distributions.keys.sorted().joined(separator: ", "))"
    )
  }

  // MARK: Arguments

  /// Finds the first parameterisation that the arguments fit, and their order in it.
  private func match(
    _ list: [Argument],
    _ signature: DistributionSignature,
    _ callee: Name
  ) -> (Int, [Expression])? {
    for (choice, parameters) in signature.parameterisations.enumerated() {
      if let ordered = order(list, parameters) { return (choice, ordered) }
    }
    let forms = signature.parameterisations.map { parameters in
      "\(signature.name)("
        + parameters.map { $0.needsLabel ? "\($0.name): …" : $0.name }.joined(separator: ", ") + ")"
    }
    let labels = Set(signature.parameterisations.joined().map(\.name))
    func meant(_ label: String) -> String? {
      if let here = ForeignNames.parameter(label, among: labels) { return here }
      return suggestion(for: label, among: Array(labels))
    }
    if let wrong = list.compactMap(\.label).first(where: { !labels.contains($0.text) }) {
      let near = meant(wrong.text)
      error(
        "E0503",
        "`\(callee.text)` has no parameter `\(wrong.text)`",
        at: wrong.span,
        help: near.map { "did you mean `\($0)`?" } ?? "write \(forms.joined(separator: " or "))"
      )
      return nil
    }
    error(
      "E0503",
      "these arguments fit no form of `\(callee.text)`",
      at: list.first.map { $0.value.span.union(list[list.count - 1].value.span) } ?? callee.span,
      "\(list.count) argument\(list.count == 1 ? "" : "s")",
      help: "write \(forms.joined(separator: " or "))"
    )
    return nil
  }

  private func order(_ list: [Argument], _ parameters: [ParameterSignature]) -> [Expression]? {
    guard list.count == parameters.count else { return nil }
    var slots = [Expression?](repeating: nil, count: parameters.count)
    var next = 0
    for argument in list {
      let slot: Int
      if let label = argument.label {
        guard let position = parameters.firstIndex(where: { $0.name == label.text }) else {
          return nil
        }
        slot = position
      } else {
        // The next that is neither filled nor to be named.
        while next < parameters.count, slots[next] != nil || parameters[next].needsLabel {
          next += 1
        }
        guard next < parameters.count else { return nil }
        slot = next
      }
      guard slots[slot] == nil else { return nil }
      slots[slot] = argument.value
    }
    return slots.compactMap(\.self)
  }

  /// Checks literals and bare quantities against a parameter's domain.
  private func checkDomain(
    _ value: CheckedExpression,
    _ parameter: ParameterSignature,
    _ callee: Name
  ) -> Bool {
    let domain = parameter.domain
    if domain == .count, value.type.element == .real {
      error(
        "E0302",
        "`\(parameter.name)` of `\(callee.text)` must be an integer",
        at: value.span,
        "this is \(describe(value.type))",
        help: isFileData(value) ? "declare the data as `int >= 0`" : nil
      )
      return false
    }
    if let number = literal(value), !isAllowed(number, domain) {
      error(
        "E0303",
        "`\(parameter.name)` of `\(callee.text)` must be \(domain.description)",
        at: value.span,
        "this is \(short(number))"
      )
      return false
    }
    guard let id = variable(readBy: value), let range = knownRange(of: id) else { return true }
    let variable = model.variables[id.index]
    let isLatent = if case .modeled = variable.role { true } else { false }
    guard isLatent, !fits(range, domain) else { return true }
    let bound = domain == .probability ? "in (0, 1)" : "> 0"
    error(
      "E0303",
      "`\(parameter.name)` of `\(callee.text)` must be \(domain.description), and"
        + " `\(variable.name.text)` need not be",
      at: value.span,
      "ranges over (\(short(range.lower)), \(short(range.upper)))",
      also: [.init(variable.name.span, "its distribution is here")],
      help:
        "restrict it where it is defined, with a type: `\(variable.name.text): real \(bound) ~ …`"
        + (domain == .probability ? ", or use a parameter `logit:`" : "")
    )
    return false
  }

  private func isFileData(_ expression: CheckedExpression) -> Bool {
    guard let id = variable(readBy: expression) else { return false }
    return if case .data = model.variables[id.index].role { true } else { false }
  }

  private func isAllowed(_ value: Double, _ domain: ParameterDomain) -> Bool {
    switch domain {
    case .positive: value > 0
    case .nonNegative, .count: value >= 0
    case .probability: value >= 0 && value <= 1
    case .real, .simplex, .ordered, .covariance, .correlation, .choleskyFactor, .adjacency: true
    }
  }

  private func fits(_ range: (lower: Double, upper: Double), _ domain: ParameterDomain) -> Bool {
    switch domain {
    case .positive, .nonNegative, .count: range.lower >= 0
    case .probability: range.lower >= 0 && range.upper <= 1
    case .real, .simplex, .ordered, .covariance, .correlation, .choleskyFactor, .adjacency: true
    }
  }

  /// The variable that an expression is an element or the whole of, with nothing done to it.
  func variable(readBy expression: CheckedExpression) -> VariableID? {
    switch expression.kind {
    case .variable(let id): id
    case .subscripted(let base, _): variable(readBy: base)
    default: nil
    }
  }

  /// The interval in which a latent lies by its distribution and type, where that is constant.
  func knownRange(of id: VariableID) -> (lower: Double, upper: Double)? {
    // Equations are only ever added, so what is known of the first ones is kept.
    let equations = model.variables[id.index].equations
    var (count, result) = ranges[id] ?? (0, nil)
    if count > 0, result == nil { return nil }
    while count < equations.count {
      let equation = model.equations[equations[count]]
      count += 1
      guard case .distribution(let distribution) = equation.body,
        let range = range(of: distribution.support, equation.constraint)
      else {
        result = nil
        break
      }
      result = result.map { (min($0.lower, range.lower), max($0.upper, range.upper)) } ?? range
    }
    ranges[id] = (count, result)
    return result
  }

  func range(
    of support: CheckedSupport,
    _ constraint: TypeConstraint
  ) -> (lower: Double, upper: Double)? {
    var lower = -Double.infinity
    var upper = Double.infinity
    switch support {
    case .interval(let low, let high), .integers(let low, let high):
      guard let a = low.value(isLower: true, literal), let b = high.value(isLower: false, literal)
      else { return nil }
      (lower, upper) = (a, b)
    case .declared, .realVector, .simulated: break
    case .categories, .vector, .naturalVector, .matrix: return nil
    }
    switch constraint {
    case .none: break
    case .bounds(let low, let high):
      if let low {
        guard let value = literal(low.value) else { return nil }
        lower = max(lower, value)
      }
      if let high {
        guard let value = literal(high.value) else { return nil }
        upper = min(upper, value)
      }
    case .vector(.positiveOrdered): lower = max(lower, 0)
    case .vector(.simplex): (lower, upper) = (0, 1)
    case .set, .vector, .matrix: return nil
    }
    return (lower, upper)
  }

  // MARK: Axes

  /// Checks that the arguments' axes are those of the target's events, or none.
  private func checkParameterAxes(_ distribution: CheckedFamily, _ eventAxes: [Axis]?) -> Bool {
    let rank = distribution.signature.support.eventRank
    let name = distribution.signature.name
    for (value, parameter) in zip(distribution.arguments, distribution.parameters) {
      let axes = value.type.axes
      // A scalar is lifted to vectors (and to matrices only where that is a covariance of one axis).
      let isLiftable = parameter.rank == 0 || (parameter.rank == 1 && rank > 0 && eventAxes != nil)
      if axes.isEmpty && isLiftable { continue }
      if axes.isEmpty, parameter.rank == 1, rank == 0 {
        let isOrdered = parameter.domain == .ordered
        error(
          "E0203",
          "`\(parameter.name)` of `\(name)` is an array, one number "
            + (isOrdered ? "fewer than there are categories" : "for each category"),
          at: value.span,
          "this is \(describe(value.type))",
          help: isOrdered
            ? "write a list, `[-1, 1]`, or an `ordered` quantity"
            : "write a list, `[0.2, 0.8]`, or a quantity over the dimension of the categories"
        )
        return false
      }
      if parameter.rank == 1, axes.isEmpty, eventAxes == nil {
        guard hasArrayArgument(distribution) else {
          error(
            "E0205",
            "nothing says how many values `\(name)` has",
            at: distribution.span,
            help: "give the target its type, for instance `p: simplex[d] ~ \(name)(…)` or"
              + " `x: real[d] ~ \(name)(…)`"
          )
          return false
        }
        continue
      }
      if rank == 0 && parameter.rank == 0 {
        guard let eventAxes else { continue }
        guard unify(axes, eventAxes) != nil else {
          reportArrayParameter(value, parameter.name, name, eventAxes)
          return false
        }
        continue
      }
      guard axes.count >= parameter.rank else {
        error(
          "E0203",
          "`\(parameter.name)` of `\(name)` has \(axisCount(parameter.rank))",
          at: value.span,
          "this is \(describe(value.type))"
        )
        return false
      }
      guard checkEventAxes(value, parameter, distribution, eventAxes) else { return false }
    }
    return true
  }

  private func hasArrayArgument(_ distribution: CheckedFamily) -> Bool {
    distribution.arguments.contains { !$0.type.isScalar }
  }

  func reportArrayParameter(
    _ value: CheckedExpression,
    _ parameter: String,
    _ name: String,
    _ target: [Axis]
  ) {
    let axes = value.type.axes.map { describe($0) }.joined(separator: ", ")
    let wanted = target.map { describe($0) }.joined(separator: ", ")
    error(
      "E0203",
      "axes do not match: each `\(parameter)` of `\(name)` gives one value",
      at: value.span,
      target.isEmpty
        ? "this runs over [\(axes)], and the target is one value"
        : "this runs over [\(axes)], the target over [\(wanted)]",
      also: declarations(value.type.axes + target),
      help: target.isEmpty
        ? "write the equation over these indices and index with their binders, or pick one element"
        : "the right side never adds axes: index it with the target's binders"
    )
  }

  /// Checks vector and matrix parameters against the event's axes.
  private func checkEventAxes(
    _ value: CheckedExpression,
    _ parameter: ParameterSignature,
    _ distribution: CheckedFamily,
    _ eventAxes: [Axis]?
  ) -> Bool {
    let own = Array(value.type.axes.suffix(parameter.rank))
    let lead = Array(value.type.axes.dropLast(parameter.rank))
    let rank = distribution.signature.support.eventRank
    if parameter.rank == 2, unify(own[0], own[1]) == nil {
      error(
        "E0203",
        "`\(parameter.name)` must be square",
        at: value.span,
        "this is \(describe(value.type))",
        also: declarations(own)
      )
      return false
    }
    guard let eventAxes else {
      guard lead.isEmpty else {
        error(
          "E0203",
          "`\(parameter.name)` of `\(distribution.signature.name)` has"
            + " \(axisCount(parameter.rank))",
          at: value.span,
          "this is \(describe(value.type))",
          help: "write the target over the other axes, and index with their binders"
        )
        return false
      }
      return true
    }
    let event = Array(eventAxes.suffix(rank))
    let lifted = Array(eventAxes.dropLast(rank))
    if !lead.isEmpty, unify(lead, lifted) == nil {
      reportArrayParameter(value, parameter.name, distribution.signature.name, eventAxes)
      return false
    }
    guard rank > 0, let axis = event.first else { return true }
    for one in own where unify(one, axis) == nil {
      error(
        "E0203",
        "axes do not match",
        at: value.span,
        "`\(parameter.name)` runs over `\(describe(one))`, the target over `\(describe(axis))`",
        also: declarations([one, axis])
      )
      return false
    }
    return true
  }
}
