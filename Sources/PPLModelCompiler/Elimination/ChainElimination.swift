import PPLGraphIR
import PPLSemantics
import PPLTensorCore

/// A latent whose elements depend on each other along one axis at a distance of one or two: the forward algorithm.
///
/// Axes of values: states (of one index and, for a distance of two, of the index before), states of other latents,
/// series (the other axes of the latent), time. Sums of exponentials are taken on the log scale, with the largest
/// term in front, so that no state is lost however unlikely it is for a while.
///
/// Source: Rabiner 1989, doi:10.1109/5.18626, sections III.A and V.A.
struct ChainElimination {
  let latent: DiscreteLatent
  /// Latents on which whole series depend; positions by series.
  let others: [EliminationStep.Other]
  let seriesCount: Int
  let length: Int
  /// Distance of the farthest element that one depends on.
  let order: Int
  /// For each element of the latent its place in series-major order.
  let places: [Int]
  /// Log factors of single elements, `[K, others…, S, T]`.
  let single: GraphValue
  /// Log factors of an element and the one before, `[K, K', others…, S, T]`; nil if there are none.
  let pairs: GraphValue?
  /// Log factors of an element and the two before, `[K, K', K'', others…, S, T]`.
  let triples: GraphValue?
  /// The forward messages: `[K, others…, S, T]`, or for a distance of two `[K, K', others…, S, T]` from the second
  /// element on.
  let messages: GraphValue
  /// Log sums of the series: `[others…, S]`.
  let total: GraphValue
  let tableSize: Int

  /// A chain, if the factors of a latent form one; without tables if they had more elements than `tableLimit`.
  init?(
    _ latent: DiscreteLatent,
    _ factors: [DiscreteFactor],
    _ builder: GraphBuilder,
    tableLimit: Int,
    stateCount: (VariableID) -> Int
  ) {
    guard let layout = ChainLayout(latent, factors) else { return nil }
    self.latent = latent
    let count = latent.states.count
    seriesCount = layout.seriesCount
    length = layout.length
    order = layout.order
    places = layout.places
    guard let others = layout.others(factors) else { return nil }
    self.others = others
    tableSize = Elimination.product(
      [latent.elementCount] + [Int](repeating: count, count: order + 1)
        + others.map { stateCount($0.variable) }
    )
    guard tableSize <= tableLimit else {
      // The caller looks at the size first.
      let nothing = builder.constant(0)
      (single, pairs, triples, messages, total) = (nothing, nil, nil, nothing, nothing)
      return
    }
    single =
      layout.table(factors, lags: 0, others, builder)
      ?? builder.constant(0).reshape(Shape.ones(rank: others.count + 3))
    pairs = layout.table(factors, lags: 1, others, builder)
    triples = layout.table(factors, lags: 2, others, builder)
    let forward =
      order == 1
      ? Self.first(single, pairs, count, others.map { stateCount($0.variable) }, layout)
      : Self.second(single, pairs, triples, count, others.map { stateCount($0.variable) }, layout)
    guard let forward else { return nil }
    messages = forward
    let time = forward.shape.rank - 1
    let last = forward.slice(axis: time, start: forward.shape[time] - 1, count: 1)
    let sum = last.logSumExp(axes: Array(0..<order))
    total = sum.reshape(Shape(Array(sum.shape.sizes.dropFirst(order).dropLast())))
  }

  /// α(t)[k] = single(t)[k] + log Σ exp(α(t - 1)[j] + pairs(t)[k, j]).
  private static func first(
    _ single: GraphValue,
    _ pairs: GraphValue?,
    _ count: Int,
    _ otherSizes: [Int],
    _ layout: ChainLayout
  ) -> GraphValue? {
    guard let pairs else { return nil }
    let builder = single.builder
    let (series, length) = (layout.seriesCount, layout.length)
    let whole = Shape([count] + otherSizes + [series, length])
    let time = whole.rank - 1
    let single = single.broadcast(to: whole)
    let initial = single.slice(axis: time, start: 0, count: 1)
    if length == 1 { return initial }
    let rest = single.slice(axis: time, start: 1, count: length - 1)
    let placeholder = builder.addPlaceholder(shape: rest.shape)
    let before = placeholder.reshape(Shape([1] + rest.shape.sizes))
    let steps = pairs.slicedTime(from: 1, count: length - 1)
    let sum = (before + steps).logSumExp(axes: [1])
    let next = sum.reshape(Shape([count] + sum.shape.sizes.dropFirst(2))) + rest
    let carried = CarriedValue(
      placeholder: placeholder,
      axis: time,
      initial: initial,
      next: next
    )
    guard
      let result = builder.scan(
        length: length - 1,
        reversed: false,
        carried: [carried],
        outputs: [(next, time)]
      )
    else { return nil }
    return .concatenate([initial, result[0]], axis: time)
  }

