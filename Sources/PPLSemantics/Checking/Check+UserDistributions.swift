import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Distributions that the program defines: `dist D(…) -> T { logp(x) = e   draw = e with … }`.
extension ModelChecker {
  // MARK: Declarations

  /// Whether the lines of a distribution are those it may have; reports it if not.
  func checkClauses(_ declaration: DistributionDeclaration) -> Bool {
    let name = declaration.name.text
    func reject(_ message: String, _ span: SourceSpan, _ help: String) -> Bool {
      error("E0505", message, at: span, help: help)
      return false
    }
    var seen: Set<String> = []
    for clause in declaration.clauses {
      guard seen.insert(clause.name.text).inserted else {
        return reject(
          "`\(clause.name.text)` of `\(name)` is written twice",
          clause.name.span,
          "remove one of them"
        )
      }
      switch (clause.name.text, clause.parameter) {
      case ("logp", .some), ("draw", nil): break
      case ("logp", nil):
        return reject("`logp` needs a name for the value", clause.name.span, "write `logp(x) = …`")
      case ("draw", let parameter?):
        return reject("`draw` takes nothing", parameter.span, "write `draw = …`")
      case ("energy", _):
        notBuilt("a density with an unknown normaliser (`energy`)", at: clause.name.span)
        return false
      default:
        let near = suggestion(for: clause.name.text, among: ["logp", "draw"])
        return reject(
          "a distribution has no line `\(clause.name.text)`",
          clause.name.span,
          near.map { "did you mean `\($0)`?" } ?? "it has `logp(x) = …` and may have `draw = …`"
        )
      }
    }
    if !seen.contains("logp") {
      notBuilt(
        "a distribution without `logp`",
        at: declaration.name.span,
        help: "write its log density: `logp(x) = …`"
      )
      return false
    }
    if declaration.signature.result == nil {
      return reject(
        "nothing says which values `\(name)` has",
        declaration.name.span,
        "write it behind the parameters: `dist \(name)(…) -> real { … }`"
      )
    }
    return true
  }

  // MARK: Calls

  /// Checks a use of a distribution of the program; its body is checked once for each list of argument types.
  func checkUserDistribution(
    _ declaration: DistributionDeclaration,
    _ callee: Name,
    _ list: [Argument],
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    let parameters = declaration.signature.parameters
    guard
      let ordered = order(list, parameters.map(\.name.text), callee, declaration.name.span)
    else { return nil }
    let names = genericNames(declaration.signature, "dist \(callee.text)")
    var generics: [String: Axis] = [:]
    var values: [CheckedExpression] = []
    var isValid = true
    for (argument, parameter) in zip(ordered, parameters) {
      let value = checkExpression(argument, context: eventAxes ?? [])
      if !value.type.isInvalid, let value = convert(value, to: parameter, names, &generics) {
        values.append(value)
      } else {
        isValid = false
      }
    }
    guard isValid,
      let rank = bindResult(declaration, callee, names, &generics, eventAxes)
    else { return nil }
    let lifted = Array((eventAxes ?? []).dropLast(rank))
    var types: [ValueType] = []
    for (value, parameter) in zip(values, parameters) {
      guard isScalar(parameter.type), !value.type.isScalar else {
        types.append(value.type)
        continue
      }
      // A scalar parameter is lifted over the target's axes.
      guard unify(value.type.axes, lifted) != nil else {
        reportArrayParameter(value, parameter.name.text, callee.text, lifted)
        return nil
      }
      types.append(ValueType(value.type.element))
    }
    types += generics.keys.sorted().map { ValueType(.integer, axes: [generics[$0] ?? .literal(0)]) }
    guard
      let instance = instance(
        declaration,
        InstanceKey(name: callee.text, types: types),
        generics,
        span
      )
    else { return nil }
    if let eventAxes, eventAxes.count >= rank {
      let event = Array(eventAxes.suffix(rank))
      guard unify(instance.type.axes, event) != nil else {
        error(
          "E0203",
          "axes do not match",
          at: span,
          "`\(callee.text)` runs over \(describe(instance.type.axes)), the target over"
            + " \(describe(event))",
          also: declarations(instance.type.axes + event),
          help: "let it work for any dimension: `dist \(callee.text)[d](…) -> real[d]`"
        )
        return nil
      }
    }
    return use(instance, callee.text, values, span)
  }

  private func isScalar(_ type: TypeExpression) -> Bool {
    guard case .named(let name, let axes) = type.kind else { return false }
    return axes.isEmpty && VectorSupport(rawValue: name.text) == nil
      && MatrixSupport(rawValue: name.text) == nil
  }

