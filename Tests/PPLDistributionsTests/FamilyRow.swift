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
  ]

  /// Points with masses that stand for the distribution, by quadrature or counting.
  func masses() throws -> (points: [Double], masses: [Double]) {
    let distribution = try family(name)
    let rule: QuadratureRule
    switch distribution.signature.support {
    case .interval(let lower, let upper):
      rule = QuadratureRule(
        lower: bound(lower),
        upper: bound(upper),
        center: mean ?? parameters[0].values[0],
        scale: variance?.squareRoot() ?? 1
      )
    default: rule = QuadratureRule(integers: -10...1500)
    }
    let density = distribution.logDensities(at: rule.points, form: form, parameters)
    return (rule.points, zip(rule.weights, density).map { $0 * exponential($1) })
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
