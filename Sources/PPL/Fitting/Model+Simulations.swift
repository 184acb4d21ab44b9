import PPLExecution
import PPLGraphIR
import PPLInference
import PPLJSON
import PPLLikelihoodFree
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLTensorCore
import PPLTypeSystem

extension Model {
  /// Draws parameters whose simulations are near the data.
  ///
  /// The fit goes to its place, if it has one.
  func compare(
    name: String,
    settings: ComparisonSettings,
    place: FitPlace,
    interruption: Interruption,
    emit: (RunEvent) -> Void,
    progress: (@Sendable (SamplingProgress) -> Void)?
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let program = try SimulatedProgram(self, statistics: settings.statistics)
    guard program.dimension > 0 else {
      throw .run(message: "the model has no parameter that simulations depend on")
    }
    let key = RandomKey(seed: settings.lengths.seed)
      .derived(Simulator.Purpose.comparison.rawValue)
    if let engine = chainEngine(settings, program) {
      return try await compareByChains(
        name: name,
        settings: settings,
        program: program,
        engine: engine,
        key: key,
        place: place,
        interruption: interruption,
        emit: emit,
        progress: progress
      )
    }
    let writer = try makeWriter(
      place,
      FitStore(model: self).schema(
        settings.lengths,
        engine: settings.signature.name,
        recorded: program.prior.recorded
      )
    )
    var found: SimulationFit?
    var draws = DrawCollector.ChainDraws()
    do throws(SamplingFailure) {
      found = try await unlessCancelled { () throws(SimulationFailure) in
        let isCancelled: @Sendable () -> Bool = { interruption.isRaised }
        switch settings.method {
        case .population(let population):
          return try await population.run(program, key: key, isCancelled: isCancelled) {
            emit(.progress($0))
          }
        case .posterior(let flow):
          var neural = NeuralPosterior { ExecutableGraph($0, executor).makeExecutor() }
          neural.simulations = flow.simulations
          neural.rounds = flow.rounds
          neural.layers = flow.layers
          neural.hidden = flow.hidden
          neural.epochs = flow.epochs
          neural.draws = settings.lengths.draws
          neural.threads = settings.threads
          return try await neural.run(program, key: key, isCancelled: isCancelled) {
            emit(.progress($0))
          }
        case .likelihood, .synthetic: return nil
        }
      }
      if let found {
        let executor = program.makeRecorder()
        let own = key.derived(1)
        draws = try record(found.positions.count, writer?.makeRecorder(chain: 0)) { draw in
          executor.run(
            inputs: found.positions[draw],
            outputCount: program.prior.draw.outputCount,
            key: own.derived(UInt64(draw))
          )
        }
      }
    } catch {
      try discard(writer)
      throw error
    }
    let seconds = (clock.now - start) / .seconds(1)
    try finish(writer, hasDraws: draws.drawCount > 0, seconds: seconds)
    var fit = Fit(
      name: name,
      engine: settings.signature.name,
      path: place.path,
      seed: settings.lengths.seed,
      bound: bound,
      recorded: program.prior.recorded,
      likelihoods: [],
      draws: [draws],
      samplingSeconds: seconds,
      totalSeconds: seconds,
      wasInterrupted: interruption.isRaised
    )
    if let found {
      fit.notes = ["\(found.simulationCount) simulations, \(found.failureCount) of them not usable"]
      fit.notes += found.notes
    }
    return fit
  }

  /// What work with simulations gives, nil where it was stopped.
  func unlessCancelled<Result>(
    _ body: () async throws(SimulationFailure) -> Result?
  ) async throws(SamplingFailure) -> Result? {
    do throws(SimulationFailure) { return try await body() } catch {
      switch error {
      case .cancelled: return nil
      case .unusable(let message): throw .run(message: message)
      case .model(let inner): throw (inner as? SamplingFailure) ?? .run(message: "\(inner)")
      }
    }
  }
}
