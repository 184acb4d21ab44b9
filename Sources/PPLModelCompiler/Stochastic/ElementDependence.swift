package import PPLGraphIR
package import PPLTensorCore

/// Which elements of an array each value of a graph depends on.
///
/// The array, of any shape, enters at *sources*: nodes of the graph of the same shape, each element of which stands for the
/// element of the array at its place. A value depends on the array along each axis of that by itself: as a whole, or so that the slice
/// of the value at position p of one of its own axes depends on few positions of the array's axis only, as `mu[z[i]]` depends on
/// `z[i]`, and `z[i] - z[i-1]` on two elements. What is said here may be more than what a value depends on, and is never less.
///
/// - Complexity: linear in the nodes of the graph and in the lengths of their axes, not in their elements, except where a reshape
///   takes axes apart or joins them.
package struct ElementDependence {
  /// Dependence along one axis of the array.
  package enum Reach: Equatable {
    /// Any element may depend on any position.
    case all
    /// The slice at p along an axis of the value depends on the positions `maps[0][p]`, `maps[1][p]`, …, where -1 is none.
    case along(axis: Int, maps: [[Int]])
  }

  /// For each output of the graph the dependence along each axis of the array; nil where it does not depend on it.
  package let outputs: [[Reach]?]

  /// Finds the dependence of the outputs of a graph.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - shape: shape of the array.
  ///   - isSource: whether a node has the array's elements; sources of another shape stand for the whole array.
  package init(_ graph: Graph, on shape: Shape, isSource: (Op) -> Bool) {
    var reaches = [[Reach]?](repeating: nil, count: graph.nodes.count)
    let whole = shape.sizes.indices.map { axis in
      Reach.along(axis: axis, maps: [Array(0..<shape[axis])])
    }
    for (index, node) in graph.nodes.enumerated() {
      if isSource(node.op) {
        reaches[index] = node.shape == shape ? whole : shape.sizes.map { _ in .all }
        continue
      }
      let operands = node.operands.map { NodeOperand(reaches[$0.index], graph, $0) }
      guard operands.contains(where: { $0.reaches != nil }) else { continue }
      reaches[index] = shape.sizes.indices.map { axis in
        node.op.reach(of: node.shape, operands.map { $0.along(axis) })
      }
    }
    outputs = graph.outputs.map { reaches[$0.index] }
  }

  /// An operand of a node.
  private struct NodeOperand {
    var reaches: [Reach]?
    var shape: Shape
    var constant: Tensor?

    init(_ reaches: [Reach]?, _ graph: Graph, _ id: NodeID) {
      self.reaches = reaches
      shape = graph[id].shape
      if case .constant(let number) = graph[id].op { constant = graph.constants[number] }
    }

    func along(_ axis: Int) -> DependentOperand {
      DependentOperand(reach: reaches?[axis], shape: shape, constant: constant)
    }
  }
}

/// An operand, and its dependence along one axis of the array in question.
private struct DependentOperand {
  /// Nil where it does not depend on the array.
  var reach: ElementDependence.Reach?
  var shape: Shape
  var constant: Tensor?
}

extension ElementDependence.Reach {
  /// Positions that one slice may depend on before it counts as all.
  private static let mostMaps = 6

  /// What depends on all that these depend on.
  fileprivate static func joined(_ reaches: [Self]) -> Self {
    guard let first = reaches.first else { return .along(axis: 0, maps: []) }
    return reaches.dropFirst().reduce(first) { $0.joined(with: $1) }
  }

  private func joined(with other: Self) -> Self {
    guard case .along(let axis, var maps) = self, case .along(axis, let more) = other else {
      return .all
    }
    for map in more where !maps.contains(map) { maps.append(map) }
    return maps.count > Self.mostMaps ? .all : .along(axis: axis, maps: maps)
  }

  /// The same along an axis that changes its number; nil stands for an axis that is lost.
  fileprivate func moved(_ place: (Int) -> Int?) -> Self {
    guard case .along(let axis, let maps) = self, let next = place(axis) else { return .all }
    return .along(axis: next, maps: maps)
  }

