package import PPLSemantics
package import PPLTensorCore
package import PPLTypeSystem

/// What of an earlier binding of a model stays in force when other data are bound.
package struct EarlierBinding: Sendable {
  /// Data that the other data say nothing of, and that are to have no values.
  package var absent: Set<VariableID> = []
  /// Values that stay as they were.
  package var values: [VariableID: Tensor] = [:]
  /// Labels that stay, in front of new ones, where data that hold indices give them.
  package var labels: [DimensionID: BoundDimension] = [:]

  /// Nothing.
  package init() {}
}
