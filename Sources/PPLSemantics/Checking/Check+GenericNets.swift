import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Nets for any dimension, `net f[d](x: real[d]) -> …`.
///
/// The text is checked once with a dimension that stands for any, which finds the weights: their sizes must not depend on it. Each call with
/// other axes makes a net of its own with these weights.
extension ModelChecker {
  /// Checks the text of a net for any dimension, and makes its weights.
  func genericNet(_ declaration: NetDeclaration, _ names: Set<String>, at span: SourceSpan)
    -> NetID?
  {
    let function = declaration.function
    var axes: [String: Axis] = [:]
    for name in names.sorted() {
      let id = DimensionID(model.dimensions.count)
      let one = CheckedExpression(.number(1), type: .integer, stage: .data, span: span)
      let place = function.signature.brackets?.span ?? span
      model.dimensions.append(
        CheckedDimension(name: Name(name, span: place), extent: .count(one))
      )
      axes[name] = .dimension(id)
    }
    let found = checkBody(of: function.name, axes, span) {
      makeNet(function, isCausal: false, prototype: nil)
    }
    guard let id = found ?? nil else { return nil }
    let anyAxes = Set(axes.values)
    for layer in model.nets[id.index].layers {
      let checked = model.layers[layer.index]
      let dependent = checked.weights.first { weight in
        model.variables[weight.index].type.axes.contains {
          anyAxes.contains($0) || $0 == .anonymous(nil)
        }
      }
      guard let dependent else { continue }
      let own = names.sorted().map { "`\($0)`" }.joined(separator: ", ")
      error(
        "E0317",
        "the weights of `\(checked.layer.kind.rawValue)` would have another size at each call",
        at: checked.span,
        "`\(model.variables[dependent.index].name.text)` is"
          + " \(describe(model.variables[dependent.index].type))",
        also: [.init(function.signature.brackets?.span ?? span, "for any \(own)")],
        help: "name the dimension itself, or use layers whose weights do not run over it:"
          + " `SelfAttention`, `StepMean`, `Dense` of a last axis with a size of its own"
      )
      return nil
    }
    genericNets.append(id)
    return id
  }

  /// The net for any dimension with the axes of a call.
  func netInstance(
    _ declaration: NetDeclaration,
    _ prototype: NetID,
    _ types: [ValueType],
    _ axes: [String: Axis],
    at span: SourceSpan
  ) -> NetID? {
    let function = declaration.function
    let key = InstanceKey(name: function.name.text, types: types)
    if let known = netInstances[key] { return known }
    let found = checkBody(of: function.name, axes, span) {
      makeNet(function, isCausal: declaration.isCausal, prototype: prototype)
    }
    netInstances[key] = .some(found ?? nil)
    // Called in the text of another net for any dimension, it stands for any as well.
    if let id = found ?? nil, types.contains(where: { isForAny($0) }) { genericNets.append(id) }
    return found ?? nil
  }

  /// Gives a layer of a call the weights of the net's text.
  ///
  /// - Returns: whether the net that is being checked is such a call.
  func shareWeights(of id: LayerID, number: Int) -> Bool {
    guard let prototype = currentNet?.prototype else { return false }
    let layers = model.nets[prototype.index].layers
    guard layers.indices.contains(number) else { return true }
    let weights = model.layers[layers[number].index].weights
    model.layers[id.index].weights = weights
    // Sizes are found where data are: at a call.
    guard currentNet?.isForAny == false else { return true }
    for (position, weight) in weights.enumerated() { model.weights[weight] = (id, position) }
    return true
  }

  /// Whether a type has an axis that stands for any.
  func isForAny(_ type: ValueType) -> Bool {
    type.axes.contains { ($0.dimension?.index ?? -1) >= declaredDimensionCount }
  }

  /// Reports nets for any dimension that own weights and that nothing calls, and forgets what stood for any dimension.
  func finishGenericNets() {
    for id in genericNets {
      let net = model.nets[id.index]
      let isCalled = model.nets.indices.contains { other in
        model.nets[other].name == net.name && !genericNets.contains(NetID(other))
      }
      if !isCalled, !net.weights.isEmpty {
        error(
          "E0510",
          "nothing calls `\(net.name.text)`, so the sizes of its arguments are not known",
          at: net.name.span,
          help: "call it in an equation, or remove it"
        )
      }
      model.nets[id.index].parameters = []
      model.nets[id.index].parameterTypes = []
      model.nets[id.index].locals = []
      model.nets[id.index].results = []
    }
    let placeholders = model.dimensions.count - declaredDimensionCount
    if placeholders > 0 { model.dimensions.removeLast(placeholders) }
  }
}
