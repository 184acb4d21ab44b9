import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// A scalar distribution with known moments, nil where they do not exist.
///
/// Source of the moments: SciPy 1.17.
struct FamilyRow: Sendable, CustomTestStringConvertible {
  let name: String
  let form: Int
  let parameters: [Tensor]
  let mean: Double?
  let variance: Double?

  init(
    _ name: String,
    _ form: Int,
    _ parameters: [LiteralTensor],
    mean: Double?,
    variance: Double?
  ) {
    self.name = name
    self.form = form
    self.parameters = parameters.map(\.tensor)
    self.mean = mean
    self.variance = variance
  }

  var testDescription: String { "\(name) \(form) \(parameters.map(\.values))" }

  static let continuous: [FamilyRow] = [
    FamilyRow("Normal", 0, [1.5, 0.25], mean: 1.5, variance: 0.0625),
    FamilyRow("Normal", 1, [-2, 0.25], mean: -2, variance: 4),
    FamilyRow("HalfNormal", 0, [3], mean: 2.3936536824085963, variance: 3.270422048691768),
    FamilyRow("StudentT", 0, [7, -1, 2.5], mean: -1, variance: 8.75),
    FamilyRow("Cauchy", 0, [-1, 2.5], mean: nil, variance: nil),
    FamilyRow("HalfCauchy", 0, [2.5], mean: nil, variance: nil),
    FamilyRow("Laplace", 0, [2, 0.5], mean: 2, variance: 0.5),
    FamilyRow("Logistic", 0, [-1, 2], mean: -1, variance: 13.159472534785811),
    FamilyRow("LogNormal", 0, [0.5, 0.4], mean: 1.7860384307500736, variance: 0.5534881011446782),
    FamilyRow("Exponential", 0, [0.2], mean: 5, variance: 25),
    FamilyRow("Exponential", 1, [0.2], mean: 0.2, variance: 0.04),
    FamilyRow("Gamma", 0, [0.4, 2], mean: 0.2, variance: 0.1),
    FamilyRow("Gamma", 1, [7.5, 2], mean: 15, variance: 30),
    FamilyRow("InverseGamma", 0, [9, 2], mean: 0.25, variance: 0.008928571428571428),
    FamilyRow("Weibull", 0, [0.8, 2], mean: 2.2660061926386925, variance: 8.158619816714468),
    FamilyRow("Weibull", 0, [3, 2], mean: 1.7859590231384979, variance: 0.42133153947391655),
    FamilyRow("Beta", 0, [0.5, 2.5], mean: 0.16666666666666666, variance: 0.034722222222222224),
    FamilyRow("Beta", 0, [12, 5], mean: 0.7058823529411765, variance: 0.011534025374855825),
    FamilyRow("Uniform", 0, [-2, 5], mean: 1.5, variance: 4.083333333333333),
    FamilyRow("SkewNormal", 0, [1, 2.5, 4], mean: 2.9351543066116297, variance: 2.505177809602462),
    FamilyRow(
      "SkewNormal",
      0,
      [-2, 0.5, -1.5],
      mean: -2.331940041831823,
      variance: 0.1398158086286878
    ),
    FamilyRow("ExponentiallyModifiedNormal", 0, [2, 0.5, 0.2], mean: 7.0, variance: 25.25),
    FamilyRow("ExponentiallyModifiedNormal", 0, [-1, 3, 4], mean: -0.75, variance: 9.0625),
    FamilyRow("ExponentiallyModifiedNormal", 1, [2, 0.5, 5], mean: 7.0, variance: 25.25),
    FamilyRow(
      "AsymmetricLaplace",
      0,
      [2, 0.5, 3],
      mean: 0.6666666666666667,
      variance: 2.2777777777777777
    ),
    FamilyRow("AsymmetricLaplace", 0, [-1, 4, 0.25], mean: 14.0, variance: 257.0),
    FamilyRow(
      "AsymmetricLaplace",
      1,
      [2, 0.5, 0.9],
      mean: -0.22222222222222276,
      variance: 6.327160493827164
    ),
    FamilyRow("Gumbel", 0, [2, 0.5], mean: 2.2886078324507664, variance: 0.4112335167120566),
    FamilyRow("VonMises", 0, [1.5, 4], mean: nil, variance: nil),
    FamilyRow("VonMises", 0, [-7, 1e-6], mean: nil, variance: nil),
    FamilyRow("VonMises", 0, [0.5, 1e8], mean: 0.5, variance: 1.000000005e-08),
    FamilyRow("HalfStudentT", 0, [7, 2.5], mean: 2.245783463188228, variance: 3.7064566364702882),
    FamilyRow("HalfLogistic", 0, [2], mean: 2.772588722239781, variance: 5.472224312094589),
    FamilyRow("LogLogistic", 0, [2, 5], mean: 2.13791866423119, variance: 0.7145293838425228),
    FamilyRow("Frechet", 0, [5, 2], mean: 2.328459427450606, variance: 0.5350456899676646),
    FamilyRow("Rayleigh", 0, [2], mean: 2.5066282746310002, variance: 1.7168146928204138),
    FamilyRow("ChiSquared", 0, [7.5], mean: 7.5, variance: 15.0),
    FamilyRow("ChiSquared", 0, [0.8], mean: 0.8, variance: 1.6),
    FamilyRow(
      "InverseChiSquared",
      0,
      [12.5],
      mean: 0.09523809523809523,
      variance: 0.002134187008136588
    ),
    FamilyRow(
      "ScaledInverseChiSquared",
      0,
      [12.5, 2],
      mean: 4.761904761904762,
      variance: 5.335467520341469
    ),
    FamilyRow("Pareto", 0, [2, 6], mean: 2.4, variance: 0.24),
    FamilyRow("Pareto2", 0, [-2, 3, 6], mean: -1.4000000000000001, variance: 0.54),
    FamilyRow("BetaProportion", 0, [0.7, 5], mean: 0.7, variance: 0.035),
    FamilyRow("Kumaraswamy", 0, [2, 7.5], mean: 0.3084739490638788, variance: 0.02249088157246497),
    FamilyRow(
      "Kumaraswamy",
      0,
      [0.5, 0.8],
      mean: 0.39682539682539664,
      variance: 0.10359894445107479
    ),
    FamilyRow(
      "LogitNormal",
      0,
      [-1, 0.8],
      mean: 0.29295755956024594,
      variance: 0.0226666556072002
    ),
    FamilyRow("Triangular", 0, [-2, 3, 4], mean: 1.666666666666667, variance: 1.7222222222222225),
    FamilyRow("Triangular", 0, [0, 1, 1], mean: 0.6666666666666666, variance: 0.05555555555555555),
  ]