  /// Finds the generic dimensions of the result that no argument has from the target.
  ///
  /// - Returns: the number of axes of one event.
  private func bindResult(
    _ declaration: DistributionDeclaration,
    _ callee: Name,
    _ names: Set<String>,
    _ generics: inout [String: Axis],
    _ eventAxes: [Axis]?
  ) -> Int? {
    guard case .named(let name, let written) = declaration.signature.result?.kind else {
      notBuilt("a record result", at: declaration.signature.result?.span ?? declaration.name.span)
      return nil
    }
    let rank = MatrixSupport(rawValue: name.text) != nil ? 2 : written.count
    let event = eventAxes.map { Array($0.suffix(rank)) }
    for (position, axis) in written.enumerated() {
      guard case .expression(let expression) = axis, case .name(let generic) = expression.kind,
        names.contains(generic), generics[generic] == nil
      else { continue }
      guard let event, event.count == rank else {
        error(
          "E0205",
          "nothing says how many values `\(callee.text)` has",
          at: callee.span,
          help: "give the target its type, for instance `x: real[d] ~ \(callee.text)(…)`"
        )
        return nil
      }
      generics[generic] = event[position]
    }
    return rank
  }

  /// The distribution that an instance gives with these arguments.
  private func use(
    _ checked: CheckedInstance,
    _ name: String,
    _ arguments: [CheckedExpression],
    _ span: SourceSpan
  ) -> CheckedDistribution {
    let stage = arguments.map(\.stage).max() ?? .data
    func end(_ bound: CheckedInstance.End?) -> SupportEnd {
      switch bound {
      case nil: return .none
      case .value(let value): return .value(value)
      case .function(let id):
        let type = model.functions[id.index].body.type
        let call = CheckedExpression(.call(id, arguments), type: type, stage: stage, span: span)
        return .argument(call)
      }
    }
    let support: CheckedSupport
    switch checked.kind {
    case .real: support = .interval(lower: end(checked.lower), upper: end(checked.upper))
    case .integer: support = .integers(lower: end(checked.lower), upper: end(checked.upper))
    case .other(let other): support = other
    }
    return CheckedDistribution(
      .user(
        UserDistribution(
          instance: checked.id,
          name: name,
          arguments: arguments,
          hasDraw: model.distributions[checked.id.index].draw != nil,
          eventAxes: checked.type.axes
        )
      ),
      support: support,
      span: span
    )
  }

  // MARK: Instances

  private func instance(
    _ declaration: DistributionDeclaration,
    _ key: InstanceKey,
    _ generics: [String: Axis],
    _ span: SourceSpan
  ) -> CheckedInstance? {
    if let known = distributionInstances[key] { return known }
    let made = checkBody(of: declaration.name, generics, span) {
      makeInstance(declaration, key)
    }
    // What a distribution that leads back to itself comes to shows once.
    if let made { distributionInstances[key] = .some(made) }
    return made ?? nil
  }

  private func makeInstance(_ declaration: DistributionDeclaration, _ key: InstanceKey)
    -> CheckedInstance?
  {
    guard let result = declaration.signature.result,
      let density = declaration.clauses.first(where: { $0.name.text == "logp" }),
      let valueName = density.parameter
    else { return nil }
    var parameters: [LocalID] = []
    for (parameter, type) in zip(declaration.signature.parameters, key.types) {
      let id = makeLocal()
      parameters.append(id)
      scope.enter(parameter.name.text, .local(id, type, .data))
    }
    let declared = checkType(result)
    guard !declared.type.isInvalid,
      let (kind, lower, upper) = support(of: declared, declaration.name, parameters)
    else { return nil }
    let outer = scope.depth
    let value = makeLocal()
    scope.enter(valueName.text, .local(value, declared.type, .data))
    let locals = checkLocals(density.locals)
    let body = number(checkExpression(density.body), "the log density of `\(key.name)`")
    scope.leave(to: outer)
    guard areChecked(density.locals, locals), !body.type.isInvalid else { return nil }
    guard body.type.isScalar else {
      error(
        "E0203",
        "`logp` of `\(key.name)` is one number",
        at: body.span,
        "this is \(describe(body.type))",
        also: [.init(result.span, "for one value of this type")],
        help: "add it up: sum(…)"
      )
      return nil
    }
    var draw: CheckedDraw?
    if let clause = declaration.clauses.first(where: { $0.name.text == "draw" }) {
      draw = checkDraw(clause, declared, key.name)
      scope.leave(to: outer)
      guard draw != nil else { return nil }
    }
    let id = DistributionInstanceID(model.distributions.count)
    model.distributions.append(
      DistributionInstance(
        name: declaration.name,
        parameters: parameters,
        parameterRanks: zip(parameters, key.types).map { $0.1.rank },
        value: value,
        locals: locals,
        logDensity: body,
        draw: draw
      )
    )
    return CheckedInstance(id: id, type: declared.type, kind: kind, lower: lower, upper: upper)
  }

