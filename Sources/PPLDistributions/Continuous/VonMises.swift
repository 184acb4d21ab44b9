package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The von Mises distribution of angles, counted from −π to π.
///
///     log p(x | μ, κ) = κ (cos(x − μ) − 1) − log(exp(−κ) I₀(κ)) − log 2π,    −π ≤ x ≤ π
///
/// The mean may be any number: whole turns make no difference.
package struct VonMises: Distribution {
  package let signature = DistributionSignature(
    "VonMises",
    [
      [ParameterSignature("mean", .real), ParameterSignature("concentration", .positive)]
    ],
    support: .interval(lower: .value(-.pi), upper: .value(.pi)),
    summary: "Angles between -pi and pi with a mean and a concentration.",
    formula: "log p(x | μ, κ) = κ (cos(x − μ) − 1) − log(exp(−κ) I₀(κ)) − log 2π, −π ≤ x ≤ π"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let outside = x.isLess(than: -.pi).or(x.isGreater(than: .pi))
    let (x, penalty) = x.restricted(outside: outside, inner: 0)
    let concentration = checked(arguments)[1]
    // cos d − 1 = −2 sin² ½ d keeps its digits near the mean.
    let sine = (0.5 * (x - arguments[0])).sin()
    return penalty + [
      -2 * (concentration * sine.square()), -concentration.logBesselI(order: 0) - (logTwo + logPi),
    ]
  }

  /// The first of so many proposals that is accepted: none is with a probability below 1e-14.
  ///
  /// Source: Best and Fisher 1979, doi:10.2307/2346732, with 1 − cos θ and s − 1 in place of cos θ and s, as both
  /// are close to 1 for large κ.
  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper).areAbsent else { return nil }
    let values = checked(arguments)
    let proposals = Shape(shape.sizes + [32])
    let axis = shape.rank
    let kappa = values[1].addingEventAxis()
    let excess = envelopeExcess(kappa)
    let uniform = random.uniform(proposals)
    let turn = uniform * .pi
    let ratio = excess / (excess + 2 * turn.cos().square())
    // sin² ½ θ = (1 − cos θ) / 2.
    let sineSquared = ratio * turn.sin().square()
    let c = kappa * (excess + 2 * sineSquared)
    let isAccepted = (c.log() - random.uniform(proposals).log() + 1 - c).isGreaterOrEqual(to: 0)
    let isFirst = isAccepted.and(isAccepted.cumulativeSum(axis: axis).isEqual(to: 1))
    let size = 2 * sineSquared.squareRoot().min(1).asin()
    let angle = uniform.isLess(than: 0.5).select(size, -size)
    let first = isFirst.select(angle, 0).sum(axes: [axis]).droppingEvent()
    let turned = first.where(values[1].isNaN().not()) + values[0]
    let whole = ((turned + .pi) / (2 * .pi)).floor()
    return (turned - 2 * .pi * whole).max(-.pi).min(.pi)
  }

  /// s − 1 = (1 − ρ)² / 2ρ of the wrapped Cauchy envelope, ρ = (τ − √2τ) / 2κ with τ = 1 + √(1 + 4κ²).
  private func envelopeExcess(_ kappa: GraphValue) -> GraphValue {
    // As κ tends to 0, s tends to 1/κ + κ.
    let isTiny = kappa.isLess(than: 1e-5)
    let twice = 2 * isTiny.select(1e-5, kappa)
    let root = (1 + twice.square()).squareRoot()
    let rho = (1 + root - (2 * (1 + root)).squareRoot()) / twice
    let other = ((2 * (1 + root)).squareRoot() - 1 - (root + twice).reciprocal()) / twice
    return isTiny.select(kappa.reciprocal() + kappa - 1, other.square() / (2 * rho))
  }
}
