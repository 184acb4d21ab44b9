import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Reports quantities that are defined in terms of themselves.
  func checkCycles() {
    // Every reference counts for whether the model is well defined, but those of computed data to data of files: a
    // prior may be scaled by the observations.
    var edges = [[Int]](repeating: [], count: model.variables.count)
    for (index, equation) in model.equations.enumerated() {
      let free = Set(occurrences[index].filter { isPlainData($0) }.map(\.variable))
        .subtracting(occurrences[index].filter { !isPlainData($0) }.map(\.variable))
      var read = equation.references.subtracting(free).map(\.index).sorted()
      if case .computed = model.variables[equation.target.index].role,
        case .definition = equation.body
      {
        read.removeAll { if case .data = model.variables[$0].role { true } else { false } }
      }
      edges[equation.target.index] += read
    }
    let components = stronglyConnectedComponents(edges)
    var isReported = Set<Int>()
    for component in components where isCyclic(component, edges) {
      report(cycle: component, &isReported)
    }
  }

  /// Finds the order of evaluation, once roles are known.
  func orderEvaluation() {
    model.readings = occurrences
    model.orderEvaluation()
  }

  /// Whether elements of data are read that no statement distributes.
  private func isPlainData(_ occurrence: ReferenceOccurrence) -> Bool {
    guard let (axis, label) = occurrence.label else { return false }
    let variable = model.variables[occurrence.variable.index]
    switch variable.role {
    case .data, .computed: break
    case .modeled, .predicted: return false
    }
    return variable.equations.allSatisfy { index in
      let equation = model.equations[index]
      guard case .distribution = equation.body else { return true }
      guard equation.items.indices.contains(axis) else { return false }
      switch equation.items[axis] {
      case .fixed(let fixed): return namedLabel(of: fixed).map { $0 != label } ?? false
      case .binder(let binder):
        guard case .dimension(_, let range?) = binder.domain else { return false }
        if let lower = range.lower.flatMap({ namedLabel(of: $0) }), label < lower { return true }
        if let upper = range.upper.flatMap({ namedLabel(of: $0) }), label > upper { return true }
        return false
      }
    }
  }

  private func axis(_ position: Int, of variable: VariableID) -> Axis {
    model.variables[variable.index].type.axes[position]
  }

  private func isCyclic(_ component: [Int], _ edges: [[Int]]) -> Bool {
    component.count > 1 || edges[component[0]].contains(component[0])
  }

  /// Reports one cycle, unless all of its readings are shifts of one sign along one dimension.
  private func report(cycle component: [Int], _ isReported: inout Set<Int>) {
    let members = Set(component)
    var shifts: [ShiftKey: SourceSpan] = [:]
    var unshifted: (equation: Int, occurrence: ReferenceOccurrence)?
    var isModeledData = true
    for (index, equation) in model.equations.enumerated()
    where members.contains(equation.target.index) {
      if case .modeled = model.variables[equation.target.index].role { isModeledData = false }
      for occurrence in occurrences[index]
      where members.contains(occurrence.variable.index) && !isPlainData(occurrence) {
        if let shift = occurrence.shift {
          let axis = axis(shift.axis, of: occurrence.variable)
          let key = ShiftKey(
            axis: axis.dimension == nil ? shift.axis : -1,
            dimension: axis.dimension,
            offset: shift.offset
          )
          shifts[key] = shifts[key] ?? occurrence.span
        } else {
          unshifted = unshifted ?? (index, occurrence)
        }
      }
    }
    // Data are known: an observed quantity may read itself anywhere but at the element it defines.
    if isModeledData, component.count == 1, unshifted == nil { return }
    guard !component.contains(where: { isReported.contains($0) }) else { return }
    isReported.formUnion(component)
    let names = component.reversed().map { "`\(model.variables[$0].name.text)`" }
    if let unshifted, component.count == 1 || shifts.isEmpty {
      let target = model.equations[unshifted.equation]
      if component.count == 1 {
        error(
          "E0403",
          "\(names[0]) is defined by itself",
          at: unshifted.occurrence.span,
          "read here",
          also: [.init(target.targetSpan, "to define this")],
          help: isModeledData
            ? "what is known of it before, such as a total, can be computed data:"
              + " `data n[i: d] = sum(y[i])`"
            : "a quantity may read only what is defined before it; along a dimension, earlier"
              + " elements: `x[t-1]`"
        )
      } else {
        let others = component.compactMap { member in
          model.equations.first { $0.target.index == member }?.targetSpan
        }.filter { $0 != target.targetSpan }
        error(
          "E0403",
          "\(names.joined(separator: ", ")) are defined by each other",
          at: unshifted.occurrence.span,
          "read here",
          also: [.init(target.targetSpan, "to define this")]
            + others.prefix(4).map { .init($0, "part of the cycle") },
          help: "break the cycle: one of them must not depend on the others"
        )
      }
      return
    }
    if shifts.count > 1 {
      let places = shifts.values.sorted { $0.start < $1.start }
      let offsets = Set(shifts.keys.map(\.offset))
      error(
        "E0403",
        offsets.count > 1
          ? "\(names.joined(separator: ", ")) cannot be read both before and after the own index"
          : "\(names.joined(separator: ", ")) cannot be read shifted along two axes",
        at: places[1],
        "read here",
        also: [.init(places[0], "and here")],
        help: "read only earlier elements (or only later ones) along one dimension"
      )
      return
    }
    guard component.count > 1, let unshifted else { return }
    // Several quantities that read each other, some at the same index: ordered within one index?
    var within = [[Int]](repeating: [], count: model.variables.count)
    for (index, equation) in model.equations.enumerated()
    where members.contains(equation.target.index) {
      for occurrence in occurrences[index]
      where occurrence.shift == nil && members.contains(occurrence.variable.index)
        && !isPlainData(occurrence)
      {
        within[equation.target.index].append(occurrence.variable.index)
      }
    }
    for inner in stronglyConnectedComponents(within) where isCyclic(inner, within) {
      error(
        "E0403",
        "\(names.joined(separator: ", ")) are defined by each other",
        at: unshifted.occurrence.span,
        "read here",
        help: "break the cycle: one of them must not depend on the others at the same index"
      )
      return
    }
  }
}

/// A kind of shifted reading.
private struct ShiftKey: Hashable {
  /// Position of the axis, where it has no dimension.
  var axis: Int
  var dimension: DimensionID?
  var offset: ReferenceOccurrence.Offset
}
