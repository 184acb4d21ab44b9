import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Mixtures, and `if` over distributions.
extension ModelChecker {
  static let mixtureName = "Mixture"
  static let mixtureExample = "Mixture([w, 1 - w], Normal(a, s), Normal(b, s))"

  /// Checks `Mixture(weights, D1, D2, …)`.
  func checkMixture(
    _ callee: Name,
    _ list: [Argument],
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    if let label = list.compactMap(\.label).first {
      error(
        "E0503",
        "`Mixture` has no argument named `\(label.text)`",
        at: label.span,
        help: "write `\(Self.mixtureExample)`"
      )
      return nil
    }
    guard list.count >= 3 else {
      error(
        "E0503",
        "`Mixture` takes the weights and at least two distributions",
        at: callee.span,
        help: "write `\(Self.mixtureExample)`"
      )
      return nil
    }
    var components: [CheckedDistribution] = []
    var isValid = true
    for argument in list.dropFirst() {
      if let component = checkDistribution(argument.value, eventAxes: eventAxes),
        canBeMixed(component)
      {
        components.append(component)
      } else {
        isValid = false
      }
    }
    let weights = checkWeights(list[0].value, list.count - 1, components.first, eventAxes)
    guard isValid, let weights, let first = components.first else { return nil }
    var support = first.support
    for component in components.dropFirst() {
      guard let joined = join(support, component.support, by: nil) else {
        reportKinds(first, component, "the components of a mixture")
        return nil
      }
      support = joined
    }
    return CheckedDistribution(
      .mixture(weights: weights, components),
      support: support,
      span: span
    )
  }

  private func canBeMixed(_ component: CheckedDistribution) -> Bool {
    guard !component.support.isDeclared else {
      error(
        "E0310",
        "`\(component.name)` is not a distribution with a total probability, so it cannot be mixed",
        at: component.span,
        help: "use a proper distribution, for instance a wide Normal or a Uniform"
      )
      return false
    }
    guard !component.isCoarsened else {
      error(
        "E0310",
        "what is observed is said of the mixture, not of a component",
        at: component.span,
        help: "write `censored(Mixture(…), …)`, or `rounded(Mixture(…), …)`"
      )
      return false
    }
    return true
  }

  private func checkWeights(
    _ written: Expression,
    _ count: Int,
    _ component: CheckedDistribution?,
    _ eventAxes: [Axis]?
  ) -> CheckedExpression? {
    let lifted = Array((eventAxes ?? []).dropLast(component?.support.eventRank ?? 0))
    let weights = number(checkExpression(written), "the weights")
    guard !weights.type.isInvalid else { return nil }
    guard let axis = weights.type.axes.last else {
      error(
        "E0203",
        "the weights of a mixture are an array, one number for each component",
        at: weights.span,
        "this is \(describe(weights.type))",
        help: "write a list, `[w, 1 - w]`, or a `simplex`"
      )
      return nil
    }
    let lead = Array(weights.type.axes.dropLast())
    guard lead.isEmpty || unify(lead, lifted) != nil else {
      reportArrayParameter(weights, "weights", Self.mixtureName, lifted)
      return nil
    }
    guard unify(axis, .literal(count)) != nil else {
      error(
        "E0203",
        "there are \(count) components, and \(describe(axis)) weights",
        at: weights.span,
        "one number for each component",
        help: "`Mixture` takes the weights first, then as many distributions"
      )
      return nil
    }
    for element in elements(weights) {
      guard let value = literal(element), !(value >= 0 && value <= 1) else { continue }
      error(
        "E0303",
        "a weight must be between 0 and 1",
        at: element.span,
        "this is \(short(value))",
        help: "the weights are probabilities that sum to 1"
      )
      return nil
    }
    return weights
  }

  private func elements(_ list: CheckedExpression) -> [CheckedExpression] {
    if case .list(let elements) = list.kind { elements } else { [] }
  }

