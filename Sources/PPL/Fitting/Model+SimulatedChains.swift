import PPLExecution
import PPLGraphIR
import PPLInference
import PPLJSON
import PPLLikelihoodFree
import PPLModelCompiler
import PPLStorage
import PPLTensorCore
import PPLTypeSystem

/// An engine that makes a density of simulations, and what moves its chains.
struct SimulatedChains {
  var simulator: any DensitySimulator
  var engine: any ChainEngine
}

extension Model {
  /// The engine of chains over a density that simulations give; nil of engines that give one sample.
  func chainEngine(_ settings: ComparisonSettings, _ program: SimulatedProgram)
    -> SimulatedChains?
  {
    switch settings.method {
    case .population, .posterior: return nil
    case .likelihood(let flow):
      let (executor, dimension) = (executor, program.dimension)
      var neural = NeuralLikelihood(
        makeExecutor: { ExecutableGraph($0, executor).makeExecutor() },
        makeDensity: { GraphLogDensity(dimension, ExecutableGraph($0, executor)) }
      )
      neural.simulations = flow.simulations
      neural.rounds = flow.rounds
      neural.layers = flow.layers
      neural.hidden = flow.hidden
      neural.epochs = flow.epochs
      neural.threads = settings.threads
      return SimulatedChains(simulator: neural, engine: NUTS(EngineValues(NUTS.signature)))
    case .synthetic(let simulations, let engine):
      var synthetic = SyntheticLikelihood()
      synthetic.simulations = simulations
      synthetic.threads = settings.threads
      return SimulatedChains(simulator: synthetic, engine: engine)
    }
  }

  /// Draws from a density that simulations give, by several chains.
  func compareByChains(
    name: String,
    settings: ComparisonSettings,
    program: SimulatedProgram,
    engine chains: SimulatedChains,
    key: RandomKey,
    place: FitPlace,
    interruption: Interruption,
    emit: (RunEvent) -> Void,
    progress: (@Sendable (SamplingProgress) -> Void)?
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let writer = try makeWriter(
      place,
      FitStore(model: self).schema(
        settings.lengths,
        engine: settings.signature.name,
        recorded: program.prior.recorded,
        statistics: settings.signature.statistics,
        attributes: [.init("tuning_steps", .integer(settings.lengths.warmup))]
      )
    )
    let collector = DrawCollector(
      graph: program.draw,
      writer: writer,
      lengths: settings.lengths,
      statistics: settings.signature.statistics,
      keepsPositions: true
    )
    var simulator = chains.simulator
    var results: [ChainResult] = []
    var draws: [DrawCollector.ChainDraws] = []
    var notes: [String] = []
    do throws(SamplingFailure) {
      let density = try await unlessCancelled { () throws(SimulationFailure) in
        try await simulator.prepare(
          program,
          chains: settings.lengths.chains,
          key: key,
          cancellation: interruption.flag
        ) { emit(.progress($0)) }
      }
      if let density {
        var run = SamplingRun(
          logDensity: density.logDensity,
          engine: chains.engine,
          lengths: settings.lengths,
          sink: collector,
          cancellation: interruption.flag
        )
        run.initialPositions = density.starts
        if let progress { run.progress = { progress(SamplingProgress($0)) } }
        do { results = try await run.run() } catch { throw failure(error) }
      }
      do { draws = try collector.finish() } catch {
        throw .storage(message: storageMessage(error))
      }
      let dimension = program.dimension
      let positions = draws.flatMap { chain in
        (0..<chain.drawCount).map { draw in
          Array(chain.positions[draw * dimension..<(draw + 1) * dimension])
        }
      }
      if !interruption.isRaised {
        notes =
          try await unlessCancelled { () throws(SimulationFailure) in
            try await simulator.findings(on: positions)
          } ?? []
      }
    } catch {
      try discard(writer)
      throw error
    }
    let seconds = (clock.now - start) / .seconds(1)
    let hasDraws = draws.contains { $0.drawCount > 0 }
    try finish(writer, hasDraws: hasDraws, seconds: seconds)
    for chain in draws.indices { draws[chain].positions = [] }
    var fit = Fit(
      name: name,
      engine: settings.signature.name,
      path: place.path,
      seed: settings.lengths.seed,
      bound: bound,
      recorded: program.prior.recorded,
      likelihoods: [],
      draws: draws,
      warmupSeconds: results.map(\.warmupSeconds).max() ?? 0,
      samplingSeconds: results.map(\.samplingSeconds).max() ?? 0,
      totalSeconds: seconds,
      gradientEvaluations: results.map(\.gradientCount).reduce(0, +),
      densityEvaluations: results.map(\.densityCount).reduce(0, +),
      wasInterrupted: interruption.isRaised
    )
    if hasDraws {
      fit.notes =
        [
          "\(simulator.simulationCount) simulations, \(simulator.failureCount) of them not usable"
        ] + notes
    }
    return fit
  }
}
