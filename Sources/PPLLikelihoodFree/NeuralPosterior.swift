import Glibc
import PPLAutodiff
package import PPLExecution
import PPLFlows
package import PPLGraphIR
package import PPLTensorCore
import PPLVariational

/// Neural posterior estimation: a conditional flow of the parameters given statistics, trained on simulations at draws from
/// the prior, gives the posterior at the data's statistics.
///
/// Papamakarios and Murray 2016, arXiv:1605.06376; the flow is a masked autoregressive one (Papamakarios, Pavlakou and
/// Murray 2017, arXiv:1705.07057) on the unconstrained scale, so that no draw leaves the parameters' supports. Training stops
/// when held-out simulations gain no more. The posterior is then checked by simulation-based calibration on held-out
/// simulations (Talts et al. 2018, arXiv:1804.06788), and the data's statistics against those that the flow has seen.
package struct NeuralPosterior {
  /// Simulations at draws from the prior.
  package var simulations = 10_000
  /// Draws in the end.
  package var draws = 1000
  /// Layers and hidden units of the flow; nil for its own numbers.
  package var layers: Int?
  package var hidden: Int?
  /// Most passes over the simulations.
  package var epochs = 500
  package var threads = 1

  private let makeExecutor: (Graph) -> any Executor

  package init(makeExecutor: @escaping (Graph) -> any Executor) {
    self.makeExecutor = makeExecutor
  }

  private static let batch = 128
  private static let heldOut = 0.1
  private static let patience = 20
  private static let rates = [1e-3, 3e-4, 1e-4]
  /// Held-out simulations and draws of each in the check of calibration.
  private static let (checks, checkDraws) = (200, 99)

  private enum Purpose: UInt64 {
    case simulation, training, drawing, checking
  }

  /// A pair of parameters and statistics.
  private struct Pair: Sendable {
    var position: [Double]
    var statistics: [Double]
  }

  /// Runs it.
  ///
  /// - Parameters:
  ///   - model: what is simulated, and the statistics of the data.
  ///   - key: key of all random numbers.
  ///   - isCancelled: asked between blocks of simulations.
  ///   - progress: called with how far it is, in words.
  /// - Returns: draws, which depend on the model and the key alone, not on the number of threads.
  /// - Throws: why there are none.
  package func run(
    _ model: any SimulatedModel,
    key: RandomKey,
    isCancelled: @escaping @Sendable () -> Bool,
    progress: (String) -> Void
  ) async throws(SimulationFailure) -> SimulationFit {
    let (pairs, failures) = try await simulate(model, key, isCancelled, progress)
    let observed = model.observed
    let scaling = (
      position: Scaling(pairs.map(\.position)), statistics: Scaling(pairs.map(\.statistics))
    )
    let scaled = pairs.map { pair in
      Pair(
        position: scaling.position.scaled(pair.position),
        statistics: scaling.statistics.scaled(pair.statistics)
      )
    }
    let heldOut = max(Int(Self.heldOut * Double(scaled.count)), 1)
    let (held, used) = (Array(scaled.prefix(heldOut)), Array(scaled.dropFirst(heldOut)))
    let flow = Flow(
      .autoregressive,
      dimension: model.dimension,
      layers: layers,
      hidden: hidden ?? max(50, min(128, 2 * (model.dimension + observed.count))),
      contextCount: observed.count
    )
    let trained = try train(flow, used, held, key, isCancelled, progress)
    let sampler: ConditionalSampler
    do throws(AutodiffError) {
      sampler = try ConditionalSampler(flow, trained.parameters, makeExecutor)
    } catch { throw Self.tooLarge }
    var generator = key.derived(Purpose.drawing.rawValue).makeGenerator()
    let context = scaling.statistics.scaled(observed)
    let positions = sampler.draws(draws, given: context, &generator)
      .map { scaling.position.unscaled($0) }
    guard positions.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw .unusable(message: "the flow gives draws that are not finite at the data's statistics")
    }
    var notes = [
      "the flow of \(flow.parameterCount) weights was trained for \(trained.epochs) epochs on"
        + " \(used.count) simulations: \(Self.short(trained.heldOutLoss)) nats a held-out simulation"
    ]
    notes += calibration(sampler, held, key)
    let far = context.map(abs).max() ?? 0
    let most = scaled.flatMap(\.statistics).map(abs).max() ?? 0
    if far > most {
      notes.append(
        "the data's statistics lie outside of those of all simulations: the flow extrapolates, and the"
          + " posterior is not to be trusted"
      )
    }
    return SimulationFit(
      positions: positions,
      simulationCount: simulations,
      failureCount: failures,
      effectiveCount: Double(draws),
      notes: notes
    )
  }

  private static let tooLarge = SimulationFailure.unusable(
    message: "the flow needs arrays that are too large: take fewer `hidden` units"
  )

  // MARK: Simulations

  private func simulate(
    _ model: any SimulatedModel,
    _ key: RandomKey,
    _ isCancelled: @escaping @Sendable () -> Bool,
    _ progress: (String) -> Void
  ) async throws(SimulationFailure) -> (pairs: [Pair], failures: Int) {
    let work = ParallelWork(model: model, threads: threads)
    let own = key.derived(Purpose.simulation.rawValue)
    var pairs: [Pair] = []
    var made = 0
    while made < simulations {
      guard !isCancelled() else { throw .cancelled }
      let block: [Pair]
      do {
        block = try await work.results(made..<min(made + 1000, simulations)) { evaluator, number in
          let key = own.derived(UInt64(number))
          let position = try evaluator.drawPrior(key.derived(0))
          return Pair(
            position: position,
            statistics: try evaluator.simulate(at: position, key.derived(1))
          )
        }
      } catch { throw .model(error) }
      made += block.count
      pairs += block.filter { $0.statistics.allSatisfy(\.isFinite) }
      progress("\(made) of \(simulations) simulations")
    }
    guard pairs.count >= 100 else {
      throw .unusable(
        message:
          "\(made - pairs.count) of \(made) simulations at draws from the prior give no finite"
          + " statistics, which leaves too few to learn from"
      )
    }
    return (pairs, made - pairs.count)
  }

  // MARK: Training

  /// Weights with the least held-out loss.
  private func train(
    _ flow: Flow,
    _ used: [Pair],
    _ held: [Pair],
    _ key: RandomKey,
    _ isCancelled: @Sendable () -> Bool,
    _ progress: (String) -> Void
  ) throws(SimulationFailure) -> (parameters: [Double], heldOutLoss: Double, epochs: Int) {
    let batch = min(Self.batch, used.count)
    let (step, loss): (any Executor, any Executor)
    let count: Int
    do throws(AutodiffError) {
      let graph = try Self.lossGraph(flow, count: batch, differentiated: true)
      step = makeExecutor(graph)
      count = graph.outputCount
      loss = makeExecutor(try Self.lossGraph(flow, count: held.count, differentiated: false))
    } catch { throw Self.tooLarge }
    var generator = key.derived(Purpose.training.rawValue).makeGenerator()
    var parameters = flow.initialParameters(&generator)
    let heldInputs = Self.inputs(held)
    func heldLoss() -> Double {
      loss.run(inputs: heldInputs + parameters, outputCount: 1)[0]
    }
    var best = (parameters: parameters, heldOutLoss: heldLoss(), epochs: 0)
    var epoch = 0
    rates: for rate in Self.rates {
      parameters = best.parameters
      var adam = Adam(count: parameters.count)
      var idle = 0
      while idle < Self.patience {
        guard epoch < epochs else { break rates }
        guard !isCancelled() else { throw .cancelled }
        var order = Array(used.indices)
        for place in order.indices.dropFirst() {
          order.swapAt(place, generator.nextInt(below: place + 1))
        }
        for start in stride(from: 0, through: order.count - batch, by: batch) {
          let rows = order[start..<start + batch].map { used[$0] }
          let gradient = step.run(inputs: Self.inputs(rows) + parameters, outputCount: count)
          if gradient.allSatisfy(\.isFinite) {
            adam.step(&parameters, gradient.map { -$0 }, from: 1, rate: rate)
          }
        }
        epoch += 1
        let now = heldLoss()
        if now < best.heldOutLoss - 1e-4 {
          best = (parameters, now, epoch)
          idle = 0
        } else {
          idle += 1
        }
        progress("epoch \(epoch)  held-out loss \(Self.short(now))")
      }
    }
    return (best.parameters, best.heldOutLoss, epoch)
  }

  /// positions `[S, D]`, statistics `[S, K]`, weights… → the mean of -log q, with its derivatives by the weights.
  private static func lossGraph(_ flow: Flow, count: Int, differentiated: Bool)
    throws(AutodiffError) -> Graph
  {
    let builder = GraphBuilder()
    let points = builder.addInput(shape: [count, flow.dimension])
    let context = builder.addInput(shape: [count, flow.contextCount])
    let weights = flow.weightShapes.map { builder.addInput(shape: $0) }
    let density = flow.logDensity(
      of: points,
      context: context,
      weights: weights,
      direction: .toNoise
    )
    let loss = density.sum() * (-1 / Double(count))
    if let failure = builder.failure { throw .budgetExceeded(failure) }
    let graph = builder.build(outputs: [loss])
    guard differentiated else { return graph }
    return try gradient(of: graph, withRespectTo: Array(2..<(2 + weights.count)))
  }

  private static func inputs(_ pairs: [Pair]) -> [Double] {
    pairs.flatMap(\.position) + pairs.flatMap(\.statistics)
  }

  // MARK: Checks

  /// Whether true parameters rank evenly among draws at their own simulations, parameter by parameter.
  private func calibration(_ sampler: ConditionalSampler, _ held: [Pair], _ key: RandomKey)
    -> [String]
  {
    let own = key.derived(Purpose.checking.rawValue)
    let pairs = held.prefix(Self.checks)
    let bins = 10
    guard pairs.count >= 5 * bins, let dimension = pairs.first?.position.count else { return [] }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: bins), count: dimension)
    for (number, pair) in pairs.enumerated() {
      var generator = own.derived(UInt64(number)).makeGenerator()
      let draws = sampler.draws(Self.checkDraws, given: pair.statistics, &generator)
      for parameter in 0..<dimension {
        let rank = draws.count { $0[parameter] < pair.position[parameter] }
        counts[parameter][min(rank * bins / (Self.checkDraws + 1), bins - 1)] += 1
      }
    }
    let expected = Double(pairs.count) / Double(bins)
    let worst =
      counts.map { own in
        own.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
      }.max() ?? 0
    // The chi-squared distribution of 9 degrees of freedom exceeds 27.9 with probability 0.001.
    let isPoor = worst > 27.9 + 4 * log(Double(dimension))
    return [
      isPoor
        ? "true parameters do not rank evenly among the draws at their own simulations (chi-squared"
          + " \(Self.short(worst)) of 9 degrees of freedom): the posterior is not calibrated; take more"
          + " simulations, or other statistics"
        : "ranks of true parameters at \(pairs.count) held-out simulations are even (chi-squared at"
          + " most \(Self.short(worst)) of 9 degrees of freedom)"
    ]
  }

  private static func short(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}

