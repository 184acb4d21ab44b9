package import PPLTypeSystem

/// The distributions that programs may name.
package struct DistributionLibrary: Sendable {
  private let distributions: [String: any Distribution]

  /// A library of these families; the first of a name counts.
  package init(_ distributions: [any Distribution]) {
    self.distributions = Dictionary(
      distributions.map { ($0.signature.name, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// The family of a name.
  package subscript(name: String) -> (any Distribution)? { distributions[name] }

  /// All names, in alphabetical order.
  package var names: [String] { distributions.keys.sorted() }

  /// What the checker knows of the library.
  package var signatureTable: SignatureTable {
    SignatureTable(distributions: names.compactMap { distributions[$0]?.signature })
  }

  /// The families that every program has.
  package static let standard = DistributionLibrary([
    Normal(), StudentT(), Cauchy(), Laplace(), Logistic(), Uniform(), Flat(),
    SkewNormal(), ExponentiallyModifiedNormal(), AsymmetricLaplace(), Gumbel(), VonMises(),
    HalfNormal(), HalfCauchy(), HalfStudentT(), HalfLogistic(),
    LogNormal(), LogLogistic(), Exponential(), Gamma(), InverseGamma(), Weibull(), Frechet(),
    Rayleigh(), ChiSquared(), InverseChiSquared(), ScaledInverseChiSquared(), Pareto(), Pareto2(),
    Beta(), BetaProportion(), Kumaraswamy(), LogitNormal(), Triangular(), Wiener(),
    Bernoulli(), Binomial(), BetaBinomial(), Geometric(), Poisson(), NegativeBinomial(),
    BetaNegativeBinomial(), Hypergeometric(), DiscreteUniform(),
    Categorical(), OrderedLogistic(), OrderedProbit(), Multinomial(), DirichletMultinomial(),
    Dirichlet(), MultiNormal(), MultiStudentT(), ICAR(), LKJCholesky(), LKJ(), Wishart(),
    InverseWishart(),
  ])
}
