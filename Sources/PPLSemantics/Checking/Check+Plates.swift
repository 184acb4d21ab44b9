import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Finds the plate axes of every target from the left sides alone.
  func inferPlateAxes(_ pending: [PendingEquation]) {
    var known: [VariableID: [Axis?]] = [:]
    var first: [VariableID: PendingEquation] = [:]
    for entry in pending {
      let variable = model.variables[entry.variable.index]
      if case .data = variable.role { continue }
      // Computed data have the axes of what computes them, also where they are observed.
      if case .computed = variable.role, !entry.isData { continue }
      // Weights have theirs from their layers.
      if model.weights[entry.variable] != nil { continue }
      let items = entry.target.brackets?.items ?? []
      let axes = items.map { plateAxis($0) }
      guard let other = first[entry.variable], var merged = known[entry.variable] else {
        first[entry.variable] = entry
        known[entry.variable] = axes
        continue
      }
      guard merged.count == axes.count else {
        error(
          "E0401",
          "`\(variable.name.text)` is defined twice, with different axes",
          at: entry.target.span,
          "with \(axisCount(axes.count)) here",
          also: [.init(other.target.span, "with \(axisCount(merged.count)) here")],
          help: "each element of a quantity is defined exactly once"
        )
        continue
      }
      for (position, axis) in axes.enumerated() {
        guard let axis else { continue }
        if let old = merged[position], old != axis {
          error(
            "E0203",
            "axes do not match",
            at: entry.target.span,
            "`\(variable.name.text)` runs over `\(describe(axis))` here",
            also: [.init(other.target.span, "and over `\(describe(old))` here")]
              + declarations([old, axis])
          )
          // Each of the two is right by itself.
          merged[position] = .anonymous(nil)
          continue
        }
        merged[position] = axis
      }
      known[entry.variable] = merged
    }
    for (id, axes) in known {
      let variable = model.variables[id.index]
      var result: [Axis] = []
      for (position, axis) in axes.enumerated() {
        guard let axis else {
          let span = first[id]?.target.span ?? variable.name.span
          let missing = "a dimension for axis \(position + 1) of `\(variable.name.text)`"
          model.unknownNames.append(Name(missing, span: span))
          error(
            "E0205",
            "nothing says which dimension axis \(position + 1) of"
              + " `\(variable.name.text)` has",
            at: span,
            help:
              "bind an index of a dimension d in one of its equations, `\(variable.name.text)[i: d]`,"
              + " or name it in a fixed one, `\(variable.name.text)[d(1)]`"
          )
          result.append(.anonymous(nil))
          continue
        }
        result.append(axis)
      }
      model.variables[id.index].plateRank = axes.count
      // Scalars until the right side says otherwise.
      model.variables[id.index].type = ValueType(.real, axes: result)
      if axes.isEmpty { model.variables[id.index].type = .invalid }
    }
  }

  /// The whole axis that an item of a target runs over; nil for a fixed index.
  private func plateAxis(_ item: AxisExpression) -> Axis? {
    func axis(_ expression: Expression) -> Axis? {
      switch expression.kind {
      case .name(let name):
        if let id = dimensionsByName[name] {
          .dimension(id)
        } else {
          // What means nothing is reported where it stands; data and the like are a fixed index.
          variablesByName[name] == nil ? .anonymous(nil) : nil
        }
      case .subscripted(let base, _): axis(base)
      case .number(let value, true): .anonymous(Int(exactly: value))
      default: nil
      }
    }
    /// The only dimension that has a label.
    func axis(labelled label: String) -> Axis? {
      let dimensions = dimensionsByLabel[label] ?? []
      return dimensions.count == 1 ? .dimension(dimensions[0]) : nil
    }
    switch item {
    case .binder(let binder):
      switch binder.range {
      case .expression(let expression):
        return axis(expression) ?? .anonymous(nil)
      case .range(let range):
        if range.lower == nil || isOne(range.lower), let upper = range.upper,
          case .number(let value, true) = upper.kind
        {
          return .anonymous(Int(exactly: value))
        }
        return .anonymous(nil)
      }
    case .expression(let expression):
      switch expression.kind {
      case .name, .subscripted: return axis(expression)
      case .string(let label): return axis(labelled: label)
      case .call(let callee, .list(let list)):
        if let dimension = dimensionsByName[callee.text] { return .dimension(dimension) }
        if let argument = list.first, callee.text == "first" || callee.text == "last" {
          return axis(argument.value)
        }
        return nil
      default: return nil
      }
    case .range, .keep: return nil
    }
  }

  private func isOne(_ expression: Expression?) -> Bool {
    if case .number(1, true)? = expression?.kind { true } else { false }
  }
}
