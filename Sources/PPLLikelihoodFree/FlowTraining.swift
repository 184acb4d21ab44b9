import PPLAutodiff
import PPLExecution
import PPLFlows
import PPLGraphIR
import PPLTensorCore
import PPLVariational

/// Fits the density of points given other numbers by a flow, until held-out pairs gain no more.
///
/// The flow is a masked autoregressive one (Papamakarios, Pavlakou and Murray 2017, arXiv:1705.07057); it minimises the
/// mean of -log q(point | context) by Adam on batches, with a rate that falls where the held-out loss stays.
struct FlowTraining {
  /// A point, and what it is conditioned on.
  struct Pair: Sendable {
    var point: [Double]
    var context: [Double]
  }

  /// Layers and hidden units of the flow; nil for its own numbers.
  var layers: Int?
  var hidden: Int?
  /// Most passes over the pairs.
  var epochs = 500
  let makeExecutor: (Graph) -> any Executor

  init(makeExecutor: @escaping (Graph) -> any Executor) {
    self.makeExecutor = makeExecutor
  }

  private static let batch = 128
  private static let heldOut = 0.1
  private static let patience = 20
  private static let rates = [1e-3, 3e-4, 1e-4]

  /// Fits a flow to pairs in random order; the first tenth of them is held out.
  func fit(
    _ pairs: [Pair],
    key: RandomKey,
    _ isCancelled: () -> Bool,
    _ progress: (String) -> Void
  ) throws(SimulationFailure) -> ConditionalFlow {
    let points = Scaling(pairs.map(\.point))
    let contexts = Scaling(pairs.map(\.context))
    let (dimension, contextCount) = (points.means.count, contexts.means.count)
    let scaled = pairs.map {
      Pair(point: points.scaled($0.point), context: contexts.scaled($0.context))
    }
    let heldCount = max(Int(Self.heldOut * Double(scaled.count)), 1)
    let flow = Flow(
      .autoregressive,
      dimension: dimension,
      layers: layers,
      hidden: hidden ?? max(50, min(128, 2 * (dimension + contextCount))),
      contextCount: contextCount
    )
    let trained = try train(
      flow,
      Array(scaled.dropFirst(heldCount)),
      Array(scaled.prefix(heldCount)),
      key,
      isCancelled,
      progress
    )
    return ConditionalFlow(
      flow: flow,
      parameters: trained.parameters,
      points: points,
      contexts: contexts,
      heldOut: Array(pairs.prefix(heldCount)),
      greatestContext: scaled.flatMap(\.context).map(abs).max() ?? 0,
      greatestPoint: scaled.flatMap(\.point).map(abs).max() ?? 0,
      note: "the flow of \(flow.parameterCount) weights was trained for \(trained.epochs) epochs on"
        + " \(pairs.count - heldCount) simulations: \(trained.heldOutLoss.rounded(to: 2)) nats a"
        + " held-out simulation",
      makeExecutor: makeExecutor
    )
  }

  /// Weights with the least held-out loss.
  private func train(
    _ flow: Flow,
    _ used: [Pair],
    _ held: [Pair],
    _ key: RandomKey,
    _ isCancelled: () -> Bool,
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
    } catch { throw ConditionalFlow.tooLarge }
    var generator = key.makeGenerator()
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
        progress("epoch \(epoch)  held-out loss \(now.rounded(to: 2))")
      }
    }
    return (best.parameters, best.heldOutLoss, epoch)
  }

  /// points `[S, D]`, contexts `[S, K]`, weights… → the mean of -log q, with its derivatives by the weights.
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
    pairs.flatMap(\.point) + pairs.flatMap(\.context)
  }
}

extension Double {
  /// With so many digits behind the point, for messages.
  func rounded(to digits: Int) -> Double {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    return (self * scale).rounded() / scale
  }
}
