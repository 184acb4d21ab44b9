import Glibc
import PPLExecution
import PPLFlows
import PPLGraphIR
import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLTensorCore
package import PPLVariational

/// What is known of a fit that approximates the posterior.
package struct ApproximationSummary: Sendable {
  /// The evidence lower bound in nats with its standard error, NaN for a mode.
  package var elbo: Double
  package var elboError: Double
  /// Pareto k of the importance ratios, NaN for a mode.
  package var shape: Double
  /// The log density at a mode.
  package var logDensity: Double?
  /// Why the search may not have come to rest.
  package var complaint: String?
  /// The marginal likelihood by the ratios, where the draws were weighted by them.
  package var evidence: Evidence?
  /// What the weighted draws are worth.
  package var effectiveCount: Double?
  /// How the bound went, of a fit by stochastic steps.
  package var bounds: [BoundCurve] = []
}

extension Model {
  /// Approximates the posterior and draws from what approximates it.
  ///
  /// The fit goes to its place, if it has one.
  func approximate(
    name: String,
    settings: ApproximationSettings,
    place: FitPlace,
    keepsPositions: Bool,
    interruption: Interruption
  ) throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let layout = ChainLengths(chains: 1, warmup: 0, draws: settings.draws, seed: settings.seed)
    let writer = try makeWriter(
      place,
      FitStore(model: self).schema(
        layout,
        engine: settings.engine,
        recorded: compiled.recorded,
        likelihoods: compiled.likelihoods
      )
    )
    var found: (approximation: Approximation, summary: ApproximationSummary)?
    var draws = DrawCollector.ChainDraws()
    do throws(SamplingFailure) {
      found = try approximation(settings, interruption)
      if let found {
        draws = try record(found.approximation.positions, writer, settings)
        if keepsPositions { draws.positions = found.approximation.positions }
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
      path: place.path,
      seed: settings.seed,
      bound: bound,
      recorded: compiled.recorded,
      likelihoods: compiled.likelihoods,
      draws: [draws],
      samplingSeconds: seconds,
      totalSeconds: seconds,
      gradientEvaluations: found?.approximation.gradientCount ?? 0,
      wasInterrupted: interruption.isRaised
    )
    fit.approximation = found?.summary
    if let proposals = settings.proposals, let summary = found?.summary {
      let worth = summary.effectiveCount.map { Int($0.rounded()) } ?? 0
      fit.notes = [
        "\(proposals) draws of the proposal, whose weights are worth \(worth) equal ones"
      ]
      if let evidence = summary.evidence, !compiled.dropsConstant {
        fit.evidence = evidence
        fit.notes.append("log marginal likelihood \(evidence.text)")
      }
    }
    return fit
  }

  /// The approximation and what its importance ratios say; nil if the user stopped it.
  private func approximation(_ settings: ApproximationSettings, _ interruption: Interruption)
    throws(SamplingFailure) -> (Approximation, ApproximationSummary)?
  {
    let key = RandomKey(seed: settings.seed).derived(Simulator.Purpose.approximation.rawValue)
    let count = settings.proposals ?? settings.draws
    if settings.method == .prior {
      let found = try priorProposals(count, key, interruption)
      return found.map { weighted($0, settings, key) }
    }
    guard compiled.hasWholeGradient else {
      throw .run(
        message:
          "this proposal is fitted along gradients, and a function of the program gives none: take"
          + " `proposal: prior`"
      )
    }
    let flow = try flow(settings)
    do throws(ApproximationError) {
      if settings.method == .mode { return try mode(key, interruption) }
      let density = GraphLogDensity(compiled, graphs)
      let result: Approximation
      switch settings.method {
      case .mode, .prior: return nil
      case .laplace:
        result = try LaplaceFit(draws: count, key: key).run(
          density,
          hessian: hessian(),
          cancellation: interruption.flag
        )
      case .deterministic:
        var fit = DeterministicFit(draws: count, key: key)
        if let samples = settings.samples { fit.samples = samples }
        result = try fit.run(density, hessian: hessian(), cancellation: interruption.flag)
      case .variational(let family):
        var fit = VariationalFit(family: family, draws: count, key: key)
        if let samples = settings.samples { fit.samples = samples }
        if let steps = settings.steps { fit.stepLimit = steps }
        result = try fit.run(density, cancellation: interruption.flag)
      case .flow:
        guard let flow else { return nil }
        var fit = FlowFit(flow, draws: count, key: key) {
          ExecutableGraph($0, executor).makeExecutor()
        }
        if let samples = settings.samples { fit.samples = samples }
        if let steps = settings.steps { fit.stepLimit = steps }
        result = try fit.run(density, cancellation: interruption.flag)
      case .pathfinder(let paths):
        result = try Pathfinder(paths: paths, draws: count, key: key).run(
          density,
          cancellation: interruption.flag
        )
      }
      return weighted(result, settings, key)
    } catch {
      switch error {
      case .cancelled: return nil
      case .evaluation(let message): throw .run(message: message)
      case .noStart(let positions):
        throw .initialization(
          message: "no start was found: at none of 100 points were the log density and its"
            + " gradient finite",
          table: try statementTable(at: positions.last)
        )
      case .notFinite(let position):
        throw .initialization(
          message: "the log density of most draws of the approximation is not finite",
          table: try statementTable(at: position)
        )
      case .noMode(let reason, let position):
        throw .run(
          message: "no mode was found: \(reason)\(extremes(of: position))."
            + (bound.model.layers.isEmpty
              ? " The scale of a hierarchy may go to 0 there: use `nuts()` or `vi()`, or a prior that"
                + " keeps it away"
              : " Nets have no mode that is soon reached: say how far to go, with"
                + " `train(steps: 1000, optimizer: lbfgs())` or `train(epochs: 10, batch: …)`")
        )
      }
    }
  }

