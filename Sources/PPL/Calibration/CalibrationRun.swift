import PPLExecution
import PPLGraphIR
import PPLInference
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLTensorCore
import PPLTypeSystem

/// Simulates data sets, fits them and ranks what they were simulated from.
struct CalibrationRun: Sendable {
  let model: Model
  let simulator: Simulator
  /// The data that are simulated.
  let observed: [VariableID]
  let options: CalibrationOptions
  let seed: UInt64
  let interruption: Interruption

  /// What one data set says.
  struct Replicate: Sendable {
    private(set) var names: [String] = []
    private(set) var ranks: [Int] = []
    /// Whether the draws differ from each other or from the truth.
    private(set) var varies: [Bool] = []
    var divergences = 0
    /// Whether the draws are fewer effective ones than are ranked.
    var isCorrelated = false

    /// Ranks a true value among draws.
    mutating func add(
      _ name: String,
      _ own: Double,
      among values: [Double],
      _ generator: inout RandomGenerator
    ) {
      var below = 0
      var equal = 0
      for value in values {
        if value < own { below += 1 } else if value == own { equal += 1 }
      }
      names.append(name)
      // Among ties the truth has any place.
      ranks.append(below + generator.nextInt(below: equal + 1))
      varies.append(equal < values.count)
    }
  }

  /// Draws for each draw that is kept, at first and at most.
  private static let firstThinning = 4
  private static let greatestThinning = 128
  /// Numbers of a posterior from which it is not made longer.
  private static let greatestCount = 1 << 24
  /// Elements of a gradient's graph from which machine code is faster over the draws of a replicate (measured).
  private static let largeGradient = 2000

  /// One replicate; the same for any number of threads.
  func replicate(_ number: Int) async throws(SamplingFailure) -> Replicate {
    let key = RandomKey(seed: seed).derived(Simulator.Purpose.calibration.rawValue)
      .derived(UInt64(number))
    let row = try simulator.draw(simulator.makeExecutor(), inputs: [], key: key.derived(0))
    var truth: [VariableID: [Double]] = [:]
    var start = 0
    for quantity in simulator.simulation.recorded {
      truth[quantity.variable] = Array(row[start..<(start + quantity.count)])
      start += quantity.count
    }
    var bound = model.bound
    for id in observed {
      guard let tensor = bound.values[id] else { continue }
      let values = Array(row[start..<(start + tensor.shape.count)])
      start += tensor.shape.count
      bound.values[id] = Tensor(shape: tensor.shape, kind: tensor.kind, values: values)
      if let cells = bound.missing[id] { truth[id] = cells.map { values[$0] } }
    }
    var generator = key.derived(1).makeGenerator()
    if let inference = model.bound.model.fits.first,
      EngineLibrary.chainEngine(inference.engine) == nil
    {
      return try await sampledReplicate(inference, bound, truth, &generator)
    }
    let compiled: CompiledModel
    do {
      let engine = model.bound.model.fits.first.map(\.engine) ?? NUTS.signature.name
      compiled = try ModelCompiler.compile(bound, need: DensityNeed(of: engine))
    } catch {
      throw .program(error.diagnostic)
    }
    var thinning = Self.firstThinning
    while true {
      let sampled = try await sample(
        compiled,
        bound,
        draws: options.draws * thinning,
        seed: generator.nextUInt64()
      )
      let smallest = smallestSize(sampled, compiled)
      let isEnough = smallest >= Double(options.draws)
      let numbers = options.draws * thinning * compiled.draw.outputCount
      let isLast = thinning * 2 > Self.greatestThinning || numbers > Self.greatestCount
      if isEnough || isLast || interruption.isRaised {
        return try ranked(
          sampled,
          compiled,
          bound,
          truth,
          thinning,
          isCorrelated: !isEnough,
          &generator
        )
      }
      thinning *= 2
    }
  }

  private func sample(_ compiled: CompiledModel, _ bound: BoundModel, draws: Int, seed: UInt64)
    async throws(SamplingFailure) -> DrawCollector.ChainDraws
  {
    var sampler = SamplerOptions()
    sampler.chains = 1
    sampler.draws = draws
    sampler.warmup = options.warmup
    sampler.seed = seed
    var plan = sampler.chains(
      model.bound.model.fits.first,
      model.bound.model,
      dimension: compiled.dimension,
      seed: seed
    )
    // Walkers that move together are ranked by the draws of the first, which no other determines.
    if plan.signature.joinsChains {
      plan.lengths.chains = type(of: plan.engine).defaultChains(dimension: compiled.dimension)
    }
    // Machine code pays where a gradient is large: it is made anew for each replicate.
    let elements = (compiled.knownGradient ?? compiled.density).nodes.reduce(0) {
      $0 + $1.shape.count
    }
    let graphs = ExecutableGraphs(
      elements > Self.largeGradient ? model.graphs.choice : .reference
    )
    let adaptive: AdaptiveGraphs?
    do {
      adaptive = plan.choosesCoordinates ? try graphs.adaptive(compiled, bound) : nil
    } catch {
      throw .program(error.diagnostic)
    }
    let collector = DrawCollector(
      graph: adaptive?.draw ?? graphs.draw(compiled),
      writer: nil,
      lengths: plan.lengths,
      statistics: []
    )
    var run = SamplingRun(
      logDensity: GraphLogDensity(compiled, graphs, adaptive, for: plan),
      engine: plan.engine,
      lengths: plan.lengths,
      sink: collector
    )
    run.stateSpace = try StateSpaceProgram(plan, bound, compiled, graphs.choice)
    run.findStart = PathfinderStarts(plan)?.find
    do {
      _ = try await run.run()
      return try collector.finish()[0]
    } catch let error as InferenceError {
      throw model.failure(error)
    } catch {
      throw .run(message: "\(error)")
    }
  }

