import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  func checkName(_ name: String, _ span: SourceSpan) -> CheckedExpression {
    switch scope.lookup(name) {
    case .binder(let id, let type):
      return CheckedExpression(.binder(id), type: type, stage: .data, span: span)
    case .local(let id, let type, let stage):
      return CheckedExpression(.local(id), type: type, stage: stage, span: span)
    case .record(let fields, let stage):
      return CheckedExpression(
        .record(
          fields.map {
            ($0.name, CheckedExpression(.local($0.id), type: $0.type, stage: stage, span: span))
          }
        ),
        type: ValueType(.record),
        stage: stage,
        span: span
      )
    case nil: break
    }
    if let id = variablesByName[name] { return checkVariable(id, span) }
    if let record = checkRecord(named: Expression(.name(name), span: span), nil, span) {
      return record
    }
    if isInsideScript, let (prediction, id) = predictionsByName[name] {
      let type = model.variables[id.index].type
      return CheckedExpression(
        .draw(.prediction(prediction), id),
        type: type,
        stage: .random,
        span: span
      )
    }
    switch name {
    case "pi":
      return CheckedExpression(.number(Double.pi), type: .real, stage: .data, span: span)
    case "inf":
      return CheckedExpression(.number(Double.infinity), type: .real, stage: .data, span: span)
    case "true", "false":
      return CheckedExpression(
        .number(name == "true" ? 1 : 0),
        type: .boolean,
        stage: .data,
        span: span
      )
    case "True", "False", "TRUE", "FALSE":
      error(
        "E0201",
        "there is no `\(name)`",
        at: span,
        help: "write `\(name.lowercased())`"
      )
      return .invalid(span)
    case "NA":
      notBuilt("`NA` in an expression", at: span, help: "missing cells belong into the data file")
      return .invalid(span)
    default: break
    }
    if silencedNames.contains(name) { return .invalid(span) }
    if let dimension = dimensionsByName[name] {
      error(
        "E0201",
        "`\(name)` is a dimension, not a value",
        at: span,
        also: [declaration(of: dimension)],
        help: "write size(\(name)) for its size, or bind an index: `i: \(name)`"
      )
      return .invalid(span)
    }
    if functionsByName[name] != nil || netsByName[name] != nil || externalsByName[name] != nil
      || isDistribution(name)
      || LayerKind(rawValue: name) != nil || BuiltinFunction(rawValue: name) != nil
    {
      error(
        "E0201",
        "`\(name)` is called with arguments, it is not a value",
        at: span,
        help: "write `\(name)(…)`"
      )
      return .invalid(span)
    }
    if fitNames.contains(name) {
      error(
        "E0602",
        isInsideScript ? "`\(name)` is a fit, not a value" : "a fit can be read in the script only",
        at: span,
        help: isInsideScript
          ? "name the quantity: `\(name).x`" : "use it in `show`, after its `infer`"
      )
      return .invalid(span)
    }
    model.unknownNames.append(Name(name, span: span))
    let near = suggestion(
      for: name,
      among: Array(variablesByName.keys) + scope.names + ["pi", "inf", "true", "false"]
    )
    error(
      "E0201",
      "there is nothing named `\(name)`",
      at: span,
      help: near.map { "did you mean `\($0)`?" }
        ?? "declare it as data (`data \(name): real`), or give it a prior (`\(name) ~ …`)"
    )
    return .invalid(span)
  }

  private func checkVariable(_ id: VariableID, _ span: SourceSpan) -> CheckedExpression {
    let variable = model.variables[id.index]
    let isModeled = if case .modeled = variable.role { true } else { false }
    if isInsideFunction {
      error(
        "E0207",
        "a \(currentNet == nil ? "function" : "net") sees only its parameters",
        at: span,
        "`\(variable.name.text)` is a quantity of the model",
        help: "pass it as an argument"
      )
      return .invalid(span)
    }
    if isInsideScript && isModeled {
      let fit = fitsByName.keys.sorted().first ?? "post"
      error(
        "E0602",
        "`\(variable.name.text)` has one value in each draw of a fit",
        at: span,
        help: "say of which fit: `\(fit).\(variable.name.text)`"
      )
      return .invalid(span)
    }
    references.insert(id)
    shifts.append(ReferenceOccurrence(variable: id, shift: nil, span: span))
    return CheckedExpression(
      .variable(id),
      type: variable.type,
      stage: variable.stage,
      span: span
    )
  }

  /// `post.f.dense_1.weight`, or `post.state.h`, as the array of that name in a fit.
  private func weightOfFit(_ base: Expression, _ name: Name) -> (fit: Expression, name: Name)? {
    var parts = [name.text]
    var root = base
    while case .member(let inner, let part) = root.kind {
      parts.insert(part.text, at: 0)
      root = inner
    }
    guard parts.count > 1, netsByName[parts[0]] != nil || recordFields[parts[0]] != nil,
      case .name(let fit) = root.kind,
      fitsByName[fit] != nil
    else { return nil }
    return (root, Name(parts.joined(separator: "."), span: base.span.union(name.span)))
  }

  func checkMember(_ base: Expression, _ name: Name, _ span: SourceSpan)
    -> CheckedExpression
  {
    if let weight = weightOfFit(base, name) { return checkMember(weight.fit, weight.name, span) }
    if let field = checkRecordField(base, name, span) { return field }
    if case .name(let fitName) = base.kind, let fit = fitsByName[fitName] {
      guard isInsideScript else {
        error(
          "E0602",
          "a fit can be read in the script only",
          at: span,
          help: "use it in `show`, after its `infer`"
        )
        return .invalid(span)
      }
      guard let id = variablesByName[name.text] else {
        let near = suggestion(for: name.text, among: Array(variablesByName.keys))
        error(
          "E0201",
          "the model has no quantity `\(name.text)`",
          at: name.span,
          help: near.map { "did you mean `\(fitName).\($0)`?" }
        )
        return .invalid(span)
      }
      let variable = model.variables[id.index]
      guard case .modeled = variable.role else {
        // Missing cells of observations have draws, and under the prior all of them.
        let isDrawn = model.fits[fit].engine == "prior" && model.isObserved(id)
        return CheckedExpression(
          .draw(.fit(fit), id),
          type: variable.type,
          stage: isDrawn ? .random : .data,
          span: span
        )
      }
      return CheckedExpression(
        .draw(.fit(fit), id),
        type: variable.type,
        stage: .random,
        span: span
      )
    }
    if case .name(let fitName) = base.kind, isInsideScript, variablesByName[fitName] == nil {
      if !silencedNames.contains(fitName) {
        error(
          "E0602",
          "there is no fit `\(fitName)` before this line",
          at: base.span,
          help: suggestion(for: fitName, among: Array(fitsByName.keys)).map {
            "did you mean `\($0)`?"
          }
            ?? "fit it first: `infer \(fitName) = nuts()`"
        )
      }
      return .invalid(span)
    }
    if case .name(let net) = base.kind, netsByName[net] != nil {
      notBuilt(
        "the weights of a net in an expression",
        at: span,
        help: "give them a prior with `~`; of a fit they are read as `post.\(net).dense_1.weight`"
      )
      return .invalid(span)
    }
    let value = checkWhole(base)
    if case .record(let fields) = value.kind {
      if var field = fields.first(where: { $0.name == name.text })?.value {
        field.span = span
        return field
      }
      reportField(name, among: fields.map(\.name))
      return .invalid(span)
    }
    if !value.type.isInvalid {
      error(
        "E0201",
        "`\(name.text)` is no part of this value",
        at: name.span,
        "the value is \(describe(value.type))",
        help: "values have no fields; index with [ ]"
      )
    }
    return .invalid(span)
  }
}
