import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Elements of a random quantity whose values come from outside of a simulation.
struct GivenElements {
  /// `[rows, event…]`.
  var rows: GraphValue
  /// For each element of the quantity's plate its row; -1 where it is drawn.
  var places: [Int]
  /// Sizes of the plate.
  var plateSizes: [Int]

  /// The whole quantity, if nothing of it is drawn.
  var whole: GraphValue? {
    guard !places.contains(-1) else { return nil }
    return values(of: Array(places.indices))?
      .reshape(Shape(plateSizes + rows.shape.sizes.dropFirst()))
  }

  /// The values of some elements, `[elements, event…]`; nil if one of them is drawn.
  func values(of elements: [Int]) -> GraphValue? {
    let wanted = elements.map { places[$0] }
    guard !wanted.contains(-1) else { return nil }
    if wanted == Array(0..<rows.shape[0]) { return rows }
    return rows.gather(index(wanted))
  }

  func index(_ rows: [Int]) -> GraphValue {
    self.rows.builder.constant(
      Tensor(shape: [rows.count], kind: .integer, values: rows.map { Double(max($0, 0)) })
    )
  }
}

// Drawing forward with some values given, and drawing again where a statement's type rules draws out.

extension ModelLowering {
  /// Given values where there are some, draws elsewhere.
  func blended(
    _ id: VariableID,
    _ given: GivenElements,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue {
    let variable = model.variables[id.index]
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    let positions =
      try assembly.positions(of: equation, plate) ?? Array(0..<given.places.count)
    let shape = Shape(plate.shape + eventSizes)
    if let values = given.values(of: positions) { return values.reshape(shape) }
    let wanted = positions.map { given.places[$0] }
    guard wanted.contains(where: { $0 >= 0 }) else {
      return try drawn(equation, distribution, eventSizes, plate)
    }
    let isDrawn = Tensor(
      shape: Shape(plate.shape + eventSizes.map { _ in 1 }),
      kind: .boolean,
      values: wanted.map { $0 < 0 ? 1 : 0 }
    )
    let values = given.rows.gather(given.index(wanted)).reshape(shape)
    let fresh = try drawn(equation, distribution, eventSizes, plate, where: isDrawn)
    return builder.constant(isDrawn).broadcast(to: shape).select(fresh, values)
  }

  /// The given elements that no statement defines, as one more piece.
  func givenPiece(
    _ id: VariableID,
    _ variable: Variable,
    _ pieces: [Piece],
    _ assembly: ArrayAssembly
  ) throws(LoweringError) -> Piece? {
    guard let given = givens[id] else { return nil }
    var isDefined = [Bool](repeating: false, count: given.places.count)
    for piece in pieces {
      guard let positions = piece.positions else { return nil }
      for position in positions { isDefined[position] = true }
    }
    let rest = isDefined.indices.filter { !isDefined[$0] && given.places[$0] >= 0 }
    guard !rest.isEmpty, let values = given.values(of: rest) else { return nil }
    return Piece(
      positions: rest,
      node: values,
      origins: [Int](repeating: 0, count: values.shape.rank - 1),
      span: variable.name.span
    )
  }

  /// Draws of `Flat` between two known bounds, where it is uniform.
  func uniform(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ shape: Shape,
    _ ends: (lower: GraphValue?, upper: GraphValue?)
  ) throws(LoweringError) -> GraphValue? {
    guard case .family(let family) = distribution.form, family.signature.name == "Flat",
      let lower = ends.lower, let upper = ends.upper
    else { return nil }
    guard lower.constantValue != nil, upper.constantValue != nil else {
      throw LoweringError(
        "E0607",
        "`Flat` between bounds that are latent has no normaliser, so that nothing is drawn from it",
        at: equation.targetSpan,
        "its bounds depend on a latent",
        help: "use `Uniform(a, b)`, which is normalised"
      )
    }
    return lower + (upper - lower) * random.uniform(shape)
  }

  /// Draws of vectors that keep the rules of a joint type: of several for each vector the first that does.
  ///
  /// Equal and independent elements only need to be sorted, or those of normals to lose their mean. Where no draw of a vector
  /// keeps the rules the last one stays, and `reject` counts it.
  func keeping(
    _ sample: GraphValue,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    again: () throws(LoweringError) -> GraphValue?
  ) throws(LoweringError) -> GraphValue {
    guard case .vector(let joint) = equation.constraint, equation.reasonNotToDraw == nil,
      sample.shape.rank > 0
    else { return sample }
    if case .vector(let own) = distribution.support, own == joint { return sample }
    let axis = sample.shape.rank - 1
    let count = sample.shape[axis]
    if joint == .sumToZero { return sample - sample.sum(axes: [axis]) / Double(max(count, 1)) }
    let isExchangeable = distribution.hasEqualElements
    func ordered(_ node: GraphValue) -> GraphValue {
      isExchangeable ? node.sort(axis: axis) : node
    }
    func isKept(_ node: GraphValue) -> GraphValue {
      var kept = builder.constant(Tensor(scalar: 1, kind: .boolean))
        .broadcast(to: node.shape.replacing(axis: axis, with: 1))
      if count > 1 {
        let low = node.slice(axis: axis, start: 0, count: count - 1)
        let high = node.slice(axis: axis, start: 1, count: count - 1)
        kept = kept.and(low.isLess(than: high).min(axes: [axis]).isEqual(to: 1))
      }
      if joint == .positiveOrdered {
        kept = kept.and(node.slice(axis: axis, start: 0, count: 1).isGreater(than: 0))
      }
      return kept
    }
    var node = ordered(sample)
    if isExchangeable, joint == .ordered { return node }
    for _ in 1..<Self.candidates {
      guard let next = try again() else { break }
      node = isKept(node).select(node, ordered(next))
    }
    return node
  }

  /// Draws of which one is kept.
  private static let candidates = 32

  /// Counts the vectors that a joint type rules out.
  ///
  /// Draws that break a rule are made again as a whole. That is the restricted distribution, as the parameters of one
  /// that is restricted so are known from data.
  func reject(
    _ node: GraphValue,
    outsideOf equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate,
    where isDrawn: Tensor?
  ) throws(LoweringError) {
    guard case .vector(let joint) = equation.constraint else { return }
    if case .vector(let own) = distribution.support, own == joint { return }
    if joint == .sumToZero, equation.reasonNotToDraw == nil { return }
    guard joint == .ordered || joint == .positiveOrdered, equation.reasonNotToDraw == nil else {
      throw LoweringError(
        "E0607",
        "`\(distribution.name)` cannot be drawn from on `\(joint.rawValue)`",
        at: equation.targetSpan,
        help: "its values would have to be drawn forward"
      )
    }
    let axis = node.shape.rank - 1
    let count = node.shape[axis]
    func counted(_ broken: GraphValue) {
      var number = broken.select(builder.constant(1), 0)
      if let isDrawn { number = number * builder.constant(isDrawn) }
      rejections.append(number.sum())
    }
    if count > 1 {
      let low = node.slice(axis: axis, start: 0, count: count - 1)
      let high = node.slice(axis: axis, start: 1, count: count - 1)
      counted(high.isLessOrEqual(to: low))
    }
    if joint == .positiveOrdered {
      counted(node.slice(axis: axis, start: 0, count: 1).isLessOrEqual(to: 0))
    }
  }

  /// Counts the values beyond declared bounds, where nothing draws within them.
  func reject(
    _ node: GraphValue,
    outsideOf ends: (lower: GraphValue?, upper: GraphValue?),
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    where isDrawn: Tensor?
  ) throws(LoweringError) {
    let isKnown = [ends.lower, ends.upper].compactMap(\.self).allSatisfy { $0.constantValue != nil }
    guard isKnown, distribution.stage == .data else {
      throw LoweringError(
        "E0607",
        "`\(distribution.name)` cannot be drawn from within bounds if its parameters are latent",
        at: equation.targetSpan,
        help: "use a family of the library, or known parameters and bounds"
      )
    }
    let isDiscrete = distribution.support.isDiscrete
    func counted(_ broken: GraphValue) {
      var number = broken.select(builder.constant(1), 0)
      if let isDrawn { number = number * builder.constant(isDrawn) }
      rejections.append(number.sum())
    }
    if let lower = ends.lower {
      counted(isDiscrete ? node.isLessOrEqual(to: lower) : node.isLess(than: lower))
    }
    if let upper = ends.upper { counted(node.isGreater(than: upper)) }
  }
}
