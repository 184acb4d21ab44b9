import PPLGraphIR
import PPLModelCompiler
import PPLRewrites
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

#if Native
  import PPLNativeExecution
#endif

extension Program {
  /// What was found out about every name: role, axes and element.
  public var checkedDescription: String {
    var lines = model.dimensions.map { dimension in
      switch dimension.extent {
      case _ where dimension.parent != nil:
        "dim \(dimension.name.text): differs in size from row to row"
      case .ragged: "dim \(dimension.name.text)"
      case .labels(let labels): "dim \(dimension.name.text): \(labels.count) labels"
      case .count, .range: "dim \(dimension.name.text): declared size"
      case .inferred: "dim \(dimension.name.text): size and labels from data"
      }
    }
    for variable in model.variables.sorted(by: { $0.name.span.start < $1.name.span.start }) {
      if case .predicted = variable.role { continue }
      let role =
        switch variable.role {
        case .data: isObserved(variable) ? "observed" : "given"
        case .computed: isObserved(variable) ? "computed, observed" : "computed"
        case .modeled(.sampled): "sampled"
        case .modeled(.fitted): "fitted"
        case .modeled(.generated): "generated"
        case .modeled(.eliminated): "summed out"
        case .modeled(.derived): "derived"
        case .predicted: "predicted"
        }
      lines.append("\(variable.name.text): \(describe(variable.type)), \(role)")
    }
    lines += model.factors.map { "factor \($0.name.text)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether it has data that no file in its own text gives.
  public var needsDataFiles: Bool {
    model.variables.contains { variable in
      if case .data(let binding) = variable.role { binding.path == nil } else { false }
    }
  }

  func isObserved(_ variable: Variable) -> Bool {
    variable.equations.contains { index in
      if case .distribution = model.equations[index].body { true } else { false }
    }
  }

  func describe(_ type: ValueType) -> String {
    let element =
      switch type.element {
      case .real: "real"
      case .integer: "int"
      case .boolean: "bool"
      case .index(let id): "index of \(model.dimensions[id.index].name.text)"
      case .string: "text"
      case .record: "record"
      case .invalid: "unknown"
      }
    guard !type.axes.isEmpty else { return element }
    let axes = type.axes.map { axis in
      switch axis {
      case .dimension(let id): model.dimensions[id.index].name.text
      case .part(let id): model.dimensions[id.index].name.text + "[..]"
      case .anonymous(let size?), .literal(let size): "\(size)"
      case .anonymous(nil): "?"
      }
    }
    return "\(element)[\(axes.joined(separator: ", "))]"
  }
}

extension Model {
  /// What becomes of each quantity, for people.
  public var planDescription: String {
    let checked = bound.model
    var lines: [String] = []
    for dimension in bound.dimensions {
      var line = "dim \(dimension.name): \(dimension.count) (\(dimension.summary))"
      if let sizes = dimension.sizes {
        line += ", \(sizes.min() ?? 0) to \(sizes.max() ?? 0) a row"
      }
      lines.append(line)
    }
    for (index, variable) in checked.variables.enumerated() {
      let id = VariableID(index)
      guard let sizes = bound.values.shape(of: id)?.sizes else { continue }
      let role = program.isObserved(variable) ? "observed" : "given"
      let shape = sizes.isEmpty ? "" : " \(sizes)"
      let place = bound.values.streamed(id) == nil ? "" : ", read row by row"
      lines.append(
        "\(role) \(variable.name.text): \(program.describe(variable.type))\(shape)\(place)"
      )
    }
    var counts: [VariableID: Int] = [:]
    for block in compiled.blocks { counts[block.variable, default: 0] += block.count }
    for quantity in compiled.recorded {
      let variable = checked.variables[quantity.variable.index]
      let isData = if case .data = variable.role { true } else { false }
      let role =
        quantity.role == .eliminated
        ? "summed out"
        : isData ? "\(quantity.count) missing cells, \(quantity.role)," : "\(quantity.role)"
      var line = "\(role) \(quantity.name): \(program.describe(variable.type))"
      let count = counts[quantity.variable, default: 0]
      if quantity.role == .sampled {
        line += ", \(count) unconstrained value\(count == 1 ? "" : "s")"
      }
      lines.append(line)
    }
    for block in compiled.blocks where block.canBeCentered {
      let text = program.source.text(of: block.span)
      lines.append("coordinates of \(text): values or deviations, chosen in the warm-up")
    }
    lines += checked.factors.map { "factor \($0.name.text)" }
    lines += compiled.eliminations
    lines.append("engine nuts on \(compiled.dimension) unconstrained values")
    if compiled.dropsConstant {
      lines.append("a normaliser that is constant and not known is left out of the log density")
    }
    lines += compiled.rewrites.map { rewrite in
      "rewrite \(rewrite.name): \(rewrite.summary) (\(rewrite.count) place"
        + (rewrite.count == 1 ? ")" : "s)")
    }
    lines.append(
      "graph: \(compiled.density.nodes.count) nodes, \(compiled.gradient.nodes.count) with gradient"
    )
    return lines.joined(separator: "\n") + "\n"
  }

  /// The log density's graph as text.
  public var graphDescription: String { "\(compiled.density)\n" }

  /// The module that the gradient's machine code is made from, as LLVM's text; nil without LLVM.
  public var nativeDescription: String? {
    #if Native
      NativeProgram.moduleText(compiled.gradient)
    #else
      nil
    #endif
  }

  /// The gradient's graph as text.
  public var gradientDescription: String { "\(compiled.gradient)\n" }
}