  /// What the importance ratios of draws say, and of draws that are to be weighted by them those that are kept.
  private func weighted(
    _ approximation: Approximation,
    _ settings: ApproximationSettings,
    _ key: RandomKey
  ) -> (Approximation, ApproximationSummary) {
    var result = approximation
    let ratios = result.logRatios
    let weights = ImportanceWeights(logRatios: ratios)
    let elbo = result.elbo
    var summary = ApproximationSummary(
      elbo: elbo.value,
      elboError: elbo.standardError,
      shape: weights.shape,
      complaint: result.complaint,
      bounds: result.bounds
    )
    var isKept = settings.proposals != nil
    var stream = Self.resampling
    if settings.proposals != nil {
      summary.evidence = Evidence(logEstimates: ratios.map { $0.isFinite ? $0 : -.infinity })
      summary.effectiveCount = 1 / weights.logWeights.reduce(0) { $0 + exp(2 * $1) }
    } else if case .pathfinder(let paths) = settings.method, paths > 1 {
      isKept = true
      stream = UInt64(paths)
    }
    if isKept {
      var generator = key.derived(stream).makeGenerator()
      result.keep(weights.resample(settings.draws, uniform: generator.nextUniform()))
    }
    return (result, summary)
  }

  /// Draws from the prior with their densities; nil if the user stopped it.
  private func priorProposals(_ count: Int, _ key: RandomKey, _ interruption: Interruption)
    throws(SamplingFailure) -> Approximation?
  {
    let prior: PriorProgram
    do throws(LoweringError) {
      prior = try PriorProgram(self, ModelCompiler.compilePrior(bound))
    } catch {
      throw .program(error.diagnostic)
    }
    guard prior.model.dimension == dimension, dimension > 0 else {
      throw .run(message: "the model has no continuous latent that could be weighted")
    }
    let evaluator = prior.makeEvaluator()
    let density = graphs.density(compiled).makeExecutor()
    var result = Approximation()
    for number in 0..<count {
      if interruption.isRaised { return nil }
      let position: [Double]
      do {
        position = try evaluator.draw(key.derived(UInt64(number)))
      } catch {
        throw (error as? SamplingFailure) ?? .run(message: "\(error)")
      }
      let joint = density.run(inputs: position, outputCount: 1)[0]
      result.positions += position
      result.logDensities.append(joint.isNaN ? -.infinity : joint)
      result.logApproximations.append(evaluator.logDensity(at: position))
    }
    guard result.logRatios.contains(where: { $0 > -.infinity }) else {
      throw .run(
        message:
          "no draw of the prior has a likelihood above 0: take more `samples`, or another `proposal`"
      )
    }
    return result
  }

  /// The flow that is fitted, if one is.
  private func flow(_ settings: ApproximationSettings) throws(SamplingFailure) -> Flow? {
    guard case .flow(let family, let layers, let hidden) = settings.method else { return nil }
    guard dimension > 1 else {
      let name = compiled.blocks.first.map { ", `\($0.name)`" } ?? ""
      throw .program(
        Diagnostic(
          code: "E0615",
          message: "a flow bends parameters by each other, and the model has"
            + (dimension == 1 ? " one only\(name)" : " none"),
          primary: .init(settings.span),
          help: "of one parameter a flow is a normal distribution: write `vi()`"
        )
      )
    }
    let flow = Flow(family, dimension: dimension, layers: layers, hidden: hidden)
    guard flow.parameterCount <= Self.greatestFlow else {
      throw .program(
        Diagnostic(
          code: "E0616",
          message: "the flow has \(flow.parameterCount) weights for \(dimension) parameters of the"
            + " model, more than \(Self.greatestFlow)",
          primary: .init(settings.span),
          help: "take fewer `layers` or `hidden` units, or `vi(guide: low_rank)`"
        )
      )
    }
    return flow
  }

