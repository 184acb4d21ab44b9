import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// A simulator outside of the program: it can be drawn from, and its density is not known.
struct LoweredSimulator: LoweredDistribution {
  let simulator: ExternalDistribution
  let span: SourceSpan
  let place: DistributionPlace

  private var unknown: LoweringError {
    LoweringError(
      "E1007",
      "the density of the simulator `\(simulator.name)` is not known, and this fit needs it",
      at: span,
      help: "fit with an engine that compares simulations with the data: `abc_smc(summary: f)`"
    )
  }

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] { throw unknown }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) -> GraphValue? { nil }

  func quantile(of p: GraphValue) -> GraphValue? { nil }

  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    guard lower == nil, upper == nil else { return nil }
    return try place.lowering.draws(of: simulator, place, shape, random, span)
  }
}
