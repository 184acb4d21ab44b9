import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// What makes a distribution of another one; the raw value is the name in programs.
enum DistributionModifier: String, CaseIterable {
  case censored, truncated, rounded

  /// What it may be given besides the distribution.
  var labels: [String] {
    switch self {
    case .censored: ["lower", "upper", "left", "right", "interval"]
    case .truncated: ["lower", "upper"]
    case .rounded: ["to"]
    }
  }

  /// How it is written.
  var example: String {
    switch self {
    case .censored: "censored(Normal(mean, sd), upper: b)"
    case .truncated: "truncated(Normal(mean, sd), lower: a, upper: b)"
    case .rounded: "rounded(Normal(mean, sd), to: 0.5)"
    }
  }
}

extension ModelChecker {
  /// Checks `censored(…)`, `truncated(…)` or `rounded(…)`.
  func checkModifier(
    _ modifier: DistributionModifier,
    _ callee: Name,
    _ list: [Argument],
    _ span: SourceSpan,
    _ eventAxes: [Axis]?
  ) -> CheckedDistribution? {
    guard let (written, named) = modifierArguments(modifier, callee, list) else { return nil }
    let inner = checkDistribution(written, eventAxes: eventAxes)
    guard let inner, canBeChanged(inner, by: modifier) else { return nil }
    let axes = eventAxes ?? []
    switch modifier {
    case .censored:
      guard let censoring = checkCensoring(named, callee, axes) else { return nil }
      return CheckedDistribution(.censored(inner, censoring), support: inner.support, span: span)
    case .truncated:
      guard let (lower, upper) = checkBounds(named, callee, axes) else { return nil }
      return CheckedDistribution(
        .truncated(inner, lower: lower, upper: upper),
        support: inner.support.within(lower, upper),
        span: span
      )
    case .rounded:
      guard let width = checkWidth(named["to"], callee, axes) else { return nil }
      let support: CheckedSupport =
        inner.support.isDiscrete
        ? .integers(lower: .none, upper: .none) : .interval(lower: .none, upper: .none)
      return CheckedDistribution(.rounded(inner, to: width), support: support, span: span)
    }
  }

  // MARK: Arguments

  /// The distribution that is changed, and what is said by name.
  private func modifierArguments(
    _ modifier: DistributionModifier,
    _ callee: Name,
    _ list: [Argument]
  ) -> (distribution: Expression, named: [String: Expression])? {
    let name = callee.text
    func reject(_ message: String, _ span: SourceSpan, _ help: String? = nil) {
      error("E0503", message, at: span, help: help ?? "write `\(modifier.example)`")
    }
    guard let first = list.first, first.label == nil else {
      reject(
        "`\(name)` takes the distribution first",
        list.first?.label?.span ?? callee.span
      )
      return nil
    }
    var named: [String: Expression] = [:]
    for argument in list.dropFirst() {
      guard let label = argument.label else {
        reject("what `\(name)` is given besides a distribution has a name", argument.value.span)
        return nil
      }
      guard modifier.labels.contains(label.text) else {
        let near =
          ForeignNames.parameter(label.text, among: Set(modifier.labels))
          ?? suggestion(for: label.text, among: modifier.labels)
        reject(
          "`\(name)` has no argument `\(label.text)`",
          label.span,
          near.map { "did you mean `\($0)`?" }
            ?? "it takes \(modifier.labels.map { "`\($0):`" }.joined(separator: ", "))"
        )
        return nil
      }
      guard named[label.text] == nil else {
        reject("`\(label.text)` stands twice here", label.span, "remove one of them")
        return nil
      }
      named[label.text] = argument.value
    }
    guard !named.isEmpty else {
      reject("nothing says how the distribution is \(name)", callee.span)
      return nil
    }
    return (first.value, named)
  }

  /// Whether a distribution is one that can be changed so; reports it if not.
  private func canBeChanged(_ inner: CheckedDistribution, by modifier: DistributionModifier) -> Bool
  {
    let what = modifier.rawValue
    switch inner.support {
    case .interval, .integers: break
    case .categories:
      error(
        "E0310",
        "`\(inner.name)` gives categories, which cannot be \(what)",
        at: inner.span,
        help: "only distributions of numbers can"
      )
      return false
    case .declared:
      error(
        "E0310",
        "`\(inner.name)` is not a distribution with a total probability, so it cannot be \(what)",
        at: inner.span,
        help: "write the bounds as the target's type: `x: real in (a, b) ~ Flat()`"
      )
      return false
    case .simulated:
      error(
        "E0310",
        "the density of `\(inner.name)` is not known, so it cannot be \(what)",
        at: inner.span,
        help: "let the simulator do it"
      )
      return false
    case .naturalVector, .vector, .realVector, .matrix:
      error(
        "E0310",
        "`\(inner.name)` is a distribution of arrays, which cannot be \(what)",
        at: inner.span,
        help: "only distributions of single numbers can"
      )
      return false
    }
    guard !inner.isCoarsened else {
      let help =
        switch modifier {
        case .censored: "say all in one `censored`: `lower: a, upper: b`, or `interval: end`"
        case .truncated: "change the distribution first: `censored(truncated(D, …), …)`"
        case .rounded: "a value is censored or rounded; `censored` takes the end of an `interval:`"
        }
      error(
        "E0310",
        "what is observed of `\(inner.name)` is already said, so it cannot be \(what)",
        at: inner.span,
        help: help
      )
      return false
    }
    if let leaf = inner.leavesWithoutCDF.first {
      error(
        "E0309",
        "`\(leaf.name)` has no distribution function here, which `\(what)` needs",
        at: leaf.span,
        help: leaf.isFamily
          ? "use a family that has one, such as Normal, StudentT or Gamma"
          : "write the probabilities into its `logp`"
      )
      return false
    }
    return true
  }

