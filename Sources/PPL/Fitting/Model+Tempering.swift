import Glibc
import PPLExecution
import PPLGraphIR
import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLTensorCore
import PPLTypeSystem

/// Settings of a fit by tempered particles.
struct TemperingSettings {
  var method = TemperedSMC()
  var chains = 4
  /// Whether observations come in one after the other.
  var goesByData = false
  var seed: UInt64

  init(_ inference: CheckedInference, _ options: SamplerOptions, seed: UInt64) {
    self.seed = seed
    for (label, value) in inference.settings {
      if case .word(let word) = value, label == "path" { goesByData = word == "data" }
      guard case .number(let number) = value else { continue }
      switch label {
      case "particles": method.particles = Int(number)
      case "chains": chains = Int(number)
      case "moves": method.moves = Int(number)
      case "seed": self.seed = UInt64(number)
      default: break
      }
    }
    if let own = options.seed { self.seed = own }
    if let own = options.chains { chains = own }
    if let own = options.draws { method.particles = max(own, 2) }
  }
}

extension Model {
  /// Moves particles from the prior to the posterior, in several independent runs.
  ///
  /// The fit goes to its place, if it has one.
  func temper(
    name: String,
    settings: TemperingSettings,
    place: FitPlace,
    keepsPositions: Bool,
    interruption: Interruption
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let prior: PriorProgram
    do throws(LoweringError) {
      prior = try PriorProgram(self, ModelCompiler.compilePrior(bound))
    } catch {
      throw .program(error.diagnostic)
    }
    guard prior.model.dimension == dimension, dimension > 0 else {
      throw .run(message: "the model has no continuous latent that particles could move")
    }
    let method = settings.method
    let layout = ChainLengths(
      chains: settings.chains,
      warmup: 0,
      draws: method.particles,
      seed: settings.seed
    )
    let writer = try makeWriter(
      place,
      FitStore(model: self).schema(
        layout,
        engine: TemperedSMC.signature.name,
        recorded: compiled.recorded,
        likelihoods: compiled.likelihoods
      )
    )
    let key = RandomKey(seed: settings.seed).derived(Simulator.Purpose.tempering.rawValue)
    var tempered = TemperedProgram(prior: prior, density: graphs.density(compiled))
    if settings.goesByData {
      guard !compiled.likelihoods.isEmpty else {
        try discard(writer)
        throw .run(
          message: "the likelihood does not come apart into observations, or has more than"
            + " \(ModelCompiler.greatestLikelihoodCount) of them: write `smc()`, which tempers it as a whole"
        )
      }
      tempered.observations = ExecutableGraph(compiled.pointwiseGraph, executor)
    }
    let densities = tempered
    let draw = graphs.draw(compiled)
    let results: [(result: TemperedSMC.Result, draws: DrawCollector.ChainDraws)]
    do throws(SamplingFailure) {
      results = try await Simulator.eachChain(settings.chains) { (chain) throws(SamplingFailure) in
        let own = key.derived(UInt64(chain))
        let result: TemperedSMC.Result
        do {
          result = try method.run(densities, key: own, cancellation: interruption.flag)
        } catch let failure as SamplingFailure {
          throw failure
        } catch {
          throw .run(
            message:
              "no particle has a likelihood above 0: the data are impossible under what the prior"
              + " draws; bring the prior nearer to them, or take more particles"
          )
        }
        let executor = draw.makeExecutor()
        let values = try self.record(result.positions.count, writer?.makeRecorder(chain: chain)) {
          executor.run(
            inputs: result.positions[$0],
            outputCount: draw.graph.outputCount,
            key: own.derived(1 << 40).derived(UInt64($0))
          )
        }
        return (result, values)
      }
    } catch {
      try discard(writer)
      throw error
    }
    let seconds = (clock.now - start) / .seconds(1)
    let isWhole = results.allSatisfy { !$0.result.wasStopped }
    try finish(writer, hasDraws: isWhole, seconds: seconds)
    var draws = results.map(\.draws)
    if keepsPositions {
      for chain in draws.indices {
        draws[chain].positions = Array(results[chain].result.positions.joined())
      }
    }
    var fit = Fit(
      name: name,
      engine: TemperedSMC.signature.name,
      path: place.path,
      seed: settings.seed,
      bound: bound,
      recorded: compiled.recorded,
      likelihoods: compiled.likelihoods,
      draws: draws,
      samplingSeconds: seconds,
      totalSeconds: seconds,
      wasInterrupted: interruption.isRaised
    )
    let stages = results.map(\.result.stages)
    fit.notes = [
      "\(stages.min() ?? 0) to \(stages.max() ?? 0) densities from the prior to the posterior,"
        + " \(results.map(\.result.evaluations).reduce(0, +)) evaluations"
    ]
    if !compiled.dropsConstant {
      let evidence = Evidence(logEstimates: results.map(\.result.logMarginalLikelihood))
      fit.evidence = evidence
      fit.notes.append("log marginal likelihood \(evidence.text)")
    }
    return fit
  }
}

/// The marginal likelihood by independent estimates without bias.
package struct Evidence: Sendable {
  /// Logarithm of their mean.
  package let logMean: Double
  /// Standard error of that; NaN of one estimate.
  package let standardError: Double

  init(logEstimates: [Double]) {
    let greatest = logEstimates.max() ?? 0
    let shares = logEstimates.map { exp($0 - greatest) }
    let count = Double(shares.count)
    let mean = shares.reduce(0, +) / count
    let squares = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    logMean = greatest + log(mean)
    standardError = count > 1 ? (squares / (count * (count - 1))).squareRoot() / mean : .nan
  }

  var text: String {
    func rounded(_ value: Double) -> String { "\((value * 1e4).rounded() / 1e4)" }
    return standardError.isNaN
      ? rounded(logMean) : "\(rounded(logMean)), se \(rounded(standardError))"
  }
}

/// The path from the prior of a program to its posterior.
private struct TemperedProgram: TemperedModel {
  let prior: PriorProgram
  let density: ExecutableGraph
  /// The log likelihoods of the observations, where these come in one after the other.
  var observations: ExecutableGraph?

  var dimension: Int { prior.model.dimension }

  func makeEvaluator() -> any TemperedEvaluator {
    ProgramPath(
      prior: prior.makeEvaluator(),
      density: density.makeExecutor(),
      observations: observations.map { ($0.makeExecutor(), $0.graph.outputCount) }
    )
  }
}

private final class ProgramPath: TemperedEvaluator {
  private let prior: PriorEvaluator
  private let density: any Executor
  private let observations: (executor: any Executor, count: Int)?

  init(
    prior: PriorEvaluator,
    density: any Executor,
    observations: (executor: any Executor, count: Int)?
  ) {
    self.prior = prior
    self.density = density
    self.observations = observations
  }

  func drawPrior(_ key: RandomKey) throws -> [Double] { try prior.draw(key) }

  func logPrior(at position: [Double]) -> Double { prior.logDensity(at: position) }

  /// All at once, or those of the observations; other parts than these two a model that can be drawn forward has not.
  func logLikelihoods(at position: [Double], logPrior: Double) -> [Double] {
    if let observations {
      return observations.executor.run(inputs: position, outputCount: observations.count)
    }
    return [density.run(inputs: position, outputCount: 1)[0] - logPrior]
  }
}
