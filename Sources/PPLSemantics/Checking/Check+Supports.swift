import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  func checkObserved(
    _ variable: Variable,
    _ element: ElementType,
    _ distribution: CheckedDistribution,
    _ entry: PendingEquation
  ) -> Bool {
    let name = distribution.name
    func mismatch(_ message: String, _ help: String) -> Bool {
      error(
        "E0301",
        message,
        at: entry.target.span,
        "`\(variable.name.text)` is \(describe(variable.type))",
        also: [
          .init(variable.name.span, "declared here"), .init(distribution.span, "given here"),
        ],
        help: help
      )
      return false
    }
    switch (variable.type.element, element) {
    case (.invalid, _): return false
    case (.real, .integer), (.real, .boolean), (.real, .index):
      return mismatch(
        "`\(variable.name.text)` is real, and `\(name)` is a distribution of integers",
        "declare the data as `int` (or `bool`)"
      )
    case (.index(let own), .index(let wanted)):
      if own == wanted { return true }
      return mismatch(
        "`\(variable.name.text)` is an index of `\(self.name(of: own))`, and `\(name)` gives one of"
          + " `\(self.name(of: wanted))`",
        "use probabilities over `\(self.name(of: own))`"
      )
    case (.index(let own), .integer):
      if case .categories(.axis(let argument, let more)) = distribution.support {
        // Cutpoints may part the categories of any dimension.
        if more > 0 { return true }
        // A list as written adopts the dimension that the data want.
        if case .literal? = argument.type.axes.last { return true }
      }
      return mismatch(
        "`\(variable.name.text)` is an index of `\(self.name(of: own))`, and `\(name)` gives integers",
        "use a distribution over `\(self.name(of: own))` such as Categorical"
      )
    case (.integer, .index(let wanted)), (.boolean, .index(let wanted)):
      return mismatch(
        "`\(name)` gives an index of `\(self.name(of: wanted))`, and `\(variable.name.text)` is"
          + " \(describe(variable.type))",
        "declare the data as `: \(self.name(of: wanted))`"
      )
    case (.index, _):
      return mismatch(
        "`\(variable.name.text)` holds indices, and `\(name)` gives numbers",
        "use a distribution over the dimension such as Categorical"
      )
    default: return true
    }
  }

  func checkDeclared(
    _ declared: DeclaredType?,
    _ element: ElementType,
    _ distribution: CheckedDistribution,
    _ entry: PendingEquation
  ) -> Bool {
    let name = distribution.name
    let support = distribution.support
    func mismatch(_ what: String, _ help: String?) -> Bool {
      error(
        "E0303",
        "the type and the distribution do not fit",
        at: distribution.span,
        what,
        also: declared.map { [.init($0.span, "the type is here")] } ?? [],
        help: help
      )
      return false
    }
    guard let declared else { return true }
    if support.isDiscrete, declared.type.element == .real {
      return mismatch("`\(name)` gives integers, and the type is real", "write `int` or `bool`")
    }
    if !support.isDiscrete, declared.type.element != .real {
      return mismatch(
        "`\(name)` gives real values, and the type is \(describe(declared.type))",
        "write `real`"
      )
    }
    if distribution.isCoarsened, !declared.constraint.isNone {
      return mismatch(
        "`\(name)` cannot be restricted by this bound",
        "restrict what is observed: `censored(truncated(D, lower: a), upper: b)`"
      )
    }
    switch (declared.constraint, support) {
    case (.vector(let joint), .vector(let own)) where joint != own:
      return mismatch(
        "`\(name)` is a distribution of `\(own.rawValue)` vectors",
        "write the type `\(own.rawValue)`, or use a distribution of real numbers such as Normal"
      )
    case (.matrix(let joint), .matrix(let own)) where joint != own:
      return mismatch(
        "`\(name)` is a distribution of `\(own.rawValue)` matrices",
        "write the type `\(own.rawValue)`"
      )
    case (.vector, .matrix), (.matrix, .vector), (.matrix, .interval), (.matrix, .realVector),
      (.matrix, .integers), (.matrix, .categories), (.vector, .integers), (.vector, .categories),
      (.matrix, .naturalVector), (.vector, .naturalVector):
      return mismatch("`\(name)` has other values than this type", nil)
    case (.bounds, .vector), (.bounds, .matrix), (.bounds, .realVector), (.bounds, .categories),
      (.bounds, .naturalVector), (.set, _):
      return mismatch("`\(name)` cannot be restricted by this bound", "remove the bound")
    case (.vector, .interval), (.vector, .realVector):
      // The normaliser over the joint type is not known; constant arguments make it a constant.
      guard distribution.stage == .data || isNormalOfSumZero(declared, distribution) else {
        error(
          "E0305",
          "the normaliser of `\(name)` over this joint type is unknown and not constant",
          at: distribution.span,
          "its parameters depend on a latent quantity",
          also: [.init(declared.span, "the type is here")],
          help: "use constant parameters, or write the density as `~ Flat()` and a `factor`"
        )
        return false
      }
    default: break
    }
    if case .bounds(let lower, let upper) = declared.constraint,
      let range = range(ofSupport: distribution)
    {
      let low = lower.flatMap { literal($0.value) } ?? -.infinity
      let high = upper.flatMap { literal($0.value) } ?? .infinity
      if max(low, range.lower) >= min(high, range.upper), !support.isDiscrete {
        return mismatch(
          "`\(name)` lies between \(short(range.lower)) and \(short(range.upper)), and the type allows nothing of that",
          "change the bound"
        )
      }
    }
    return true
  }

  private func range(ofSupport distribution: CheckedDistribution) -> (lower: Double, upper: Double)?
  {
    guard case .interval(let low, let high) = distribution.support,
      let lower = low.value(isLower: true, literal), let upper = high.value(isLower: false, literal)
    else { return nil }
    return (lower, upper)
  }

  /// Whether a vector of equal normals is restricted to a sum of 0: the one case in which the normaliser is known.
  private func isNormalOfSumZero(_ declared: DeclaredType, _ distribution: CheckedDistribution)
    -> Bool
  {
    guard case .vector(.sumToZero) = declared.constraint,
      case .family(let family) = distribution.form, family.signature.name == "Normal"
    else { return false }
    return family.arguments.allSatisfy(\.type.isScalar)
  }
}
