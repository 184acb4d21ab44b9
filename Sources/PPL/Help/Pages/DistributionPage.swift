import PPLDistributions
import PPLModelCompiler
import PPLTypeSystem

/// The page of the distributions: what help says of them, by the kind of their values.
package enum DistributionPage {
  /// What values a group of families has.
  private enum Group: String, CaseIterable {
    case real = "Real numbers"
    case positive = "Positive numbers"
    case unit = "Numbers between 0 and 1"
    case bounded = "Numbers between other bounds"
    case integer = "Integers"
    case category = "Categories"
    case counts = "Vectors of counts"
    case vector = "Vectors"
    case matrix = "Matrices"
    case declared = "Whatever the type says"

    init(_ support: Support) {
      self =
        switch support {
        case .real: .real
        case .positive: .positive
        case .unitInterval: .unit
        case .interval: .bounded
        case .integers: .integer
        case .categories: .category
        case .naturalVector: .counts
        case .vector, .realVector: .vector
        case .matrix: .matrix
        case .declared: .declared
        }
    }

    /// What holds for all of a group.
    var introduction: String? {
      switch self {
      case .category:
        "A value is an index of the axis along which the probabilities stand: with `dim k`, `p: simplex[k] ~ Dirichlet(1)` and `z ~ Categorical(p)`, `z` is an index of `k`. `z ~ DiscreteUniform(k)` is uniform over the indices of a dimension."
      case .counts, .vector:
        "One value is a vector: `x: real[d] ~ …`, or `x[i: e] ~ …` where an argument is a vector over another axis. A number for a vector argument stands for each element."
          + (self == .vector
            ? " Densities on the simplex are with respect to all elements but the last, those of vectors of sum 0 to orthonormal coordinates of their plane."
            : "")
      case .matrix:
        "One value is a matrix: `R: corr[d] ~ LKJ(2)`. Densities are with respect to the elements on and below the diagonal, of correlations and their factors to those below it. n is the number of rows."
      case .real, .positive, .unit, .bounded, .integer, .declared: nil
      }
    }
  }

  package static var text: String {
    let table = ModelCompiler.signatures.distributions.values.sorted { $0.name < $1.name }
    var text = """
      # Distributions

      What may stand behind `~`, with parameters, values and densities; `?Normal` in the session shows the same. Written from the distributions' own signatures.

      Arguments come in order or by name, `Normal(0, sd: 1)`; those written with a colon here need their name, which chooses between forms. A distribution of numbers takes arrays with the same axes, or
      numbers among them, and then has independent elements. What a family has:

      - **draws**: it can be drawn forward, for predictions, replicates and priors; *also within bounds*: from a part of its values too.
      - **cdf**: its distribution function is known, so that `truncated`, `censored` and `rounded` work, and bounds in a type that change with parameters. Where it has *no derivative* in a parameter,
        engines with gradients need a number or data there.
      - **quantile**: so is its inverse.
      - **summed out**: a latent with this distribution is summed out exactly where the model allows it.

      Every log density has a gradient in x, where x is continuous, and in all parameters but counts. Γ and B are the gamma and beta function, C(n, k) binomial coefficients, Φ the standard normal distribution
      function, I₀ a modified Bessel function, Γ_n the multivariate gamma function, pdet the product of the eigenvalues that are not 0, c(η, n) what makes the density integrate to 1.

      """
    for group in Group.allCases {
      let families = table.filter { Group($0.support) == group }
      text += "\n## \(group.rawValue)\n"
      if let introduction = group.introduction { text += "\n\(introduction)\n" }
      for signature in families { text += section(signature) }
    }
    text += """

      ## Made of others

      | form | |
      |---|---|

      """
    for entry in Help.compositions {
      text += "| \(entry.forms.map { "`\($0)`" }.joined(separator: ", ")) | \(entry.summary) |\n"
    }
    return text
  }

  private static func section(_ signature: DistributionSignature) -> String {
    let forms = signature.parameterisations.map { "`\(Help.form(signature.name, $0))`" }
    let formula = signature.formula.replacing(",\n", with: ", ").split(separator: "\n")
      .map { "`\($0)`" }
    var lines = [forms.joined(separator: ", ")]
    let parameters = parameters(of: signature)
    if !parameters.isEmpty { lines.append(parameters.joined(separator: "; ")) }
    let names = signature.parameterisations.first?.map(\.name) ?? []
    lines.append("values: " + signature.support.words(names))
    lines.append(formula.joined(separator: "; "))
    let abilities = abilities(of: signature)
    if !abilities.isEmpty { lines.append(abilities.joined(separator: "; ")) }
    return """

      ### \(signature.name)

      \(signature.summary)

      \(lines.map { "- \($0)" }.joined(separator: "\n"))

      """
  }

  /// Each parameter with its domain, and with its symbol where the formula has one.
  private static func parameters(of signature: DistributionSignature) -> [String] {
    var seen: Set<String> = []
    return signature.parameterisations.joined().filter { seen.insert($0.name).inserted }.map {
      parameter in
      let symbol = signature.symbols.first { $0.parameter == parameter.name }
      return "`\(parameter.name)`" + (symbol.map { " (\($0.symbol))" } ?? "")
        + " " + parameter.words
    }
  }

  private static func abilities(of signature: DistributionSignature) -> [String] {
    var abilities: [String] = []
    if signature.hasSampler {
      abilities.append(signature.drawsWithinBounds ? "draws, also within bounds" : "draws")
    } else {
      abilities.append("no draws")
    }
    if signature.hasCDF { abilities.append("cdf" + withoutDerivative(of: signature)) }
    if signature.hasQuantile { abilities.append("quantile") }
    if signature.support.isFinite { abilities.append("summed out") }
    return abilities
  }

  /// The parameters in which the distribution function has no derivative.
  private static func withoutDerivative(of signature: DistributionSignature) -> String {
    guard let family = DistributionLibrary.standard[signature.name] else { return "" }
    let names = (signature.parameterisations.first ?? []).enumerated().filter {
      $0.element.domain != .count && !family.isLogProbabilityDifferentiable(inParameter: $0.offset)
    }.map { "`\($0.element.name)`" }
    return names.isEmpty ? "" : " (no derivative in \(names.joined(separator: " and ")))"
  }
}

extension Support {
  /// Whether there are finitely many scalar values.
  fileprivate var isFinite: Bool {
    switch self {
    case .integers(_, .none), .integers(.none, _): false
    case .integers, .categories: true
    case .interval, .naturalVector, .vector, .realVector, .matrix, .declared: false
    }
  }
}
