import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// A net whose text is being checked.
struct NetInProgress {
  var id: NetID
  /// Of a call of a net for any dimension the net that owns its weights.
  var prototype: NetID?
  /// Whether its arguments stand for those of any call.
  var isForAny = false
  var layers: [LayerID] = []
  /// Layers of each kind so far.
  var counts: [LayerKind: Int] = [:]
  /// The weights of nets that it calls.
  var weights: [VariableID] = []
}

extension ModelChecker {
  /// Checks all nets, so that their weights have names before any equation is read.
  func checkNets(_ program: Program) {
    for item in program.items {
      guard case .net(let declaration) = item.kind,
        let known = netsByName[declaration.function.name.text],
        known.function.name.span == declaration.function.name.span
      else { continue }
      _ = net(declaration, calledAt: declaration.function.name.span)
    }
  }

  /// The net of a declaration, which is checked once; nil if something in it is wrong.
  private func net(_ declaration: NetDeclaration, calledAt span: SourceSpan) -> NetID? {
    let function = declaration.function
    if let known = checkedNets[function.name.text] { return known }
    let outer = currentNet
    defer { currentNet = outer }
    let names = genericNames(function.signature, "net \(function.name.text)")
    guard names.isEmpty else {
      let found = genericNet(declaration, names, at: span)
      if !functionsInProgress.contains(function.name.text) {
        checkedNets[function.name.text] = .some(found)
      }
      return found
    }
    let found = checkBody(of: function.name, [:], span) {
      makeNet(function, isCausal: declaration.isCausal, prototype: nil)
    }
    // What leads to itself was reported, and is no net yet.
    guard let found else { return nil }
    checkedNets[function.name.text] = .some(found)
    return found
  }

  /// The net of a text whose generic names mean something; `prototype` is the one that owns its weights.
  func makeNet(_ function: FunctionDeclaration, isCausal: Bool, prototype: NetID?) -> NetID? {
    let id = NetID(model.nets.count)
    model.nets.append(
      CheckedNet(
        name: function.name,
        parameters: [],
        parameterTypes: [],
        locals: [],
        results: [],
        fields: [],
        layers: [],
        weights: []
      )
    )
    var parameters: [LocalID] = []
    var types: [ValueType] = []
    for parameter in function.signature.parameters {
      var own: [(id: LocalID, type: ValueType)] = []
      for part in flatFields(parameter) {
        let declared = checkType(part.type)
        if declared.type.isInvalid { return nil }
        own.append((makeLocal(), declared.type))
      }
      parameters += own.map(\.id)
      types += own.map(\.type)
      enter(parameter, own)
    }
    currentNet = NetInProgress(id: id, prototype: prototype)
    currentNet?.isForAny = types.contains { isForAny($0) }
    let locals = checkLocals(function.locals)
    let body = checkWhole(function.body)
    guard !body.type.isInvalid, areChecked(function.locals, locals),
      let (results, fields) = results(of: function, body), let progress = currentNet
    else { return nil }
    let own = progress.layers.flatMap { model.layers[$0.index].weights }
    model.nets[id.index] = CheckedNet(
      name: function.name,
      parameters: parameters,
      parameterTypes: types,
      locals: locals,
      results: results,
      fields: fields,
      layers: progress.layers,
      weights: own + progress.weights.filter { !own.contains($0) }
    )
    guard isCausal else { return id }
    guard let time = checkCausality(of: function, model.nets[id.index]) else { return nil }
    model.nets[id.index].time = time
    return id
  }

  /// The value of a net or its fields, as its signature wants them; nil for what was reported.
  private func results(of function: FunctionDeclaration, _ body: CheckedExpression)
    -> (values: [CheckedExpression], fields: [String])?
  {
    guard let declared = function.signature.result else {
      if case .record(let fields) = body.kind { return (fields.map(\.value), fields.map(\.name)) }
      return ([body], [])
    }
    guard case .record(let wanted) = declared.kind else {
      guard body.type.element != .record else {
        reportRecordResult(function.name.text, body, declared)
        return nil
      }
      let type = checkType(declared)
      return result(body, type, function.name.text).map { ([$0], []) }
    }
    guard let fields = fieldsOfResult(function.name.text, wanted, declared, body) else {
      return nil
    }
    var values: [CheckedExpression] = []
    for (field, value) in zip(wanted, fields) {
      let name = "\(function.name.text).\(field.name.text)"
      guard let value = result(value, checkType(field.type), name) else { return nil }
      values.append(value)
    }
    return (values, wanted.map(\.name.text))
  }

