import Glibc
import PPLExecution
import PPLGraphIR
import PPLInference
import PPLLikelihoodFree
import PPLSemantics
import PPLTypeSystem

/// Settings of a fit that compares simulations with data.
struct ComparisonSettings {
  /// Which engine it is.
  enum Method {
    case population(ABCSMC)
    case posterior(FlowSettings)
    case likelihood(FlowSettings)
    case synthetic(simulations: Int, Metropolis)
  }

  /// What engines that train a flow have in common.
  struct FlowSettings {
    var simulations: Int
    var rounds: Int
    var layers: Int?
    var hidden: Int?
    var epochs: Int
  }

  let signature: EngineSignature
  let method: Method
  /// Of engines that give one sample, that of one chain without warm-up.
  let lengths: ChainLengths
  let threads: Int
  let statistics: [CheckedExpression]

  /// The settings of a statement, with those of the caller over them.
  init(
    _ inference: CheckedInference,
    _ model: CheckedModel,
    _ options: SamplerOptions,
    seed: UInt64
  ) {
    signature =
      EngineSignature.comparisons.first { $0.name == inference.engine } ?? .abcSMC
    let values = options.values(inference, model, of: signature)
    threads = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    statistics = inference.settings.values.reduce(into: []) { result, setting in
      if case .expressions(let expressions) = setting { result = expressions }
    }
    var lengths = ChainLengths(
      chains: 1,
      warmup: 0,
      draws: values[count: "draws"] ?? 1000,
      seed: options.seed ?? values[count: "seed"].map { UInt64($0) } ?? seed
    )
    switch signature.name {
    case EngineSignature.npe.name: method = .posterior(FlowSettings(values))
    case EngineSignature.nle.name:
      method = .likelihood(FlowSettings(values))
      lengths.chains = values[count: "chains"] ?? 4
      lengths.warmup = values[count: "warmup"] ?? 400
    case EngineSignature.synthetic.name:
      method = .synthetic(
        simulations: values[count: "simulations"] ?? 100,
        Metropolis(values)
      )
      lengths.chains = values[count: "chains"] ?? 4
      lengths.warmup = values[count: "warmup"] ?? 500
    default:
      var population = ABCSMC(values)
      population.threads = threads
      lengths.draws = values[count: "draws"] ?? population.particles
      population.draws = lengths.draws
      method = .population(population)
    }
    self.lengths = lengths
  }
}

extension ComparisonSettings.FlowSettings {
  fileprivate init(_ values: EngineValues) {
    simulations = values[count: "simulations"] ?? 10_000
    rounds = values[count: "rounds"] ?? 1
    layers = values[count: "layers"]
    hidden = values[count: "hidden"]
    epochs = values[count: "epochs"] ?? 500
  }
}

extension ABCSMC {
  fileprivate init(_ values: EngineValues) {
    self.init()
    particles = values[count: "particles"] ?? particles
    quantile = values[number: "quantile"] ?? quantile
    tolerance = values[number: "tolerance"]
    rounds = values[count: "rounds"] ?? rounds
    simulations = values[count: "simulations"] ?? simulations
    distance = SimulationDistance(rawValue: values[word: "distance"]) ?? distance
    adjusts = values[word: "adjust"] != "false"
  }
}
