import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks a call of a function of the program; its body is checked once for each list of argument types.
  func checkUserCall(
    _ function: FunctionDeclaration,
    _ callee: Name,
    _ arguments: Arguments,
    _ span: SourceSpan
  ) -> CheckedExpression {
    guard let ordered = ordered(arguments, of: function, callee, span) else {
      return .invalid(span)
    }
    var values: [CheckedExpression] = []
    var generics: [String: Axis] = [:]
    let names = genericNames(function.signature, "fn \(function.name.text)")
    var isValid = true
    for (argument, parameter) in zip(ordered, function.signature.parameters) {
      guard let parts = checkArgument(argument, of: parameter) else {
        isValid = false
        continue
      }
      for part in parts {
        guard let converted = convert(part.value, to: part.parameter, names, &generics) else {
          isValid = false
          continue
        }
        values.append(converted)
      }
    }
    guard isValid else { return .invalid(span) }
    guard liftedAxesAgree(values, flatParameters(function.signature), span) else {
      return .invalid(span)
    }
    let key = InstanceKey(name: function.name.text, types: values.map(\.type))
    guard let instance = instance(function, key, generics, span) else { return .invalid(span) }
    let stage = values.map(\.stage).max() ?? .data
    let results = instance.values.map { id in
      CheckedExpression(
        .call(id, values),
        type: model.functions[id.index].body.type,
        stage: stage,
        span: span
      )
    }
    guard !instance.fields.isEmpty else { return results[0] }
    return CheckedExpression(
      .record(zip(instance.fields, results).map { ($0, $1) }),
      type: ValueType(.record),
      stage: stage,
      span: span
    )
  }

  /// The arguments of a call of a function or net, in the order of its parameters; nil for what was reported.
  func ordered(
    _ arguments: Arguments,
    of function: FunctionDeclaration,
    _ callee: Name,
    _ span: SourceSpan
  ) -> [Expression]? {
    guard case .list(let list) = arguments else {
      error(
        "E0503",
        "`\(callee.text)` takes its arguments one by one",
        at: span,
        help: "put the comprehension in brackets: `[… for …]`"
      )
      return nil
    }
    let names = function.signature.parameters.map(\.name.text)
    return order(list, names, callee, function.name.span)
  }

  /// Arguments in the order of the parameters.
  func order(
    _ list: [Argument],
    _ parameters: [String],
    _ callee: Name,
    _ declaration: SourceSpan
  ) -> [Expression]? {
    var slots = [Expression?](repeating: nil, count: parameters.count)
    var next = 0
    for argument in list {
      let slot: Int
      if let label = argument.label {
        guard let position = parameters.firstIndex(of: label.text) else {
          error(
            "E0503",
            "`\(callee.text)` has no parameter `\(label.text)`",
            at: label.span,
            also: [.init(declaration, "declared here")],
            help: "write `\(callee.text)(\(parameters.joined(separator: ", ")))`"
          )
          return nil
        }
        slot = position
      } else {
        slot = next
        next += 1
      }
      guard slot < slots.count, slots[slot] == nil else {
        error(
          "E0503",
          "`\(callee.text)` takes \(parameters.count) argument"
            + "\(parameters.count == 1 ? "" : "s"), and this is one more",
          at: argument.value.span,
          also: [.init(declaration, "declared here")],
          help: parameters.isEmpty
            ? nil : "write `\(callee.text)(\(parameters.joined(separator: ", ")))`"
        )
        return nil
      }
      slots[slot] = argument.value
    }
    if let missing = slots.firstIndex(where: { $0 == nil }) {
      error(
        "E0503",
        "the argument `\(parameters[missing])` is missing",
        at: callee.span,
        also: [.init(declaration, "declared here")],
        help: "write `\(callee.text)(\(parameters.joined(separator: ", ")))`"
      )
      return nil
    }
    return slots.compactMap(\.self)
  }

  /// The dimensions that a function or distribution works for; `head` is how its declaration begins.
  func genericNames(_ signature: SignatureExpression, _ head: String) -> Set<String> {
    var names: Set<String> = []
    for item in signature.brackets?.items ?? [] {
      if case .expression(let expression) = item, case .name(let name) = expression.kind {
        names.insert(name)
      } else {
        error(
          "E0205",
          "these brackets name dimensions that it works for",
          at: item.span,
          help: "write `\(head)[d](…)`"
        )
      }
    }
    return names
  }

  /// The axes of a type as written, that of a square joint type twice; nil if a joint type has others.
  private func allAxes(_ name: Name, _ axes: [AxisExpression], _ span: SourceSpan)
    -> [AxisExpression]?
  {
    let rank: Int
    if VectorSupport(rawValue: name.text) != nil {
      rank = 1
    } else if MatrixSupport(rawValue: name.text) != nil {
      rank = 2
    } else {
      return axes
    }
    if axes.count == rank { return axes }
    if axes.count == 1 { return axes + axes }
    error(
      "E0205",
      "`\(name.text)` needs the dimension it runs over",
      at: span,
      help: "write `\(name.text)[d]`"
    )
    return nil
  }

  /// Checks an argument against a parameter's type; binds generic dimensions.
  func convert(
    _ value: CheckedExpression,
    to parameter: TypeField,
    _ generics: Set<String>,
    _ bound: inout [String: Axis]
  ) -> CheckedExpression? {
    guard case .named(let name, let written) = parameter.type.kind else {
      notBuilt(
        "a record within a record, or as a parameter of a distribution,",
        at: parameter.type.span
      )
      return nil
    }
    guard let axisExpressions = allAxes(name, written, parameter.type.span) else { return nil }
    var axes: [Axis] = []
    var given = value.type.axes
    // A scalar function lifts over arrays of equal axes.
    let isLifted = axisExpressions.isEmpty && !given.isEmpty
    if isLifted {
      axes = given
      given = []
    } else if axisExpressions.count != given.count {
      error(
        "E0203",
        "the parameter `\(parameter.name.text)` has \(axisCount(axisExpressions.count))",
        at: value.span,
        "this is \(describe(value.type))",
        also: [.init(parameter.type.span, "declared here")]
      )
      return nil
    }
    for (expression, axis) in zip(axisExpressions, given) {
      guard case .expression(let inner) = expression else { continue }
      if case .name(let generic) = inner.kind, generics.contains(generic) {
        let known = bound[generic] ?? axis
        guard let common = unify(known, axis) else {
          error(
            "E0203",
            "axes do not match",
            at: value.span,
            "`\(generic)` is `\(describe(known))` in another argument and `\(describe(axis))` here",
            also: declarations([known, axis])
          )
          return nil
        }
        bound[generic] = common
        axes.append(common)
        continue
      }
      guard let common = unify(typeAxis(inner), axis) else {
        error(
          "E0203",
          "axes do not match",
          at: value.span,
          "the parameter `\(parameter.name.text)` runs over `\(describe(typeAxis(inner)))`, this"
            + " value over `\(describe(axis))`",
          also: [.init(parameter.type.span, "declared here")] + declarations([axis])
        )
        return nil
      }
      axes.append(common)
    }
    if generics.contains(name.text), case .index(let own) = value.type.element,
      bound[name.text] == nil
    {
      bound[name.text] = .dimension(own)
    }
    return convert(value, element: name, axes, parameter, bound)
  }

  private func convert(
    _ value: CheckedExpression,
    element name: Name,
    _ axes: [Axis],
    _ parameter: TypeField,
    _ generics: [String: Axis]
  ) -> CheckedExpression? {
    func mismatch(_ wanted: String) -> CheckedExpression? {
      error(
        "E0302",
        "the parameter `\(parameter.name.text)` is \(wanted)",
        at: value.span,
        "this is \(describe(value.type))",
        also: [.init(parameter.type.span, "declared here")]
      )
      return nil
    }
    var result = value
    switch name.text {
    case "real":
      result = number(value, "the argument `\(parameter.name.text)`")
      guard !result.type.isInvalid else { return nil }
      result.type = ValueType(.real, axes: axes)
    case "int":
      result = number(value, "the argument `\(parameter.name.text)`")
      guard !result.type.isInvalid else { return nil }
      guard result.type.element != .real else { return mismatch("an integer") }
      result.type = ValueType(.integer, axes: axes)
    case "bool":
      guard value.type.element == .boolean else { return mismatch("true or false") }
    default:
      // A generic name hides a dimension of the program.
      if let dimension = generics[name.text]?.dimension ?? dimensionsByName[name.text] {
        guard value.type.element == .index(dimension) else {
          return mismatch("an index of `\(self.name(of: dimension))`")
        }
      } else if VectorSupport(rawValue: name.text) != nil
        || MatrixSupport(rawValue: name.text) != nil
      {
        // Joint types are real arrays.
        result = number(value, "the argument `\(parameter.name.text)`")
        guard !result.type.isInvalid else { return nil }
        result.type = ValueType(.real, axes: axes)
      } else {
        reportUnknownType(name)
        return nil
      }
    }
    return result
  }

  /// Whether all arrays given for scalar parameters have equal axes; reports it if not.
  private func liftedAxesAgree(
    _ values: [CheckedExpression],
    _ parameters: [TypeField],
    _ span: SourceSpan
  ) -> Bool {
    var result: [Axis]?
    for (value, parameter) in zip(values, parameters) {
      guard case .named(_, let axes) = parameter.type.kind, axes.isEmpty, !value.type.isScalar
      else { continue }
      if let known = result {
        guard unify(known, value.type.axes) != nil else {
          error(
            "E0203",
            "axes do not match",
            at: span,
            "the arguments run over [\(known.map { describe($0) }.joined(separator: ", "))] and"
              + " [\(value.type.axes.map { describe($0) }.joined(separator: ", "))]",
            also: declarations(known + value.type.axes)
          )
          return false
        }
      } else {
        result = value.type.axes
      }
    }
    return true
  }

  private func instance(
    _ function: FunctionDeclaration,
    _ key: InstanceKey,
    _ generics: [String: Axis],
    _ span: SourceSpan
  ) -> InstanceResults? {
    if let known = instances[key] { return known.values.isEmpty ? nil : known }
    return checkBody(of: function.name, generics, span) {
      makeInstance(function, key)
    } ?? nil
  }

  /// Checks something that sees its own names, and the dimensions of the program and of the call, only.
  ///
  /// - Returns: nil, which is reported, if its own body led here.
  func checkBody<Result>(
    of name: Name,
    _ generics: [String: Axis],
    _ span: SourceSpan,
    _ check: () -> Result
  ) -> Result? {
    guard !functionsInProgress.contains(name.text) else {
      error(
        "E0403",
        "`\(name.text)` calls itself",
        at: span,
        also: [.init(name.span, "declared here")],
        help: "functions are not recursive; write a recursion as equations along a dimension"
      )
      return nil
    }
    if functionsInProgress.isEmpty { programDimensions = dimensionsByName }
    functionsInProgress.append(name.text)
    // A call takes more of the stack than an operator does.
    depth += 4
    let outerScope = scope
    let outerFlags = (isInsideFunction, isInsideScript)
    let outerReferences = (references, shifts)
    let outerDimensions = (dimensionsByName, genericAxes)
    let outerNet = currentNet
    currentNet = nil
    (dimensionsByName, genericAxes) = (programDimensions, [:])
    scope = Scope()
    (isInsideFunction, isInsideScript) = (true, false)
    defer {
      depth -= 4
      functionsInProgress.removeLast()
      scope = outerScope
      (isInsideFunction, isInsideScript) = outerFlags
      (references, shifts) = outerReferences
      (dimensionsByName, genericAxes) = outerDimensions
      currentNet = outerNet
    }
    // Inside the body a generic name means the dimension or axis that the call brought.
    for (name, axis) in generics { enterGeneric(name, axis) }
    return check()
  }

  private func makeInstance(_ function: FunctionDeclaration, _ key: InstanceKey)
    -> InstanceResults?
  {
    var parameters: [LocalID] = []
    for parameter in function.signature.parameters {
      let count = if case .record(let fields) = parameter.type.kind { fields.count } else { 1 }
      let own = key.types.dropFirst(parameters.count).prefix(count).map { type in
        (id: makeLocal(), type: type)
      }
      parameters += own.map(\.id)
      enter(parameter, own)
    }
    let locals = checkLocals(function.locals)
    let found = results(of: function, checkWhole(function.body))
    instances[key] = InstanceResults(values: [], fields: [])
    guard let found, areChecked(function.locals, locals) else { return nil }
    var result = InstanceResults(values: [], fields: found.map(\.field))
    if result.fields == [""] { result.fields = [] }
    for (_, body) in found {
      result.values.append(FunctionInstanceID(model.functions.count))
      model.functions.append(
        FunctionInstance(name: function.name, parameters: parameters, locals: locals, body: body)
      )
    }
    instances[key] = result
    return result
  }

  /// The value of a function, or the fields of its record by name; nil for what was reported.
  private func results(of function: FunctionDeclaration, _ body: CheckedExpression)
    -> [(field: String, value: CheckedExpression)]?
  {
    guard !body.type.isInvalid else { return nil }
    let name = function.name.text
    let fields: [(name: String, value: CheckedExpression)] =
      if case .record(let fields) = body.kind { fields } else { [] }
    guard let declared = function.signature.result else {
      return fields.isEmpty ? [("", body)] : fields.map { ($0.name, $0.value) }
    }
    guard case .record(let wanted) = declared.kind else {
      if !fields.isEmpty {
        reportRecordResult(name, body, declared)
        return nil
      }
      let value = checkResult(name, declared, body)
      return value.type.isInvalid ? nil : [("", value)]
    }
    guard let ordered = fieldsOfResult(name, wanted, declared, body) else { return nil }
    var result: [(field: String, value: CheckedExpression)] = []
    for (field, value) in zip(wanted, ordered) {
      let own = checkResult("\(name).\(field.name.text)", field.type, value)
      guard !own.type.isInvalid else { return nil }
      result.append((field.name.text, own))
    }
    return result
  }

  private func checkResult(
    _ function: String,
    _ result: TypeExpression,
    _ body: CheckedExpression
  ) -> CheckedExpression {
    guard case .named(let name, let written) = result.kind else {
      notBuilt("a record in a record", at: result.span)
      return .invalid(body.span)
    }
    guard let axes = allAxes(name, written, result.span) else { return .invalid(body.span) }
    var value = body
    if name.text == "real" { value = number(body, "the result of `\(function)`") }
    guard !value.type.isInvalid else { return value }
    if name.text == "real" { value.type.element = .real }
    if name.text == "int", value.type.element == .real {
      error(
        "E0302",
        "`\(function)` should give an integer",
        at: body.span,
        "this is \(describe(body.type))",
        also: [.init(result.span, "declared here")]
      )
      return .invalid(body.span)
    }
    if !axes.isEmpty, axes.count != value.type.rank {
      error(
        "E0203",
        "`\(function)` should give \(axisCount(axes.count))",
        at: body.span,
        "this is \(describe(body.type))",
        also: [.init(result.span, "declared here")]
      )
      return .invalid(body.span)
    }
    return value
  }

  /// Whether all `with` names were found to be right; a record has a name for each field.
  func areChecked(_ definitions: [LocalDefinition], _ locals: [CheckedLocal]) -> Bool {
    definitions.allSatisfy { definition in
      let name = definition.name.text
      return locals.contains { $0.name.text == name || $0.name.text.hasPrefix(name + ".") }
    }
  }

  /// Checks `with` names in order and brings them into scope.
  func checkLocals(_ locals: [LocalDefinition]) -> [CheckedLocal] {
    locals.flatMap { local -> [CheckedLocal] in
      guard !local.isRandom else {
        error(
          "E0404",
          "`~` after `with` belongs into the `draw` of a `dist`",
          at: local.name.span,
          help: "write the latent as an equation of its own"
        )
        return []
      }
      let value = checkWhole(local.value)
      if case .record(let fields) = value.kind {
        let ids = fields.map { _ in makeLocal() }
        let parts = zip(fields, ids).map { (name: $0.name, id: $1, type: $0.value.type) }
        scope.enter(local.name.text, .record(parts, value.stage))
        return zip(fields, ids).map { field, id in
          let name = Name("\(local.name.text).\(field.name)", span: local.name.span)
          return CheckedLocal(id: id, name: name, value: field.value)
        }
      }
      let id = makeLocal()
      scope.enter(local.name.text, .local(id, value.type, value.stage))
      return value.type.isInvalid ? [] : [CheckedLocal(id: id, name: local.name, value: value)]
    }
  }
}
