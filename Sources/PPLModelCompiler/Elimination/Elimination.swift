import PPLGraphIR
import PPLSemantics
import PPLTensorCore

/// Sums discrete latents out of a product of factors, one after the other, exactly.
///
/// Latents are arrays, and so are factors: a step eliminates all elements of an array at once, which is right where
/// they are independent given what is left, or form chains along one axis. The order is by the size of the tables
/// that steps make.
struct Elimination {
  /// Why the rest cannot be eliminated.
  struct Failure: Error {
    var latents: [DiscreteLatent]
    /// Elements of the smallest table that would be needed, where a step is known but too large.
    var tableSize: Int?
  }

  private let builder: GraphBuilder
  private let tableLimit: Int
  private var factors: [DiscreteFactor]
  private var latents: [VariableID: DiscreteLatent]
  /// What was done, in order.
  private(set) var steps: [EliminationStep] = []
  /// Log sums that are left when nothing discrete is, with the latent that was eliminated last.
  private(set) var totals: [(latent: DiscreteLatent, value: GraphValue)] = []
  private var nextJoined = -1

  init(
    _ builder: GraphBuilder,
    factors: [DiscreteFactor],
    latents: [DiscreteLatent],
    tableLimit: Int
  ) {
    self.builder = builder
    self.factors = factors
    self.tableLimit = tableLimit
    self.latents = Dictionary(uniqueKeysWithValues: latents.map { ($0.variable, $0) })
  }

  mutating func run() throws(Failure) {
    while !latents.isEmpty {
      var best: (size: Int, id: VariableID)?
      var tooLarge: Int?
      for id in latents.keys.sorted(by: { $0.index < $1.index }) {
        guard let size = tableSize(of: id) else { continue }
        if size > tableLimit {
          tooLarge = min(tooLarge ?? size, size)
        } else if size < best?.size ?? .max {
          best = (size, id)
        }
      }
      if let best {
        eliminateElements(of: best.id)
        continue
      }
      if try eliminateChain(&tooLarge) { continue }
      if joinChains(&tooLarge) { continue }
      if splitSeries() { continue }
      throw Failure(latents: latents.values.sorted { $0.name < $1.name }, tableSize: tooLarge)
    }
  }

  // MARK: Independent elements

  /// The other readings that factors of a latent have, each as a function of its elements.
  private func others(of id: VariableID, _ own: [DiscreteFactor]) -> [EliminationStep.Other]? {
    guard let latent = latents[id] else { return nil }
    var others: [EliminationStep.Other] = []
    for factor in own {
      guard let positions = factor.axes(of: id).first.map({ factor.readings[$0].positions }) else {
        return nil
      }
      for reading in factor.readings where reading.variable != id {
        guard
          let map = Self.map(positions, reading.positions, count: latent.elementCount)
        else { return nil }
        if let known = others.firstIndex(where: {
          $0.variable == reading.variable && Self.agree($0.positions, map)
        }) {
          others[known].positions = zip(others[known].positions, map).map { $0 >= 0 ? $0 : $1 }
        } else {
          others.append(EliminationStep.Other(variable: reading.variable, positions: map))
        }
      }
    }
    return others
  }

  /// The position that belongs to each element, -1 where none does; nil if an element has several.
  static func map(_ elements: [Int], _ positions: [Int], count: Int) -> [Int]? {
    var map = [Int](repeating: -1, count: count)
    for (element, position) in zip(elements, positions) {
      guard map[element] < 0 || map[element] == position else { return nil }
      map[element] = position
    }
    return map
  }

  /// Whether two maps agree where both are known.
  static func agree(_ a: [Int], _ b: [Int]) -> Bool {
    zip(a, b).allSatisfy { $0 < 0 || $1 < 0 || $0 == $1 }
  }

  /// Elements of the table by which a latent's elements would be eliminated one by one; nil if they cannot be.
  private func tableSize(of id: VariableID) -> Int? {
    let own = factors.filter { !$0.axes(of: id).isEmpty }
    guard let latent = latents[id], own.allSatisfy({ $0.axes(of: id).count == 1 }),
      let others = others(of: id, own)
    else { return nil }
    return Self.product(
      [latent.elementCount, latent.states.count]
        + others.map { latents[$0.variable]?.states.count ?? 1 }
    )
  }

  /// The product of sizes, `Int.max` where it does not fit.
  static func product(_ sizes: [Int]) -> Int {
    sizes.reduce(1) { product, size in
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? .max : next
    }
  }

  private mutating func eliminateElements(of id: VariableID) {
    let own = factors.filter { !$0.axes(of: id).isEmpty }
    guard let latent = latents[id], let others = others(of: id, own) else { return }
    let joint = Self.joint(latent, others, own, builder)
    let sum = joint.logSumExp(axes: [0])
    steps.append(.independent(latent, joint: joint, others: others))
    factors.removeAll { !$0.axes(of: id).isEmpty }
    latents[id] = nil
    let left = sum.reshape(Shape(Array(sum.shape.sizes.dropFirst())))
    close(latent, left, others, latent.elementCount)
  }

