import Glibc
import PPLAutodiff
package import PPLExecution
import PPLFlows
package import PPLGraphIR
package import PPLInference
package import PPLTensorCore
import PPLTypeSystem

// Notation: θ parameters on the unconstrained scale, x statistics, q the flow.

/// Neural likelihood estimation: a conditional flow of the statistics given parameters, trained on simulations, is the
/// likelihood; chains draw from prior times q(data | θ).
///
/// Papamakarios, Sterratt and Murray 2019, arXiv:1805.07226. The first round simulates at draws from the prior, each other one
/// at draws of the posterior so far, and the flow is trained on the simulations of all rounds: what parameters they were made
/// at does not matter to a density given them. Statistics that are whole numbers are made continuous by uniform
/// noise (Uria, Murray and Larochelle 2013, arXiv:1306.0186), and their probability is the mean of the density over the unit
/// cube above them, at points of a Latin hypercube (McKay, Beckman and Conover 1979, doi:10.2307/1268522).
package struct NeuralLikelihood: DensitySimulator {
  /// Simulations in all.
  package var simulations = 10_000
  /// Rounds that share them out evenly.
  package var rounds = 1
  /// Layers and hidden units of the flow; nil for its own numbers.
  package var layers: Int?
  package var hidden: Int?
  /// Most passes over the simulations.
  package var epochs = 500
  package var threads = 1

  private let makeExecutor: (Graph) -> any Executor
  private let makeDensity: (Graph) -> any LogDensity
  private var state: State?

  /// - Parameters:
  ///   - makeExecutor: runs graphs of the flow.
  ///   - makeDensity: a log density with its gradient as a graph, for chains.
  package init(
    makeExecutor: @escaping (Graph) -> any Executor,
    makeDensity: @escaping (Graph) -> any LogDensity
  ) {
    self.makeExecutor = makeExecutor
    self.makeDensity = makeDensity
  }

  /// What is known after the simulations.
  private struct State {
    var simulation: PairSimulation
    var flow: ConditionalFlow
    var statistics: StatisticKinds
    var key: RandomKey
  }

  /// Held-out simulations in the check of the flow, and simulations at draws in that of the data.
  private static let checks = 200
  /// Draws from the prior of which chains begin at the likeliest.
  private static let candidates = 1000
  /// Chains of the rounds' posteriors, and their warm-up.
  private static let (proposalChains, proposalWarmup) = (4, 300)

  private enum Purpose: UInt64 {
    case simulation, training, noise, proposal, start, checking
  }

  package var simulationCount: Int { state?.simulation.made ?? 0 }
  package var failureCount: Int { state?.simulation.failures ?? 0 }

  package mutating func prepare(
    _ model: any SimulatedModel,
    chains: Int,
    key: RandomKey,
    cancellation: CancellationFlag,
    progress: (String) -> Void
  ) async throws(SimulationFailure) -> SimulatedDensity {
    let rounds = max(rounds, 1)
    if let shortage = PairSimulation.shortage(simulations, sharedBy: rounds) { throw shortage }
    let isCancelled: @Sendable () -> Bool = { cancellation.isCancelled }
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
    var generator = key.derived(Purpose.noise.rawValue).makeGenerator()
    var pairs: [FlowTraining.Pair] = []
    var fromPrior: [[Double]] = []
    var found: (density: SimulatedDensity, flow: ConditionalFlow, statistics: StatisticKinds)?
    for round in 0..<rounds {
      let count = simulations * (round + 1) / rounds - simulations * round / rounds
      var positions: [[Double]]?
      if let found {
        let own = key.derived(Purpose.proposal.rawValue).derived(UInt64(round))
        positions = try await proposals(count, from: found.density, own, cancellation)
      }
      let new = try await simulation.run(count, at: positions, isCancelled, progress)
      if round == 0 {
        if let shortage = simulation.shortage(of: new) { throw shortage }
        fromPrior = new.prefix(Self.candidates).map(\.position)
      }
      let statistics: StatisticKinds
      if let found {
        statistics = found.statistics
      } else {
        statistics = try StatisticKinds(new.map(\.statistics), observed: model.observed)
      }
      let own = new.map { pair in
        FlowTraining.Pair(
          point: statistics.continuous(pair.statistics, &generator),
          context: pair.position
        )
      }
      // The first ones are held out: those where the posterior is come before others.
      pairs = own + pairs
      let flow = try training.fit(
        pairs,
        key: key.derived(Purpose.training.rawValue).derived(UInt64(round)),
        isCancelled,
        progress
      )
      let logDensity = try density(model, flow, statistics, &generator)
      let isLast = round == rounds - 1
      let starts = try starts(
        isLast ? chains : Self.proposalChains,
        of: fromPrior,
        logDensity,
        model,
        key.derived(Purpose.start.rawValue).derived(UInt64(round))
      )
      found = (SimulatedDensity(logDensity: logDensity, starts: starts), flow, statistics)
    }
    guard let found else { throw .cancelled }
    state = State(
      simulation: simulation,
      flow: found.flow,
      statistics: found.statistics,
      key: key.derived(Purpose.checking.rawValue)
    )
    return found.density
  }

  // MARK: Density

  /// θ → log prior + log mean q(x | θ) over points x that stand for the data, with its gradient.
  private func density(
    _ model: any SimulatedModel,
    _ flow: ConditionalFlow,
    _ statistics: StatisticKinds,
    _ generator: inout RandomGenerator
  ) throws(SimulationFailure) -> any LogDensity {
    let points = statistics.points(for: model.observed, &generator)
    let scaled = points.flatMap(flow.points.scaled)
    let shapes = flow.flow.weightShapes
    let graph: Graph
    do throws(AutodiffError) {
      let builder = GraphBuilder()
      let prior = model.priorDensity
      let inputs = prior.inputs.map { builder.addInput(shape: $0) }
      let logPrior = builder.inline(prior, inputs: inputs)[prior.outputs[0].index]
      let position = GraphValue.concatenate(
        inputs.filter { $0.shape.count > 0 }.map { $0.reshape([1, $0.shape.count]) },
        axis: 1
      )
      func constant(_ values: [Double], _ shape: Shape) -> GraphValue {
        builder.constant(Tensor(shape: shape, values: values))
      }
      let dimension = position.shape[1]
      let means = constant(flow.contexts.means, [1, dimension])
      let deviations = constant(flow.contexts.deviations, [1, dimension])
      var place = 0
      let weights = shapes.map { shape in
        defer { place += shape.count }
        return constant(Array(flow.parameters[place..<place + shape.count]), shape)
      }
      let logLikelihoods = flow.flow.logDensity(
        of: constant(scaled, [points.count, flow.flow.dimension]),
        context: ((position - means) / deviations).broadcast(to: [points.count, dimension]),
        weights: weights,
        direction: .toNoise
      )
      let logMean = logLikelihoods.logSumExp(axes: [0]).reshape([]) - log(Double(points.count))
      if let failure = builder.failure { throw AutodiffError.budgetExceeded(failure) }
      graph = try gradient(of: builder.build(outputs: [logPrior.reshape([]) + logMean]))
    } catch {
      if case .budgetExceeded = error { throw ConditionalFlow.tooLarge }
      throw .unusable(
        message: "the prior has no gradient, which the chains of `nle` follow: use `npe` or"
          + " `synthetic`"
      )
    }
    return makeDensity(graph)
  }

  /// Positions to begin at: draws from the prior, weighted by the likelihood, each once.
  private func starts(
    _ count: Int,
    of positions: [[Double]],
    _ logDensity: any LogDensity,
    _ model: any SimulatedModel,
    _ key: RandomKey
  ) throws(SimulationFailure) -> [[Double]] {
    let (evaluator, prior) = (logDensity.makeEvaluator(), model.makeEvaluator())
    var generator = key.makeGenerator()
    var scored: [(score: Double, position: [Double])] = []
    do {
      for position in positions {
        let value = try evaluator.logDensity(at: position.span)
        let likelihood = value - prior.logPrior(at: position)
        // The greatest of such sums are draws without replacement (Vieira 2014, "Gumbel-max trick and weighted reservoir
        // sampling").
        let score = likelihood - log(generator.nextExponential())
        if score.isFinite { scored.append((score, position)) }
      }
    } catch { throw .unusable(message: error.message) }
    scored.sort { $0.score > $1.score }
    guard let last = scored.last else {
      throw .unusable(message: "the flow's likelihood of the data is 0 at all draws from the prior")
    }
    return (0..<count).map { $0 < scored.count ? scored[$0].position : last.position }
  }

  /// Draws from the posterior so far.
  private func proposals(
    _ count: Int,
    from density: SimulatedDensity,
    _ key: RandomKey,
    _ cancellation: CancellationFlag
  ) async throws(SimulationFailure) -> [[Double]] {
    let chains = Self.proposalChains
    var generator = key.makeGenerator()
    let collector = PositionCollector(chains: chains)
    var run = SamplingRun(
      logDensity: density.logDensity,
      engine: NUTS(EngineValues(NUTS.signature)),
      lengths: ChainLengths(
        chains: chains,
        warmup: Self.proposalWarmup,
        draws: (count + chains - 1) / chains,
        seed: generator.nextUInt64()
      ),
      sink: collector,
      cancellation: cancellation
    )
    run.initialPositions = density.starts
    do { _ = try await run.run() } catch {
      guard !cancellation.isCancelled else { throw .cancelled }
      throw .unusable(message: "no chain could begin at the posterior of a round")
    }
    guard !cancellation.isCancelled else { throw .cancelled }
    var result = collector.positions
    // Some are held out of the training: in an order by chance.
    for place in result.indices.dropFirst() {
      result.swapAt(place, generator.nextInt(below: place + 1))
    }
    return Array(result.prefix(count))
  }

  // MARK: Checks

  package mutating func findings(on draws: [[Double]]) async throws(SimulationFailure) -> [String] {
    guard let state else { return [] }
    var result = [state.flow.note]
    if rounds > 1 {
      result.append(
        "each of \(rounds) rounds but the first simulated at draws of the posterior so far"
      )
    }
    if state.flow.flow.dimension == 1 {
      result.append("of one statistic the flow is a normal distribution, given the parameters")
    }
    result += state.statistics.notes
    if failureCount * 100 > simulationCount {
      result.append(
        "the flow knows simulations that succeed only: where \(failureCount) of \(simulationCount) fail,"
          + " parameters at which they fail often seem too likely; `npe` and `synthetic` count failures"
      )
    }
    result += try calibration(state.flow)
    result += try await typicality(draws)
    return result
  }

  /// Whether the flow's distribution functions take held-out statistics to even numbers (Rosenblatt 1952,
  /// doi:10.1214/aoms/1177729394).
  private func calibration(_ flow: ConditionalFlow) throws(SimulationFailure) -> [String] {
    let held = Array(flow.heldOut.prefix(Self.checks))
    let noise = try flow.makeDensity().noise(of: held)
    let columns = (0..<flow.flow.dimension).map { column in
      noise.map { LogScale.normalCDF($0[column]) }
    }
    guard let evenness = Evenness(columns) else { return [] }
    return [
      evenness.isPoor
        ? "held-out statistics are not spread as the flow says (\(evenness.text)): the likelihood is not"
          + " calibrated; take more simulations, or other statistics"
        : "\(held.count) held-out statistics are spread as the flow says (\(evenness.text))"
    ]
  }

  /// How likely the data's statistics are beside those of simulations at the same draws.
  private mutating func typicality(_ draws: [[Double]])
    async throws(SimulationFailure) -> [String]
  {
    guard var own = state, !draws.isEmpty else { return [] }
    let observed = own.simulation.work.model.observed
    let count = Self.checks
    let positions = (0..<count).map { draws[$0 * draws.count / count] }
    let pairs = try await own.simulation.run(count, at: positions, { false }, { _ in })
    state?.simulation = own.simulation
    guard !pairs.isEmpty else { return [] }
    var generator = own.key.makeGenerator()
    let density = try own.flow.makeDensity()
    let simulated = density.values(
      of: pairs.map { own.statistics.continuous($0.statistics, &generator) },
      given: pairs.map(\.position)
    )
    let data = density.values(
      of: pairs.map { _ in own.statistics.continuous(observed, &generator) },
      given: pairs.map(\.position)
    )
    let share = Double(zip(simulated, data).count { $0 <= $1 }) / Double(pairs.count)
    let percent = "\((share * 100).rounded(to: 1)) %"
    var result = [
      share < 0.01
        ? "the data's statistics are less likely than those of \(((1 - share) * 100).rounded(to: 1)) % of"
          + " the simulations at draws of the posterior: the model does not give such data, or the flow"
          + " extrapolates"
        : "the data's statistics are at least as likely as those of \(percent) of the simulations at draws"
          + " of the posterior"
    ]
    if (own.flow.points.scaled(observed).map(abs).max() ?? 0) > own.flow.greatestPoint {
      result.append(
        "the data's statistics lie outside of those of all simulations: the flow extrapolates, and the"
          + " posterior is not to be trusted"
      )
    }
    return result
  }
}
