import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLTensorCore

extension Model {
  /// Draws every latent forward from its statement, whatever is observed.
  ///
  /// `replicates` are data that are drawn as well. The fit goes to its place, if it has one.
  func samplePrior(
    name: String,
    lengths: ChainLengths,
    replicates: Set<VariableID>,
    place: FitPlace,
    interruption: Interruption
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let simulator = try priorSimulator(replicates: replicates)
    try simulator.checkCount(lengths.chains * lengths.draws)
    let recorded = simulator.simulation.recorded
    let writer = try makeWriter(
      place,
      FitStore(model: self).schema(lengths, engine: "prior", recorded: recorded)
    )
    let key = RandomKey(seed: lengths.seed).derived(Simulator.Purpose.prior.rawValue)
    let draws: [DrawCollector.ChainDraws]
    do throws(SamplingFailure) {
      draws = try await Simulator.eachChain(lengths.chains) { (chain) throws(SamplingFailure) in
        try self.priorChain(chain, simulator, lengths, writer, key, interruption)
      }
    } catch {
      try discard(writer)
      throw error
    }
    let seconds = (clock.now - start) / .seconds(1)
    let hasDraws = draws.contains { $0.drawCount > 0 }
    try finish(writer, hasDraws: hasDraws, seconds: seconds)
    var drawn = bound
    for id in replicates {
      drawn.values[id] = nil
      drawn.missing[id] = nil
    }
    return Fit(
      name: name,
      engine: "prior",
      path: place.path,
      seed: lengths.seed,
      bound: drawn,
      recorded: recorded,
      likelihoods: [],
      draws: draws,
      samplingSeconds: seconds,
      totalSeconds: seconds,
      wasInterrupted: interruption.isRaised
    )
  }

  /// The simulation of all latents, and of some data.
  func priorSimulator(replicates: Set<VariableID>, raw: [VariableID] = [])
    throws(SamplingFailure) -> Simulator
  {
    var simulation = Simulation()
    simulation.replicated = replicates
    var recording = replicates.subtracting(raw)
    for (index, variable) in bound.model.variables.enumerated() {
      if case .modeled = variable.role { recording.insert(VariableID(index)) }
    }
    recording.formUnion(bound.missing.keys.filter { !replicates.contains($0) })
    do {
      let graph = try ModelCompiler.compile(
        simulation,
        of: bound,
        recording: recording,
        replicates: raw
      )
      return Simulator(graph, executor)
    } catch {
      throw .program(error.diagnostic)
    }
  }

  private func priorChain(
    _ chain: Int,
    _ simulator: Simulator,
    _ lengths: ChainLengths,
    _ writer: FitWriter?,
    _ key: RandomKey,
    _ interruption: Interruption
  ) throws(SamplingFailure) -> DrawCollector.ChainDraws {
    let recorder = writer?.makeRecorder(chain: chain)
    let executor = simulator.makeExecutor()
    var result = DrawCollector.ChainDraws()
    for draw in 0..<lengths.draws where !interruption.isRaised {
      let row = try simulator.draw(
        executor,
        inputs: [],
        key: key.derived(UInt64(chain)).derived(UInt64(draw))
      )
      do {
        try recorder?.append(row)
      } catch {
        throw .storage(message: storageMessage(error))
      }
      result.rows += row
      result.drawCount += 1
    }
    do {
      try recorder?.finish()
    } catch {
      throw .storage(message: storageMessage(error))
    }
    return result
  }
}
