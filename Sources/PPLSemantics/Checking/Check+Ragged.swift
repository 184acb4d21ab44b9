import PPLSourceText
import PPLSyntax
import PPLTypeSystem

// Dimensions that depend on an index of another: `dim visit[p: person] = n[p]`.
//
// A value over one has all positions that any owner has. Those beyond an owner's own do not exist: statements over the
// dimension carry a condition that leaves them out, and no expression may take the axis as a whole.

extension ModelChecker {
  /// Finds the parents of the dimensions that depend on an index.
  func checkParents(_ program: Program) {
    for item in program.items {
      guard case .dimensions(let declarations) = item.kind else { continue }
      for declaration in declarations {
        guard let brackets = declaration.brackets, let id = dimensionsByName[declaration.name.text],
          model.dimensions[id.index].name.span == declaration.name.span
        else { continue }
        var parent: DimensionID?
        if brackets.items.count == 1, brackets.condition == nil {
          switch brackets.items[0] {
          case .binder(let binder):
            if case .expression(let range) = binder.range { parent = dimension(named: range) }
          case .expression(let expression): parent = dimension(named: expression)
          case .range, .keep: break
          }
        }
        guard let parent, parent != id else {
          error(
            "E0205",
            "a dimension depends on an index of one other dimension",
            at: brackets.span,
            help: "write `dim \(declaration.name.text)[i: d] = …`"
          )
          continue
        }
        model.dimensions[id.index].parent = parent
      }
    }
    for (index, dimension) in model.dimensions.enumerated() {
      guard let parent = dimension.parent, model.dimensions[parent.index].parent != nil else {
        continue
      }
      notBuilt(
        "a dimension that depends on an index of another ragged one",
        at: dimension.name.span
      )
      model.dimensions[index].parent = nil
    }
  }

  private func dimension(named expression: Expression) -> DimensionID? {
    if case .name(let name) = expression.kind { dimensionsByName[name] } else { nil }
  }

  func isRagged(_ id: DimensionID) -> Bool { model.dimensions[id.index].parent != nil }

  /// Whether a value has an axis whose length differs from index to index.
  func isRagged(_ type: ValueType) -> Bool {
    type.axes.contains { $0.dimension.map { isRagged($0) } ?? false }
  }

  /// The size of a ragged dimension for each index of its parent.
  func checkRaggedExtent(_ declaration: DimensionDeclaration, _ id: DimensionID) {
    guard let parent = model.dimensions[id.index].parent, let range = declaration.range,
      let brackets = declaration.brackets
    else { return }
    scope = Scope()
    defer { scope = Scope() }
    let name: Name =
      if case .binder(let binder) = brackets.items[0] {
        binder.name
      } else {
        Name(self.name(of: parent), span: brackets.items[0].span)
      }
    let binder = makeBinder(name, .dimension(parent, nil))
    enter(binder)
    guard case .expression(let expression) = range else {
      error(
        "E0205",
        "a dimension that depends on an index has a number of positions",
        at: declaration.name.span,
        help: "write `dim \(declaration.name.text)[i: d] = n[i]`"
      )
      return
    }
    model.dimensions[id.index].extent = .ragged(binder, extentInteger(expression))
  }

  /// `visit[p]`, or a part of it, `visit[p][2..]`, of a ragged dimension; nil for anything else.
  func raggedDomain(_ expression: Expression)
    -> (dimension: DimensionID, owner: Expression, range: RangeExpression?)?
  {
    guard case .subscripted(let base, let subscripts) = expression.kind, subscripts.count == 1
    else { return nil }
    switch (base.kind, subscripts[0]) {
    case (.name(let name), .index(let owner)):
      guard let id = dimensionsByName[name], isRagged(id) else { return nil }
      return (id, owner, nil)
    case (.subscripted, .range(let range)):
      guard let whole = raggedDomain(base), whole.range == nil else { return nil }
      return (whole.dimension, whole.owner, range)
    default: return nil
    }
  }

  /// A binder over an owner's part of a ragged dimension.
  func raggedBinder(
    _ name: Name,
    _ id: DimensionID,
    owner: Expression,
    _ range: RangeExpression?,
    _ span: SourceSpan
  ) -> CheckedBinder? {
    guard let parent = model.dimensions[id.index].parent else { return nil }
    let owner = fixedIndex(owner, of: parent, "the owner of `\(self.name(of: id))`")
    guard !owner.type.isInvalid else { return nil }
    return raggedBinder(name, id, owner: owner, range.map { checkRange($0, of: id) })
  }

  func raggedBinder(
    _ name: Name,
    _ id: DimensionID,
    owner: CheckedExpression,
    _ range: CheckedRange? = nil
  ) -> CheckedBinder {
    var binder = makeBinder(name, .dimension(id, range))
    let index = CheckedExpression(
      .binder(binder.id),
      type: ValueType(.index(id)),
      stage: .data,
      span: name.span
    )
    binder.membership = membership(of: index, in: id, owner)
    return binder
  }

  /// Whether an index is one of an owner's.
  func membership(
    of index: CheckedExpression,
    in id: DimensionID,
    _ owner: CheckedExpression
  ) -> CheckedExpression {
    let size = CheckedExpression(
      .size(id, of: owner),
      type: .integer,
      stage: .data,
      span: index.span
    )
    return CheckedExpression(
      .binary(.less, index, size),
      type: .boolean,
      stage: .data,
      span: index.span
    )
  }

