import PPLDistributions
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
      try refuseDrawing(argument, id)
      try refuseRows(of: argument, "`\(model.nets[id.index].name.text)` takes several rows")
      values.append(try lower(argument, plate))
    }
    return try lowerNet(id, result: result, values: values, plate)
  }

  /// Reports a causal net of what is being drawn step by step.
  private func refuseDrawing(_ argument: CheckedExpression, _ id: NetID) throws(LoweringError) {
    guard model.nets[id.index].time != nil, let recursion else { return }
    var whole = argument
    if case .subscripted(let inner, _) = argument.kind { whole = inner }
    guard case .variable(let variable) = whole.kind, recursion.contains(variable) else { return }
    let (name, net) = (model.variables[variable.index].name.text, model.nets[id.index].name.text)
    throw LoweringError(
      "E0507",
      "this version does not draw `\(name)` step by step through the causal net `\(net)`",
      at: argument.span,
      "each step would ask the net anew",
      help:
        "`predict … given fit, one_step: true` predicts each step from the observed ones before it"
    )
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
  func lowerLayer(
    _ id: LayerID,
    _ operands: [CheckedExpression],
    result: Int,
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    let checked = model.layers[id.index]
    let value = try lower(operands[0], plate)
    var others: [LoweredValue] = []
    for operand in operands.dropFirst() { others.append(try lower(operand, plate)) }
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
    try check(others, layer.operands(for: input), layer.kind.rawValue, checked.span)
    if case .recurrentCell(let cell, _, _) = layer {
      return self.cell(cell, value, state: others, weights)[result]
    }
    if let series = series(layer, value, others, weights) { return series }
    let sizes = axes.map { $0.size ?? 1 }
    if case .batchNormalization(let momentum, let epsilon) = layer {
      let call = BatchNormalization(layer: id, momentum: momentum, epsilon: epsilon)
      return try normalize(value, weights, call)
    }
    return apply(layer, to: value, weights, sizes, plate)
  }

  /// Holds the sizes of what a layer takes besides its first operand against what it wants.
  private func check(
    _ others: [LoweredValue],
    _ operands: [LayerOperand],
    _ layer: String,
    _ span: SourceSpan
  ) throws(LoweringError) {
    for (value, operand) in zip(others, operands) {
      for (size, axis) in zip(value.ownSizes, operand.axes) {
        guard let wanted = axis?.size, wanted != size else { continue }
        throw LoweringError(
          "E0208",
          "`\(operand.setting)` of `\(layer)` has \(size) elements, and \(wanted) belong"
            + " there",
          at: span
        )
      }
    }
  }

  /// x W' + b along the last axis: one matrix product for the whole batch.
  ///
  /// In a recursion its indices come first, so that each of them takes its part of the rows.
  func linear(_ value: GraphValue, _ weight: GraphValue, _ bias: GraphValue?) -> GraphValue {
    let rank = value.shape.rank
    var order = Array(0..<rank)
    if let axis = recursion?.segment?.axis, axis < rank - 1, value.shape[axis] > 1 {
      order = [axis] + order.filter { $0 != axis }
    }
    let rows = value.transpose(order)
    let width = value.shape[rank - 1]
    let units = weight.shape[0]
    var product = rows.reshape([rows.shape.count / max(1, width), width])
      .matrixMultiply(weight, transposeRight: true)
    if let bias { product = product + bias.reshape([1, units]) }
    let back = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    return product.reshape(rows.shape.replacing(axis: rank - 1, with: units)).transpose(back)
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
    case .dense: node = linear(value.node, weights[0], weights.dropFirst().first)
    case .convolution(let window, _, let isTransposed, _, _):
      node = convolution(window, isTransposed: isTransposed, value, weights, sizes)
    case .pool(let window, let isMaximum): node = pool(window, isMaximum: isMaximum, value.node)
    case .dropout(let rate):
      let shape = Shape(plate.shape + value.ownSizes)
      return LoweredValue(dropped(value.node, rate, shape), ownRank: sizes.count)
    case .flatten, .reshape: node = value.node
    case .batchNormalization, .recurrentCell, .recurrent, .attention, .transformer, .position,
      .delay, .overSteps:
      preconditionFailure("a layer that is lowered elsewhere")
    case .embedding: node = weights[0].gather(value.node)
    case .layerNormalization(let epsilon):
      node = layerNormalized(value.node, weights[0], weights[1], epsilon: epsilon)
    }
    return LoweredValue(node.reshape(Shape(value.plateSizes + sizes)), ownRank: sizes.count)
  }

  /// Less the mean along the last axis, over the standard deviation; scaled and moved.
  func layerNormalized(
    _ value: GraphValue,
    _ weight: GraphValue,
    _ bias: GraphValue,
    epsilon: Double
  ) -> GraphValue {
    let axis = value.shape.rank - 1
    let width = Double(max(1, value.shape[axis]))
    let centred = value - value.sum(axes: [axis]) / width
    let variance = centred.square().sum(axes: [axis]) / width
    let ones = [Int](repeating: 1, count: axis)
    let parameters = [weight, bias].map { $0.reshape(Shape(ones + [$0.shape.count])) }
    return centred / (variance + epsilon).squareRoot() * parameters[0] + parameters[1]
  }

  /// A value with some elements zero while nets are trained, the others larger.
  func dropped(_ value: GraphValue, _ rate: Double, _ shape: Shape) -> GraphValue {
    guard let training, rate > 0 else { return value }
    let isKept = training.random.uniform(shape).isLess(than: 1 - rate)
    return value * isKept * (1 / (1 - rate))
  }

  /// A window over images of `[plate…, channel, row, col]`, one batch.
  private func convolution(
    _ window: LayerWindow,
    isTransposed: Bool,
    _ value: LoweredValue,
    _ weights: [GraphValue],
    _ sizes: [Int]
  ) -> GraphValue {
    func plane(_ sizes: [Int], _ filler: Int) -> [Int] {
      [Int](repeating: filler, count: 2 - window.rank) + sizes
    }
    let spatial = plane(Array(value.ownSizes.suffix(window.rank)), 1)
    let channels = value.ownRank > window.rank ? value.ownSizes[0] : 1
    let count = value.plateSizes.reduce(1, *)
    var images = value.node.reshape(Shape([count, channels] + spatial))
    var input = spatial
    for axis in 0..<window.rank where window.lead(axis) > 0 {
      let place = 2 - window.rank + axis
      images = images.pad(axis: 2 + place, before: window.lead(axis), after: 0)
      input[place] += window.lead(axis)
    }
    let filters = weights[0].reshape(
      Shape(Array(weights[0].shape.sizes.prefix(2)) + plane(window.kernel, 1))
    )
    let places = plane(Array(sizes.suffix(window.rank)), 1)
    let convolution = Convolution(
      input: isTransposed ? places : input,
      kernel: plane(window.kernel, 1),
      stride: plane(window.stride, 1),
      padding: plane(window.padding, 0)
    )
    var result = builder.apply(
      .convolve(convolution, isTransposed ? .toInput : .forward),
      [images, filters]
    )
    if weights.count > 1 {
      result = result + weights[1].reshape([1, weights[1].shape.count, 1, 1])
    }
    return result
  }

  /// The greatest element or the mean of each window over the last axes.
  private func pool(_ window: LayerWindow, isMaximum: Bool, _ node: GraphValue) -> GraphValue {
    var result = node
    for axis in 0..<window.rank {
      let own = node.shape.rank - window.rank + axis
      let (kernel, stride) = (window.kernel[axis], window.stride[axis])
      let count = (result.shape[own] - kernel) / stride + 1
      let parts = (0..<kernel).map { every(stride, from: $0, count, of: result, axis: own) }
      result = parts.dropFirst().reduce(parts[0]) { isMaximum ? $0.max($1) : $0 + $1 }
      if !isMaximum { result = result * (1 / Double(kernel)) }
    }
    return result
  }

  /// Each `stride`-th element along an axis.
  private func every(
    _ stride: Int,
    from start: Int,
    _ count: Int,
    of node: GraphValue,
    axis: Int
  ) -> GraphValue {
    if stride == 1 { return node.slice(axis: axis, start: start, count: count) }
    var sizes = node.shape.sizes
    let wanted = start + count * stride
    var long = node
    if wanted > sizes[axis] {
      long = node.pad(axis: axis, before: 0, after: wanted - sizes[axis])
    }
    let part = long.slice(axis: axis, start: start, count: count * stride)
    sizes[axis] = count
    var grouped = sizes
    grouped.insert(stride, at: axis + 1)
    return part.reshape(Shape(grouped)).slice(axis: axis + 1, start: 0, count: 1)
      .reshape(Shape(sizes))
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
      var categories: SizedAxis?
      if case .index(let id) = checked.input.element {
        categories = SizedAxis(.dimension(id), size: try dimensions(id).count)
      }
      var nodes: [GraphValue] = []
      let all = layer.weights(for: input, categories: categories)
      for (weight, wanted) in zip(checked.weights, all) {
        let node = try variable(weight, span).node
        let sizes = wanted.axes.map { $0.size ?? 1 }
        guard node.shape.sizes == sizes else {
          throw LoweringError(
            "E0208",
            "`\(model.variables[weight.index].name.text)` has the shape \(node.shape.sizes), and its"
              + " layer wants \(sizes)",
            at: span,
            help: "give it weights of this shape"
          )
        }
        nodes.append(node)
      }
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