  /// A value as the type of a result wants it.
  private func result(_ value: CheckedExpression, _ declared: DeclaredType, _ name: String)
    -> CheckedExpression?
  {
    guard !declared.type.isInvalid else { return nil }
    var value = value
    if case .index(let dimension) = declared.type.element {
      guard value.type.element == .index(dimension) else {
        error(
          "E0302",
          "`\(name)` should be an index of `\(self.name(of: dimension))`",
          at: value.span,
          "this is \(describe(value.type))",
          also: [.init(declared.span, "declared here")]
        )
        return nil
      }
    } else {
      value = number(value, "the result of `\(name)`")
      guard !value.type.isInvalid else { return nil }
    }
    let wanted = declared.type.axes
    // One unit where a single number is wanted.
    if value.type.rank == wanted.count + 1, value.type.axes.last == .anonymous(1),
      let dropped = withoutLastAxis(value)
    {
      value = dropped
    }
    guard value.type.rank == wanted.count, unify(value.type.axes, wanted) != nil else {
      error(
        "E0203",
        "axes do not match",
        at: value.span,
        "this is \(describe(value.type))",
        also: [.init(declared.span, "`\(name)` should be \(describe(declared.type))")]
          + declarations(wanted),
        help: layerForAxes(wanted, value)
      )
      return nil
    }
    value.type.axes = wanted
    if declared.type.element == .integer || declared.type.element == .boolean,
      value.type.element == .real
    {
      error(
        "E0302",
        "`\(name)` should be \(describe(ValueType(declared.type.element)))",
        at: value.span,
        "this is \(describe(value.type))",
        also: [.init(declared.span, "declared here")],
        help: "a net gives real numbers, which a statement takes further:"
          + " `y[i: d] ~ Bernoulli(logit: f(x[i]))`"
      )
      return nil
    }
    if !declared.constraint.isNone {
      error(
        "E0302",
        "the result of a net has no bounds of its own",
        at: declared.span,
        help: "end with a function that keeps them: `exp`, `sigmoid`, `softmax`, `softplus`"
      )
      return nil
    }
    if declared.type.element == .real { value.type.element = .real }
    return value
  }

  private func layerForAxes(_ wanted: [Axis], _ value: CheckedExpression) -> String? {
    guard wanted.count == 1, value.type.rank == 1, let dimension = wanted[0].dimension else {
      return nil
    }
    let name = name(of: dimension)
    return "end with `Dense(\(name))`, or with `Reshape(\(name))` if these are its elements"
  }

  private func withoutLastAxis(_ value: CheckedExpression) -> CheckedExpression? {
    guard let net = currentNet else { return nil }
    let axes = Array(value.type.axes.dropLast())
    let id = LayerID(model.layers.count)
    model.layers.append(
      CheckedLayer(
        net: net.id,
        layer: .reshape(axes.map { sized($0) }),
        name: "result",
        input: value.type,
        weights: [],
        span: value.span
      )
    )
    return CheckedExpression(
      .layer(id, [value], result: 0),
      type: ValueType(value.type.element, axes: axes),
      stage: value.stage,
      span: value.span
    )
  }

  // MARK: Calls

