import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  func checkSubscripted(_ base: Expression, _ subscripts: [Subscript], _ span: SourceSpan)
    -> CheckedExpression
  {
    if let record = checkRecord(named: base, subscripts, span) { return record }
    let mark = shifts.count
    let accepts = acceptsRagged
    acceptsRagged = true
    let value = checkExpression(base)
    acceptsRagged = false
    defer { acceptsRagged = accepts }
    guard !value.type.isInvalid else {
      for case .index(let index) in subscripts { _ = checkExpression(index) }
      return .invalid(span)
    }
    let axes = value.type.axes
    guard subscripts.count <= axes.count else {
      let what =
        axes.isEmpty ? "this value has no axis to index" : "this value has \(axisCount(axes.count))"
      error(
        "E0205",
        "too many indices",
        at: span,
        "\(what): it is \(describe(value.type))",
        help: axes.isEmpty ? "remove the brackets" : nil
      )
      return .invalid(span)
    }
    var result: [Axis] = []
    var lifted: [Axis]?
    var checked: [CheckedSubscript] = []
    var stage = value.stage
    var isValid = true
    for (position, (entry, axis)) in zip(subscripts, axes).enumerated() {
      switch entry {
      case .keep:
        checked.append(.keep)
        result.append(axis)
      case .range(let range):
        guard let part = checkSlice(range, axis) else {
          isValid = false
          continue
        }
        checked.append(.range(part.range))
        result.append(part.axis)
      case .index(let expression):
        guard let index = checkIndex(expression, axis, position, mark, base: value) else {
          isValid = false
          continue
        }
        checked.append(index.subscript)
        stage = max(stage, index.stage)
        guard !index.axes.isEmpty else { continue }
        if let known = lifted {
          guard let common = unify(known, index.axes) else {
            error(
              "E0203",
              "axes do not match",
              at: expression.span,
              "this runs over \(describe(index.axes)), the indices before it over \(describe(known))",
              also: declarations(known + index.axes),
              help: "arrays of indices in one subscript run over the same axes; for all pairs write"
                + " a list over binders"
            )
            isValid = false
            continue
          }
          lifted = common
        } else {
          lifted = index.axes
        }
      }
    }
    guard isValid else { return .invalid(span) }
    result += axes.dropFirst(subscripts.count)
    // Arrays of indices come first, as a plate does. `x[i][j]` is `x[i, j]`.
    var whole = value
    if case .subscripted(let inner, let first) = value.kind, isRagged(value.type),
      first.allSatisfy({ if case .index(let index) = $0 { index.type.isScalar } else { false } })
    {
      whole = inner
      checked = first + checked
    }
    return CheckedExpression(
      .subscripted(whole, checked),
      type: ValueType(value.type.element, axes: (lifted ?? []) + result),
      stage: stage,
      span: span
    )
  }

  private func checkSlice(_ range: RangeExpression, _ axis: Axis)
    -> (range: CheckedRange, axis: Axis)?
  {
    switch axis {
    case .dimension(let dimension):
      return (checkRange(range, of: dimension), .part(dimension))
    case .anonymous, .literal, .part:
      func end(_ expression: Expression?) -> CheckedExpression? {
        guard let expression else { return nil }
        let value = number(checkExpression(expression), "the end of a range")
        if !value.type.isInvalid, value.type != .integer {
          error(
            "E0302",
            "the end of a range must be an integer",
            at: expression.span,
            "this is \(describe(value.type))"
          )
        }
        requireData(value, "the end of a range")
        return value
      }
      let part = CheckedRange(
        lower: end(range.lower),
        upper: end(range.upper),
        span: range.span
      )
      if case .part(let dimension) = axis { return (part, .part(dimension)) }
      return (part, .anonymous(nil))
    }
  }

  private func checkIndex(
    _ expression: Expression,
    _ axis: Axis,
    _ position: Int,
    _ mark: Int,
    base: CheckedExpression
  ) -> (subscript: CheckedSubscript, axes: [Axis], stage: Stage)? {
    // A whole subscript `i + n` or `i - n` is a shift.
    if case .binary(let op, let left, let right) = expression.kind, op == .add || op == .subtract,
      let dimension = axis.dimension
    {
      let index = checkExpression(left)
      if case .index(let own) = index.type.element {
        let amount = number(checkExpression(right), "a shift")
        guard !amount.type.isInvalid else { return nil }
        guard own == dimension else {
          reportWrongDimension(index, axis, base)
          return nil
        }
        guard amount.type.element != .real, amount.type.isScalar, index.type.isScalar else {
          error(
            "E0302",
            "an index moves by an integer",
            at: right.span,
            "this is \(describe(amount.type))"
          )
          return nil
        }
        noteShift(amount, op, position, mark, base)
        return (
          .shifted(index, by: amount, backward: op == .subtract), [],
          max(index.stage, amount.stage)
        )
      }
      let sum = combine(op, index, checkExpression(right), expression.span)
      return finishIndex(sum, axis, base)
    }
    let index = checkExpression(expression)
    if let label = literal(index) { noteFixed(label, position, mark, base) }
    return finishIndex(index, axis, base)
  }

  private func finishIndex(
    _ index: CheckedExpression,
    _ axis: Axis,
    _ base: CheckedExpression
  ) -> (subscript: CheckedSubscript, axes: [Axis], stage: Stage)? {
    let type = index.type
    guard !type.isInvalid else { return nil }
    guard let dimension = axis.dimension else {
      let value = number(index, "an index")
      guard !value.type.isInvalid else { return nil }
      guard value.type.element != .real else {
        error(
          "E0302",
          "an index must be an integer",
          at: index.span,
          "this is \(describe(type))"
        )
        return nil
      }
      return (.index(value), value.type.axes, value.stage)
    }
    switch type.element {
    case .index(let own):
      guard own == dimension else {
        reportWrongDimension(index, axis, base)
        return nil
      }
      return (.index(index), type.axes, index.stage)
    case .string: return (.index(cast(index, to: dimension)), [], index.stage)
    case .integer where literal(index) != nil:
      return (.index(cast(index, to: dimension)), [], index.stage)
    default:
      let text = "`\(name(of: dimension))`"
      error(
        "E0204",
        "this axis is indexed by \(text), not by \(describe(ValueType(type.element)))",
        at: index.span,
        "the axis runs over \(text)",
        also: [declaration(of: dimension)],
        help: indexHelp(index, dimension)
      )
      return nil
    }
  }

  private func indexHelp(_ index: CheckedExpression, _ dimension: DimensionID) -> String {
    let name = self.name(of: dimension)
    if literal(index) != nil { return "labels and positions are integers" }
    guard index.type.element == .integer else {
      return "an index comes from a binder `i: \(name)` or from data of type `\(name)`"
    }
    if let id = variable(readBy: index), case .data = model.variables[id.index].role {
      let data = model.variables[id.index].name.text
      return "declare `\(data)` with the type `\(name)`, or make it an index here: `\(name)(…)`"
    }
    return "make it an index: `\(name)(…)`"
  }

  private func reportWrongDimension(
    _ index: CheckedExpression,
    _ axis: Axis,
    _ base: CheckedExpression
  ) {
    guard let wanted = axis.dimension, case .index(let own) = index.type.element else { return }
    error(
      "E0204",
      "this axis runs over `\(name(of: wanted))`, and the index is one of `\(name(of: own))`",
      at: index.span,
      "an index of `\(name(of: own))`",
      also: [declaration(of: wanted), declaration(of: own)],
      help: indexHelp(from: own, to: wanted)
        ?? "an index of `\(name(of: wanted))` comes from a binder, from data of that type, or is a"
        + " label"
    )
  }

  /// Data that lead from an index of one dimension to one of another, if there are any.
  private func indexHelp(from own: DimensionID, to wanted: DimensionID) -> String? {
    let bridge = model.variables.first { variable in
      variable.type.element == .index(wanted) && variable.type.axes == [.dimension(own)]
    }
    return bridge.map {
      "did you mean `\($0.name.text)[…]`, which gives the \(name(of: wanted)) of each"
        + " \(name(of: own))?"
    }
  }

  /// Remembers that the base was read at a shifted place, for the check of cycles.
  private func noteShift(
    _ amount: CheckedExpression,
    _ op: BinaryOperator,
    _ axis: Int,
    _ mark: Int,
    _ base: CheckedExpression
  ) {
    guard case .variable(let id) = base.kind, mark < shifts.count, shifts[mark].variable == id
    else { return }
    let isPositive: Bool
    if let value = literal(amount) {
      guard value != 0 else { return }
      isPositive = value > 0
    } else if case .label(let index) = amount.kind, case .binder = index.kind {
      // A lag dimension: its labels are checked to be positive when data are bound.
      isPositive = true
    } else {
      return
    }
    let isBackward = (op == .subtract) == isPositive
    shifts[mark].shift = (axis, isBackward ? .backward : .forward)
  }

  /// Remembers that the base was read at a label before, or after, all that the statement defines.
  private func noteFixed(
    _ label: Double,
    _ axis: Int,
    _ mark: Int,
    _ base: CheckedExpression
  ) {
    guard case .variable(let id) = base.kind, mark < shifts.count, shifts[mark].variable == id
    else { return }
    shifts[mark].label = shifts[mark].label ?? (axis, label)
    guard let target = currentTarget, let dimension = base.type.axes[axis].dimension
    else { return }
    let axes = model.variables[target.variable.index].type.axes
    for (item, own) in zip(target.items, axes) where own.dimension == dimension {
      var (lower, upper): (Double?, Double?)
      switch item {
      case .fixed(let index):
        lower = namedLabel(of: index)
        upper = lower
      case .binder(let binder):
        guard case .dimension(_, let range?) = binder.domain else { continue }
        lower = range.lower.flatMap { namedLabel(of: $0) }
        upper = range.upper.flatMap { namedLabel(of: $0) }
      }
      if let lower, label < lower {
        shifts[mark].shift = (axis, .backward)
      } else if let upper, label > upper {
        shifts[mark].shift = (axis, .forward)
      }
      return
    }
  }

  /// The label that a literal index names.
  func namedLabel(of index: CheckedExpression) -> Double? {
    if case .index(_, let value) = index.kind { literal(value) } else { literal(index) }
  }

  /// An integer or string literal made an index of a dimension.
  func cast(_ value: CheckedExpression, to dimension: DimensionID) -> CheckedExpression {
    CheckedExpression(
      .index(dimension, value),
      type: ValueType(.index(dimension), axes: value.type.axes),
      stage: value.stage,
      span: value.span
    )
  }

  /// Checks an index that is known from data: a literal, `first(d)`, `last(d)`, `d(e)`, an integer.
  func fixedIndex(_ expression: Expression, of dimension: DimensionID, _ what: String)
    -> CheckedExpression
  {
    let value = checkExpression(expression)
    guard !value.type.isInvalid else { return value }
    requireData(value, what)
    switch value.type.element {
    case .index(let own) where own == dimension && value.type.isScalar: return value
    case .integer where value.type.isScalar, .string where value.type.isScalar:
      return cast(value, to: dimension)
    default:
      error(
        "E0204",
        "\(what) must be a label or position of `\(name(of: dimension))`",
        at: expression.span,
        "this is \(describe(value.type))",
        also: [declaration(of: dimension)]
      )
      return .invalid(expression.span)
    }
  }
}
