import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks all `factor` statements.
  func checkFactors(_ program: Program) {
    var names: [String: Name] = [:]
    for item in program.items {
      guard case .factor(let factor) = item.kind else { continue }
      if let other = names[factor.name.text] {
        error(
          "E0402",
          "the factor `\(factor.name.text)` is declared twice",
          at: factor.name.span,
          "again here",
          also: [.init(other.span, "first here")],
          help: "remove one, or give it another name"
        )
      }
      names[factor.name.text] = factor.name
      references = []
      shifts = []
      scope = Scope()
      let plate = checkFactorPlate(factor.brackets)
      let locals = checkLocals(factor.locals)
      let value = number(checkExpression(factor.value), "a factor")
      guard let plate, !value.type.isInvalid, areChecked(factor.locals, locals) else { continue }
      guard value.type.isScalar else {
        error(
          "E0203",
          "a factor is one term for each index",
          at: value.span,
          "this is \(describe(value.type))",
          help: "index it with binders, or add it up: sum(…)"
        )
        continue
      }
      model.factors.append(
        CheckedFactor(
          name: factor.name,
          binders: plate.binders,
          condition: plate.condition,
          locals: locals,
          value: value,
          references: references,
          span: item.span
        )
      )
    }
  }

  private func checkFactorPlate(_ brackets: Brackets?)
    -> (binders: [CheckedBinder], condition: CheckedExpression?)?
  {
    guard let brackets else { return ([], nil) }
    var binders: [CheckedBinder] = []
    var isValid = true
    for item in brackets.items {
      switch item {
      case .binder(let binder):
        guard let checked = checkBinder(binder) else {
          enterInvalid(binder)
          isValid = false
          continue
        }
        enter(checked)
        binders.append(checked)
      case .expression(let expression):
        guard case .name(let name) = expression.kind else {
          error(
            "E0205",
            "the brackets of a factor bind indices",
            at: expression.span,
            help: "write `i: d`"
          )
          return nil
        }
        guard let dimension = dimensionsByName[name] else {
          reportUnknownDimension(name, at: expression.span)
          return nil
        }
        var checked = makeBinder(
          Name(name, span: expression.span),
          .dimension(dimension, nil)
        )
        if let parent = model.dimensions[dimension.index].parent {
          guard let owner = binders.last(where: { $0.axis == .dimension(parent) }) else {
            reportMissingOwner(dimension, at: expression.span)
            return nil
          }
          let index = CheckedExpression(
            .binder(owner.id),
            type: ValueType(.index(parent)),
            stage: .data,
            span: owner.name.span
          )
          checked = raggedBinder(checked.name, dimension, owner: index)
        }
        enter(checked)
        binders.append(checked)
      case .range(let range):
        error(
          "E0205",
          "a range needs a name for its index",
          at: range.span,
          help: "write `i: 1..n`"
        )
        return nil
      case .keep(let span):
        error("E0205", "`_` cannot stand here", at: span, help: "bind an index: `i: d`")
        return nil
      }
    }
    guard isValid else { return nil }
    let memberships = binders.compactMap(\.membership)
    guard let condition = brackets.condition else {
      return (binders, conjunction(memberships, nil))
    }
    guard let checked = checkWhere(condition) else { return nil }
    return (binders, conjunction(memberships, checked))
  }
}
