package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The skew normal distribution; shape 0 is the normal, positive shapes lean to the right.
///
///     log p(x | ξ, ω, α) = −½ z² + log Φ(α z) − log ω + log 2 − ½ log 2π,    z = (x − ξ) / ω
///
/// Source: Azzalini 1985, "A class of distributions which includes the normal ones".
package struct SkewNormal: Distribution {
  package let signature = DistributionSignature(
    "SkewNormal",
    [
      [
        ParameterSignature("location", .real), ParameterSignature("scale", .positive),
        ParameterSignature("shape", .real),
      ]
    ],
    support: .real,
    summary: "Skew normal with a location, a scale and a shape; shape 0 is the normal.",
    formula: "log p(x | ξ, ω, α) = −½ z² + log Φ(α z) − log ω + log 2 − ½ log 2π, z = (x − ξ) / ω"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[1]
    let z = (x - arguments[0]) / scale
    return [
      -0.5 * z.square(), (arguments[2] * z).normalLogCDF(), -scale.log(),
      x.constantAddend(logTwo - logSqrtTwoPi),
    ]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper).areAbsent else { return nil }
    let values = checked(arguments)
    // z = (α |u| + v) / √(1 + α²) for standard normal u and v.
    let z = values[2] * random.normal(shape).absolute() + random.normal(shape)
    return values[0] + values[1] * z / (1 + values[2].square()).squareRoot()
  }
}