  /// Checks a call of a net.
  func checkNetCall(
    _ declaration: NetDeclaration,
    _ callee: Name,
    _ arguments: Arguments,
    _ span: SourceSpan
  ) -> CheckedExpression {
    let function = declaration.function
    let parameters = function.signature.parameters
    guard let ordered = ordered(arguments, of: function, callee, span),
      let prototype = net(declaration, calledAt: span)
    else { return .invalid(span) }
    guard !isInsideScript else {
      notBuilt(
        "a net in a query",
        at: span,
        help: "name its value in the model: `m[i: d] = \(callee.text)(…)`"
      )
      return .invalid(span)
    }
    var values: [CheckedExpression] = []
    var generics: [String: Axis] = [:]
    let names = genericNames(function.signature, "net \(function.name.text)")
    for (argument, declared) in zip(ordered, parameters) {
      guard let parts = checkArgument(argument, of: declared) else { return .invalid(span) }
      for (value, parameter) in parts {
        guard case .named(_, let axes) = parameter.type.kind, axes.count == value.type.rank else {
          error(
            "E0203",
            "`\(callee.text)` is a function of one example, whose `\(parameter.name.text)` is"
              + " \(describe(model.nets[prototype.index].parameterTypes[values.count]))",
            at: value.span,
            "this is \(describe(value.type))",
            also: [.init(parameter.type.span, "declared here")],
            help: value.type.rank > 0
              ? "pick one example with an index: `\(callee.text)(x[i])`; the index makes the batch"
              : nil
          )
          return .invalid(span)
        }
        guard let converted = convert(value, to: parameter, names, &generics) else {
          return .invalid(span)
        }
        values.append(converted)
      }
    }
    var id = prototype
    if !names.isEmpty {
      let types = values.map(\.type)
      guard let own = netInstance(declaration, prototype, types, generics, at: span) else {
        return .invalid(span)
      }
      id = own
    }
    let net = model.nets[id.index]
    for weight in net.weights {
      references.insert(weight)
      shifts.append(ReferenceOccurrence(variable: weight, shift: nil, span: span))
    }
    if currentNet != nil {
      let known = currentNet?.weights ?? []
      currentNet?.weights += net.weights.filter { !known.contains($0) }
    }
    let stage = net.weights.isEmpty ? values.map(\.stage).max() ?? .data : .random
    func value(_ number: Int) -> CheckedExpression {
      CheckedExpression(
        .net(id, result: number, values),
        type: net.results[number].type,
        stage: stage,
        span: span
      )
    }
    guard !net.fields.isEmpty else { return value(0) }
    return CheckedExpression(
      .record(net.fields.enumerated().map { ($0.element, value($0.offset)) }),
      type: ValueType(.record),
      stage: stage,
      span: span
    )
  }

  // MARK: Weights

  /// The arrays of weights that `f.weights` or `f.dense_1.weight` means.
  func weights(of target: Equation.Target, _ equation: Equation) -> [VariableID] {
    let name = target.name.text
    guard !silencedNames.contains(name) else { return [] }
    guard netsByName[name] != nil, let known = checkedNets[name] else {
      model.unknownNames.append(target.name)
      let near = suggestion(for: name, among: Array(netsByName.keys))
      error(
        "E0201",
        "there is no net `\(name)`",
        at: target.name.span,
        help: near.map { "did you mean `\($0)`?" }
          ?? "only the weights of nets are named so: `f.weights ~ Normal(0, 1)`"
      )
      return []
    }
    guard let id = known else { return [] }
    if let brackets = target.brackets {
      error(
        "E0205",
        "weights take no brackets",
        at: brackets.span,
        help: "one statement gives all elements of an array of weights their distribution"
      )
      return []
    }
    let own = model.nets[id.index].layers.flatMap { model.layers[$0.index].weights }
    guard !own.isEmpty else {
      error(
        "E0201",
        "the net `\(name)` has no weights of its own",
        at: target.span,
        also: [.init(model.nets[id.index].name.span, "no layer stands here")],
        help: "name the net whose layers they are"
      )
      return []
    }
    let path = target.members.map(\.text)
    // What is kept of the data is no weight that a prior could be about.
    let learnt = own.filter { !model.isRunningStatistic($0) }
    if path == ["weights"] { return learnt }
    let wanted = ([name] + path).joined(separator: ".")
    let chosen =
      path.last == "weights"
      ? learnt.filter {
        model.variables[$0.index].name.text.hasPrefix(wanted.dropLast(7))
      }
      : own.filter { model.variables[$0.index].name.text == wanted }
    if equation.relation == .distributed, chosen.contains(where: { model.isRunningStatistic($0) }) {
      error(
        "E0313",
        "`\(wanted)` is an average over the steps of a fit, and has no distribution",
        at: target.span,
        help: "leave out the statement; a known value is given with `=`"
      )
      return []
    }
    guard chosen.isEmpty else { return chosen }
    let names = own.map { String(model.variables[$0.index].name.text.dropFirst(name.count + 1)) }
    let near = suggestion(for: path.joined(separator: "."), among: names)
    error(
      "E0201",
      "the net `\(name)` has no weights `\(path.joined(separator: "."))`",
      at: target.span,
      also: [.init(model.nets[id.index].name.span, "declared here")],
      help: near.map { "did you mean `\(name).\($0)`?" }
        ?? "its weights are \(names.prefix(6).joined(separator: ", "))\(names.count > 6 ? ", …" : "")"
    )
    return []
  }

