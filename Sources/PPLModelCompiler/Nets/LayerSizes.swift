import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// The sizes of what each layer of a model's nets is applied to, once data are bound.
///
/// They are found by lowering each net once for one example that is not known.
final class LayerSizes {
  private let model: CheckedModel
  private let size: (DimensionID) -> Int
  private var inputs: [LayerID: [Int]] = [:]

  init(_ bound: BoundModel) throws(LoweringError) {
    model = bound.model
    size = { bound[$0].count }
    let lowering = Lowering(
      model: bound.model,
      builder: GraphBuilder(),
      dimensions: { (id: DimensionID) throws(LoweringError) -> BoundDimension in bound[id] },
      variable: { (_: VariableID, _: SourceSpan) throws(LoweringError) -> VariableValue in
        preconditionFailure("a net reads no quantity of the model but its weights")
      },
      externals: bound.externals
    )
    lowering.layerSizes = self
    for index in model.nets.indices {
      let net = model.nets[index]
      let arguments = net.parameterTypes.map { type -> LoweredValue in
        let sizes = type.axes.map { sized($0).size ?? 1 }
        let input = lowering.builder.addInput(shape: Shape(sizes))
        return LoweredValue(type.element == .real ? input : input.floor(), ownRank: sizes.count)
      }
      let plate = Plate.makeRoot()
      for result in net.results.indices {
        _ = try lowering.lowerNet(NetID(index), result: result, values: arguments, plate)
      }
    }
  }

  /// Takes note of the sizes of a layer's operand.
  func note(_ layer: LayerID, _ sizes: [Int]) { inputs[layer] = sizes }

  /// An axis with its size.
  func sized(_ axis: Axis) -> SizedAxis {
    switch axis {
    case .dimension(let id): SizedAxis(axis, size: size(id))
    case .part: SizedAxis(axis, size: nil)
    case .anonymous(let count): SizedAxis(axis, size: count)
    case .literal(let count): SizedAxis(axis, size: count)
    }
  }

  /// The arrays of weights of a layer, with all sizes.
  func weights(of id: LayerID) -> [LayerWeight] {
    let layer = model.layers[id.index]
    let axes = zip(layer.input.axes, inputs[id] ?? []).map { SizedAxis($0, size: $1) }
    var categories: SizedAxis?
    if case .index(let dimension) = layer.input.element {
      categories = sized(.dimension(dimension))
    }
    return layer.layer.sized { self.sized($0) }.weights(for: axes, categories: categories)
  }
}
