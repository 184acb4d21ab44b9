import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  /// A result of a net at its arguments, for all indices of a plate at once: these make the batch.
  func lowerNet(
    _ id: NetID,
    result: Int,
    _ arguments: [CheckedExpression],
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    var values: [LoweredValue] = []
    for argument in arguments {
      try refuseRows(of: argument, "`\(model.nets[id.index].name.text)` takes several rows")
      values.append(try lower(argument, plate))
    }
    return try lowerNet(id, result: result, values: values, plate)
  }

  func lowerNet(_ id: NetID, result: Int, values: [LoweredValue], _ plate: Plate)
    throws(LoweringError) -> LoweredValue
  {
    let net = model.nets[id.index]
    return try calling { () throws(LoweringError) in
      for (parameter, value) in zip(net.parameters, values) { locals[parameter] = (value, plate) }
      try lowerLocals(net.locals, plate)
      let result = try lower(net.results[result], plate)
      for parameter in net.parameters { locals[parameter] = nil }
      for local in net.locals { locals[local.id] = nil }
      return result
    }
  }

  /// What a layer gives for a value, for all indices of a plate.
  func lowerLayer(_ id: LayerID, _ operand: CheckedExpression, _ plate: Plate)
    throws(LoweringError) -> LoweredValue
  {
    let checked = model.layers[id.index]
    let value = try lower(operand, plate)
    let layer = try sized(checked.layer)
    let input = zip(checked.input.axes, value.ownSizes).map { SizedAxis($0, size: $1) }
    let axes: [SizedAxis]
    do throws(LayerShapeError) {
      axes = try layer.result(of: input)
    } catch {
      let sizes = value.ownSizes.map(String.init).joined(separator: ", ")
      throw LoweringError(
        "E0208",
        "`\(layer.kind.rawValue)` takes \(error.takes)",
        at: checked.span,
        "it is applied to an array of [\(sizes)]",
        help: error.help
      )
    }
    let weights = try weights(id, layer, input, checked.span)
    try checkBudget(checked.span)
    return apply(layer, to: value, weights, axes.map { $0.size ?? 1 }, plate)
  }

  private func apply(
    _ layer: Layer,
    to value: LoweredValue,
    _ weights: [GraphValue],
    _ sizes: [Int],
    _ plate: Plate
  ) -> LoweredValue {
    let node: GraphValue
    switch layer {
    case .dense:
      // One matrix product for the whole batch.
      let width = value.ownSizes.last ?? 1
      let rows = value.node.shape.count / max(1, width)
      var product = value.node.reshape([rows, width])
        .matrixMultiply(weights[0], transposeRight: true)
      if weights.count > 1 { product = product + weights[1].reshape([1, weights[1].shape.count]) }
      node = product
    case .flatten, .reshape: node = value.node
    case .embedding: node = weights[0].gather(value.node)
    case .layerNormalization(let epsilon):
      let axis = value.node.shape.rank - 1
      let width = Double(max(1, value.node.shape[axis]))
      let centred = value.node - value.node.sum(axes: [axis]) / width
      let variance = centred.square().sum(axes: [axis]) / width
      let ones = [Int](repeating: 1, count: axis)
      let parameters = weights.map { $0.reshape(Shape(ones + [$0.shape.count])) }
      node = centred / (variance + epsilon).squareRoot() * parameters[0] + parameters[1]
    }
    return LoweredValue(node.reshape(Shape(value.plateSizes + sizes)), ownRank: sizes.count)
  }

  /// The weights of a layer.
  private func weights(
    _ id: LayerID,
    _ layer: Layer,
    _ input: [SizedAxis],
    _ span: SourceSpan
  ) throws(LoweringError) -> [GraphValue] {
    let checked = model.layers[id.index]
    guard let layerSizes else {
      var nodes: [GraphValue] = []
      for weight in checked.weights { nodes.append(try variable(weight, span).node) }
      return nodes
    }
    layerSizes.note(id, input.map { $0.size ?? 1 })
    return layerSizes.weights(of: id).map {
      builder.addInput(shape: Shape($0.axes.map { $0.size ?? 1 }))
    }
  }

  private func sized(_ layer: Layer) throws(LoweringError) -> Layer {
    var sizes: [Axis: Int] = [:]
    for axis in layer.axes {
      if case .dimension(let id) = axis { sizes[axis] = try dimensions(id).count }
    }
    return layer.sized { axis in
      switch axis {
      case .dimension, .part: SizedAxis(axis, size: sizes[axis])
      case .anonymous(let count): SizedAxis(axis, size: count)
      case .literal(let count): SizedAxis(axis, size: count)
      }
    }
  }
}
