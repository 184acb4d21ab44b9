import PPLInference
import PPLTensorCore

/// The definition of one transition, written plainly.
///
/// Every subtree keeps its own sum of momenta and the logarithm of its weight, and every state its own
/// arrays. The random numbers are used in the same order as by the sampler.
struct ReferenceNUTS {
  let density: FunctionDensity
  let inverseMass: [Double]
  let maxTreeDepth: Int

  struct State {
    var position: [Double]
    var momentum: [Double]
    var gradient: [Double]
    var logDensity: Double
    var index: Int
  }

  struct Tree {
    var first: State
    var last: State
    var draw: State
    var momentumSum: [Double]
    var logWeight: Double
  }

  struct Outcome {
    var position: [Double]
    var index: Int
    var depth: Int
    var stepCount: Int
    var isDivergent: Bool
  }

  private final class Progress {
    var generator: RandomGenerator
    var stepCount = 0
    var isDivergent = false

    init(_ generator: RandomGenerator) { self.generator = generator }
  }

  private func evaluate(_ state: inout State) throws {
    var gradient = state.gradient
    var span = gradient.mutableSpan
    state.logDensity = try density.function(state.position.span, &span)
    state.gradient = gradient
  }

  private func energy(_ state: State) -> Double {
    var kinetic = 0.0
    for (p, variance) in zip(state.momentum, inverseMass) { kinetic += 0.5 * p * p * variance }
    return kinetic - state.logDensity
  }

  private func step(_ start: State, _ stepSize: Double) throws -> State {
    var state = start
    for i in state.position.indices {
      state.momentum[i] += 0.5 * stepSize * state.gradient[i]
      state.position[i] += stepSize * inverseMass[i] * state.momentum[i]
    }
    try evaluate(&state)
    for i in state.position.indices { state.momentum[i] += 0.5 * stepSize * state.gradient[i] }
    state.index += stepSize > 0 ? 1 : -1
    return state
  }

  private func persists(_ first: State, _ last: State, _ momentumSum: [Double]) -> Bool {
    var (atFirst, atLast) = (0.0, 0.0)
    for i in momentumSum.indices {
      atFirst += inverseMass[i] * first.momentum[i] * momentumSum[i]
      atLast += inverseMass[i] * last.momentum[i] * momentumSum[i]
    }
    return atFirst > 0 && atLast > 0
  }

  private func sum(_ first: [Double], _ second: [Double]) -> [Double] { zip(first, second).map(+) }

  private func join(
    _ near: Tree,
    _ far: Tree,
    isForward: Bool,
    isBiased: Bool,
    _ progress: Progress
  ) -> (tree: Tree, persists: Bool) {
    let total =
      logarithm(
        1 + exponential(-abs(near.logWeight - far.logWeight))
      ) + max(near.logWeight, far.logWeight)
    let logProbability = far.logWeight - (isBiased ? near.logWeight : total)
    let takesFar = progress.generator.nextUniform() < exponential(min(0, logProbability))
    let (left, right) = isForward ? (near, far) : (far, near)
    let tree = Tree(
      first: left.first,
      last: right.last,
      draw: takesFar ? far.draw : near.draw,
      momentumSum: sum(left.momentumSum, right.momentumSum),
      logWeight: total
    )
    let result =
      persists(tree.first, tree.last, tree.momentumSum)
      && persists(left.first, right.first, sum(left.momentumSum, right.first.momentum))
      && persists(left.last, right.last, sum(right.momentumSum, left.last.momentum))
    return (tree, result)
  }

  private func build(
    _ edge: State,
    _ depth: Int,
    _ stepSize: Double,
    _ initialEnergy: Double,
    _ progress: Progress
  ) throws -> Tree? {
    if depth == 0 {
      let state = try step(edge, stepSize)
      progress.stepCount += 1
      let error = energy(state) - initialEnergy
      guard error <= 1000 else {
        progress.isDivergent = true
        return nil
      }
      return Tree(
        first: state,
        last: state,
        draw: state,
        momentumSum: state.momentum,
        logWeight: -error
      )
    }
    guard let near = try build(edge, depth - 1, stepSize, initialEnergy, progress) else {
      return nil
    }
    let isForward = stepSize > 0
    let inner = isForward ? near.last : near.first
    guard let far = try build(inner, depth - 1, stepSize, initialEnergy, progress) else {
      return nil
    }
    let joined = join(near, far, isForward: isForward, isBiased: false, progress)
    return joined.persists ? joined.tree : nil
  }

  func transition(
    from position: [Double],
    stepSize nominal: Double,
    jitter: Double,
    key: RandomKey
  ) throws -> Outcome {
    let progress = Progress(key.makeGenerator())
    let stepSize = nominal * (1 + jitter * (2 * progress.generator.nextUniform() - 1))
    var start = State(
      position: position,
      momentum: position,
      gradient: position,
      logDensity: 0,
      index: 0
    )
    try evaluate(&start)
    var normals = start.momentum.mutableSpan
    progress.generator.fillWithNormals(&normals)
    for i in position.indices { start.momentum[i] /= inverseMass[i].squareRoot() }
    let initialEnergy = energy(start)
    var tree = Tree(
      first: start,
      last: start,
      draw: start,
      momentumSum: start.momentum,
      logWeight: 0
    )
    var depth = 0
    while depth < maxTreeDepth {
      let isForward = progress.generator.nextUInt64() >> 63 == 0
      let edge = isForward ? tree.last : tree.first
      let signed = isForward ? stepSize : -stepSize
      guard let far = try build(edge, depth, signed, initialEnergy, progress) else { break }
      depth += 1
      let joined = join(tree, far, isForward: isForward, isBiased: true, progress)
      tree = joined.tree
      if !joined.persists { break }
    }
    return Outcome(
      position: tree.draw.position,
      index: tree.draw.index,
      depth: depth,
      stepCount: progress.stepCount,
      isDivergent: progress.isDivergent
    )
  }
}
