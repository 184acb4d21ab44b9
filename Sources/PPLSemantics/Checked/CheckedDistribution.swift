package import PPLSourceText
package import PPLTypeSystem

/// What stands on the right of `~`: a family of the library, one that the program defines, or one made of others.
package struct CheckedDistribution: Sendable {
  package indirect enum Form: Sendable {
    case family(CheckedFamily)
    case user(UserDistribution)
    /// A simulator outside of the program, whose density is not known.
    case external(ExternalDistribution)
    case censored(CheckedDistribution, Censoring)
    /// Renormalised between bounds that belong to it.
    case truncated(CheckedDistribution, lower: CheckedExpression?, upper: CheckedExpression?)
    /// The nearest multiple of a width; what lies in the middle goes down.
    case rounded(CheckedDistribution, to: CheckedExpression)
    /// One of several, with probabilities along the last axis of the weights.
    case mixture(weights: CheckedExpression, [CheckedDistribution])
    /// One of two, by a condition.
    case conditional(CheckedExpression, CheckedDistribution, CheckedDistribution)
  }

  package var form: Form
  package var support: CheckedSupport
  package var span: SourceSpan

  package init(_ form: Form, support: CheckedSupport, span: SourceSpan) {
    self.form = form
    self.support = support
    self.span = span
  }

  /// As messages name it, to stand in back-ticks.
  package var name: String {
    switch form {
    case .family(let family): family.signature.name
    case .user(let user): user.name
    case .external(let external): external.name
    case .censored(let inner, _): "censored(\(inner.name))"
    case .truncated(let inner, _, _): "truncated(\(inner.name))"
    case .rounded(let inner, _): "rounded(\(inner.name))"
    case .mixture(_, let components):
      "Mixture(\(components.map(\.name).joined(separator: ", ")))"
    case .conditional(_, let then, let otherwise):
      "if … then \(then.name) else \(otherwise.name)"
    }
  }

  /// The distributions that it is made of directly.
  package var parts: [CheckedDistribution] {
    switch form {
    case .family, .user, .external: []
    case .censored(let inner, _), .truncated(let inner, _, _), .rounded(let inner, _): [inner]
    case .mixture(_, let components): components
    case .conditional(_, let then, let otherwise): [then, otherwise]
    }
  }

  /// The distributions without parts that it is made of.
  package var leaves: [CheckedDistribution] {
    parts.isEmpty ? [self] : parts.flatMap(\.leaves)
  }

  /// All expressions in it.
  package var expressions: [CheckedExpression] {
    let own: [CheckedExpression] =
      switch form {
      case .family(let family): family.arguments
      case .user(let user): user.arguments
      case .external(let external): external.arguments
      case .censored(_, let censoring): censoring.expressions
      case .truncated(_, let lower, let upper): [lower, upper].compactMap(\.self)
      case .rounded(_, let width): [width]
      case .mixture(let weights, _): [weights]
      case .conditional(let condition, _, _): [condition]
      }
    return own + parts.flatMap(\.expressions)
  }

  /// When all of its parameters are known.
  package var stage: Stage { expressions.map(\.stage).max() ?? .data }

  /// Whether draws can be generated.
  package var hasSampler: Bool {
    switch form {
    case .family(let family): family.signature.hasSampler
    case .user(let user): user.hasDraw
    case .external: true
    case .truncated(let inner, _, _): inner.hasSampler
    case .censored, .rounded, .mixture, .conditional: parts.allSatisfy(\.hasSampler)
    }
  }

  /// Whether draws can be generated within bounds.
  package var drawsWithinBounds: Bool {
    switch form {
    case .family(let family): family.signature.drawsWithinBounds
    case .truncated, .conditional: parts.allSatisfy(\.drawsWithinBounds)
    case .user, .external, .censored, .rounded, .mixture: false
    }
  }

  /// The parts, or itself, that have no distribution function.
  package var leavesWithoutCDF: [CheckedDistribution] {
    leaves.filter { leaf in
      if case .family(let family) = leaf.form { !family.signature.hasCDF } else { true }
    }
  }

  /// Whether data say of each value how it was recorded, by flags or ends of intervals, so that draws are not what would have
  /// been observed.
  package var isRecordedByData: Bool {
    switch form {
    case .censored(_, .flags), .censored(_, .interval): true
    case .censored, .rounded, .family, .user, .external, .truncated, .mixture, .conditional:
      parts.contains(where: \.isRecordedByData)
    }
  }

  /// Whether it says how a value was observed, so that several values, or all beyond a bound, count as one.
  package var isCoarsened: Bool {
    switch form {
    case .censored, .rounded: true
    case .family, .user, .external, .truncated, .mixture, .conditional:
      parts.contains(where: \.isCoarsened)
    }
  }

  /// The axes of one event as its arguments have them; nil if they do not tell.
  package var inferredEvent: [Axis]? {
    switch form {
    case .family(let family): family.inferredEvent
    case .user(let user): user.eventAxes
    case .external(let external): external.eventAxes
    case .censored, .truncated, .rounded, .mixture, .conditional:
      parts.compactMap(\.inferredEvent).first
    }
  }
}

