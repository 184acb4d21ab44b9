import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Uses of functions and simulators outside of the program.
extension ModelChecker {
  /// Checks a call of a function outside of the program.
  func checkExternalCall(
    _ external: (id: ExternalID, declaration: ExternalDeclaration),
    _ callee: Name,
    _ arguments: Arguments,
    _ span: SourceSpan
  ) -> CheckedExpression {
    guard !external.declaration.isDistribution else {
      error(
        "E0502",
        "`\(callee.text)` is a simulator, not a value",
        at: callee.span,
        also: [.init(external.declaration.name.span, "declared here")],
        help: "give a quantity its draws: `x ~ \(callee.text)(…)`"
      )
      return .invalid(span)
    }
    guard case .list(let list) = arguments else {
      error(
        "E0503",
        "`\(callee.text)` takes its arguments one by one",
        at: span,
        help: "put the comprehension in brackets: `[… for …]`"
      )
      return .invalid(span)
    }
    var generics: [String: Axis] = [:]
    guard let values = externalArguments(external, callee, list, &generics),
      let axes = externalAxes(external.declaration, callee, generics, span)
    else { return .invalid(span) }
    let type = ValueType(model.externals[external.id.index].result.element, axes: axes)
    var approximation: CheckedExpression?
    if let name = model.externals[external.id.index].approximation {
      guard let value = checkApproximation(name, of: external, callee, list, type, span) else {
        return .invalid(span)
      }
      approximation = value
    }
    return CheckedExpression(
      .external(external.id, values, approximation: approximation),
      type: type,
      stage: values.map(\.stage).max() ?? .data,
      span: span
    )
  }

  /// The cheap function in the place of one outside of the program, at the same arguments; nil for what was reported.
  private func checkApproximation(
    _ name: Name,
    of external: (id: ExternalID, declaration: ExternalDeclaration),
    _ callee: Name,
    _ list: [Argument],
    _ type: ValueType,
    _ span: SourceSpan
  ) -> CheckedExpression? {
    let names = external.declaration.signature.parameters.map(\.name.text)
    guard let ordered = order(list, names, callee, external.declaration.name.span) else {
      return nil
    }
    let call = Expression(
      .call(
        Name(name.text, span: callee.span),
        .list(ordered.map { Argument(label: nil, value: $0) })
      ),
      span: span
    )
    let value = checkExpression(call)
    guard !value.type.isInvalid else { return nil }
    guard value.type.element.isNumeric, value.type.axes.count == type.axes.count,
      zip(value.type.axes, type.axes).allSatisfy({ unify($0, $1) != nil })
    else {
      error(
        "E1001",
        "`\(name.text)` gives other values than `\(callee.text)`, for which it is to stand",
        at: name.span,
        "\(describe(value.type)), and \(describe(type)) by `\(callee.text)`",
        help: "let both give values of one shape"
      )
      return nil
    }
    return value
  }

  /// Checks a use of a simulator outside of the program.
  func checkExternalDistribution(
    _ external: (id: ExternalID, declaration: ExternalDeclaration),
    _ callee: Name,
    _ list: [Argument],
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    var generics: [String: Axis] = [:]
    guard let values = externalArguments(external, callee, list, &generics) else { return nil }
    let rank = model.externals[external.id.index].result.rank
    if let eventAxes, eventAxes.count >= rank,
      case .named(_, let written)? = external.declaration.signature.result?.kind
    {
      // A dimension of the result alone is that of the target.
      for (expression, axis) in zip(written, eventAxes.suffix(rank)) {
        guard case .expression(let inner) = expression, case .name(let name) = inner.kind,
          genericNames(external.declaration.signature, "extern dist \(callee.text)").contains(name),
          generics[name] == nil
        else { continue }
        generics[name] = axis
      }
    }
    guard let axes = externalAxes(external.declaration, callee, generics, span) else { return nil }
    if let eventAxes {
      guard eventAxes.count >= rank,
        zip(axes, eventAxes.suffix(rank)).allSatisfy({
          unify($0, $1) != nil
        })
      else {
        error(
          "E0203",
          "axes do not match",
          at: span,
          "`\(callee.text)` runs over \(describe(axes)), the target over \(describe(eventAxes))",
          also: declarations(axes + eventAxes)
        )
        return nil
      }
    }
    return CheckedDistribution(
      .external(
        ExternalDistribution(
          id: external.id,
          name: callee.text,
          arguments: values,
          eventAxes: axes
        )
      ),
      support: .simulated(model.externals[external.id.index].result.element, rank: rank),
      span: span
    )
  }

  /// The arguments of a use, converted to the parameters' types; nil for what was reported.
  private func externalArguments(
    _ external: (id: ExternalID, declaration: ExternalDeclaration),
    _ callee: Name,
    _ list: [Argument],
    _ generics: inout [String: Axis]
  ) -> [CheckedExpression]? {
    let signature = external.declaration.signature
    let names = signature.parameters.map(\.name.text)
    guard let ordered = order(list, names, callee, external.declaration.name.span) else {
      return nil
    }
    let word = external.declaration.isDistribution ? "extern dist" : "extern fn"
    let generic = genericNames(signature, "\(word) \(callee.text)")
    var values: [CheckedExpression] = []
    var isValid = true
    for (argument, parameter) in zip(ordered, signature.parameters) {
      let value = checkWhole(argument)
      if !value.type.isInvalid, let value = convert(value, to: parameter, generic, &generics) {
        values.append(value)
      } else {
        isValid = false
      }
    }
    guard isValid else { return nil }
    for (value, parameter) in zip(values, signature.parameters) {
      guard case .named(_, let axes) = parameter.type.kind, axes.isEmpty, !value.type.isScalar
      else { continue }
      error(
        "E0203",
        "the parameter `\(parameter.name.text)` is one number",
        at: value.span,
        "this is \(describe(value.type))",
        also: [.init(parameter.type.span, "declared here")],
        help: "let the equation run over an index"
      )
      return nil
    }
    return values
  }

  /// The axes of a result; nil for what was reported.
  private func externalAxes(
    _ declaration: ExternalDeclaration,
    _ callee: Name,
    _ generics: [String: Axis],
    _ span: SourceSpan
  ) -> [Axis]? {
    let signature = declaration.signature
    let word = declaration.isDistribution ? "extern dist" : "extern fn"
    let generic = genericNames(signature, "\(word) \(callee.text)")
    guard case .named(_, let written)? = signature.result?.kind else { return nil }
    var axes: [Axis] = []
    for case .expression(let axis) in written {
      if case .name(let name) = axis.kind, generic.contains(name) {
        guard let bound = generics[name] else {
          error(
            "E0205",
            "nothing says how many values `\(callee.text)` has",
            at: span,
            also: [.init(axis.span, "this dimension is of no argument")]
          )
          return nil
        }
        axes.append(bound)
      } else {
        axes.append(typeAxis(axis))
      }
    }
    return axes
  }
}