  /// The same with other maps, where it is along this axis.
  fileprivate func mapped(along wanted: Int, _ change: ([Int]) -> [Int]) -> Self {
    guard case .along(wanted, let maps) = self else { return self }
    return .along(axis: wanted, maps: maps.map(change))
  }

  /// The same of a value whose axes of size 1 are repeated.
  fileprivate func repeated(_ from: Shape, to shape: Shape) -> Self {
    guard case .along(let axis, _) = self, from.rank == shape.rank, from[axis] == 1,
      shape[axis] != 1
    else { return self }
    return mapped(along: axis) { [Int](repeating: $0[0], count: shape[axis]) }
  }
}

extension Op {
  /// The dependence of the result along an axis of an array on which some operand depends.
  fileprivate func reach(of result: Shape, _ operands: [DependentOperand])
    -> ElementDependence.Reach
  {
    typealias Reach = ElementDependence.Reach
    let dependent = operands.compactMap { operand in operand.reach.map { ($0, operand.shape) } }
    /// Operands that keep their axes.
    func elementwise() -> Reach { .joined(dependent.map { $0.0.repeated($0.1, to: result) }) }
    /// Operands of which the last axes are one object.
    func leading(_ rank: Int) -> Reach {
      .joined(
        dependent.map { reach, shape in
          reach.moved { $0 < shape.rank - rank ? $0 : nil }.repeated(shape, to: result)
        }
      )
    }
    switch self {
    case .constant, .input: return .all
    case .random, .unary, .binary, .select, .betaP, .broadcast: return elementwise()
    case .reshape: return dependent[0].0.reshaped(dependent[0].1, to: result)
    case .transpose(let order): return dependent[0].0.moved { order.firstIndex(of: $0) }
    case .slice(let axis, let start, let count):
      return dependent[0].0.mapped(along: axis) { Array($0[start..<start + count]) }
    case .pad(let axis, let before, let after):
      return dependent[0].0.mapped(along: axis) {
        [Int](repeating: -1, count: before) + $0 + [Int](repeating: -1, count: after)
      }
    case .concatenate(let axis): return concatenated(along: axis, operands)
    case .gather: return gathered(operands)
    case .scatterAdd(let rows): return scattered(operands, rows)
    case .reduce(_, let axes): return dependent[0].0.moved { axes.contains($0) ? nil : $0 }
    case .cumulativeSum(let axis, _), .sort(let axis), .argsort(let axis):
      return dependent[0].0.moved { $0 == axis ? nil : $0 }
    case .matrixMultiply(let left, let right):
      let rank = result.rank
      var reaches: [Reach] = []
      // Rows of the left matrix and columns of the right one stay.
      let kept = [left ? rank - 1 : rank - 2, right ? rank - 2 : rank - 1]
      for (operand, (kept, place)) in zip(operands, zip(kept, [rank - 2, rank - 1])) {
        guard let reach = operand.reach else { continue }
        reaches.append(
          reach.moved { $0 == kept ? place : $0 < rank - 2 ? $0 : nil }
            .repeated(operand.shape, to: result)
        )
      }
      return .joined(reaches)
    case .diagonalMatrix: return leading(1)
    case .cholesky, .triangularSolve, .solve, .determinant, .symmetricEigen, .diagonal:
      return leading(2)
    case .lowerTriangle: return elementwise()
    case .convolve, .scan, .solveODE, .callout: return .all
    }
  }

  private func concatenated(along axis: Int, _ operands: [DependentOperand])
    -> ElementDependence.Reach
  {
    let own = operands.compactMap(\.reach)
    var count = 0
    for reach in own {
      guard case .along(axis, let maps) = reach else { return .joined(own) }
      count = max(count, maps.count)
    }
    var joined = [[Int]](repeating: [], count: count)
    for operand in operands {
      let nothing = [Int](repeating: -1, count: operand.shape[axis])
      var maps: [[Int]] = []
      if case .along(_, let own)? = operand.reach { maps = own }
      for number in joined.indices {
        joined[number] += number < maps.count ? maps[number] : nothing
      }
    }
    return .along(axis: axis, maps: joined)
  }