  /// α(t)[k, j] = single(t)[k] + pairs(t)[k, j] + log Σ exp(α(t - 1)[j, i] + triples(t)[k, j, i]).
  private static func second(
    _ single: GraphValue,
    _ pairs: GraphValue?,
    _ triples: GraphValue?,
    _ count: Int,
    _ otherSizes: [Int],
    _ layout: ChainLayout
  ) -> GraphValue? {
    guard let triples, layout.length >= 2 else { return nil }
    let builder = single.builder
    let (series, length) = (layout.seriesCount, layout.length)
    let tail = otherSizes + [series, length]
    let single = single.broadcast(to: Shape([count] + tail))
    var local = single.reshape(Shape([count, 1] + tail))
    if let pairs { local = local + pairs }
    local = local.broadcast(to: Shape([count, count] + tail))
    let time = local.shape.rank - 1
    let start =
      single.slice(axis: time - 1, start: 0, count: 1)
      .reshape(Shape([1, count] + otherSizes + [series, 1]))
    let initial = local.slice(axis: time, start: 1, count: 1) + start
    if length == 2 { return initial }
    let rest = local.slice(axis: time, start: 2, count: length - 2)
    let placeholder = builder.addPlaceholder(shape: rest.shape)
    let before = placeholder.reshape(Shape([1] + rest.shape.sizes))
    let sum = (before + triples.slicedTime(from: 2, count: length - 2)).logSumExp(axes: [2])
    let next =
      sum.reshape(Shape(Array(sum.shape.sizes.prefix(2)) + sum.shape.sizes.dropFirst(3))) + rest
    let carried = CarriedValue(
      placeholder: placeholder,
      axis: time,
      initial: initial,
      next: next
    )
    guard
      let result = builder.scan(
        length: length - 2,
        reversed: false,
        carried: [carried],
        outputs: [(next, time)]
      )
    else { return nil }
    return .concatenate([initial, result[0]], axis: time)
  }
}

extension GraphValue {
  /// Some indices of the last axis, unless that stands for all of them.
  func slicedTime(from start: Int, count: Int) -> GraphValue {
    let time = shape.rank - 1
    return shape[time] == 1 ? self : slice(axis: time, start: start, count: count)
  }
}

/// Which axis of a latent its factors link, and how its elements lie along it.
struct ChainLayout {
  let latent: DiscreteLatent
  let axis: Int
  let order: Int

  var length: Int { latent.sizes[axis] }
  var seriesCount: Int { latent.elementCount / max(length, 1) }

  /// The layout of factors that link elements along one axis at distances of one or two, if they do.
  init?(_ latent: DiscreteLatent, _ factors: [DiscreteFactor]) {
    let strides = Shape(latent.sizes).strides
    var axis: Int?
    var order = 0
    for factor in factors {
      let own = factor.axes(of: latent.variable)
      guard own.count > 1 else { continue }
      let readings = own.map { factor.readings[$0].positions }
      let latest = Self.latest(readings)
      for positions in readings {
        let distances = Set(zip(latest, positions).map { $0 - $1 })
        guard distances.count == 1, let distance = distances.first else { return nil }
        if distance == 0 { continue }
        guard
          let along = latent.sizes.indices.first(where: { candidate in
            latent.sizes[candidate] > 1 && distance % strides[candidate] == 0
              && (1...2).contains(distance / strides[candidate])
              && (axis == nil || axis == candidate)
          })
        else { return nil }
        axis = along
        order = max(order, distance / strides[along])
      }
      guard own.count == Set(readings).count else { return nil }
    }
    guard let axis, order > 0 else { return nil }
    self.latent = latent
    self.axis = axis
    self.order = order
  }