  /// The values that a result type allows.
  private func support(
    of declared: DeclaredType,
    _ name: Name,
    _ parameters: [LocalID]
  ) -> (CheckedInstance.Kind, lower: CheckedInstance.End?, upper: CheckedInstance.End?)? {
    let isBounded = if case .bounds = declared.constraint { true } else { false }
    func refuse(_ what: String) -> (
      CheckedInstance.Kind, CheckedInstance.End?, CheckedInstance.End?
    )? {
      notBuilt(what, at: declared.span)
      return nil
    }
    switch (declared.constraint, declared.type.element, declared.type.rank) {
    case (.vector(let vector), _, _): return (.other(.vector(vector)), nil, nil)
    case (.matrix(let matrix), _, _): return (.other(.matrix(matrix)), nil, nil)
    case (.set, _, _): return refuse("a distribution of a set of values")
    case (_, .index(let dimension), 0):
      return (.other(.categories(.dimension(dimension))), nil, nil)
    case (_, .real, 1) where !isBounded: return (.other(.realVector), nil, nil)
    case (.bounds(let lower?, nil), .integer, 1)
    where literal(lower.value) == 0 && lower.isIncluded:
      return (.other(.naturalVector), nil, nil)
    case (_, .boolean, 0): return (.integer, .value(0), .value(1))
    case (_, .real, 0), (_, .integer, 0):
      let isInteger = declared.type.element == .integer
      guard case .bounds(let lower, let upper) = declared.constraint else {
        return (isInteger ? .integer : .real, nil, nil)
      }
      return (
        isInteger ? .integer : .real,
        lower.map { end($0, isLower: true, isInteger, name, parameters) },
        upper.map { end($0, isLower: false, isInteger, name, parameters) }
      )
    default: return refuse("a distribution of arrays of this type")
    }
  }

  /// An end as a number, or as a function of the parameters; of integers one that belongs to the values.
  private func end(
    _ bound: TypeConstraint.Endpoint,
    isLower: Bool,
    _ isInteger: Bool,
    _ name: Name,
    _ parameters: [LocalID]
  ) -> CheckedInstance.End {
    let step: Double = isInteger && !bound.isIncluded ? (isLower ? 1 : -1) : 0
    if let value = literal(bound.value) {
      guard isInteger else { return .value(value) }
      // Beyond an end that does not belong to the values, or at the next integer.
      return .value(
        (isLower ? value.rounded(.up) : value.rounded(.down))
          + (value == value.rounded() ? step : 0)
      )
    }
    var body = bound.value
    if step != 0 {
      let one = CheckedExpression(.number(step), type: .integer, stage: .data, span: body.span)
      body = CheckedExpression(
        .binary(.add, body, one),
        type: body.type,
        stage: body.stage,
        span: body.span
      )
    }
    let id = FunctionInstanceID(model.functions.count)
    model.functions.append(
      FunctionInstance(name: name, parameters: parameters, locals: [], body: body)
    )
    return .function(id)
  }

  private func checkDraw(
    _ clause: DistributionDeclaration.Clause,
    _ declared: DeclaredType,
    _ name: String
  ) -> CheckedDraw? {
    var locals: [CheckedDraw.Local] = []
    for local in clause.locals {
      let id = makeLocal()
      if local.isRandom {
        let axes: [Axis]? = isMultivariate(local.value) ? nil : []
        guard let distribution = checkDistribution(local.value, eventAxes: axes) else { return nil }
        guard distribution.hasSampler else {
          error(
            "E0306",
            "`\(distribution.name)` cannot be drawn from",
            at: distribution.span,
            "the `draw` of `\(name)` needs it",
            help: "use a distribution that can, or leave `draw` out"
          )
          return nil
        }
        let event = distribution.inferredEvent ?? []
        let type = ValueType(elementType(distribution), axes: event)
        scope.enter(local.name.text, .local(id, type, .random))
        locals.append(
          CheckedDraw.Local(
            id: id,
            name: local.name,
            source: .distribution(distribution, axes: event)
          )
        )
      } else {
        let value = checkExpression(local.value)
        guard !value.type.isInvalid else { return nil }
        scope.enter(local.name.text, .local(id, value.type, value.stage))
        locals.append(CheckedDraw.Local(id: id, name: local.name, source: .value(value)))
      }
    }
    var value = checkExpression(clause.body, context: declared.type.axes)
    guard !value.type.isInvalid else { return nil }
    if case .index = declared.type.element {
    } else {
      value = number(value, "what `\(name)` draws")
    }
    let fitsElement: Bool
    switch (declared.type.element, value.type.element) {
    case (.real, .real), (.real, .integer), (.real, .boolean), (.integer, .integer),
      (.integer, .boolean), (.boolean, .boolean):
      fitsElement = true
    case (let wanted, let found): fitsElement = wanted == found
    }
    guard !value.type.isInvalid, fitsElement,
      value.type.isScalar || unify(value.type.axes, declared.type.axes) != nil
    else {
      if !value.type.isInvalid {
        error(
          "E0302",
          "`draw` of `\(name)` gives other values than its type says",
          at: value.span,
          "this is \(describe(value.type))",
          also: [.init(declared.span, "the type says \(describe(declared.type))")],
          help: "draw what the type says, or change the type"
        )
      }
      return nil
    }
    return CheckedDraw(locals: locals, value: value)
  }
}

/// A distribution of the program that was checked for certain types, with its support as a function of its parameters.
struct CheckedInstance {
  enum Kind {
    case real
    case integer
    case other(CheckedSupport)
  }

  /// An end of the values.
  enum End {
    case value(Double)
    /// A function of the parameters.
    case function(FunctionInstanceID)
  }

  var id: DistributionInstanceID
  /// Of one event.
  var type: ValueType
  var kind: Kind
  var lower: End?
  var upper: End?
}
