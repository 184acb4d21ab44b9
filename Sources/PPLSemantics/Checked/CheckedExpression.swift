package import PPLSourceText
package import PPLSyntax
package import PPLTypeSystem

/// Identity of a model variable: its position in `CheckedModel.variables`.
package struct VariableID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

extension Sequence<VariableID> {
  /// In the order of the model's variables: sets have another order in each process.
  package var inOrder: [VariableID] { sorted { $0.index < $1.index } }
}

/// Identity of a binder; no two binders of a model share one.
package struct BinderID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// Identity of a `with` name or a function parameter; no two of a model share one.
package struct LocalID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// Identity of a function checked for certain argument types.
package struct FunctionInstanceID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// Identity of a system of differential equations: its position in `CheckedModel.odes`.
package struct ODEID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// Identity of a distribution of the program, checked for certain argument types.
package struct DistributionInstanceID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// An expression whose names, types and axes have been found to be right.
package struct CheckedExpression: Sendable {
  package indirect enum Kind: Sendable {
    case number(Double)
    case string(String)
    case variable(VariableID)
    /// A variable in one draw of a fit (`post.x`), or of a prediction.
    case draw(DrawSource, VariableID)
    case local(LocalID)
    /// The index that a binder stands at.
    case binder(BinderID)
    /// An integer or string made an index of a dimension: by label, else by position.
    case index(DimensionID, CheckedExpression)
    /// The first (`last: false`) or last index of a dimension.
    ///
    /// `of` is the index of the parent that a ragged dimension belongs to.
    case endpoint(DimensionID, last: Bool, of: CheckedExpression?)
    case size(DimensionID, of: CheckedExpression?)
    /// The integer label of an index.
    case label(CheckedExpression)
    case subscripted(CheckedExpression, [CheckedSubscript])
    case unary(UnaryOperator, CheckedExpression)
    /// Both operands have equal axes or one is a scalar.
    case binary(BinaryOperator, CheckedExpression, CheckedExpression)
    case conditional(CheckedExpression, CheckedExpression, CheckedExpression)
    case builtin(BuiltinFunction, [CheckedExpression])
    case call(FunctionInstanceID, [CheckedExpression])
    /// A function outside of the program at its arguments, and a cheap one near it there.
    case external(ExternalID, [CheckedExpression], approximation: CheckedExpression?)
    /// A net at its arguments: its value, or the field of its record with this number.
    case net(NetID, result: Int, [CheckedExpression])
    /// A layer at what it is applied to and its other operands: its value, or the field of its record with this number.
    case layer(LayerID, [CheckedExpression], result: Int)
    /// Fields by name; only within the checker, which takes records apart.
    case record([(name: String, value: CheckedExpression)])
    case list([CheckedExpression])
    case comprehension(CheckedComprehension)
    /// A function of a distribution at a value, one number an event.
    case ofDistribution(DistributionFunction, CheckedDistribution, CheckedExpression)
    /// A function of the program over an interval of its first argument, which the local stands for.
    case overInterval(
      IntervalFunction,
      LocalID,
      lower: CheckedExpression,
      upper: CheckedExpression,
      CheckedExpression
    )
    /// A state of a system of differential equations at the times of its plate.
    case solution(ODEID, state: Int)
    /// A query over the draws of a fit: the argument is evaluated in each draw.
    case query(Query, CheckedExpression, probability: CheckedExpression?)
    case invalid
  }

  package var kind: Kind
  package var type: ValueType
  package var stage: Stage
  package var span: SourceSpan

  package init(_ kind: Kind, type: ValueType, stage: Stage, span: SourceSpan) {
    self.kind = kind
    self.type = type
    self.stage = stage
    self.span = span
  }

  /// What stands where a mistake was reported.
  package static func invalid(_ span: SourceSpan) -> CheckedExpression {
    CheckedExpression(.invalid, type: .invalid, stage: .data, span: span)
  }
}

/// What can be asked of a distribution; the raw value is the name in programs.
package enum DistributionFunction: String, Sendable, Hashable, CaseIterable {
  case logDensity = "logp"
  /// P(X ≤ x).
  case cumulative = "cdf"
  /// The x with P(X ≤ x) = p.
  case quantile
}

/// What can be asked of a function over an interval; the raw value is the name in programs.
package enum IntervalFunction: String, Sendable, Hashable, CaseIterable {
  case integral = "integrate"
  /// The place at which the function is zero.
  case root
}

/// What `E`, `P`, `SD` and `Q` compute over the draws.
package enum Query: String, Sendable, Hashable {
  case expectation = "E"
  case probability = "P"
  case standardDeviation = "SD"
  case quantile = "Q"
}

/// One entry in the brackets behind a value.
package enum CheckedSubscript: Sendable {
  /// An index of the axis (or an integer from 1 if the axis is anonymous), or an array of them.
  case index(CheckedExpression)
  /// An index moved by an integer number of places.
  case shifted(CheckedExpression, by: CheckedExpression, backward: Bool)
  case keep
  case range(CheckedRange)
}

/// `lower..upper`: labels or positions of a dimension, or integers of an anonymous axis.
package struct CheckedRange: Sendable {
  package var lower: CheckedExpression?
  package var upper: CheckedExpression?
  package var span: SourceSpan
}

/// `[element for binders where condition]`.
package struct CheckedComprehension: Sendable {
  package var binders: [CheckedBinder]
  package var condition: CheckedExpression?
  package var element: CheckedExpression
}

/// A name that runs over a dimension, a part of one, or integers.
package struct CheckedBinder: Sendable {
  package enum Domain: Sendable {
    case dimension(DimensionID, CheckedRange?)
    /// `1..n` or `a..b`.
    case integers(lower: CheckedExpression?, upper: CheckedExpression)
  }

  package var id: BinderID
  package var name: Name
  package var domain: Domain
  /// Over a ragged dimension: whether the index is one of its owner's.
  package var membership: CheckedExpression?

  /// The axis that an array over this binder has.
  package var axis: Axis {
    switch domain {
    case .dimension(let dimension, nil): .dimension(dimension)
    case .dimension(let dimension, _): .part(dimension)
    case .integers(nil, let upper):
      if case .number(let count) = upper.kind {
        .anonymous(Int(exactly: count))
      } else {
        .anonymous(nil)
      }
    case .integers: .anonymous(nil)
    }
  }
}
