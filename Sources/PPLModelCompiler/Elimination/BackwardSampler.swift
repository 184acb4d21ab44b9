import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLTensorCore

/// Draws latents that were summed out from their conditional distribution, last eliminated first.
///
/// States are drawn as the largest of log weights with Gumbel noise (Gumbel 1954; Maddison, Tarlow and Minka 2014,
/// arXiv:1411.0030), so that a draw is a graph without branches.
struct BackwardSampler {
  private let builder: GraphBuilder
  private let random: RandomSource
  /// Number of the state of each element, by latent.
  private(set) var states: [VariableID: GraphValue] = [:]

  init(_ builder: GraphBuilder, _ random: RandomSource) {
    self.builder = builder
    self.random = random
  }

  mutating func run(_ steps: [EliminationStep]) {
    for step in steps.reversed() {
      switch step {
      case .independent(let latent, let joint, let others):
        let weights = chosen(joint, others, firstAxis: 1)
          .broadcast(to: [latent.states.count, latent.elementCount])
        states[latent.variable] = number(oneHot(weights, axes: [0]), axis: 0)
          .reshape([latent.elementCount])
      case .chain(let chain): draw(chain)
      case .joined(let pair, let first, let second):
        guard let both = states[pair.variable] else { continue }
        let count = Double(second.states.count)
        let slow = (both / count).floor()
        states[first.variable] = slow
        states[second.variable] = both - slow * count
      case .split(let latent, let axis, let parts):
        let known = parts.compactMap { part in
          states[part.variable]?.reshape(Shape(part.sizes)).insertingAxis(axis)
        }
        guard known.count == parts.count else { continue }
        states[latent.variable] = GraphValue.concatenate(known, axis: axis)
          .reshape([latent.elementCount])
      }
    }
  }

  // MARK: Choosing

  /// A table without the axes of other latents, whose states are known: `firstAxis` is the first of these axes, and the
  /// last axes run over elements (or series and time).
  private func chosen(
    _ table: GraphValue,
    _ others: [EliminationStep.Other],
    firstAxis: Int
  ) -> GraphValue {
    var table = table
    for other in others {
      guard let known = states[other.variable] else { continue }
      let size = table.shape[firstAxis]
      let count = other.positions.count
      let index = builder.constant(
        Tensor(
          shape: [count],
          kind: .integer,
          values: other.positions.map { Double(max($0, 0)) }
        )
      )
      // The elements are the axis behind those of the states; time, if there is one, comes after it.
      var sizes = [Int](repeating: 1, count: table.shape.rank)
      sizes[table.shape.rank - tailRank] = count
      let wanted = known.gather(index).reshape(Shape(sizes))
      if size > 1 {
        let picked = numbers(size, axis: firstAxis, rank: table.shape.rank).isEqual(to: wanted)
        table = picked.select(table, 0).sum(axes: [firstAxis])
      }
      var rest = table.shape.sizes
      rest.remove(at: firstAxis)
      table = table.reshape(Shape(rest))
    }
    return table
  }

  /// Number of axes behind those of states: elements, or series and time.
  private var tailRank = 1

  /// 0, 1, 2, … along an axis.
  private func numbers(_ count: Int, axis: Int, rank: Int) -> GraphValue {
    var sizes = [Int](repeating: 1, count: rank)
    sizes[axis] = count
    return builder.constant(
      Tensor(shape: Shape(sizes), kind: .integer, values: (0..<count).map(Double.init))
    )
  }

  private func gumbel(_ shape: Shape) -> GraphValue {
    -(-(random.uniform(shape).log())).log()
  }

  /// 1 at the state drawn by these log weights over some axes, 0 elsewhere.
  private func oneHot(_ weights: GraphValue, axes: [Int]) -> GraphValue {
    largest(weights + gumbel(weights.shape), axes: axes)
  }

  private func largest(_ noisy: GraphValue, axes: [Int]) -> GraphValue {
    noisy.isEqual(to: noisy.max(axes: axes)).select(builder.constant(1), 0)
  }

  /// The number of the state that is marked along an axis.
  private func number(_ oneHot: GraphValue, axis: Int) -> GraphValue {
    let count = oneHot.shape[axis]
    let numbers = numbers(count, axis: axis, rank: oneHot.shape.rank)
    return (oneHot * numbers).sum(axes: [axis]).min(Double(count - 1))
  }

  // MARK: Chains

