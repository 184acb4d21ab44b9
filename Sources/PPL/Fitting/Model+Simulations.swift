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
import PPLTypeSystem

/// Settings of a fit that compares simulations with data.
struct ComparisonSettings {
  /// Which engine it is.
  enum Method {
    case population(ABCSMC)
    case neural(simulations: Int, rounds: Int, layers: Int?, hidden: Int?, epochs: Int?)
  }

  var engine: String
  var method: Method
  var draws: Int
  let threads: Int
  var statistics: [CheckedExpression] = []
  var seed: UInt64

  init(_ inference: CheckedInference, _ options: SamplerOptions, seed: UInt64) {
    self.seed = options.seed ?? seed
    engine = inference.engine
    threads = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    var numbers: [String: Double] = [:]
    var words: [String: String] = [:]
    for (label, value) in inference.settings {
      switch value {
      case .number(let number): numbers[label] = number
      case .word(let word): words[label] = word
      case .expressions(let expressions): statistics = expressions
      default: break
      }
    }
    if options.seed == nil, let own = numbers["seed"] { self.seed = UInt64(own) }
    let own = (options.draws.map(Double.init) ?? numbers["draws"]).map { Int($0) }
    if inference.engine == EngineSignature.npe.name {
      draws = own ?? 1000
      method = .neural(
        simulations: Int(numbers["simulations"] ?? 10_000),
        rounds: Int(numbers["rounds"] ?? 1),
        layers: numbers["layers"].map { Int($0) },
        hidden: numbers["hidden"].map { Int($0) },
        epochs: numbers["epochs"].map { Int($0) }
      )
    } else {
      var population = ABCSMC()
      if let particles = numbers["particles"] { population.particles = Int(particles) }
      if let quantile = numbers["quantile"] { population.quantile = quantile }
      population.tolerance = numbers["tolerance"]
      if let rounds = numbers["rounds"] { population.rounds = Int(rounds) }
      if let simulations = numbers["simulations"] { population.simulations = Int(simulations) }
      if let word = words["distance"], let distance = SimulationDistance(rawValue: word) {
        population.distance = distance
      }
      population.adjusts = words["adjust"] != "false"
      population.threads = threads
      draws = own ?? population.particles
      population.draws = draws
      method = .population(population)
    }
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
      draws: settings.draws,
      seed: settings.seed
    )
    let writer = try makeWriter(
      path,
      FitStore(model: self).schema(
        layout,
        engine: settings.engine,
        recorded: program.prior.recorded
      ),
      replacing: replacing
    )
    let key = RandomKey(seed: settings.seed).derived(Simulator.Purpose.comparison.rawValue)
    var found: SimulationFit?
    var draws = DrawCollector.ChainDraws()
    do throws(SamplingFailure) {
      do throws(SimulationFailure) {
        let isCancelled: @Sendable () -> Bool = { interruption.isRaised }
        switch settings.method {
        case .population(let population):
          found = try await population.run(program, key: key, isCancelled: isCancelled) {
            emit(.progress($0))
          }
        case .neural(let simulations, let rounds, let layers, let hidden, let epochs):
          var neural = NeuralPosterior { ExecutableGraph($0, executor).makeExecutor() }
          neural.simulations = simulations
          neural.rounds = rounds
          neural.layers = layers
          neural.hidden = hidden
          neural.draws = settings.draws
          if let epochs { neural.epochs = epochs }
          neural.threads = settings.threads
          found = try await neural.run(program, key: key, isCancelled: isCancelled) {
            emit(.progress($0))
          }
        }
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
      try discard(writer)
      throw error
    }
    let seconds = (clock.now - start) / .seconds(1)
    try finish(writer, hasDraws: draws.drawCount > 0, seconds: seconds)
    var fit = Fit(
      name: name,
      engine: settings.engine,
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
