/// The values that a parameter of a distribution may take.
package enum ParameterDomain: Sendable, Hashable {
  case real
  /// > 0.
  case positive
  /// >= 0.
  case nonNegative
  /// [0, 1].
  case probability
  /// 0, 1, 2, …
  case count
  /// Positive, sum 1, along the vector.
  case simplex
  /// Ascending, along the vector.
  case ordered
  /// Symmetric positive definite.
  case covariance
  /// Symmetric positive definite with unit diagonal.
  case correlation
  /// Lower triangular with positive diagonal.
  case choleskyFactor
  /// Symmetric weights of at least 0 of a connected graph, with diagonal 0.
  case adjacency

  /// In words, to stand after "must be".
  package var description: String {
    switch self {
    case .real: "real"
    case .positive: "positive"
    case .nonNegative: "at least 0"
    case .probability: "between 0 and 1"
    case .count: "an integer of at least 0"
    case .simplex: "probabilities that sum to 1"
    case .ordered: "in ascending order"
    case .covariance: "a covariance matrix"
    case .correlation: "a correlation matrix"
    case .choleskyFactor: "a lower Cholesky factor"
    case .adjacency: "an adjacency matrix"
    }
  }
}

/// One parameter of a distribution.
package struct ParameterSignature: Sendable, Hashable {
  /// Name, also the label in a call.
  package var name: String
  /// 0 for a scalar, 1 for a vector, 2 for a matrix; scalars are accepted for vectors (each element the same).
  package var rank: Int
  package var domain: ParameterDomain
  /// Whether a call must write the label.
  package var needsLabel: Bool

  package init(_ name: String, rank: Int = 0, _ domain: ParameterDomain, needsLabel: Bool = false) {
    self.name = name
    self.rank = rank
    self.domain = domain
    self.needsLabel = needsLabel
  }
}

/// What the language knows of a distribution: its parameters and its support.
package struct DistributionSignature: Sendable, Hashable {
  package var name: String
  /// The alternative sets of parameters; a call is matched with the first that fits.
  package var parameterisations: [[ParameterSignature]]
  package var support: Support
  /// Whether a type's bound may truncate it with parameters that are not constant.
  package var hasCDF: Bool
  /// Whether draws can be generated.
  package var hasSampler: Bool
  /// Whether draws can be generated within a type's bounds.
  package var drawsWithinBounds: Bool
  /// One line for help texts.
  package var summary: String
  /// The log density in symbols, which stand in the order of the parameters of the first set.
  package var formula: String

  package init(
    _ name: String,
    _ parameterisations: [[ParameterSignature]],
    support: Support,
    hasCDF: Bool = false,
    hasSampler: Bool = true,
    drawsWithinBounds: Bool = false,
    summary: String,
    formula: String
  ) {
    self.name = name
    self.parameterisations = parameterisations
    self.support = support
    self.hasCDF = hasCDF
    self.hasSampler = hasSampler
    self.drawsWithinBounds = drawsWithinBounds
    self.summary = summary
    self.formula = formula
  }
}

extension DistributionSignature {
  /// Whether there is a quantile function: continuous families that are drawn within bounds are so by inversion.
  package var hasQuantile: Bool { drawsWithinBounds && !support.isDiscrete }

  /// The symbols of the formula and the parameters that they stand for.
  ///
  /// They are those between the bar and the parenthesis: `log p(x | μ, σ) = …`.
  package var symbols: [(symbol: String, parameter: String)] {
    guard let bar = formula.firstIndex(of: "|"), let end = formula.firstIndex(of: ")"), bar < end
    else { return [] }
    let symbols = formula[formula.index(after: bar)..<end].split(separator: ",").map {
      String($0.filter { $0 != " " })
    }
    let parameters = parameterisations.first { $0.count == symbols.count } ?? []
    return zip(symbols, parameters).map { ($0, $1.name) }
  }
}

/// What the checker knows of the library: it never sees densities.
package struct SignatureTable: Sendable {
  package var distributions: [String: DistributionSignature]

  package init(distributions: [DistributionSignature]) {
    self.distributions = Dictionary(
      distributions.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}