/// A simulator outside of the program with its arguments.
package struct ExternalDistribution: Sendable {
  package var id: ExternalID
  package var name: String
  package var arguments: [CheckedExpression]
  /// The axes of one event.
  package var eventAxes: [Axis]
}

extension CheckedDistribution {
  /// The simulators outside of the program that it is made of.
  package var simulators: [ExternalDistribution] {
    leaves.compactMap { leaf in
      if case .external(let external) = leaf.form { external } else { nil }
    }
  }
}

/// A family of the library with its arguments in the order of the chosen parameterisation.
package struct CheckedFamily: Sendable {
  package var signature: DistributionSignature
  package var parameterisation: Int
  package var arguments: [CheckedExpression]
  package var span: SourceSpan

  /// The parameters in force.
  package var parameters: [ParameterSignature] { signature.parameterisations[parameterisation] }

  package var inferredEvent: [Axis]? {
    for (value, parameter) in zip(arguments, parameters)
    where parameter.rank > 0 && value.type.rank >= parameter.rank {
      let axis = value.type.axes[value.type.rank - 1]
      return [Axis](repeating: axis, count: signature.support.eventRank)
    }
    return nil
  }
}

/// A distribution of the program with its arguments in the order of its parameters.
package struct UserDistribution: Sendable {
  package var instance: DistributionInstanceID
  package var name: String
  package var arguments: [CheckedExpression]
  package var hasDraw: Bool
  /// The axes of one event.
  package var eventAxes: [Axis]
}

/// What of a value is known where it was not observed exactly.
package enum Censoring: Sendable {
  /// A value at a bound, or beyond it, lies anywhere beyond it.
  case bounds(lower: CheckedExpression?, upper: CheckedExpression?)
  /// Where a flag holds, the value lies at most at (left) or above (right) the observed one.
  case flags(left: CheckedExpression?, right: CheckedExpression?)
  /// The value lies above the observed one and is at most this, where this is larger.
  case interval(CheckedExpression)

  package var expressions: [CheckedExpression] {
    switch self {
    case .bounds(let first, let second), .flags(let first, let second):
      [first, second].compactMap(\.self)
    case .interval(let end): [end]
    }
  }
}