/// Draws from a trained conditional flow.
private struct ConditionalSampler {
  private let executor: any Executor
  private let parameters: [Double]
  private let (dimension, rows): (Int, Int)

  init(_ flow: Flow, _ parameters: [Double], _ makeExecutor: (Graph) -> any Executor)
    throws(AutodiffError)
  {
    self.parameters = parameters
    dimension = flow.dimension
    rows = 100
    let builder = GraphBuilder()
    let noise = builder.addInput(shape: [rows, flow.dimension])
    let context = builder.addInput(shape: [1, flow.contextCount])
    let weights = flow.weightShapes.map { builder.addInput(shape: $0) }
    let (points, _) = flow.inverse(
      noise,
      context: context.broadcast(to: [rows, flow.contextCount]),
      weights: weights
    )
    if let failure = builder.failure { throw .budgetExceeded(failure) }
    executor = makeExecutor(builder.build(outputs: [points]))
  }

  func draws(_ count: Int, given context: [Double], _ generator: inout RandomGenerator)
    -> [[Double]]
  {
    var result: [[Double]] = []
    while result.count < count {
      let noise = (0..<rows * dimension).map { _ in generator.nextNormal() }
      let points = executor.run(
        inputs: noise + context + parameters,
        outputCount: rows * dimension
      )
      for row in 0..<min(rows, count - result.count) {
        result.append(Array(points[row * dimension..<(row + 1) * dimension]))
      }
    }
    return result
  }
}

/// Numbers brought to mean 0 and standard deviation 1, each place for itself.
private struct Scaling: Sendable {
  private let means: [Double]
  private let deviations: [Double]

  init(_ rows: [[Double]]) {
    let count = Double(max(rows.count, 1))
    let width = rows.first?.count ?? 0
    let means = (0..<width).map { place in rows.reduce(0) { $0 + $1[place] } / count }
    self.means = means
    deviations = (0..<width).map { place in
      let squares = rows.reduce(0.0) { sum, row in
        let difference = row[place] - means[place]
        return sum + difference * difference
      }
      let deviation = (squares / count).squareRoot()
      return deviation > 0 && deviation.isFinite ? deviation : 1
    }
  }

  func scaled(_ row: [Double]) -> [Double] {
    row.indices.map { (row[$0] - means[$0]) / deviations[$0] }
  }

  func unscaled(_ row: [Double]) -> [Double] {
    row.indices.map { means[$0] + deviations[$0] * row[$0] }
  }
}