  static let discrete: [FamilyRow] = [
    FamilyRow("Bernoulli", 0, [0.3], mean: 0.3, variance: 0.21),
    FamilyRow("Bernoulli", 1, [2], mean: 0.8807970779778823, variance: 0.10499358540350656),
    FamilyRow("Binomial", 0, [40, 0.15], mean: 6, variance: 5.1),
    FamilyRow("Binomial", 1, [9, 0.7], mean: 6.013689949513496, variance: 1.9954158596379816),
    FamilyRow("Poisson", 0, [3.5], mean: 3.5, variance: 3.5),
    FamilyRow("Poisson", 1, [3], mean: 20.085536923187668, variance: 20.085536923187668),
    FamilyRow("NegativeBinomial", 0, [4, 1.5], mean: 4, variance: 14.666666666666666),
    FamilyRow(
      "NegativeBinomial",
      1,
      [1, 6],
      mean: 2.718281828459045,
      variance: 3.9497911782808193
    ),
    FamilyRow("DiscreteUniform", 0, [-3, 8], mean: 2.5, variance: 11.916666666666666),
    FamilyRow("Categorical", 0, [[0.2, 0.5, 0.05, 0.25]], mean: 1.35, variance: 1.1275),
    FamilyRow(
      "Categorical",
      1,
      [[-1, 0.5, 0.5, -30]],
      mean: 1.3494486529748646,
      variance: 0.4280694212758666
    ),
    FamilyRow("Geometric", 0, [0.3], mean: 2.3333333333333335, variance: 7.777777777777779),
    FamilyRow("Geometric", 1, [-1], mean: 2.7182818284590455, variance: 10.107337927389697),
    FamilyRow(
      "BetaBinomial",
      0,
      [40, 0.8, 3],
      mean: 8.421052631578949,
      variance: 60.66481994459834
    ),
    FamilyRow("BetaNegativeBinomial", 0, [4, 25, 6], mean: 1.0, variance: 1.5217391304347827),
    FamilyRow("Hypergeometric", 0, [12, 10, 20], mean: 4.0, variance: 1.6551724137931034),
    FamilyRow(
      "Hypergeometric",
      0,
      [25, 700, 30],
      mean: 23.972602739726028,
      variance: 0.9527416952199588
    ),
    FamilyRow("NegativeBinomial", 2, [1.5, 0.5], mean: 3.0, variance: 9.0),
    FamilyRow("NegativeBinomial", 3, [2.5, 0.4], mean: 3.75, variance: 9.374999999999998),
    FamilyRow(
      "OrderedLogistic",
      0,
      [0.5, [-1.5, 0, 2]],
      mean: 1.6856819329860935,
      variance: 0.8187791114194951
    ),
    FamilyRow(
      "OrderedProbit",
      0,
      [0.5, [-1.5, 0, 2]],
      mean: 1.735519530594692,
      variance: 0.3736452171425304
    ),
  ]