  private mutating func draw(_ chain: ChainElimination) {
    tailRank = 2
    defer { tailRank = 1 }
    let hot = chain.order == 1 ? firstOrder(chain) : secondOrder(chain)
    let index = builder.constant(
      Tensor(
        shape: [chain.places.count],
        kind: .integer,
        values: chain.places.map(Double.init)
      )
    )
    states[chain.latent.variable] = number(hot, axis: 0)
      .reshape([chain.seriesCount * chain.length]).gather(index)
  }

  /// Marks of all states of a chain whose elements depend on the one before: `[K, S, T]`.
  private func firstOrder(_ chain: ChainElimination) -> GraphValue {
    let (count, series, length) = (chain.latent.states.count, chain.seriesCount, chain.length)
    let whole: Shape = [count, series, length]
    let messages = chosen(chain.messages, chain.others, firstAxis: 1).broadcast(to: whole)
    let noisy = messages + gumbel(whole)
    let last = largest(noisy.slice(axis: 2, start: length - 1, count: 1), axes: [0])
    guard length > 1, let pairs = chain.pairs else { return last }
    let steps = chosen(pairs, chain.others, firstAxis: 2).slicedTime(from: 1, count: length - 1)
    let rest = noisy.slice(axis: 2, start: 0, count: length - 1)
    let after = builder.addPlaceholder(shape: rest.shape)
    let mark = after.reshape([count, 1, series, length - 1]).isGreater(than: 0.5)
    let link = mark.select(steps, builder.constant(-.infinity)).max(axes: [0])
      .reshape(rest.shape)
    let next = largest(rest + link, axes: [0])
    let carried = CarriedValue(placeholder: after, axis: 2, initial: last, next: next)
    let result = builder.scan(
      length: length - 1,
      reversed: true,
      carried: [carried],
      outputs: [(next, 2)]
    )
    guard let result else { preconditionFailure("backward sampling is a loop over time") }
    return .concatenate([result[0], last], axis: 2)
  }

  /// The same where elements depend on the two before.
  private func secondOrder(_ chain: ChainElimination) -> GraphValue {
    let (count, series, length) = (chain.latent.states.count, chain.seriesCount, chain.length)
    // Messages begin with the second element.
    let whole: Shape = [count, count, series, length - 1]
    let messages = chosen(chain.messages, chain.others, firstAxis: 2).broadcast(to: whole)
    let end = messages.slice(axis: 3, start: length - 2, count: 1)
    let both = oneHot(end, axes: [0, 1])
    let last = both.max(axes: [1]).reshape([count, series, 1])
    let beforeLast = both.max(axes: [0]).reshape([count, series, 1])
    guard length > 2, let triples = chain.triples else {
      return .concatenate([beforeLast, last], axis: 2)
    }
    let steps = chosen(triples, chain.others, firstAxis: 3).slicedTime(from: 2, count: length - 2)
    let shape: Shape = [count, series, length - 2]
    let (one, two) = (builder.addPlaceholder(shape: shape), builder.addPlaceholder(shape: shape))
    let infinite = builder.constant(-.infinity)
    func marks(_ value: GraphValue, _ sizes: [Int]) -> GraphValue {
      value.reshape(Shape(sizes + [series, length - 2])).isGreater(than: 0.5)
    }
    let link = marks(two, [count, 1, 1]).select(steps, infinite).max(axes: [0])
    let linked = link.reshape(Shape(Array(link.shape.sizes.dropFirst())))
    let local = linked + messages.slice(axis: 3, start: 0, count: length - 2)
    let weights = marks(one, [count, 1]).select(local, infinite).max(axes: [0]).reshape(shape)
    let next = largest(weights + gumbel(shape), axes: [0])
    let result = builder.scan(
      length: length - 2,
      reversed: true,
      carried: [
        CarriedValue(placeholder: one, axis: 2, initial: beforeLast, next: next),
        CarriedValue(placeholder: two, axis: 2, initial: last, next: one),
      ],
      outputs: [(next, 2)]
    )
    guard let result else { preconditionFailure("backward sampling is a loop over time") }
    return .concatenate([result[0], beforeLast, last], axis: 2)
  }
}

extension GraphValue {
  /// This value with one more axis, of size 1.
  fileprivate func insertingAxis(_ axis: Int) -> GraphValue {
    var sizes = shape.sizes
    sizes.insert(1, at: axis)
    return reshape(Shape(sizes))
  }
}
