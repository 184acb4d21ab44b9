/// Chooses the coordinates of each element from draws of the warm-up.
///
/// Draws and gradients are carried into both kinds of coordinates. In either, a parameter q with gradient g has
///
///     √(Var q · Var g) ≥ 1,
///
/// with equality for a Gaussian that is independent of all others; it is the Fisher divergence that is left under the
/// best diagonal metric, so that the coordinates with the smaller value suit the sampler better. An element is centred
/// where that is clearly better for itself, and all elements of a statement are where that is clearly better for all
/// parameters together, location and scale included. In doubt deviations are taken: the values of an element with
/// little information lie in a funnel whose neck few draws have seen, or that a chain sits in. Var g of a deviation, its
/// Fisher information, tells: it is about 1 for a prior alone.
///
/// A plain value: a copy of it is part of a checkpoint.
package struct CenteringSearch: Sendable, Codable {
  /// Least number of draws that a choice is made from, and greatest; they are every second one.
  private static let drawRange = 10...40
  /// The draws of a choice hold at most this many numbers.
  private static let greatestCount = 1 << 22
  /// How much less an element must suffer from its values than from its deviations to be centred.
  private static let leastGain = 2.0
  /// What must be gained for each element of a statement to centre all of them.
  private static let leastSaving = 0.25
  /// Least information on a deviation of elements that are centred.
  private static let leastInformation = 10.0
  /// Statements that are looked at one by one, at most.
  private static let statementLimit = 12

  /// The present choice.
  package private(set) var centering: Centering
  /// Iterations after which a choice is made.
  private let milestones: [Int]
  private let elements: [Range<Int>]
  /// The elements of each statement.
  private let statements: [Range<Int>]
  private var positions: [[Double]] = []

  /// Draws in certain coordinates.
  struct Draws {
    var positions: [[Double]]
    var gradients: [[Double]]
    /// √(Var q · Var g) of each parameter; infinite where that is not known.
    var spreads: [Double]
    /// Var g of each parameter.
    var informations: [Double]

    /// What the sampler suffers from in all.
    var total: Double { spreads.reduce(0, +) }
  }

  /// A search over the elements of a density that starts with none of them centred.
  ///
  /// Choices are made in the early part of the warm-up and halfway through the main part.
  package init(elements: [Range<Int>], statements: [Range<Int>], warmup: Int) {
    self.elements = elements
    self.statements = statements
    centering = Centering(weights: [Double](repeating: 0, count: elements.count))
    let schedule = FisherSchedule(warmup: warmup)
    let (main, final) = (schedule.mainStart, schedule.finalStart)
    milestones = [main * 3 / 4, (main + final) / 2]
  }

  /// Whether a choice is still to come after an iteration.
  func isOpen(iteration: Int) -> Bool { iteration < (milestones.last ?? 0) }

  /// Takes a draw; gives the draws in new coordinates where those are to be adopted after it.
  mutating func update(
    iteration: Int,
    position: Span<Double>,
    evaluator: any LogDensityEvaluator
  ) throws(EvaluationError) -> Draws? {
    let limit = min(Self.drawRange.upperBound, Self.greatestCount / max(1, position.count))
    if iteration.isMultiple(of: 2) {
      if positions.count >= limit, !positions.isEmpty { positions.removeFirst() }
      positions.append(position.indices.map { position[$0] })
    }
    guard milestones.contains(iteration + 1), positions.count >= Self.drawRange.lowerBound else {
      return nil
    }
    defer { positions = [] }
    return try choose(evaluator)
  }

  private mutating func choose(_ evaluator: any LogDensityEvaluator) throws(EvaluationError)
    -> Draws?
  {
    defer { evaluator.adopt(centering) }
    func draws(in weights: [Double]) throws(EvaluationError) -> Draws {
      let other = Centering(weights: weights)
      evaluator.adopt(centering)
      let moved = positions.map { evaluator.position($0, in: other) }
      evaluator.adopt(other)
      return try Self.evaluated(moved, evaluator)
    }
    let deviations = try draws(in: elements.map { _ in 0 })
    let values = try draws(in: elements.map { _ in 1 })
    let informations = elements.map { range in
      deviations.informations[range].reduce(0, +) / Double(max(1, range.count))
    }
    var weights = zip(elements, informations).map { range, information -> Double in
      let value = values.spreads[range].reduce(0, +)
      let isBetter = value * Self.leastGain < deviations.spreads[range].reduce(0, +)
      return isBetter && information > Self.leastInformation ? 1 : 0
    }
    var best =
      weights.allSatisfy { $0 == 0 }
      ? deviations : weights.allSatisfy { $0 == 1 } ? values : try draws(in: weights)
    for statement in statements.prefix(Self.statementLimit) {
      let information = informations[statement].reduce(0, +) / Double(max(1, statement.count))
      guard information > Self.leastInformation else { continue }
      for weight in [1.0, 0] where weights[statement].contains(where: { $0 != weight }) {
        var other = weights
        for element in statement { other[element] = weight }
        let found = try draws(in: other)
        let saving = weight == 1 ? Self.leastSaving * Double(statement.count) : 0
        guard found.total + saving < best.total || !best.total.isFinite && found.total.isFinite
        else { continue }
        (weights, best) = (other, found)
        break
      }
    }
    guard weights != centering.weights, best.total.isFinite else { return nil }
    centering = Centering(weights: weights)
    return best
  }

  private static func evaluated(_ positions: [[Double]], _ evaluator: any LogDensityEvaluator)
    throws(EvaluationError) -> Draws
  {
    let count = positions.first?.count ?? 0
    var values = RunningVariance(dimension: count)
    var slopes = RunningVariance(dimension: count)
    var gradients: [[Double]] = []
    for position in positions {
      var gradient = [Double](repeating: 0, count: count)
      var span = gradient.mutableSpan
      _ = try evaluator.evaluate(at: position.span, gradient: &span)
      values.add(position.span)
      slopes.add(gradient.span)
      gradients.append(gradient)
    }
    let size = Double(max(1, positions.count - 1))
    let spreads = (0..<count).map { index in
      let product = values.sumOfSquares(index) * slopes.sumOfSquares(index)
      return product.isFinite ? product.squareRoot() / size : .infinity
    }
    return Draws(
      positions: positions,
      gradients: gradients,
      spreads: spreads,
      informations: (0..<count).map { slopes.sumOfSquares($0) / size }
    )
  }
}