  /// What is left of a latent: a factor of the others, or a part of the log density.
  private mutating func close(
    _ latent: DiscreteLatent,
    _ sum: GraphValue,
    _ others: [EliminationStep.Other],
    _ count: Int
  ) {
    if others.isEmpty {
      totals.append((latent, sum.broadcast(to: Shape([count]))))
      return
    }
    factors.append(
      DiscreteFactor(
        table: sum,
        readings: others.map {
          // An element without partner goes with the first one: its factor is the same for all states.
          DiscreteFactor.Reading(variable: $0.variable, positions: $0.positions.map { max($0, 0) })
        },
        instanceCount: count
      )
    )
  }

  /// The sum of all factors of a latent: `[states, others…, elements]`.
  private static func joint(
    _ latent: DiscreteLatent,
    _ others: [EliminationStep.Other],
    _ factors: [DiscreteFactor],
    _ builder: GraphBuilder
  ) -> GraphValue {
    let rank = others.count + 2
    var total: GraphValue?
    for factor in factors {
      guard let axis = factor.axes(of: latent.variable).first else { continue }
      let positions = factor.readings[axis].positions
      let table = factor.table.summed(
        into: positions,
        count: latent.elementCount,
        instanceCount: factor.instanceCount
      )
      var places: [Int] = []
      for reading in factor.readings {
        if reading.variable == latent.variable {
          places.append(0)
          continue
        }
        let map = map(positions, reading.positions, count: latent.elementCount) ?? []
        let place = others.firstIndex {
          $0.variable == reading.variable && agree($0.positions, map)
        }
        places.append(1 + (place ?? 0))
      }
      let placed = table.placed(places + [rank - 1], rank: rank)
      total = total.map { $0 + placed } ?? placed
    }
    let sizes = [latent.states.count] + [Int](repeating: 1, count: rank - 1)
    return (total ?? builder.constant(0).reshape(Shape.ones(rank: rank)))
      .broadcastAxis(0, to: sizes[0])
  }

  // MARK: Chains

  private mutating func eliminateChain(_ tooLarge: inout Int?) throws(Failure) -> Bool {
    for id in latents.keys.sorted(by: { $0.index < $1.index }) {
      guard let latent = latents[id] else { continue }
      let own = factors.filter { !$0.axes(of: id).isEmpty }
      guard
        let chain = ChainElimination(
          latent,
          own,
          builder,
          tableLimit: tableLimit,
          stateCount: { latents[$0]?.states.count ?? 1 }
        )
      else { continue }
      guard chain.tableSize <= tableLimit else {
        tooLarge = min(tooLarge ?? .max, chain.tableSize)
        continue
      }
      factors.removeAll { !$0.axes(of: id).isEmpty }
      latents[id] = nil
      steps.append(.chain(chain))
      close(latent, chain.total, chain.others, chain.seriesCount)
      return true
    }
    return false
  }

  /// Joins two latents with equal axes that some factor reads at the same elements, both in chains.
  private mutating func joinChains(_ tooLarge: inout Int?) -> Bool {
    for factor in factors {
      for (a, first) in factor.readings.enumerated() {
        for second in factor.readings.dropFirst(a + 1)
        where second.variable != first.variable && second.positions == first.positions {
          guard let one = latents[first.variable], let two = latents[second.variable],
            one.sizes == two.sizes
          else { continue }
          let count = Self.product([one.states.count, two.states.count])
          let size = Self.product([count, count, one.elementCount])
          guard size <= tableLimit else {
            tooLarge = min(tooLarge ?? .max, size)
            continue
          }
          join(one, two)
          return true
        }
      }
    }
    return false
  }

  private mutating func join(_ one: DiscreteLatent, _ two: DiscreteLatent) {
    let (m, n) = (one.states.count, two.states.count)
    let pair = DiscreteLatent(
      variable: VariableID(nextJoined),
      name: "\(one.name), \(two.name)",
      sizes: one.sizes,
      states: (0..<m * n).map(Double.init)
    )
    nextJoined -= 1
    for (index, factor) in factors.enumerated() {
      factors[index] = factor.joining(one, two, into: pair)
    }
    latents[one.variable] = nil
    latents[two.variable] = nil
    latents[pair.variable] = pair
    steps.append(.joined(pair, first: one, second: two))
  }
}

extension Elimination {
  /// Most parts that a latent is taken apart into.
  private static let mostParts = 12