  /// The reading of a factor that comes last along the axis.
  private static func latest(_ readings: [[Int]]) -> [Int] {
    readings.max { ($0.first ?? 0) < ($1.first ?? 0) } ?? []
  }

  /// For each element its place in series-major order, time last.
  var places: [Int] {
    let stride = Shape(latent.sizes).strides[axis]
    return (0..<latent.elementCount).map { element in
      let time = element / stride % length
      let series = element / (stride * length) * stride + element % stride
      return series * length + time
    }
  }

  /// Latents on which whole series depend; nil if some depend on more.
  func others(_ factors: [DiscreteFactor]) -> [EliminationStep.Other]? {
    var others: [EliminationStep.Other] = []
    let places = places
    for factor in factors {
      let latest = Self.latest(
        factor.axes(of: latent.variable).map { factor.readings[$0].positions }
      )
      let series = latest.map { places[$0] / length }
      for reading in factor.readings where reading.variable != latent.variable {
        guard let map = Elimination.map(series, reading.positions, count: seriesCount) else {
          return nil
        }
        if let known = others.firstIndex(where: {
          $0.variable == reading.variable && Elimination.agree($0.positions, map)
        }) {
          others[known].positions = zip(others[known].positions, map).map { $0 >= 0 ? $0 : $1 }
        } else {
          others.append(EliminationStep.Other(variable: reading.variable, positions: map))
        }
      }
    }
    return others
  }

  /// The sum of all factors whose farthest reading is `lags` before the latest: `[K, …, others…, S, T]`.
  func table(
    _ factors: [DiscreteFactor],
    lags: Int,
    _ others: [EliminationStep.Other],
    _ builder: GraphBuilder
  ) -> GraphValue? {
    let stride = Shape(latent.sizes).strides[axis]
    let places = places
    let rank = lags + 1 + others.count + 2
    var total: GraphValue?
    for factor in factors {
      let own = factor.axes(of: latent.variable)
      let latest = Self.latest(own.map { factor.readings[$0].positions })
      func lag(_ axis: Int) -> Int {
        ((latest.first ?? 0) - (factor.readings[axis].positions.first ?? 0)) / stride
      }
      guard (own.map(lag).max() ?? 0) == lags else { continue }
      let targets = latest.map { places[$0] }
      let series = targets.map { $0 / length }
      let table = timed(factor, targets)
      var axes: [Int] = []
      for (number, reading) in factor.readings.enumerated() {
        if reading.variable == latent.variable {
          axes.append(lag(number))
          continue
        }
        let map = Elimination.map(series, reading.positions, count: seriesCount) ?? []
        let place = others.firstIndex {
          $0.variable == reading.variable && Elimination.agree($0.positions, map)
        }
        axes.append(lags + 1 + (place ?? 0))
      }
      let placed = table.placed(axes + [rank - 2, rank - 1], rank: rank)
      total = total.map { $0 + placed } ?? placed
    }
    return total
  }

  /// The tables of a factor by series and time: axes of states, S, T; size 1 in place of S and T where all instances
  /// have one table. (What does not exist at the first indices of time is never read.)
  private func timed(_ factor: DiscreteFactor, _ targets: [Int]) -> GraphValue {
    let lead = Array(factor.table.shape.sizes.dropLast())
    let covered = Set(targets)
    let first = (0..<seriesCount * length).filter { !covered.contains($0) }
    // Uncovered places at the start of series, as far as the factor reaches back, are not read.
    let reach = factor.axes(of: latent.variable).count > 1 ? order : 0
    let isUniform =
      factor.table.shape.sizes.last == 1 && covered.count == targets.count
      && first.allSatisfy { $0 % length < reach }
    if isUniform, reach > 0 || first.isEmpty {
      return factor.table.reshape(Shape(lead + [1, 1]))
    }
    return factor.table.summed(
      into: targets,
      count: seriesCount * length,
      instanceCount: factor.instanceCount
    )
    .broadcastAxis(lead.count, to: seriesCount * length)
    .reshape(Shape(lead + [seriesCount, length]))
  }
}
