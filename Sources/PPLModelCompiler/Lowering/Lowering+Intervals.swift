import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore

extension Lowering {
  // MARK: Integrals

  /// Steps of the integration variable, and how many of them there are to each side.
  private static let integrationStep = 1.0 / 32
  private static let finiteReach = 104
  private static let infiniteReach = 136
  /// How far the sum over every other node may be off: the error is about the square of this.
  private static let integrationGap = 1e-4

  /// The integral of an expression over an interval of a local, by the double exponential rule.
  ///
  /// Takahasi and Mori 1974, Publ. RIMS 9, 721: for functions that are smooth between the ends, at which they may be
  /// singular. NaN where half as many nodes disagree. All nodes are evaluated at once, so that derivatives are exact
  /// for the sum.
  func integral(
    of body: CheckedExpression,
    _ local: LocalID,
    _ ends: (lower: LoweredValue, upper: LoweredValue),
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    func isInfinite(_ value: LoweredValue) -> Double? {
      guard let known = value.node.constantValue?.uniformValue, known.isInfinite else { return nil }
      return known
    }
    let (low, high) = (isInfinite(ends.lower), isInfinite(ends.upper))
    if low == .infinity || high == -.infinity {
      throw LoweringError(
        "E0503",
        "an integral runs from the lower end to the upper",
        at: span,
        help: "from -inf, or to inf"
      )
    }
    let isFinite = low == nil && high == nil
    let reach = isFinite ? Self.finiteReach : Self.infiniteReach
    var nodes: [Double] = []
    var weights: [Double] = []
    for index in -reach...reach {
      let t = Double(index) * Self.integrationStep
      let s = 0.5 * Double.pi * LibM.sinh(t)
      let slope = 0.5 * Double.pi * LibM.cosh(t) * Self.integrationStep
      if isFinite {
        nodes.append(LibM.tanh(s))
        let c = LibM.cosh(s)
        weights.append(slope / (c * c))
      } else if low == nil || high == nil {
        nodes.append(LibM.exp(s))
        weights.append(slope * LibM.exp(s))
      } else {
        nodes.append(LibM.sinh(s))
        weights.append(slope * LibM.cosh(s))
      }
    }
    let count = nodes.count
    let inner = plate.extended(by: count)
    func row(_ values: [Double]) -> GraphValue {
      builder.constant(
        Tensor(shape: Shape(plate.shape.map { _ in 1 } + [count]), kind: .real, values: values)
      )
    }
    func behind(_ value: LoweredValue) -> GraphValue {
      value.node.reshape(Shape(value.plateSizes + [1]))
    }
    let place: GraphValue
    var weight = row(weights)
    if isFinite {
      let half = (behind(ends.upper) - behind(ends.lower)) * 0.5
      place = (behind(ends.upper) + behind(ends.lower)) * 0.5 + half * row(nodes)
      weight = half * weight
    } else if high != nil, low == nil {
      place = behind(ends.lower) + row(nodes)
    } else if low != nil, high == nil {
      place = behind(ends.upper) - row(nodes)
    } else {
      place = row(nodes)
    }
    locals[local] = (LoweredValue(place, ownRank: 0), inner)
    let terms = try lower(body, inner).node * weight
    func total(_ values: GraphValue) -> GraphValue {
      let sum = values.sum(axes: [plate.rank])
      return sum.reshape(Shape(Array(sum.shape.sizes.dropLast())))
    }
    let whole = total(terms)
    let sparse = total(terms * row((0..<count).map { $0 % 2 == 0 ? 2 : 0 }))
    let gap = (whole - sparse).absolute().detached()
    let allowed = total(terms.absolute()).detached() * Self.integrationGap
    return LoweredValue(
      gap.isGreater(than: allowed).select(builder.constant(.nan), whole),
      ownRank: 0
    )
  }

  // MARK: Roots

  /// Halvings of the interval: what is left of it is below the distance of two numbers.
  private static let halvings = 60

  /// The place between two ends at which an expression in a local is zero; NaN where it has one sign at both.
  ///
  /// The interval is halved until nothing is left of it. A step of Newton's method from there makes the derivative by
  /// whatever the expression depends on that of the implicit function; its slope is a central difference.
  func root(
    of body: CheckedExpression,
    _ local: LocalID,
    _ ends: (lower: LoweredValue, upper: LoweredValue),
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    func value(at place: GraphValue, _ plate: Plate) throws(LoweringError) -> GraphValue {
      locals[local] = (LoweredValue(place, ownRank: 0), plate)
      return try lower(body, plate).node
    }
    let low = spread(ends.lower, plate).node.detached()
    let high = spread(ends.upper, plate).node.detached()
    let atLower = try value(at: low, plate).detached().broadcast(to: Shape(plate.shape))
    let atUpper = try value(at: high, plate).detached().broadcast(to: Shape(plate.shape))
    let inner = plate.extended(by: Self.halvings)
    let stepShape = Shape(plate.shape + [Self.halvings])
    let before = (
      builder.addPlaceholder(shape: stepShape), builder.addPlaceholder(shape: stepShape)
    )
    func single(_ node: GraphValue) -> GraphValue { node.reshape(Shape(plate.shape + [1])) }
    let middle = (before.0 + before.1) * 0.5
    let isLower = (try value(at: middle, inner).sign() * single(atLower).sign())
      .isGreater(than: 0)
    let next = (
      isLower.select(middle, before.0).broadcast(to: stepShape),
      isLower.select(before.1, middle).broadcast(to: stepShape)
    )
    let carried = [
      CarriedValue(
        placeholder: before.0,
        axis: plate.rank,
        initial: single(low),
        next: next.0
      ),
      CarriedValue(
        placeholder: before.1,
        axis: plate.rank,
        initial: single(high),
        next: next.1
      ),
    ]
    let steps = builder.scan(
      length: Self.halvings,
      reversed: false,
      carried: carried,
      outputs: [(next.0, plate.rank), (next.1, plate.rank)]
    )
    guard let steps else {
      throw LoweringError("E0901", "this root cannot be run by this version", at: span)
    }
    func last(_ node: GraphValue) -> GraphValue {
      node.slice(axis: plate.rank, start: Self.halvings - 1, count: 1)
        .reshape(Shape(plate.shape))
    }
    let found = ((last(steps[0]) + last(steps[1])) * 0.5).detached()
    let width = (found.absolute() + 1) * 1e-6
    let rise = try value(at: found + width, plate) - value(at: found - width, plate)
    let slope = (rise / (width * 2)).detached()
    let refined = found - (try value(at: found, plate)) / slope
    let hasSign = (atLower.sign() * atUpper.sign()).isGreater(than: 0)
    return LoweredValue(hasSign.select(builder.constant(.nan), refined), ownRank: 0)
  }
}