  /// What gives parameters and weights without statement their place among the model's quantities: the fit finds them.
  func fittedQuantities(_ pending: [PendingEquation]) -> [PendingEquation] {
    let distributed = Set(pending.map(\.variable))
    for entry in parameters {
      guard let other = pending.first(where: { $0.variable == entry.variable }) else { continue }
      let name = entry.declaration.name.text
      error(
        "E0401",
        "`\(name)` is a parameter, and a statement makes it something else",
        at: other.target.span,
        also: [.init(entry.declaration.name.span, "a parameter here")],
        help: other.equation.relation == .distributed
          ? "a latent is no `param`: remove that, and give the statement its type,"
            + " `\(name): real > 0 ~ …`" : "remove one of them"
      )
    }
    let parameters = parameters.filter { entry in
      guard !distributed.contains(entry.variable) else { return false }
      guard case .named(let name, _) = entry.declaration.type.kind,
        name.text == "int" || name.text == "bool" || dimensionsByName[name.text] != nil
      else { return true }
      error(
        "E0303",
        "a parameter is real: it is fitted along gradients",
        at: entry.declaration.type.span,
        help: "write `real`, or give a latent of this type a distribution with `~`"
      )
      silencedNames.insert(entry.declaration.name.text)
      return false
    }.map { entry in
      fittedVariables.insert(entry.variable)
      let declaration = entry.declaration
      return fitted(
        entry.variable,
        declaration.name,
        brackets: declaration.brackets,
        type: declaration.type,
        entry.span
      )
    }
    return parameters
      + model.nets.flatMap { net in
        net.layers.flatMap { model.layers[$0.index].weights }
      }.filter { !distributed.contains($0) }.map { weight in
        fittedVariables.insert(weight)
        let variable = model.variables[weight.index]
        return fitted(weight, variable.name, brackets: nil, type: nil, variable.name.span)
      }
  }

  /// A quantity without prior as an equation.
  func fitted(
    _ variable: VariableID,
    _ name: Name,
    brackets: Brackets?,
    type: TypeExpression?,
    _ span: SourceSpan
  ) -> PendingEquation {
    let target = Equation.Target(
      name: name,
      members: [],
      brackets: brackets,
      span: brackets.map { name.span.union($0.span) } ?? name.span
    )
    let flat = Expression(.call(Name("Flat", span: name.span), .list([])), span: name.span)
    return PendingEquation(
      target: target,
      variable: variable,
      equation: Equation(
        targets: [target],
        type: type,
        relation: .distributed,
        value: flat,
        locals: []
      ),
      span: span,
      isData: false
    )
  }

  /// Checks where parameters begin.
  func checkInitialValues() {
    for (variable, declaration, _) in parameters {
      guard let initial = declaration.initial else { continue }
      scope = Scope()
      let type = model.variables[variable.index].type
      let value = number(checkExpression(initial, context: type.axes), "where a parameter begins")
      requireData(value, "where a parameter begins")
      guard !value.type.isInvalid, !type.isInvalid, value.stage == .data else { continue }
      guard value.type.isScalar || unify(value.type.axes, type.axes) != nil else {
        error(
          "E0203",
          "axes do not match",
          at: value.span,
          "this is \(describe(value.type))",
          also: [.init(declaration.name.span, "`\(declaration.name.text)` is \(describe(type))")]
        )
        continue
      }
      model.initialValues[variable] = value
    }
  }
}
