import Glibc
import PPLExecution
import PPLGraphIR
import PPLInference
import PPLJSON
import PPLLikelihoodFree
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLTensorCore

/// Settings of a fit that compares simulations with data.
struct ComparisonSettings {
  var method = ABCSMC()
  var statistics: [CheckedExpression] = []
  var seed: UInt64

  init(_ inference: CheckedInference, _ options: SamplerOptions, seed: UInt64) {
    self.seed = options.seed ?? seed
    var draws: Int?
    for (label, value) in inference.settings {
      switch (label, value) {
      case ("summary", .expressions(let expressions)): statistics = expressions
      case ("particles", .number(let number)): method.particles = Int(number)
      case ("quantile", .number(let number)): method.quantile = number
      case ("tolerance", .number(let number)): method.tolerance = number
      case ("rounds", .number(let number)): method.rounds = Int(number)
      case ("simulations", .number(let number)): method.simulations = Int(number)
      case ("distance", .word(let word)):
        method.distance = SimulationDistance(rawValue: word) ?? .euclidean
      case ("adjust", .word(let word)): method.adjusts = word == "true"
      case ("draws", .number(let number)): draws = Int(number)
      case ("seed", .number(let number)): if options.seed == nil { self.seed = UInt64(number) }
      default: break
      }
    }
    method.draws = options.draws ?? draws ?? method.particles
    method.threads = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
  }
}

extension Model {
  /// Draws parameters whose simulations are near the data.
  ///
  /// The fit goes to `path`, where it may replace another if `replacing`.
  func compare(
    name: String,
    settings: ComparisonSettings,
    path: String?,
    replacing: Bool,
    interruption: Interruption,
    emit: (RunEvent) -> Void
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let program = try SimulatedProgram(self, statistics: settings.statistics)
    guard program.dimension > 0 else {
      throw .run(message: "the model has no parameter that simulations depend on")
    }
    let layout = ChainLengths(
      chains: 1,
      warmup: 0,
      draws: settings.method.draws,
      seed: settings.seed
    )
    let writer = try makeWriter(
      path,
      FitStore(model: self).schema(layout, engine: "abc_smc", recorded: program.prior.recorded),
      replacing: replacing
    )
    let key = RandomKey(seed: settings.seed).derived(Simulator.Purpose.comparison.rawValue)
    var found: SimulationFit?
    var draws = DrawCollector.ChainDraws()
    do throws(SamplingFailure) {
      do throws(SimulationFailure) {
        found = try await settings.method.run(
          program,
          key: key,
          isCancelled: { interruption.isRaised }
        ) { emit(.progress($0)) }
      } catch {
        switch error {
        case .cancelled: break
        case .unusable(let message): throw SamplingFailure.run(message: message)
        case .model(let inner): throw (inner as? SamplingFailure) ?? .run(message: "\(inner)")
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
      do { try writer?.discard() } catch { throw .storage(message: storageMessage(error)) }
      throw error
    }
    let seconds = (clock.now - start) / .seconds(1)
    do {
      if draws.drawCount > 0 {
        _ = try writer?.finish(attributes: [.init("sampling_time", .real(seconds))])
      } else {
        try writer?.discard()
      }
    } catch {
      throw .storage(message: storageMessage(error))
    }
    var fit = Fit(
      name: name,
      engine: "abc_smc",
      path: path,
      seed: settings.seed,
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
}
