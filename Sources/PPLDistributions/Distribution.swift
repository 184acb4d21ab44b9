package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Values of a distribution's parameters in the graph.
package struct DistributionArguments {
  /// Which of the signature's parameterisations the values belong to.
  package var parameterisation: Int
  /// One value for each parameter, in that order.
  package var values: [GraphValue]

  package init(parameterisation: Int = 0, _ values: [GraphValue]) {
    self.parameterisation = parameterisation
    self.values = values
  }

  /// The k-th parameter's value.
  package subscript(position: Int) -> GraphValue { values[position] }
}

/// A family of distributions: what the language knows of it, its density and its sampler, as graphs.
///
/// *Plate axes* are the axes of independent events. A value x and the parameters have one axis each
/// for every axis of the plate; size 1 stands for "does not vary", and is repeated. A vector
/// (matrix) event adds one (two) last axes to x; vector (matrix) parameters likewise add theirs.
package protocol Distribution: Sendable {
  /// Name, parameters and support.
  var signature: DistributionSignature { get }

  /// Addends of the log density at x, all constants included.
  ///
  /// Densities of continuous scalars are with respect to Lebesgue measure, of joint supports with
  /// respect to the free coordinates that the support's `Transform` names. Each addend has the rank
  /// of the plate and may keep size 1 along axes along which it does not vary: the caller sums an
  /// addend of size 1 over an axis of n elements as n times it. Addends must not be summed over the
  /// plate one by one where each may be infinite; their elementwise sum is what is defined.
  ///
  /// Outside of the support the sum is -inf; for parameters outside of their domain it is NaN.
  func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue]

  /// log P(lower < X ≤ upper), with a bound of nil for none; the normaliser of a truncation.
  ///
  /// Bounds have the rank of the plate. Infinite elements of constant bounds mean no bound there.
  /// - Returns: nil if it has no form as a graph (also for bounds that are not constant, where the
  ///   family says so).
  func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue?

  /// Whether `logProbability` may be differentiated with respect to a parameter.
  func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool

  /// The value x with P(X ≤ x) = p, for p from 0 to 1; nil if there is no closed form.
  func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue?

  /// Where draws lie and how far they spread; nil if the family has no such parameters.
  ///
  func locationScale(_ arguments: DistributionArguments) -> LocationScale?

  /// A draw with independent events over the plate; NaN for parameters outside of their domain.
  ///
  /// - Parameters:
  ///   - shape: the plate's sizes, then the event's.
  ///   - arguments: values of the parameters.
  ///   - lower: draws are above it, by inversion of the distribution function.
  ///   - upper: draws are at most this.
  ///   - random: where the random numbers come from.
  /// - Returns: nil if the family has no sampler, or none with these bounds.
  func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue?
}

extension Distribution {
  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    nil
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    nil
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool {
    signature.hasCDF
  }

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? { nil }

  /// Position of the parameter that moves draws without stretching them, in every parameterisation.
  package var locationParameter: Int? {
    signature.parameterisations[0].firstIndex { $0.name == "mean" || $0.name == "location" }
  }
}