/// The set of values of a distribution, with the program's expressions for its ends.
package enum CheckedSupport: Sendable {
  /// A real interval.
  case interval(lower: SupportEnd, upper: SupportEnd)
  /// Integers from lower to upper.
  case integers(lower: SupportEnd, upper: SupportEnd)
  case categories(Categories)
  /// Vectors of one axis of integers of at least 0.
  case naturalVector
  case vector(VectorSupport)
  /// Real vectors of one axis.
  case realVector
  case matrix(MatrixSupport)
  /// Whatever the type says.
  case declared
  /// Whatever a simulator gives: arrays of so many axes.
  case simulated(ElementType, rank: Int)

  /// What the categories are.
  package enum Categories: Sendable {
    /// The positions along the last axis of an argument, and as many `more` behind its end.
    case axis(of: CheckedExpression, more: Int)
    /// The indices of a dimension.
    case dimension(DimensionID)
  }

  /// The support of a family with these arguments.
  package init(_ support: Support, _ arguments: [CheckedExpression]) {
    func end(_ bound: SupportBound) -> SupportEnd {
      switch bound {
      case .none: .none
      case .value(let value): .value(value)
      case .parameter(let position): .argument(arguments[position])
      }
    }
    switch support {
    case .interval(let lower, let upper): self = .interval(lower: end(lower), upper: end(upper))
    case .integers(let lower, let upper): self = .integers(lower: end(lower), upper: end(upper))
    case .categories(let parameter, let more):
      self = .categories(.axis(of: arguments[parameter], more: more))
    case .naturalVector: self = .naturalVector
    case .vector(let vector): self = .vector(vector)
    case .realVector: self = .realVector
    case .matrix(let matrix): self = .matrix(matrix)
    case .declared: self = .declared
    }
  }

  /// Whether the values are integers or categories.
  package var isDiscrete: Bool {
    switch self {
    case .integers, .categories, .naturalVector: true
    case .interval, .vector, .realVector, .matrix, .declared, .simulated: false
    }
  }

  /// How many axes one event has.
  package var eventRank: Int {
    switch self {
    case .interval, .integers, .categories, .declared: 0
    case .vector, .realVector, .naturalVector: 1
    case .matrix: 2
    case .simulated(_, let rank): rank
    }
  }

  /// Whether it is all real numbers.
  package var isReal: Bool {
    if case .interval(.none, .none) = self { true } else { false }
  }

  /// Whether it is whatever the type says.
  package var isDeclared: Bool {
    if case .declared = self { true } else { false }
  }

  /// Whether the values are true and false.
  package var isBoolean: Bool {
    if case .integers(.value(0), .value(1)) = self { true } else { false }
  }

  /// Its part within bounds that belong to it.
  package func within(_ lower: CheckedExpression?, _ upper: CheckedExpression?) -> CheckedSupport {
    func tighter(_ low: SupportEnd, _ high: SupportEnd) -> (lower: SupportEnd, upper: SupportEnd) {
      (
        lower.map { low.isNone ? .argument($0) : .greater(low, .argument($0)) } ?? low,
        upper.map { high.isNone ? .argument($0) : .smaller(high, .argument($0)) } ?? high
      )
    }
    switch self {
    case .interval(let low, let high):
      let ends = tighter(low, high)
      return .interval(lower: ends.lower, upper: ends.upper)
    case .integers(let low, let high):
      let ends = tighter(low, high)
      return .integers(lower: ends.lower, upper: ends.upper)
    case .categories, .naturalVector, .vector, .realVector, .matrix, .declared, .simulated:
      return self
    }
  }
}

/// One end of a range of values.
package indirect enum SupportEnd: Sendable {
  /// Infinite.
  case none
  case value(Double)
  case argument(CheckedExpression)
  case greater(SupportEnd, SupportEnd)
  case smaller(SupportEnd, SupportEnd)
  /// One of two, by a condition that is known from data.
  case chosen(CheckedExpression, SupportEnd, SupportEnd)

  package var isNone: Bool {
    if case .none = self { true } else { false }
  }

  /// Whether it is infinite for some elements, by a condition.
  package var isPartlyNone: Bool {
    switch self {
    case .none, .value, .argument: false
    case .greater(let a, let b), .smaller(let a, let b): a.isPartlyNone || b.isPartlyNone
    case .chosen(_, let a, let b):
      a.isNone || b.isNone || a.isPartlyNone || b.isPartlyNone
    }
  }

  /// Its value where that follows from those of its arguments: infinite for no end, nil if it is not known.
  ///
  /// `known` gives the value of an argument that belongs to the range; nil if it is not known. Of a choice the loosest
  /// end counts, and what is not known does not tighten one.
  package func value<Failure: Error>(
    isLower: Bool,
    _ known: (CheckedExpression) throws(Failure) -> Double?
  ) throws(Failure) -> Double? {
    switch self {
    case .none: return isLower ? -.infinity : .infinity
    case .value(let value): return value
    case .argument(let expression): return try known(expression)
    case .greater(let a, let b), .smaller(let a, let b), .chosen(_, let a, let b):
      let x = try a.value(isLower: isLower, known)
      let y = try b.value(isLower: isLower, known)
      let takesGreater: Bool
      switch self {
      case .greater: takesGreater = true
      case .smaller: takesGreater = false
      default: takesGreater = !isLower
      }
      guard let x, let y else {
        // A tighter end leaves the other one valid.
        if case .chosen = self { return nil }
        return takesGreater == isLower ? x ?? y : nil
      }
      return takesGreater ? max(x, y) : min(x, y)
    }
  }
}
