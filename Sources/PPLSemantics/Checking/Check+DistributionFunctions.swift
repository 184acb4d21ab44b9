import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// `logp(D, x)`, `cdf(D, x)` and `quantile(D, p)`.
extension ModelChecker {
  func check(
    _ function: DistributionFunction,
    _ arguments: Arguments,
    _ callee: Name,
    _ span: SourceSpan
  ) -> CheckedExpression {
    let name = callee.text
    guard let list = positional(arguments, callee, 2...2, "\(name)(\(function.example))") else {
      return .invalid(span)
    }
    let value = checkExpression(list[1])
    guard !value.type.isInvalid else { return .invalid(span) }
    let checked = checkDistribution(list[0], eventAxes: value.type.axes)
    guard let distribution = checked else { return .invalid(span) }
    let operand: CheckedExpression?
    switch function {
    case .logDensity: operand = densityOperand(value, distribution)
    case .cumulative: operand = hasCDF(distribution) ? number(value, "the value") : nil
    case .quantile: operand = hasQuantile(distribution) ? probability(value) : nil
    }
    guard let operand, !operand.type.isInvalid else { return .invalid(span) }
    let axes = Array(value.type.axes.dropLast(distribution.support.eventRank))
    return CheckedExpression(
      .ofDistribution(function, distribution, operand),
      type: ValueType(.real, axes: axes),
      stage: max(value.stage, distribution.stage),
      span: span
    )
  }

  private func densityOperand(_ value: CheckedExpression, _ distribution: CheckedDistribution)
    -> CheckedExpression?
  {
    guard value.type.rank >= distribution.support.eventRank else {
      error(
        "E0203",
        "`\(distribution.name)` is a distribution of arrays",
        at: value.span,
        "this is \(describe(value.type))"
      )
      return nil
    }
    if case .index = value.type.element, case .categories = distribution.support { return value }
    return number(value, "the value")
  }

  private func hasCDF(_ distribution: CheckedDistribution) -> Bool {
    switch distribution.support {
    case .interval, .integers: break
    case .categories, .naturalVector, .vector, .realVector, .matrix, .declared, .simulated:
      error(
        "E0309",
        "`\(distribution.name)` has no distribution function",
        at: distribution.span,
        help: "only distributions of single numbers have one"
      )
      return false
    }
    if let censored = distribution.censoredPart {
      error(
        "E0310",
        "`cdf` of `\(censored.name)` is that of the distribution itself between the bounds",
        at: censored.span,
        help: "leave `censored` out"
      )
      return false
    }
    if let leaf = distribution.leavesWithoutCDF.first {
      error(
        "E0309",
        "`\(leaf.name)` has no distribution function here",
        at: leaf.span,
        help: "use a family that has one, such as Normal, StudentT or Gamma"
      )
      return false
    }
    return true
  }

  private func hasQuantile(_ distribution: CheckedDistribution) -> Bool {
    guard let part = distribution.partWithoutQuantile else { return true }
    error(
      "E0309",
      "`\(part.name)` has no quantile function here",
      at: part.span,
      help:
        "families that have one are Normal, LogNormal, Exponential, Weibull, Logistic, Cauchy and"
        + " others with a closed form"
    )
    return false
  }

  private func probability(_ value: CheckedExpression) -> CheckedExpression? {
    if let level = literal(value), !(level >= 0 && level <= 1) {
      error(
        "E0303",
        "a probability lies between 0 and 1",
        at: value.span,
        "this is \(short(level))",
        help: "the median is `quantile(D, 0.5)`"
      )
      return nil
    }
    return number(value, "a probability")
  }
}

extension DistributionFunction {
  /// Arguments as they are written.
  fileprivate var example: String {
    switch self {
    case .logDensity, .cumulative: "Normal(mean, sd), x"
    case .quantile: "Normal(mean, sd), 0.5"
    }
  }
}

extension CheckedDistribution {
  /// What of it is censored; nil for nothing.
  fileprivate var censoredPart: CheckedDistribution? {
    if case .censored = form { return self }
    return parts.lazy.compactMap(\.censoredPart).first
  }

  /// What of it has no quantile function; nil if it has one.
  fileprivate var partWithoutQuantile: CheckedDistribution? {
    switch form {
    case .family(let family): family.signature.hasQuantile ? nil : self
    case .user, .external, .mixture: self
    case .censored, .truncated, .rounded, .conditional:
      parts.lazy.compactMap(\.partWithoutQuantile).first
    }
  }
}
