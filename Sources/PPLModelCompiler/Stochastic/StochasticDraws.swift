import PPLGraphIR
import PPLSemantics

/// A model for a fit by steps, lowered once for each draw of its latents that an evaluation takes: one, or two where discrete latents
/// are approximated.
final class StochasticDraws {
  /// One for each draw.
  let lowerings: [ModelLowering]
  private let draws: [StochasticLowering]

  /// Lowers a model for the draws.
  ///
  /// `first` says how parameters stand for the latents; `training` is what the fit leaves as it begins, where nets behave as they
  /// do while they are trained, else nil.
  init(_ bound: BoundModel, _ first: StochasticLowering, training frozen: Set<VariableID>?)
    throws(LoweringError)
  {
    func lower(_ stochastic: StochasticLowering, behind earlier: ModelLowering?)
      throws(LoweringError) -> ModelLowering
    {
      let lowering = ModelLowering(
        bound,
        stochastic: stochastic,
        behind: earlier,
        elementBudget: stochastic.builder.elementBudget
      )
      if let frozen {
        lowering.lowering.training = NetTraining(random: lowering.random, frozen: frozen)
      }
      try lowering.run()
      return lowering
    }
    var draws = [first]
    var lowerings = [try lower(first, behind: nil)]
    if !first.approximated.isEmpty {
      let second = StochasticLowering(drawingBeside: first)
      lowerings.append(try lower(second, behind: lowerings[0]))
      draws.append(second)
    }
    self.lowerings = lowerings
    self.draws = draws
  }

  /// How parameters stand for the latents, at the first draw.
  var stochastic: StochasticLowering { draws[0] }

  /// The mean of the objective over the draws.
  var objective: GraphValue {
    let values = zip(draws, lowerings).map { $0.objective(of: $1) }
    guard values.count > 1 else { return values[0] }
    return values.dropFirst().reduce(values[0], +) * (1 / Double(values.count))
  }

  /// The same value, whose derivatives have the mean of the gradient of the bound.
  var differentiable: GraphValue {
    guard draws.count > 1 else { return objective }
    let parts = zip(draws, lowerings).map { draw, lowering in
      (scores: draw.scores, parts: draw.parts(of: lowering))
    }
    return objective + DiscreteScore.surrogate(parts[0], parts[1], stochastic.builder)
  }
}
