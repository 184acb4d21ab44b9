import Foundation
import PPL

/// Random-walk Metropolis: proposals around the position, taken with the ratio of the densities.
struct RandomWalk: CustomEngine {
  let name = "random walk"

  func run(_ chain: inout CustomChain) throws {
    let evaluator = chain.density.makeEvaluator()
    var gradient = [Double](repeating: 0, count: chain.density.dimension)
    var position = gradient
    var value = try evaluator.evaluate(at: position, gradient: &gradient)
    var steps = 0
    while !chain.isDone {
      steps += 1
      let proposal = position.map { $0 + 0.1 * chain.random.normal() }
      let other = try evaluator.evaluate(at: proposal, gradient: &gradient)
      if log(chain.random.uniform()) < other - value { (position, value) = (proposal, other) }
      if steps > 5000, steps.isMultiple(of: 100) { try chain.keep(position) }
    }
  }
}
