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
