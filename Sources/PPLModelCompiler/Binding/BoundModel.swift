package import PPLSemantics
package import PPLTensorCore
package import PPLTypeSystem

/// A checked model with its data: every size is a number, every index a position.
package struct BoundModel: Sendable {
  package var model: CheckedModel
  /// In the order of `CheckedModel.dimensions`.
  package var dimensions: [BoundDimension]
  /// Values of data and computed data by variable; indices are positions from 0.
  package var values: [VariableID: Tensor]
  /// Files that give each bound variable, for messages about its elements.
  package var arrays: [VariableID: DataArray]

  /// Positions of missing cells, in ascending order, of observed arrays that have some.
  ///
  /// Their values mean nothing.
  package var missing: [VariableID: [Int]] = [:]

  /// Data that predictions do without: other data that say nothing of them were bound.
  package var absent: Set<VariableID> = []

  /// Positions of elements that data do not have: beyond the ends of rows of a ragged dimension.
  package func nonexistent(_ id: VariableID) -> [Int] {
    let axes = model.variables[id.index].type.axes
    guard axes.count == 2, let ragged = axes[1].dimension, let sizes = self[ragged].sizes else {
      return []
    }
    let width = self[ragged].count
    return sizes.indices.flatMap { row in (sizes[row]..<width).map { row * width + $0 } }
  }

  /// The dimension of an identity.
  package subscript(id: DimensionID) -> BoundDimension { dimensions[id.index] }
}
