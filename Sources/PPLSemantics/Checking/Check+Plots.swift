import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks one picture of a `plot` statement: a kind with what it shows.
  func checkPlot(_ expression: Expression) {
    let names = PlotKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    guard case .call(let callee, let arguments) = expression.kind else {
      error(
        "E0602",
        "`plot` is told what kind of picture it draws",
        at: expression.span,
        help: "write for instance `plot density(post.x)`; there are \(names)"
      )
      return
    }
    guard let kind = PlotKind(rawValue: callee.text) else {
      let near = suggestion(for: callee.text, among: PlotKind.allCases.map(\.rawValue))
      error(
        "E0602",
        "there is no picture `\(callee.text)`",
        at: callee.span,
        help: near.map { "did you mean `\($0)`?" } ?? "there are \(names)"
      )
      return
    }
    guard case .list(let list) = arguments, !list.isEmpty, list.allSatisfy({ $0.label == nil })
    else {
      reportOperands(kind, expression.span)
      return
    }
    let operands = list.map(\.value)
    switch kind.operand {
    case .values: checkPlot(kind, ofValues: operands, expression.span)
    case .fit:
      guard operands.count == 1 else { return reportOperands(kind, expression.span) }
      guard let fit = fitIndex(operands[0]) else { return }
      let engine = engines[model.fits[fit].engine]
      guard engine?.statistics.contains(.energy) == true else {
        error(
          "E0602",
          "`\(model.fits[fit].engine)` has no energies to draw",
          at: operands[0].span,
          also: [.init(model.fits[fit].name.span, "made here")],
          help: "engines that follow the gradient have them, such as `nuts()`"
        )
        return
      }
      model.script.append(.plot(CheckedPlot(kind: kind, subject: .fit(fit), span: expression.span)))
    case .prediction:
      guard operands.count == 1, case .name(let name) = operands[0].kind else {
        return reportOperands(kind, expression.span)
      }
      guard let (index, _) = predictionsByName[name] else {
        guard !silencedNames.contains(name) else { return }
        if let fit = fitsByName[name] {
          error(
            "E0602",
            "`\(name)` is a fit, and a prediction belongs here",
            at: operands[0].span,
            also: [.init(model.fits[fit].name.span, "made here")],
            help: "predict first: `predict test = y given \(name)`, then `\(kind.rawValue)(test)`"
          )
          return
        }
        error(
          "E0602",
          "there is no prediction `\(name)` before this line",
          at: operands[0].span,
          help: suggestion(for: name, among: Array(predictionsByName.keys)).map {
            "did you mean `\($0)`?"
          } ?? "make it first: `predict \(name) = y given post`"
        )
        return
      }
      model.script.append(
        .plot(CheckedPlot(kind: kind, subject: .prediction(index), span: expression.span))
      )
    }
  }

  private func reportOperands(_ kind: PlotKind, _ span: SourceSpan) {
    let name = kind.rawValue
    let (what, example) =
      switch kind.operand {
      case .values: ("values in the draws of a fit", "\(name)(post.x)")
      case .fit: ("one fit", "\(name)(post)")
      case .prediction: ("one prediction", "\(name)(test)` after `predict test = y given post")
      }
    error("E0602", "`\(name)` takes \(what)", at: span, help: "write `\(example)`")
  }

  private func checkPlot(_ kind: PlotKind, ofValues operands: [Expression], _ span: SourceSpan) {
    var values: [CheckedExpression] = []
    for operand in operands {
      if case .name(let name) = operand.kind, variablesByName[name] == nil,
        let fit = fitsByName[name]
      {
        error(
          "E0602",
          "`\(kind.rawValue)` draws quantities, and `\(name)` is a fit",
          at: operand.span,
          also: [.init(model.fits[fit].name.span, "made here")],
          help: "name what is to be drawn: `\(kind.rawValue)(\(name).x)`"
        )
        return
      }
      let value = checkExpression(operand)
      guard !value.type.isInvalid else { return }
      guard readsDraws(value), value.type.element != .string else {
        error(
          "E0602",
          "this is the same in every draw, so there is nothing to draw",
          at: value.span,
          help: "name a quantity of a fit: `\(kind.rawValue)(post.x)`"
        )
        return
      }
      values.append(value)
    }
    if kind == .pairs {
      guard values.count > 1 || values[0].type.rank > 0 else {
        error(
          "E0602",
          "`pairs` draws two or more quantities against each other",
          at: span,
          help: "add another: `pairs(post.x, post.y)`"
        )
        return
      }
      guard bases(of: values).count == 1 else {
        error(
          "E0602",
          "draws of two fits cannot be drawn against each other",
          at: span,
          help: "draw the quantities of each fit in a picture of its own"
        )
        return
      }
    }
    model.script.append(.plot(CheckedPlot(kind: kind, subject: .values(values), span: span)))
  }

  /// Whether an expression has a value in each draw; `E`, `P`, `SD` and `Q` have one of all draws.
  private func readsDraws(_ expression: CheckedExpression) -> Bool {
    switch expression.kind {
    case .query: false
    case .draw: true
    default: expression.parts.contains(where: readsDraws)
    }
  }

  /// Whose draws expressions read; those of a prediction of a fit's own data count as the fit's.
  private func bases(of values: [CheckedExpression]) -> Set<DrawSource> {
    var found: Set<DrawSource> = []
    for value in values {
      value.forEachPart { part in
        guard case .draw(let source, _) = part.kind else { return }
        if case .prediction(let index) = source,
          let fit = model.predictions[index].replicatedFit
        {
          found.insert(.fit(fit))
        } else {
          found.insert(source)
        }
      }
    }
    return found
  }
}