  /// Weights of a flow at most; each is held some ten times.
  private static let greatestFlow = 1 << 22

  /// The mode of the density of the model's own quantities, as one draw.
  private func mode(_ key: RandomKey, _ interruption: Interruption)
    throws(ApproximationError) -> (Approximation, ApproximationSummary)
  {
    let graph: Graph
    do throws(LoweringError) {
      graph = try compiled.gradientWithoutJacobian()
    } catch {
      throw .evaluation(message: error.diagnostic.message)
    }
    let density = GraphLogDensity(dimension, ExecutableGraph(graph, executor))
    let probe = DensityProbe(density, cancellation: interruption.flag)
    let mode = try ModeSearch().run(probe, key: key)
    let result = Approximation(
      positions: mode.position,
      logDensities: [mode.logDensity],
      logApproximations: [0],
      gradientCount: probe.count
    )
    let summary = ApproximationSummary(
      elbo: .nan,
      elboError: .nan,
      shape: .nan,
      logDensity: mode.logDensity
    )
    return (result, summary)
  }

  /// Second derivatives of the log density at a position, `[D, D]`.
  ///
  /// Where a primitive has none, as solutions of differential equations, or where the product rule meets 0 times infinity, they
  /// are central differences of the gradient.
  private func hessian() -> ([Double]) -> [Double] {
    let count = dimension
    let gradients = graphs.gradient(compiled).makeExecutor()
    func difference(_ position: [Double], _ number: Int) -> [Double] {
      let step = 1e-4
      func gradient(_ shift: Double) -> [Double] {
        var moved = position
        moved[number] += shift
        return Array(gradients.run(inputs: moved, outputCount: count + 1).dropFirst())
      }
      return zip(gradient(step), gradient(-step)).map { ($0 - $1) / (2 * step) }
    }
    var column = difference
    if let graph = try? compiled.curvature() {
      let executor = ExecutableGraph(graph, executor).makeExecutor()
      column = { position, number in
        var direction = [Double](repeating: 0, count: count)
        direction[number] = 1
        let found = executor.run(inputs: position + direction, outputCount: graph.outputCount)
          .suffix(count)
        return found.allSatisfy(\.isFinite) ? Array(found) : difference(position, number)
      }
    }
    return { position in
      var matrix = [Double](repeating: 0, count: count * count)
      for number in 0..<count {
        for (row, value) in column(position, number).enumerated() {
          matrix[row * count + number] = value
        }
      }
      symmetrize(&matrix, size: count)
      return matrix
    }
  }

  /// Values of the recorded quantities at positions, which also go to the disk.
  private func record(
    _ positions: [Double],
    _ writer: FitWriter?,
    _ settings: ApproximationSettings
  ) throws(SamplingFailure) -> DrawCollector.ChainDraws {
    let recorder = writer?.makeRecorder(chain: 0)
    let graph = graphs.draw(compiled)
    let executor = graph.makeExecutor()
    let key = RandomKey(seed: settings.seed).derived(Simulator.Purpose.approximation.rawValue)
      .derived(Self.generation)
    return try record(settings.draws, recorder) { draw in
      let start = draw * dimension
      return executor.run(
        inputs: Array(positions[start..<(start + dimension)]),
        outputCount: graph.graph.outputCount,
        key: key.derived(UInt64(draw))
      )
    }
  }

  /// Draws one after the other, which also go to the disk.
  func record(_ count: Int, _ recorder: ChainRecorder?, _ draw: (Int) -> [Double])
    throws(SamplingFailure) -> DrawCollector.ChainDraws
  {
    var result = DrawCollector.ChainDraws()
    do {
      for number in 0..<count {
        let row = draw(number)
        try recorder?.append(row)
        result.rows += row
        result.drawCount += 1
      }
      try recorder?.finish()
    } catch {
      throw .storage(message: storageMessage(error))
    }
    return result
  }

  /// Streams of random numbers beside those of the draws, which are numbered from 0.
  private static let generation: UInt64 = 1 << 32
  private static let resampling: UInt64 = 1 << 33

  private func statementTable(at position: [Double]?) throws(SamplingFailure) -> String {
    guard let position else { return "" }
    do throws(LoweringError) {
      return try InitializationTable(model: self).text(at: position, gradient: [])
    } catch {
      throw .program(error.diagnostic)
    }
  }

  /// Which statement's values are farthest out.
  private func extremes(of position: [Double]) -> String {
    guard
      let farthest = position.indices.max(by: { position[$0].magnitude < position[$1].magnitude }),
      position[farthest].magnitude > 20,
      let block = compiled.blocks.last(where: { $0.offset <= farthest })
    else { return "" }
    return ", in the direction of `\(block.name)`"
  }
}
