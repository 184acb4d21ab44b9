package import PPLSourceText
package import PPLSyntax
package import PPLTypeSystem

/// Identity of a net: its position in `CheckedModel.nets`.
package struct NetID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// Identity of a layer: its position in `CheckedModel.layers`.
package struct LayerID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// A net of the program: a function of one example whose layers own weights.
package struct CheckedNet: Sendable {
  package var name: Name
  package var parameters: [LocalID]
  package var parameterTypes: [ValueType]
  package var locals: [CheckedLocal]
  /// The value, or that of each field of the record.
  package var results: [CheckedExpression]
  /// The names of the fields; empty for a value that is no record.
  package var fields: [String]
  /// Its own layers, in the order of the text.
  package var layers: [LayerID]
  /// The weights that it depends on, those of nets that it calls included.
  package var weights: [VariableID]
  /// Of a causal net the dimension of the steps: its result at one depends on arguments before it only.
  package var time: DimensionID?
}

/// A layer in the text of a net.
package struct CheckedLayer: Sendable {
  package var net: NetID
  package var layer: Layer
  /// `dense_1`: its kind with its number among those of the net.
  package var name: String
  /// The type of what it is applied to.
  package var input: ValueType
  /// The arrays of weights that it owns, in the order of `Layer.weights`.
  package var weights: [VariableID]
  package var span: SourceSpan
}