  /// Points with masses that stand for the distribution, by quadrature or counting.
  func masses() throws -> (points: [Double], masses: [Double]) {
    let distribution = try family(name)
    let rule: QuadratureRule
    switch distribution.signature.support {
    case .interval(let lower, let upper): rule = self.rule(bound(lower), bound(upper))
    default: rule = QuadratureRule(integers: -10...1500)
    }
    let density = distribution.logDensities(at: rule.points, form: form, parameters)
    return (rule.points, zip(rule.weights, density).map { $0 * exponential($1) })
  }

  /// Where the density may have a kink.
  var center: Double {
    switch name {
    case "AsymmetricLaplace": parameters[0].values[0]
    case "Triangular": parameters[1].values[0]
    default: mean ?? parameters[0].values[0]
    }
  }

  /// A rule on an interval, nil for no bound, split at the center.
  func rule(_ lower: Double?, _ upper: Double?) -> QuadratureRule {
    func part(_ lower: Double?, _ upper: Double?) -> QuadratureRule {
      QuadratureRule(
        lower: lower,
        upper: upper,
        center: center,
        scale: variance?.squareRoot() ?? 1
      )
    }
    guard let lower, let upper, lower < center, center < upper else { return part(lower, upper) }
    return part(lower, center) + part(center, upper)
  }

  /// A number of independent draws between bounds; nil if there is no such sampler.
  func draws(
    _ count: Int,
    seed: UInt64,
    lower: Double? = nil,
    upper: Double? = nil
  ) throws -> [Double]? {
    let distribution = try family(name)
    let raised = parameters.map { Tensor(shape: Shape([1] + $0.shape.sizes), values: $0.values) }
    let results = evaluate(raised, seed: seed) { builder, values in
      let draws = distribution.sample(
        shape: [count],
        DistributionArguments(parameterisation: form, values),
        lower: lower.map { builder.constant(Tensor(shape: [1], values: [$0])) },
        upper: upper.map { builder.constant(Tensor(shape: [1], values: [$0])) },
        random: RandomSource(builder: builder, firstStream: 7)
      )
      return draws.map { [$0] } ?? []
    }
    return results.first?.values
  }

  /// A bound of the support; infinite for none.
  func bound(_ bound: SupportBound) -> Double? {
    switch bound {
    case .none: nil
    case .value(let value): value
    case .parameter(let position): parameters[position].values[0]
    }
  }
}
