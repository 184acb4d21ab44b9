package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The sum of a normal and an exponential variable.
///
///     log p(x | μ, σ, λ) = log λ + λ (μ − x) + ½ (λ σ)² + log Φ((x − μ) / σ − λ σ)
///
/// Second form: scale 1 / λ, the mean of the exponential.
///
/// Source: Grushka 1972, "Characterization of exponentially modified Gaussian peaks in chromatography".
package struct ExponentiallyModifiedNormal: Distribution {
  package let signature = DistributionSignature(
    "ExponentiallyModifiedNormal",
    [
      [
        ParameterSignature("mean", .real), ParameterSignature("sd", .positive),
        ParameterSignature("rate", .positive),
      ],
      [
        ParameterSignature("mean", .real), ParameterSignature("sd", .positive),
        ParameterSignature("scale", .positive, needsLabel: true),
      ],
    ],
    support: .real,
    hasCDF: true,
    summary: "Normal with mean and sd plus an exponential with a rate, or with scale: its mean.",
    formula: "log p(x | μ, σ, λ) = log λ + λ (μ − x) + ½ (λ σ)² + log Φ((x − μ) / σ − λ σ)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let parameters = Parameters(checked(arguments), form: arguments.parameterisation)
    return [
      parameters.exponent(at: x), parameters.z(x, shift: true).normalLogCDF(),
      parameters.rate.log(),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let parameters = Parameters(checked(arguments), form: arguments.parameterisation)
    let bounds = TruncationBounds(lower, upper)
    return parameters.tails.logProbability(lower: bounds.lower, upper: bounds.upper)
      ?? parameters.rate.constantAddend(0)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper).areAbsent else { return nil }
    let parameters = Parameters(checked(arguments), form: arguments.parameterisation)
    let normal = parameters.mean + parameters.sd * random.normal(shape)
    return normal - random.uniform(shape).log() / parameters.rate
  }
}

private struct Parameters {
  let mean: GraphValue
  let sd: GraphValue
  let rate: GraphValue
  /// λ σ.
  let product: GraphValue

  init(_ values: [GraphValue], form: Int) {
    mean = values[0]
    sd = values[1]
    rate = form == 1 ? values[2].reciprocal() : values[2]
    product = rate * sd
  }

  /// (x − μ) / σ, less λ σ if `shift`.
  func z(_ x: GraphValue, shift: Bool) -> GraphValue {
    let z = (x - mean) / sd
    return shift ? z - product : z
  }

  /// λ (μ − x) + ½ (λ σ)².
  func exponent(at x: GraphValue) -> GraphValue { rate * (mean - x) + 0.5 * product.square() }

  /// With p the density: F(x) = Φ(z) − p(x) / λ and 1 − F(x) = Φ(−z) + p(x) / λ.
  var tails: DistributionTails {
    func logRemainder(_ x: GraphValue) -> GraphValue {
      exponent(at: x) + z(x, shift: true).normalLogCDF()
    }
    return DistributionTails(
      logCDF: { x in
        // Far bounds stand for none: beyond, the exponent overflows.
        let x = within(x)
        let logNormal = z(x, shift: false).normalLogCDF()
        return logNormal + (logRemainder(x) - logNormal).log1mExp()
      },
      logSurvival: { x in
        let x = within(x)
        return (-z(x, shift: false)).normalLogCDF().logAddExp(logRemainder(x))
      }
    )
  }

  /// x, at most 1e4 deviations below the mean.
  private func within(_ x: GraphValue) -> GraphValue { x.max(mean - 1e4 * sd) }
}