  /// Checks `if c then D1 else D2`.
  func checkConditional(
    _ condition: Expression,
    _ then: Expression,
    _ otherwise: Expression,
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    let test = checkExpression(condition, context: eventAxes ?? [])
    let first = checkDistribution(then, eventAxes: eventAxes)
    let second = checkDistribution(otherwise, eventAxes: eventAxes)
    guard !test.type.isInvalid, isCondition(test), let first, let second else { return nil }
    let isKnown = test.stage == .data && test.type.isScalar
    guard let support = join(first.support, second.support, by: isKnown ? test : nil) else {
      reportKinds(first, second, "the branches of an `if`")
      return nil
    }
    let lifted = Array((eventAxes ?? []).dropLast(support.eventRank))
    guard test.type.isScalar || unify(test.type.axes, lifted) != nil else {
      error(
        "E0203",
        "axes do not match",
        at: test.span,
        "the condition runs over \(describe(test.type.axes)), the target over \(describe(lifted))",
        also: declarations(test.type.axes + lifted),
        help: "the condition has one value for each element of the target: index it with the"
          + " target's binders"
      )
      return nil
    }
    return CheckedDistribution(.conditional(test, first, second), support: support, span: span)
  }

  // MARK: Kinds of values

  private func reportKinds(
    _ first: CheckedDistribution,
    _ second: CheckedDistribution,
    _ what: String
  ) {
    error(
      "E0311",
      "\(what) must have values of one kind",
      at: second.span,
      "`\(second.name)` gives \(kind(second.support))",
      also: [.init(first.span, "`\(first.name)` gives \(kind(first.support))")],
      help: "use distributions of the same kind of values"
    )
  }

  private func kind(_ support: CheckedSupport) -> String {
    switch support {
    case .interval: "real numbers"
    case .integers: "integers"
    case .categories: "categories"
    case .naturalVector: "vectors of counts"
    case .vector(let vector): "`\(vector.rawValue)` vectors"
    case .realVector: "vectors"
    case .matrix(let matrix): "`\(matrix.rawValue)` matrices"
    case .declared: "whatever the type says"
    case .simulated: "what a simulator gives"
    }
  }

  /// All values of two supports, by a condition that is known from data of one or the other; nil if their kinds
  /// differ.
  private func join(_ a: CheckedSupport, _ b: CheckedSupport, by condition: CheckedExpression?)
    -> CheckedSupport?
  {
    func lower(_ x: SupportEnd, _ y: SupportEnd) -> SupportEnd {
      if x.isNone && y.isNone { return .none }
      if let condition { return .chosen(condition, x, y) }
      return x.isNone || y.isNone ? .none : sameValue(x, y) ? x : .smaller(x, y)
    }
    func upper(_ x: SupportEnd, _ y: SupportEnd) -> SupportEnd {
      if x.isNone && y.isNone { return .none }
      if let condition { return .chosen(condition, x, y) }
      return x.isNone || y.isNone ? .none : sameValue(x, y) ? x : .greater(x, y)
    }
    switch (a, b) {
    case (.interval(let p, let q), .interval(let r, let s)):
      return .interval(lower: lower(p, r), upper: upper(q, s))
    case (.integers(let p, let q), .integers(let r, let s)):
      if a.isBoolean && b.isBoolean { return a }
      return .integers(lower: lower(p, r), upper: upper(q, s))
    case (.categories(let p), .categories(let q)): return isSame(p, q) ? a : nil
    case (.naturalVector, .naturalVector), (.realVector, .realVector), (.declared, .declared):
      return a
    case (.vector(let p), .vector(let q)): return p == q ? a : nil
    case (.matrix(let p), .matrix(let q)): return p == q ? a : nil
    default: return nil
    }
  }

  private func sameValue(_ a: SupportEnd, _ b: SupportEnd) -> Bool {
    if case (.value(let x), .value(let y)) = (a, b) { x == y } else { false }
  }

  private func isSame(_ a: CheckedSupport.Categories, _ b: CheckedSupport.Categories) -> Bool {
    switch (a, b) {
    case (.axis(let p, let m), .axis(let q, let n)):
      guard m == n, let x = p.type.axes.last, let y = q.type.axes.last else { return false }
      return unify(x, y) != nil
    case (.dimension(let d), .dimension(let e)): return d == e
    case (.axis(let p, 0), .dimension(let d)), (.dimension(let d), .axis(let p, 0)):
      return p.type.axes.last?.dimension == d
    default: return false
    }
  }
}
