import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Engines that compare simulations with data.
extension ModelChecker {
  /// The data with a statement, in the order of the text.
  private var observedData: [VariableID] {
    model.variables.indices.map { VariableID($0) }.filter { model.isObserved($0) }
  }

  /// `summary: f`: a function of the program of all data with a statement.
  func checkSummary(_ expression: Expression) -> CheckedInference.Setting? {
    let data = observedData
    guard case .name(let name) = expression.kind else {
      if case .invalid = expression.kind { return nil }
      error(
        "E0601",
        "`summary` names a function of the data",
        at: expression.span,
        help:
          "define it, `fn features[d](y: real[d]) = [mean(y), sd(y)]`, and write `summary: features`"
      )
      return nil
    }
    guard functionsByName[name] != nil else {
      let near = suggestion(for: name, among: Array(functionsByName.keys))
      error(
        "E0501",
        "there is no function `\(name)`",
        at: expression.span,
        help: near.map { "did you mean `\($0)`?" }
          ?? "define it: `fn \(name)[d](y: real[d]) = [mean(y), sd(y)]`"
      )
      return nil
    }
    let arguments = data.map { id in
      Argument(
        label: nil,
        value: Expression(.name(model.variables[id.index].name.text), span: expression.span)
      )
    }
    let call = Expression(
      .call(Name(name, span: expression.span), .list(arguments)),
      span: expression.span
    )
    let value = checkExpression(call)
    guard !value.type.isInvalid else { return nil }
    if case .record = value.kind {
      notBuilt("a summary that is a record", at: expression.span, help: "give a list: `[a, b]`")
      return nil
    }
    let number = number(value, "a summary of the data")
    return number.type.isInvalid ? nil : .expressions([number])
  }

  /// Checks that there is something to compare; without a summary it is the data themselves.
  func checkComparison(
    _ settings: inout [String: CheckedInference.Setting],
    _ span: SourceSpan
  ) {
    let data = observedData
    guard !data.isEmpty else {
      error(
        "E0601",
        "simulations have nothing to be compared with",
        at: span,
        "no data have a statement `~`",
        help: "let data be given by the model: `y ~ simulator(…)`"
      )
      return
    }
    guard settings["summary"] == nil else { return }
    settings["summary"] = .expressions(
      data.map { id in
        let variable = model.variables[id.index]
        return CheckedExpression(.variable(id), type: variable.type, stage: .data, span: span)
      }
    )
  }
}

extension CheckedModel {
  /// Whether a statement has a simulator whose density is not known.
  package var hasSimulators: Bool {
    equations.contains { equation in
      if case .distribution(let distribution) = equation.body {
        !distribution.simulators.isEmpty
      } else {
        false
      }
    }
  }
}