  /// Takes a latent apart along an axis, where some factor reads elements at several of its indices.
  private mutating func splitSeries() -> Bool {
    for id in latents.keys.sorted(by: { $0.index < $1.index }) {
      guard let latent = latents[id], latent.sizes.count > 1 else { continue }
      for (axis, size) in latent.sizes.enumerated() where size > 1 && size <= Self.mostParts {
        let stride = Shape(latent.sizes).strides[axis]
        func index(_ position: Int) -> Int { position / stride % size }
        let isCoupled = factors.contains { factor in
          let axes = factor.axes(of: id)
          guard axes.count > 1 else { return false }
          return (0..<factor.instanceCount).contains { instance in
            let first = index(factor.readings[axes[0]].positions[instance])
            return axes.dropFirst().contains {
              index(factor.readings[$0].positions[instance]) != first
            }
          }
        }
        guard isCoupled else { continue }
        split(latent, axis)
        return true
      }
    }
    return false
  }

  private mutating func split(_ latent: DiscreteLatent, _ axis: Int) {
    let size = latent.sizes[axis]
    let stride = Shape(latent.sizes).strides[axis]
    var rest = latent.sizes
    rest.remove(at: axis)
    let parts = (0..<size).map { number in
      defer { nextJoined -= 1 }
      return DiscreteLatent(
        variable: VariableID(nextJoined),
        name: "\(latent.name)[\(number + 1)]",
        sizes: rest,
        states: latent.states
      )
    }
    factors = factors.flatMap { factor in
      factor.split(latent.variable, into: parts) { position in
        (position / stride % size, position / (stride * size) * stride + position % stride)
      }
    }
    latents[latent.variable] = nil
    for part in parts { latents[part.variable] = part }
    steps.append(.split(latent, axis: axis, parts: parts))
  }
}

extension DiscreteFactor {
  /// The same in terms of the parts of a latent: a factor for each combination of parts that instances read.
  ///
  /// `place` gives for an element of the latent its part and the element there.
  func split(
    _ variable: VariableID,
    into parts: [DiscreteLatent],
    _ place: (Int) -> (part: Int, position: Int)
  ) -> [DiscreteFactor] {
    let axes = axes(of: variable)
    guard !axes.isEmpty else { return [self] }
    var groups: [[Int]: [Int]] = [:]
    for instance in 0..<instanceCount {
      let key = axes.map { place(readings[$0].positions[instance]).part }
      groups[key, default: []].append(instance)
    }
    return groups.sorted { $0.value[0] < $1.value[0] }.map { key, instances in
      var result = self
      result.instanceCount = instances.count
      let last = table.shape.rank - 1
      if table.shape[last] > 1, instances.count < instanceCount {
        let index = table.builder.constant(
          Tensor(shape: [instances.count], kind: .integer, values: instances.map(Double.init))
        )
        let order = [last] + Array(0..<last)
        result.table = table.transpose(order).gather(index).transpose(Array(1...last) + [0])
      }
      for (axis, reading) in readings.enumerated() {
        var positions = instances.map { reading.positions[$0] }
        var own = reading.variable
        if let number = axes.firstIndex(of: axis) {
          positions = positions.map { place($0).position }
          own = parts[key[number]].variable
        }
        result.readings[axis] = Reading(variable: own, positions: positions)
      }
      return result
    }
  }

  /// The same factor in terms of pairs of states; the first latent's state is the slower part of a pair.
  func joining(_ one: DiscreteLatent, _ two: DiscreteLatent, into pair: DiscreteLatent)
    -> DiscreteFactor
  {
    var result = self
    while let axis = result.readings.firstIndex(where: {
      $0.variable == one.variable || $0.variable == two.variable
    }) {
      let reading = result.readings[axis]
      let isFirst = reading.variable == one.variable
      let other = isFirst ? two : one
      // The partner at the same elements, if the factor reads it.
      let partner = result.readings.firstIndex {
        $0.variable == other.variable && $0.positions == reading.positions
      }
      let rank = result.table.shape.rank
      var order = Array(0..<rank)
      var table = result.table
      var rest = result.readings
      if let partner {
        order.removeAll { $0 == axis || $0 == partner }
        order = (isFirst ? [axis, partner] : [partner, axis]) + order
        table = table.transpose(order)
        rest = order.dropFirst(2).dropLast().map { result.readings[$0] }
      } else {
        order.removeAll { $0 == axis }
        table = table.transpose([axis] + order)
        rest = order.dropLast().map { result.readings[$0] }
        var sizes = table.shape.sizes
        sizes.insert(1, at: isFirst ? 1 : 0)
        table = table.reshape(Shape(sizes))
      }
      table = table.broadcastAxis(0, to: one.states.count).broadcastAxis(1, to: two.states.count)
      let sizes = [pair.states.count] + table.shape.sizes.dropFirst(2)
      result.table = table.reshape(Shape(Array(sizes)))
      result.readings =
        [Reading(variable: pair.variable, positions: reading.positions)] + rest
    }
    return result
  }
}

extension GraphValue {
  /// This value repeated along one axis, if that has size 1.
  func broadcastAxis(_ axis: Int, to size: Int) -> GraphValue {
    broadcast(to: shape.replacing(axis: axis, with: size))
  }
}
