package import PPLSemantics
import PPLTensorCore
package import PPLTypeSystem

extension CheckedModel {
  /// Which elements of an array over these axes exist, row by row; nil if all do.
  ///
  /// `dimension` gives the labels of a dimension, and the sizes of its rows.
  func existing<Failure: Error>(
    _ axes: [Axis],
    dimension: (DimensionID) throws(Failure) -> BoundDimension
  ) throws(Failure) -> [Bool]? {
    var result: [Bool]?
    var bound: [BoundDimension] = []
    for axis in axes {
      guard let id = axis.dimension else { return nil }
      bound.append(try dimension(id))
    }
    let counts = bound.map(\.count)
    let strides = Shape(counts).strides
    for (position, axis) in axes.enumerated() {
      guard let id = axis.dimension, let sizes = bound[position].sizes,
        let parent = dimensions[id.index].parent,
        let owner = axes[..<position].lastIndex(of: .dimension(parent))
      else { continue }
      var exists = result ?? [Bool](repeating: true, count: counts.reduce(1, *))
      for element in exists.indices {
        let row = element / strides[owner] % counts[owner]
        if element / strides[position] % counts[position] >= sizes[row] { exists[element] = false }
      }
      result = exists
    }
    return result
  }
}

extension BoundModel {
  /// Which elements of an array over these axes exist, row by row; nil if all do.
  package func existing(_ axes: [Axis]) -> [Bool]? {
    model.existing(axes) { self[$0] }
  }

  /// Positions of elements that data do not have: beyond the ends of rows of a ragged dimension.
  package func nonexistent(_ id: VariableID) -> [Int] {
    guard let exists = existing(model.variables[id.index].type.axes) else { return [] }
    return exists.indices.filter { !exists[$0] }
  }
}