  /// A number that has one value, or the axes of the target.
  private func checkBound(_ expression: Expression, _ label: String, _ axes: [Axis])
    -> CheckedExpression?
  {
    let value = number(checkExpression(expression, context: axes), "`\(label)`")
    return hasTargetAxes(value, label, axes) ? value : nil
  }

  private func hasTargetAxes(_ value: CheckedExpression, _ label: String, _ axes: [Axis]) -> Bool {
    guard !value.type.isInvalid else { return false }
    guard value.type.isScalar || unify(value.type.axes, axes) != nil else {
      error(
        "E0203",
        "`\(label)` is one value, or has the axes of the target",
        at: value.span,
        "this is \(describe(value.type))",
        help: "index it with the target's binders"
      )
      return false
    }
    return true
  }

  /// What is given as `lower` and `upper`; nil for what was reported.
  ///
  /// A literal infinity is no bound.
  private func checkBounds(_ named: [String: Expression], _ callee: Name, _ axes: [Axis])
    -> (lower: CheckedExpression?, upper: CheckedExpression?)?
  {
    var ends: [CheckedExpression?] = []
    for label in ["lower", "upper"] {
      guard let written = named[label] else {
        ends.append(nil)
        continue
      }
      guard let value = checkBound(written, label, axes) else { return nil }
      ends.append(literal(value)?.isInfinite == true ? nil : value)
    }
    if let lower = ends[0], let upper = ends[1], let low = literal(lower),
      let high = literal(upper),
      low >= high
    {
      error(
        "E0303",
        "no value lies between these bounds",
        at: lower.span.union(upper.span),
        help: "`lower` is the smaller one"
      )
      return nil
    }
    return (ends[0], ends[1])
  }

  private func checkCensoring(_ named: [String: Expression], _ callee: Name, _ axes: [Axis])
    -> Censoring?
  {
    let hasBounds = named["lower"] != nil || named["upper"] != nil
    let hasFlags = named["left"] != nil || named["right"] != nil
    let kinds = [hasBounds, hasFlags, named["interval"] != nil].count { $0 }
    guard kinds == 1 else {
      error(
        "E0503",
        "`censored` is told in two ways what was observed",
        at: callee.span,
        help: "give bounds (`lower:`, `upper:`), flags (`left:`, `right:`), or the end of an"
          + " `interval:` that begins at the observed value"
      )
      return nil
    }
    if hasBounds {
      return checkBounds(named, callee, axes).map { .bounds(lower: $0.lower, upper: $0.upper) }
    }
    if let end = named["interval"] {
      return checkBound(end, "interval", axes).map { .interval($0) }
    }
    var flags: [CheckedExpression?] = []
    for label in ["left", "right"] {
      guard let written = named[label] else {
        flags.append(nil)
        continue
      }
      let flag = checkExpression(written, context: axes)
      guard !flag.type.isInvalid, isCondition(flag), hasTargetAxes(flag, label, axes) else {
        return nil
      }
      requireData(flag, "a flag of `censored`")
      guard flag.stage == .data else { return nil }
      flags.append(flag)
    }
    return .flags(left: flags[0], right: flags[1])
  }

  private func checkWidth(_ written: Expression?, _ callee: Name, _ axes: [Axis])
    -> CheckedExpression?
  {
    guard let written, let width = checkBound(written, "to", axes) else { return nil }
    requireData(width, "what values are rounded to")
    guard width.stage == .data else { return nil }
    if let value = literal(width), !(value > 0 && value.isFinite) {
      error(
        "E0303",
        "values are rounded to multiples of a positive number",
        at: width.span,
        "this is \(short(value))",
        help: "`to: 1` rounds to whole numbers"
      )
      return nil
    }
    return width
  }
}

extension CheckedDistribution {
  /// Whether it is of the library.
  fileprivate var isFamily: Bool {
    if case .family = form { true } else { false }
  }
}
