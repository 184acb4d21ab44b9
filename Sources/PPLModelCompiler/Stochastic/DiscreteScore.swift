import PPLGraphIR
import PPLSemantics
import PPLTensorCore

/// A part of the objective with its elements.
struct ObjectivePart {
  /// Added up, with size 1 along axes along which they do not vary.
  var addends: [GraphValue]
  var sizes: [Int]
  /// How often each element counts, where rows of a step stand for more.
  var repeats = 1.0
}

/// A draw of a discrete latent in a fit by steps, and the estimate of the gradient by its distribution's parameters.
///
/// With draws z₁, z₂ of all latents, and L the objective at one of them, the gradient is the mean of
///
///     ½ Σₖ [∇L(zₖ) + (L(zₖ) − L(z₍₋ₖ₎)) ∇ log q(zₖ)]
///
/// where the other draw's objective is the control variate: it does not depend on zₖ, so that its product with the score has the
/// mean 0 (Kool, van Hoof & Welling 2019, "Buy 4 REINFORCE samples, get a baseline for free!"). For an element of a latent only
/// the parts of L that depend on that element are taken, for the same reason (Ranganath, Gerrish & Blei 2014, arXiv:1401.0118,
/// section 3.2): which these are is read off the graph (`ElementDependence`).
struct DiscreteScore {
  var variable: VariableID
  /// What its elements are, for people; nil where a guide says it.
  var family: String?
  /// log q of each element at the draw.
  var logProbability: GraphValue
  /// Streams of the random numbers that it is drawn from.
  var streams: Range<Int>

  /// The sum of the parts of an objective that depend on each element, as far as it is known to be apart: size 1 along axes along
  /// which it is not.
  func signal(_ parts: [ObjectivePart], _ builder: GraphBuilder) -> GraphValue {
    let shape = logProbability.shape
    let elements = parts.map { part -> GraphValue in
      let sum = part.addends.dropFirst().reduce(part.addends[0], +)
      return sum.broadcast(to: Shape(part.sizes))
    }
    let dependence = ElementDependence(builder.build(outputs: elements), on: shape) { op in
      if case .random(_, _, let stream) = op { streams.contains(stream) } else { false }
    }
    var signal = builder.constant(0).reshape(.ones(rank: shape.rank))
    for (number, part) in parts.enumerated() {
      guard let reaches = dependence.outputs[number] else { continue }
      signal = signal + elements[number].shares(reaches, of: shape) * part.repeats
    }
    return signal
  }

  /// What to add to the mean objective of two draws, so that its gradient has the mean of the true one: its value is 0.
  ///
  /// `first` and `second` are a draw each of the same latents with the parts of its objective.
  static func surrogate(
    _ first: (scores: [Self], parts: [ObjectivePart]),
    _ second: (scores: [Self], parts: [ObjectivePart]),
    _ builder: GraphBuilder
  ) -> GraphValue {
    var sum = builder.constant(0)
    for (one, two) in zip(first.scores, second.scores) {
      let difference = one.signal(first.parts, builder) - two.signal(second.parts, builder)
      let score = one.logProbability - two.logProbability
      sum = sum + (difference.detached() * (score - score.detached())).sum() * 0.5
    }
    return sum
  }
}

extension GraphValue {
  /// The sum of this value's elements that depend on each element of an array, where they are known to be apart: size 1 along the
  /// array's other axes.
  fileprivate func shares(_ reaches: [ElementDependence.Reach], of array: Shape) -> GraphValue {
    var along: [(arrayAxis: Int, axis: Int, maps: [[Int]])] = []
    for (arrayAxis, reach) in reaches.enumerated() {
      if case .along(let axis, let maps) = reach { along.append((arrayAxis, axis, maps)) }
    }
    let own = Set(along.map(\.axis)).sorted()
    let kept = own.map { shape[$0] }
    let rows = along.map { array[$0.arrayAxis] }
    let result = Shape(
      array.sizes.indices.map { axis in
        along.contains { $0.arrayAxis == axis } ? array[axis] : 1
      }
    )
    let values = sum(axes: shape.sizes.indices.filter { !own.contains($0) })
      .reshape([kept.reduce(1, *)])
    let strides = Shape(kept).strides
    let rowStrides = Shape(rows).strides
    let count = rows.reduce(1, *)
    var sum: GraphValue?
    // Each choice of one map for each axis says for each value one element on which it depends.
    var seen = [[Int]](repeating: [], count: values.shape.count)
    for choice in choices(along.map(\.maps.count)) {
      var targets: [Int] = []
      for position in 0..<values.shape.count {
        var target = 0
        for (number, entry) in along.enumerated() {
          let place = own.firstIndex(of: entry.axis) ?? 0
          let index = entry.maps[choice[number]][position / strides[place] % kept[place]]
          target = index < 0 || target < 0 ? -1 : target + index * rowStrides[number]
        }
        // A value counts once for an element, however often it depends on it.
        if target >= 0, seen[position].contains(target) { target = -1 }
        if target >= 0 { seen[position].append(target) }
        targets.append(target < 0 ? count : target)
      }
      var part = values
      if targets != Array(0..<count) {
        let index = builder.constant(
          Tensor(shape: [targets.count], kind: .integer, values: targets.map(Double.init))
        )
        part = values.scatterAdd(index, rows: count + 1).slice(axis: 0, start: 0, count: count)
      }
      sum = sum.map { $0 + part } ?? part
    }
    return (sum ?? builder.constant(0).broadcast(to: [count])).reshape(result)
  }
}

/// All lists of numbers below these.
private func choices(_ counts: [Int]) -> [[Int]] {
  counts.reduce([[]]) { lists, count in
    lists.flatMap { list in (0..<count).map { list + [$0] } }
  }
}
