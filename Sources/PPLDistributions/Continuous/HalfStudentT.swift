package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The absolute value of a Student's t variable with location 0.
///
///     log p(x | ν, s) = log 2 − ½ (ν + 1) log(1 + z² / ν) − log B(ν/2, ½) − ½ log ν − log s,    z = x / s,  x ≥ 0
package struct HalfStudentT: Distribution {
  package let signature = DistributionSignature(
    "HalfStudentT",
    [
      [ParameterSignature("df", .positive), ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    summary: "Absolute value of a Student's t with location 0.",
    formula:
      "log p(x | ν, s) = log 2 − ½ (ν + 1) log(1 + z² / ν) − log B(ν/2, ½) − ½ log ν − log s, z = x / s, x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: true)
    let df = checked(arguments)[0]
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[1]
    return penalty + [
      -0.5 * ((df + 1) * ((x / scale).square() / df).log1p()),
      logTwo - (0.5 * df).logBeta(df.scalar(0.5)) - 0.5 * df.log(),
      -scale.log(),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricTails.studentT(df: values[0]).logProbabilityOfSize(
      above: lower,
      upTo: upper,
      scale: values[1]
    )
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool {
    position != 0
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: 0).areAbsent else { return nil }
    let values = checked(arguments)
    let location = values[1].constantAddend(0)
    return StudentT().sample(
      shape: shape,
      DistributionArguments([values[0], location, values[1]]),
      lower: nil,
      upper: nil,
      random: random
    )?.absolute()
  }
}
