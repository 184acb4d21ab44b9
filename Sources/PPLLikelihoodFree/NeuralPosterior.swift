package import PPLExecution
import PPLFlows
package import PPLGraphIR
package import PPLTensorCore

/// Neural posterior estimation: a conditional flow of the parameters given statistics, trained on simulations, gives the
/// posterior at the data's statistics.
///
/// Papamakarios and Murray 2016, arXiv:1605.06376; the flow is on the unconstrained scale, so that no draw leaves the
/// parameters' supports. The simulations are at draws from the prior; of several rounds, each round but the first
/// simulates where the posterior so far has its mass (see `TruncatedPrior`), and the flow is trained anew on the
/// simulations of all rounds in that region. There the proposals are multiples of the prior, so that the loss needs no
/// correction. The posterior is then checked by simulation-based calibration on held-out simulations (Talts et al. 2018,
/// arXiv:1804.06788), and the data's statistics against those that the flow has seen.
package struct NeuralPosterior {
  /// Simulations in all.
  package var simulations = 10_000
  /// Rounds that share them out evenly.
  package var rounds = 1
  /// Draws in the end.
  package var draws = 1000
  /// Layers and hidden units of the flow; nil for its own numbers.
  package var layers: Int?
  package var hidden: Int?
  /// Most passes over the simulations.
  package var epochs = 500
  package var threads = 1

  private let makeExecutor: (Graph) -> any Executor

  package init(makeExecutor: @escaping (Graph) -> any Executor) {
    self.makeExecutor = makeExecutor
  }

  /// Held-out simulations and draws of each in the check of calibration.
  private static let (checks, checkDraws) = (200, 99)

  private enum Purpose: UInt64 {
    case simulation, training, drawing, checking, proposal
  }

  /// Runs it.
  ///
  /// - Parameters:
  ///   - model: what is simulated, and the statistics of the data.
  ///   - key: key of all random numbers.
  ///   - isCancelled: asked between blocks of simulations.
  ///   - progress: called with how far it is, in words.
  /// - Returns: draws, which depend on the model and the key alone, not on the number of threads.
  /// - Throws: why there are none.
  package func run(
    _ model: any SimulatedModel,
    key: RandomKey,
    isCancelled: @escaping @Sendable () -> Bool,
    progress: (String) -> Void
  ) async throws(SimulationFailure) -> SimulationFit {
    let observed = model.observed
    let rounds = max(rounds, 1)
    if let shortage = PairSimulation.shortage(simulations, sharedBy: rounds) { throw shortage }
    var simulation = PairSimulation(
      model,
      threads: threads,
      key: key.derived(Purpose.simulation.rawValue),
      total: simulations
    )
    var training = FlowTraining(makeExecutor: makeExecutor)
    training.layers = layers
    training.hidden = hidden
    training.epochs = epochs
    var proposal = TruncatedPrior(simulation.work)
    let proposalKey = key.derived(Purpose.proposal.rawValue)
    let trainingKey = key.derived(Purpose.training.rawValue)
    var pairs: [SimulatedPair] = []
    var flow: ConditionalFlow?
    for round in 0..<rounds {
      let count = simulations * (round + 1) / rounds - simulations * round / rounds
      var positions: [[Double]]?
      if let flow {
        let own = proposalKey.derived(UInt64(round))
        try proposal.narrow(to: flow, key: own.derived(0))
        let isInside = proposal.contains(pairs.map(\.position))
        pairs = zip(pairs, isInside).filter(\.1).map(\.0)
        positions = try await proposal.draws(count, key: own.derived(1), isCancelled)
      }
      // The first ones are held out: those of the present round come before others.
      pairs = try await simulation.run(count, at: positions, isCancelled, progress) + pairs
      if let shortage = simulation.shortage(of: pairs) { throw shortage }
      flow = try training.fit(
        pairs.map { FlowTraining.Pair(point: $0.position, context: $0.statistics) },
        key: round == 0 ? trainingKey : trainingKey.derived(UInt64(round)),
        isCancelled,
        progress
      )
    }
    guard let flow else { throw .cancelled }
    let sampler = try flow.makeSampler()
    var generator = key.derived(Purpose.drawing.rawValue).makeGenerator()
    let positions = sampler.draws(draws, given: observed, &generator)
    guard positions.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw .unusable(message: "the flow gives draws that are not finite at the data's statistics")
    }
    var notes = [flow.note]
    if rounds > 1 { notes.append(roundsNote(proposal.acceptance)) }
    if flow.flow.dimension == 1 {
      notes.append("of one parameter the flow is a normal distribution on the unconstrained scale")
    }
    notes += calibration(sampler, flow.heldOut, key)
    if (flow.contexts.scaled(observed).map(abs).max() ?? 0) > flow.greatestContext {
      notes.append(
        "the data's statistics lie outside of those of all simulations: the flow extrapolates, and the"
          + " posterior is not to be trusted"
      )
    }
    return SimulationFit(
      positions: positions,
      simulationCount: simulation.made,
      failureCount: simulation.failures,
      effectiveCount: Double(draws),
      notes: notes
    )
  }

  private func roundsNote(_ acceptance: Double?) -> String {
    let share =
      acceptance.map { "\(($0 * 100).rounded(to: 1)) % of the prior's draws lie there" }
      ?? "of the prior's draws too few lie there, and draws of the flow were weighted instead"
    return "the last of \(rounds) rounds simulated where the posterior before it has its mass:"
      + " \(share)"
  }

  /// Whether true parameters rank evenly among draws at their own simulations, parameter by parameter.
  private func calibration(
    _ sampler: ConditionalFlow.Sampler,
    _ held: [FlowTraining.Pair],
    _ key: RandomKey
  ) -> [String] {
    let own = key.derived(Purpose.checking.rawValue)
    let pairs = held.prefix(Self.checks)
    guard let dimension = pairs.first?.point.count else { return [] }
    var ranks = [[Double]](repeating: [], count: dimension)
    for (number, pair) in pairs.enumerated() {
      var generator = own.derived(UInt64(number)).makeGenerator()
      let draws = sampler.draws(Self.checkDraws, given: pair.context, &generator)
      for parameter in 0..<dimension {
        let rank = draws.count { $0[parameter] < pair.point[parameter] }
        ranks[parameter].append(Double(rank) / Double(Self.checkDraws + 1))
      }
    }
    guard let evenness = Evenness(ranks) else { return [] }
    return [
      evenness.isPoor
        ? "true parameters do not rank evenly among the draws at their own simulations"
          + " (\(evenness.text)): the posterior is not calibrated; take more simulations, or other"
          + " statistics"
        : "ranks of true parameters at \(pairs.count) held-out simulations are even"
          + " (\(evenness.text))"
    ]
  }
}