  /// The least bulk effective size over all quantities.
  private func smallestSize(_ draws: DrawCollector.ChainDraws, _ compiled: CompiledModel)
    -> Double
  {
    let width = compiled.draw.outputCount
    var summarizer = Summarizer()
    var least = Double.infinity
    for column in 0..<compiled.recorded.reduce(0, { $0 + $1.count }) {
      let values = stride(from: column, to: draws.rows.count, by: width).map { draws.rows[$0] }
      let size = summarizer.summary(
        of: ScalarDraws(values, chainCount: 1, drawCount: values.count)
      ).essBulk
      if size.isFinite { least = min(least, size) }
    }
    return least
  }

  private func ranked(
    _ draws: DrawCollector.ChainDraws,
    _ compiled: CompiledModel,
    _ bound: BoundModel,
    _ truth: [VariableID: [Double]],
    _ thinning: Int,
    isCorrelated: Bool,
    _ generator: inout RandomGenerator
  ) throws(SamplingFailure) -> Replicate {
    let width = compiled.draw.outputCount
    let kept = Array(stride(from: thinning - 1, to: draws.drawCount, by: thinning))
    var result = Replicate(divergences: draws.divergenceCount, isCorrelated: isCorrelated)
    var start = 0
    for quantity in compiled.recorded {
      if quantity.role != .derived, let own = truth[quantity.variable] {
        for (element, name) in quantity.elementNames.enumerated() {
          let values = kept.map { draws.rows[$0 * width + start + element] }
          result.add(name, own[element], among: values, &generator)
        }
      }
      start += quantity.count
    }
    if start < width, let own = try logLikelihood(of: truth, compiled, bound, from: start) {
      let values = kept.map { draw in
        draws.rows[(draw * width + start)..<((draw + 1) * width)].reduce(0, +)
      }
      result.add("log likelihood", own, among: values, &generator)
    }
    return result
  }

  /// The log likelihood of the data at what they were simulated from; nil where it cannot be computed.
  private func logLikelihood(
    of truth: [VariableID: [Double]],
    _ compiled: CompiledModel,
    _ bound: BoundModel,
    from start: Int
  ) throws(SamplingFailure) -> Double? {
    var values: [VariableID: Tensor] = [:]
    let held = compiled.held
    for quantity in compiled.recorded
    where quantity.role == .sampled || held.contains(quantity.variable) {
      guard let own = truth[quantity.variable] else { return nil }
      values[quantity.variable] = Tensor(shape: Shape(quantity.shape), values: own)
    }
    do {
      let (position, violations) = try ModelCompiler.unconstrain(values, bound, like: compiled)
      guard violations.isEmpty, position.allSatisfy(\.isFinite) else { return -.infinity }
      let outputs = ExecutableGraph(compiled.draw, .reference).makeExecutor()
        .run(inputs: position, outputCount: compiled.draw.outputCount)
      return outputs[start...].reduce(0, +)
    } catch {
      throw .program(error.diagnostic)
    }
  }

  // MARK: Report

  func report(
    _ replicates: [Replicate],
    _ first: Replicate,
    _ failures: [SamplingFailure]
  ) -> CalibrationReport {
    var generator = RandomKey(seed: seed).derived(Simulator.Purpose.calibration.rawValue)
      .makeGenerator()
    let simulations = min(
      RankUniformity.simulationCount,
      max(2000, 200_000_000 / replicates.count)
    )
    let test = RankUniformity(
      count: replicates.count,
      greatest: options.draws,
      simulations: simulations
    ) {
      generator.nextUniform()
    }
    var quantities: [CalibrationReport.Quantity] = []
    for (index, name) in first.names.enumerated()
    where replicates.contains(where: { $0.varies[index] }) {
      let ranks = replicates.map { $0.ranks[index] }
      quantities.append(
        CalibrationReport.Quantity(
          name: name,
          ranks: ranks,
          probability: test.probability(ranks)
        )
      )
    }
    return CalibrationReport(
      model: model.program.source.name,
      seed: seed,
      replicateCount: replicates.count,
      drawCount: options.draws,
      level: options.level,
      quantities: quantities,
      divergences: replicates.map(\.divergences).reduce(0, +),
      correlatedCount: replicates.count(where: \.isCorrelated),
      failures: failures.map(\.message)
    )
  }
}
