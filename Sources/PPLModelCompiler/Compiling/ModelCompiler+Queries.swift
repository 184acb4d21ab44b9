package import PPLGraphIR
package import PPLSemantics
import PPLSourceText
import PPLSyntax
package import PPLTensorCore
import PPLTypeSystem

// Expressions of the script as graphs over recorded quantities.

extension ModelCompiler {
  /// An expression over draws as a graph of the quantities that it reads.
  package struct QueryGraph: Sendable {
    /// The quantities in the order of the graph's inputs.
    package var inputs: [VariableID]
    package var graph: Graph
    package var shape: [Int]
  }

  /// Compiles an expression of the script; indices come as they are recorded, see `labelled`.
  ///
  /// `inner` gives the value of an `E`, `P`, `SD` or `Q` inside of it.
  package static func compile(
    query expression: CheckedExpression,
    _ bound: BoundModel,
    recorded: [RecordedQuantity],
    inner: @escaping (CheckedExpression) throws(LoweringError) -> Tensor
  ) throws(LoweringError) -> QueryGraph {
    let builder = GraphBuilder()
    var inputs: [VariableID] = []
    var nodes: [VariableID: GraphValue] = [:]
    func variable(_ id: VariableID, _ span: SourceSpan) throws(LoweringError) -> VariableValue {
      if let node = nodes[id] { return VariableValue(node) }
      if let tensor = try bound.values.whole(id) {
        let cells = bound.missing[id] ?? []
        guard !cells.isEmpty, recorded.contains(where: { $0.variable == id }) else {
          return VariableValue(builder.constant(tensor))
        }
        // Missing cells have their values of the draw.
        var imputed = builder.addInput(shape: [cells.count])
        if case .index(let dimension) = bound.model.variables[id.index].type.element {
          imputed = positions(imputed, bound[dimension], builder)
        }
        var places = Array(0..<tensor.shape.count)
        for (number, cell) in cells.enumerated() { places[cell] = places.count + number }
        let index = builder.constant(
          Tensor(shape: [places.count], kind: .integer, values: places.map(Double.init))
        )
        let flat = builder.constant(tensor).reshape([tensor.shape.count])
        let node = GraphValue.concatenate([flat, imputed], axis: 0).gather(index)
          .reshape(tensor.shape)
        inputs.append(id)
        nodes[id] = node
        return VariableValue(node)
      }
      guard let quantity = recorded.first(where: { $0.variable == id }) else {
        throw LoweringError("E0602", "this quantity was not recorded", at: span)
      }
      var node = quantity.whole(builder.addInput(shape: Shape(quantity.shape)))
      if case .index(let dimension) = bound.model.variables[id.index].type.element {
        node = positions(node, bound[dimension], builder)
      }
      inputs.append(id)
      nodes[id] = node
      return VariableValue(node)
    }
    let lowering = Lowering(
      model: bound.model,
      builder: builder,
      dimensions: { (id: DimensionID) throws(LoweringError) -> BoundDimension in bound[id] },
      variable: variable,
      query: inner,
      externals: bound.externals
    )
    let value = try lowering.lower(expression, Plate.makeRoot())
    try lowering.checkBudget(expression.span)
    return QueryGraph(
      inputs: inputs,
      graph: builder.build(outputs: [
        labelled(value.node, expression.type.element, bound, builder)
      ]),
      shape: value.ownSizes
    )
  }

  /// The reverse of `labelled`: recorded labels back to positions from 0.
  static func positions(
    _ node: GraphValue,
    _ dimension: BoundDimension,
    _ builder: GraphBuilder
  ) -> GraphValue {
    switch dimension.labels {
    case .strings: return node - 1
    case .integers(let first, _): return node - Double(first)
    case .codes(let codes):
      // The number of codes below the label.
      let table = builder.constant(
        Tensor(shape: Shape([codes.count]), kind: .integer, values: codes.map(Double.init))
      )
      let ones = [Int](repeating: 1, count: node.shape.rank)
      let below = table.reshape(Shape(ones + [codes.count]))
        .isLess(than: node.reshape(Shape(node.shape.sizes + [1])))
      return below.sum(axes: [node.shape.rank]).reshape(node.shape)
    }
  }
}
