package import PPLSemantics
package import PPLTypeSystem

/// A checked model with its data: every size is a number, every index a position.
package struct BoundModel: Sendable {
  package var model: CheckedModel
  /// In the order of `CheckedModel.dimensions`.
  package var dimensions: [BoundDimension]
  /// Values of data and computed data.
  package var values: BoundValues
  /// Files that give each bound variable, for messages about its elements.
  package var arrays: [VariableID: DataArray]

  /// Positions of missing cells, in ascending order, of observed arrays that have some.
  ///
  /// Their values mean nothing.
  package var missing: [VariableID: [Int]] = [:]

  /// Data that predictions do without: other data that say nothing of them were bound.
  package var absent: Set<VariableID> = []

  /// What the program calls outside of itself.
  package var externals = ExternalFunctions()

  /// The dimension of an identity.
  package subscript(id: DimensionID) -> BoundDimension { dimensions[id.index] }
}
