import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks the brackets of a target and brings its binders into scope.
  func checkPlate(_ entry: PendingEquation)
    -> (items: [TargetItem], condition: CheckedExpression?)?
  {
    guard let brackets = entry.target.brackets else { return ([], nil) }
    let variable = model.variables[entry.variable.index]
    if !entry.isData, isObserved(variable), brackets.items.count > variable.type.rank {
      error(
        "E0205",
        "too many indices",
        at: brackets.span,
        "`\(variable.name.text)` is \(describe(variable.type))",
        also: [.init(variable.name.span, "declared here")]
      )
      return nil
    }
    let axes = variable.type.axes
    var items: [TargetItem] = []
    var memberships: [CheckedExpression] = []
    var isValid = true
    for (position, item) in brackets.items.enumerated() {
      let axis = position < axes.count ? axes[position] : nil
      if let checked = checkTargetItem(item, axis, variable, items) {
        items.append(checked)
        if let membership = membership(of: checked, axis, items.dropLast()) {
          memberships.append(membership)
        } else if isOwnerless(checked, axis) {
          isValid = false
        }
      } else {
        if case .binder(let binder) = item { enterInvalid(binder) }
        isValid = false
      }
    }
    guard isValid else { return nil }
    var condition: CheckedExpression?
    if let expression = brackets.condition {
      condition = checkWhere(expression)
      if condition == nil { return nil }
    }
    return (items, conjunction(memberships, condition))
  }

  /// The dimension of an item.
  private func dimension(of item: TargetItem, _ axis: Axis?) -> DimensionID? {
    switch item {
    case .binder(let binder): binder.axis.dimension
    case .fixed: axis?.dimension
    }
  }

  /// The index of an item.
  private func index(of item: TargetItem) -> CheckedExpression? {
    switch item {
    case .fixed(let fixed): return fixed
    case .binder(let binder):
      guard case .dimension(let id, _) = binder.domain else { return nil }
      return CheckedExpression(
        .binder(binder.id),
        type: ValueType(.index(id)),
        stage: .data,
        span: binder.name.span
      )
    }
  }

  /// The index of a dimension among items.
  private func owner(_ parent: DimensionID, in items: some BidirectionalCollection<TargetItem>)
    -> CheckedExpression?
  {
    let item = items.last { item in
      switch item {
      case .binder(let binder): binder.axis.dimension == parent
      case .fixed(let fixed): fixed.type.element == .index(parent)
      }
    }
    return item.flatMap { index(of: $0) }
  }

  /// Whether an index of a ragged dimension is one of its owner's; nil where nothing is ragged.
  private func membership(
    of item: TargetItem,
    _ axis: Axis?,
    _ before: some BidirectionalCollection<TargetItem>
  ) -> CheckedExpression? {
    guard let id = dimension(of: item, axis), let parent = model.dimensions[id.index].parent,
      let owner = owner(parent, in: before), let index = index(of: item)
    else { return nil }
    return membership(of: index, in: id, owner)
  }

  /// Whether an item runs over a ragged dimension and none before it over that one's parent, which is reported.
  private func isOwnerless(_ item: TargetItem, _ axis: Axis?) -> Bool {
    guard let id = dimension(of: item, axis), isRagged(id) else { return false }
    let span: SourceSpan =
      switch item {
      case .binder(let binder): binder.name.span
      case .fixed(let fixed): fixed.span
      }
    reportMissingOwner(id, at: span)
    return true
  }

  private func checkTargetItem(
    _ item: AxisExpression,
    _ axis: Axis?,
    _ variable: Variable,
    _ before: [TargetItem]
  ) -> TargetItem? {
    switch item {
    case .binder(let binder):
      guard let checked = checkBinder(binder) else { return nil }
      return finish(checked, axis, binder.range.span, variable)
    case .expression(let expression):
      if let ragged = raggedDomain(expression), ragged.range == nil {
        // `visit[p]` alone binds an index of its own name.
        let binder = raggedBinder(
          Name(self.name(of: ragged.dimension), span: expression.span),
          ragged.dimension,
          owner: ragged.owner,
          nil,
          expression.span
        )
        return binder.flatMap { finish($0, axis, expression.span, variable) }
      }
      if case .name(let name) = expression.kind, let dimension = dimensionsByName[name] {
        let binder = makeBinder(Name(name, span: expression.span), .dimension(dimension, nil))
        return finish(binder, axis, expression.span, variable)
      }
      if case .name(let name) = expression.kind, variablesByName[name] == nil,
        scope.lookup(name) == nil
      {
        if let dimension = axis?.dimension {
          model.unknownNames.append(Name(name, span: expression.span))
          error(
            "E0201",
            "there is no dimension `\(name)`",
            at: expression.span,
            help: "bind an index: `\(name): \(self.name(of: dimension))`"
          )
          return nil
        }
        reportUnknownDimension(name, at: expression.span)
        return nil
      }
      return checkFixedItem(expression, axis, variable)
    case .range(let range):
      error(
        "E0205",
        "a range in a target needs a name for its index",
        at: range.span,
        help: "write `i: d[a..b]`"
      )
      return nil
    case .keep(let span):
      error(
        "E0205",
        "`_` cannot stand in a target",
        at: span,
        help: "bind an index: `i: d`"
      )
      return nil
    }
  }

  private func finish(
    _ binder: CheckedBinder,
    _ axis: Axis?,
    _ span: SourceSpan,
    _ variable: Variable
  ) -> TargetItem? {
    if let axis, let wanted = axis.dimension, binder.axis.dimension != wanted {
      error(
        "E0203",
        "axes do not match",
        at: span,
        "`\(variable.name.text)` runs over `\(describe(axis))` here, this is"
          + " `\(describe(binder.axis))`",
        also: [.init(variable.name.span, "`\(variable.name.text)` is declared here")]
          + declarations([axis, binder.axis]),
        help: "write `\(binder.name.text): \(describe(axis))`"
      )
      return nil
    }
    if case .anonymous(let size?)? = axis, case .anonymous(let own?) = binder.axis, size != own,
      case .integers(nil, _) = binder.domain
    {
      error(
        "E0203",
        "axes do not match",
        at: span,
        "`\(variable.name.text)` has \(size) elements here, this runs over \(own)",
        also: [.init(variable.name.span, "declared here")]
      )
      return nil
    }
    enter(binder)
    return .binder(binder)
  }

  private func checkFixedItem(_ expression: Expression, _ axis: Axis?, _ variable: Variable)
    -> TargetItem?
  {
    if let dimension = axis?.dimension {
      let index = fixedIndex(expression, of: dimension, "a fixed index of a target")
      return index.type.isInvalid ? nil : .fixed(index)
    }
    let value = number(checkExpression(expression), "a fixed index of a target")
    guard !value.type.isInvalid else { return nil }
    requireData(value, "a fixed index of a target")
    guard value.type == .integer else {
      error(
        "E0302",
        "an index must be an integer",
        at: expression.span,
        "this is \(describe(value.type))"
      )
      return nil
    }
    return .fixed(value)
  }
}