  /// All of these, and what was written after `where`.
  func conjunction(_ conditions: [CheckedExpression], _ written: CheckedExpression?)
    -> CheckedExpression?
  {
    let all = conditions + [written].compactMap(\.self)
    guard let first = all.first else { return nil }
    return all.dropFirst().reduce(first) { left, right in
      CheckedExpression(.binary(.and, left, right), type: .boolean, stage: .data, span: right.span)
    }
  }

  /// Reports a ragged dimension without the index that it depends on.
  func reportMissingOwner(_ id: DimensionID, at span: SourceSpan) {
    guard let parent = model.dimensions[id.index].parent else { return }
    let (own, other) = (name(of: id), name(of: parent))
    error(
      "E0205",
      "`\(own)` depends on an index of `\(other)`",
      at: span,
      "of which `\(other)` is not said",
      also: [declaration(of: id)],
      help: "bind that index first: `[p: \(other), i: \(own)[p]]`"
    )
  }

  /// Reports an array whose rows have different lengths where a whole one is wanted.
  func reportRaggedValue(_ value: CheckedExpression) {
    let id = value.type.axes.compactMap(\.dimension).first { isRagged($0) }
    guard let id, let parent = model.dimensions[id.index].parent else { return }
    let (own, other) = (name(of: id), name(of: parent))
    error(
      "E0205",
      "the length of this array differs from \(other) to \(other)",
      at: value.span,
      "this is \(describe(value.type))",
      also: [declaration(of: id)],
      help: "pick elements, `[p, i]` with `i: \(own)[p]`, or reduce it: sum(…), mean(…)"
    )
  }

  // MARK: Reductions

  /// An array with ragged axes as a list of its elements, for a function that reduces it; nil if it is none.
  func listed(_ value: CheckedExpression) -> CheckedExpression? {
    guard isRagged(value.type) else { return nil }
    var binders: [CheckedBinder] = []
    for axis in value.type.axes {
      guard let id = axis.dimension, case .dimension = axis else { return nil }
      let name = Name(self.name(of: id), span: value.span)
      guard let parent = model.dimensions[id.index].parent else {
        binders.append(makeBinder(name, .dimension(id, nil)))
        continue
      }
      let before = binders.last { $0.axis == .dimension(parent) }
      let owner = before.map { indexExpression($0) } ?? self.owner(of: id, in: value)
      guard let owner else { return nil }
      binders.append(raggedBinder(name, id, owner: owner))
    }
    guard let element = element(of: value, at: binders.map { indexExpression($0) }) else {
      return nil
    }
    let list = CheckedComprehension(
      binders: binders,
      condition: conjunction(binders.compactMap(\.membership), nil),
      element: element
    )
    return CheckedExpression(
      .comprehension(list),
      type: ValueType(value.type.element, axes: [.anonymous(nil)]),
      stage: value.stage,
      span: value.span
    )
  }

  private func indexExpression(_ binder: CheckedBinder) -> CheckedExpression {
    guard case .dimension(let id, _) = binder.domain else { return .invalid(binder.name.span) }
    return CheckedExpression(
      .binder(binder.id),
      type: ValueType(.index(id)),
      stage: .data,
      span: binder.name.span
    )
  }

  /// The index of the parent at which an array was picked.
  private func owner(of id: DimensionID, in value: CheckedExpression) -> CheckedExpression? {
    let parent = model.dimensions[id.index].parent
    if case .subscripted(let base, let subscripts) = value.kind {
      for (axis, entry) in zip(base.type.axes, subscripts) where axis.dimension == parent {
        if case .index(let index) = entry { return index }
      }
    }
    for part in value.parts {
      if isRagged(part.type), let owner = owner(of: id, in: part) { return owner }
    }
    return nil
  }

  /// One element of an array that is a quantity, or made of quantities element by element.
  private func element(of value: CheckedExpression, at indices: [CheckedExpression])
    -> CheckedExpression?
  {
    if value.type.isScalar { return value }
    var kind: CheckedExpression.Kind?
    func parts(_ values: [CheckedExpression]) -> [CheckedExpression]? {
      let elements = values.compactMap { element(of: $0, at: indices) }
      return elements.count == values.count ? elements : nil
    }
    switch value.kind {
    case .variable, .draw:
      kind = .subscripted(value, indices.map { .index($0) })
    case .subscripted(let base, let subscripts):
      var rest = indices[...]
      var all: [CheckedSubscript] = []
      for entry in subscripts {
        if case .keep = entry {
          guard let index = rest.popFirst() else { return nil }
          all.append(.index(index))
        } else if case .index(let index) = entry, index.type.isScalar {
          all.append(entry)
        } else {
          return nil
        }
      }
      kind = .subscripted(base, all + rest.map { .index($0) })
    case .unary(let op, let operand):
      kind = parts([operand]).map { .unary(op, $0[0]) }
    case .binary(let op, let left, let right):
      kind = parts([left, right]).map { .binary(op, $0[0], $0[1]) }
    case .conditional(let condition, let then, let otherwise):
      kind = parts([condition, then, otherwise]).map { .conditional($0[0], $0[1], $0[2]) }
    case .label(let index): kind = parts([index]).map { .label($0[0]) }
    case .builtin(let builtin, let operands):
      guard builtin.form == .elementwise || builtin.form == .pairwise || operands.count == 2 else {
        return nil
      }
      kind = parts(operands).map { .builtin(builtin, $0) }
    default: break
    }
    return kind.map {
      CheckedExpression(
        $0,
        type: ValueType(value.type.element),
        stage: value.stage,
        span: value.span
      )
    }
  }
}
