import PPLGraphIR
import PPLTensorCore

/// A value in the graph: the plate's axes (size 1 where it does not vary), then its own.
struct LoweredValue {
  var node: GraphValue
  /// Number of own axes, the last ones of the node.
  var ownRank: Int
  /// If the value is an index that equals its place along one whole axis of the plate: that axis.
  var identityAxis: Int?
  /// For each own axis the position in its dimension at which it begins (not 0 for parts).
  var origins: [Int]

  init(_ node: GraphValue, ownRank: Int, identityAxis: Int? = nil, origins: [Int]? = nil) {
    self.node = node
    self.ownRank = ownRank
    self.identityAxis = identityAxis
    self.origins = origins ?? [Int](repeating: 0, count: ownRank)
  }

  /// Sizes of the plate's axes, 1 where the value does not vary.
  var plateSizes: [Int] { Array(node.shape.sizes.dropLast(ownRank)) }
  /// Sizes of the own axes.
  var ownSizes: [Int] { Array(node.shape.sizes.suffix(ownRank)) }
  /// Whether it is the same for all indices of the plate.
  var isPlateInvariant: Bool { plateSizes.allSatisfy { $0 == 1 } }
}

/// The whole array of a variable.
struct VariableValue {
  /// Axes as in the variable's type.
  var node: GraphValue
  /// For each axis the position in its dimension at which it begins (not 0 for parts).
  var origins: [Int]

  init(_ node: GraphValue, origins: [Int]? = nil) {
    self.node = node
    self.origins = origins ?? [Int](repeating: 0, count: node.shape.rank)
  }
}

extension Tensor {
  /// The elements but those at some positions, as one axis.
  func without(_ positions: [Int]) -> Tensor {
    let gone = Set(positions)
    let rest = values.indices.filter { !gone.contains($0) }.map { values[$0] }
    return Tensor(shape: [rest.count], kind: kind, values: rest)
  }
}