  private func gathered(_ operands: [DependentOperand]) -> ElementDependence.Reach {
    let (rows, index) = (operands[0], operands[1])
    var reaches: [ElementDependence.Reach] = []
    if let reach = index.reach { reaches.append(reach) }
    switch rows.reach {
    case .along(0, let maps)?:
      guard let places = index.constant?.values else { return .all }
      let picked = maps.map { map in
        places.map { place in
          Int(exactly: place).flatMap { map.indices.contains($0) ? map[$0] : nil } ?? -1
        }
      }
      reaches.append(.found(picked, in: index.shape, firstAxis: 0))
    case .along(let axis, let maps)?:
      reaches.append(.along(axis: axis - 1 + index.shape.rank, maps: maps))
    case .all?: return .all
    case nil: break
    }
    return .joined(reaches)
  }

  private func scattered(_ operands: [DependentOperand], _ rows: Int) -> ElementDependence.Reach {
    let (values, index) = (operands[0], operands[1])
    guard index.reach == nil, case .along(let axis, let maps)? = values.reach else { return .all }
    let rank = index.shape.rank
    if axis >= rank { return .along(axis: axis - rank + 1, maps: maps) }
    guard rank == 1, let places = index.constant?.values else { return .all }
    // Each row has what it gets; more than one row of values make more than one map.
    var owners = [[Int]](repeating: [], count: rows)
    for (position, place) in places.enumerated() {
      guard let row = Int(exactly: place), owners.indices.contains(row) else { continue }
      for map in maps where map[position] >= 0 && !owners[row].contains(map[position]) {
        owners[row].append(map[position])
        if owners[row].count > 2 { return .all }
      }
    }
    let count = owners.map(\.count).max() ?? 0
    return .along(
      axis: 0,
      maps: (0..<count).map { number in
        owners.map { number < $0.count ? $0[number] : -1 }
      }
    )
  }
}

extension ElementDependence.Reach {
  /// The dependence after a reshape.
  ///
  /// Axes fall into groups that have the same elements before and after: within a group the place of an element in the old axis is
  /// followed, and is found again along one new axis, or lost.
  fileprivate func reshaped(_ from: Shape, to shape: Shape) -> Self {
    guard case .along(let axis, let maps) = self else { return .all }
    if from == shape { return self }
    guard from.count > 0 else { return .all }
    var (old, new) = (0, 0)
    while old < from.rank {
      var (oldEnd, newEnd) = (old + 1, new)
      var (oldCount, newCount) = (from[old], 1)
      while oldCount != newCount {
        if newCount < oldCount, newEnd < shape.rank {
          newCount *= shape[newEnd]
          newEnd += 1
        } else if oldEnd < from.rank {
          oldCount *= from[oldEnd]
          oldEnd += 1
        } else {
          return .all
        }
      }
      // Axes of size 1 go with the group before them.
      while newEnd < shape.rank, shape[newEnd] == 1, oldEnd < from.rank, from[oldEnd] != 1 {
        newEnd += 1
      }
      if axis < oldEnd {
        if from[axis] == 1 {
          guard newEnd > new else { return maps.isEmpty ? self : .all }
          return .along(axis: new, maps: maps.map { [Int](repeating: $0[0], count: shape[new]) })
        }
        let inner = from.sizes[(axis + 1)..<oldEnd].reduce(1, *)
        let spread = maps.map { map in
          (0..<oldCount).map { map[$0 / inner % from[axis]] }
        }
        return .found(spread, in: Shape(Array(shape.sizes[new..<newEnd])), firstAxis: new)
      }
      (old, new) = (oldEnd, newEnd)
    }
    return .all
  }

  /// Maps over all elements of a shape as maps along one of its axes; all where there is none.
  fileprivate static func found(_ maps: [[Int]], in shape: Shape, firstAxis: Int) -> Self {
    let strides = shape.strides
    for axis in shape.sizes.indices where shape[axis] > 1 || shape.count == 1 {
      let candidates = maps.map { map in (0..<shape[axis]).map { map[$0 * strides[axis]] } }
      let isOwn = zip(maps, candidates).allSatisfy { map, candidate in
        map.indices.allSatisfy { map[$0] == candidate[$0 / strides[axis] % shape[axis]] }
      }
      if isOwn { return .along(axis: firstAxis + axis, maps: candidates) }
    }
    return .all
  }
}
