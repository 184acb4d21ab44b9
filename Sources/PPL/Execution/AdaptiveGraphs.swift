import PPLExecution
import PPLGraphIR
import PPLModelCompiler

/// The graphs of a model whose coordinates are chosen, ready to run.
struct AdaptiveGraphs: Sendable {
  let model: AdaptiveModel
  /// q, weights → log density, then its gradient by q.
  let gradient: ExecutableGraph
  /// q, weights → the recorded quantities.
  let draw: ExecutableGraph

  /// Gives the kept positions of all chains the coordinates of the first.
  func unify(_ draws: inout [DrawCollector.ChainDraws]) {
    guard let first = draws.first?.weights else { return }
    let executor = ExecutableGraph(model.recentering, .reference).makeExecutor()
    let dimension = model.recentering.outputCount
    for chain in draws.indices where draws[chain].weights != first {
      let weights = draws[chain].weights
      let positions = draws[chain].positions
      draws[chain].positions = stride(from: 0, to: positions.count, by: dimension).flatMap {
        start in
        executor.run(
          inputs: positions[start..<(start + dimension)] + weights + first,
          outputCount: dimension
        )
      }
      draws[chain].weights = first
    }
  }
}
