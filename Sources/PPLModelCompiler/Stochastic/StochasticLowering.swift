import PPLDistributions
import PPLGraphIR
package import PPLSemantics
import PPLSourceText
import PPLSyntax
package import PPLTensorCore
package import PPLTypeSystem

/// How the parameters of a fit by steps stand for the latents of a model.
final class StochasticLowering {
  let batch: RowBatch
  let builder: GraphBuilder
  /// Whether latents have a distribution; else a value, as fitted quantities always have.
  let isVariational: Bool
  /// Changes of data, in the order of the program; those of the same data are joined.
  private let augmentations: [DataAugmentation]
  /// Data that are computed from those, row by row.
  private let followingData: Set<VariableID>
  /// What approximates some of the latents.
  private let guide: CheckedGuide?
  /// Latents whose guide is being lowered: what reads itself has no value.
  private var inProgress: Set<VariableID> = []
  /// Discrete latents that are approximated; all others are summed out.
  let approximated: Set<VariableID>
  /// What moves, in the order of the graph's inputs behind the rows' positions.
  private(set) var parameters: [StochasticParameter] = []
  /// Their inputs.
  private var parameterInputs: [GraphValue] = []
  /// Those that another draw of all latents from the same parameters has made, which this one takes in the same order.
  private var sharedInputs: ArraySlice<GraphValue>?
  /// The log density of what approximates the latents at their values, in parts.
  private(set) var logApproximation: [GraphValue] = []
  /// The entropy of what approximates the latents, in parts.
  private(set) var entropy: [GraphValue] = []
  /// The parts of it that may depend on draws of latents.
  private(set) var entropyParts: [ObjectivePart] = []
  /// The draws of discrete latents, which no gradient goes through.
  private(set) var scores: [DiscreteScore] = []
  /// The inputs of averages over steps.
  private(set) var averages: [VariableID: GraphValue] = [:]

  init(
    _ bound: BoundModel,
    rows: [DimensionID: Int],
    totals: [DimensionID: Int] = [:],
    isVariational: Bool,
    guide: CheckedGuide?,
    augmentations: [DataAugmentation] = [],
    readsRows: Bool = true,
    approximated: Set<VariableID> = [],
    elementBudget: Int
  ) throws(LoweringError) {
    builder = GraphBuilder(elementBudget: elementBudget)
    builder.tolerance = 1e-4
    batch = try RowBatch(bound, rows, totals: totals, readsRows: readsRows, builder)
    self.isVariational = isVariational
    self.guide = guide
    self.augmentations = augmentations
    self.approximated = approximated
    followingData = try Self.following(augmentations, batch)
  }

  /// Another draw of all latents from the same parameters, in the same graph and of the same rows.
  init(drawingBeside other: StochasticLowering) {
    builder = other.builder
    batch = other.batch
    isVariational = other.isVariational
    guide = other.guide
    augmentations = other.augmentations
    approximated = other.approximated
    followingData = other.followingData
    sharedInputs = other.parameterInputs[...]
  }

  /// The data over batched dimensions that are computed from augmented ones.
  ///
  /// - Throws: where these are labels, which no change of numbers goes with.
  private static func following(_ augmentations: [DataAugmentation], _ batch: RowBatch)
    throws(LoweringError) -> Set<VariableID>
  {
    let model = batch.full.model
    let changed = Set(augmentations.map(\.variable))
    var result: Set<VariableID> = []
    for id in model.evaluationOrder where !changed.contains(id) {
      let variable = model.variables[id.index]
      guard case .computed = variable.role, variable.type.axes.contains(where: batch.contains)
      else {
        continue
      }
      let read = variable.equations.flatMap { index -> [VariableID] in
        guard case .definition = model.equations[index].body else { return [] }
        return model.equations[index].references.filter {
          changed.contains($0) || result.contains($0)
        }
      }
      guard let first = read.min(by: { $0.index < $1.index }) else { continue }
      if case .index = variable.type.element {
        throw LoweringError(
          "E0625",
          "`\(variable.name.text)` holds labels, and is computed from data that `augment` changes",
          at: variable.name.span,
          "reads `\(model.variables[first.index].name.text)`",
          help: "read the labels from a file, or augment other data"
        )
      }
      result.insert(id)
    }
    return result
  }

  /// The changed rows of a step of augmented data, and of data that are computed from such; nil for others.
  ///
  /// What all rows give from data alone, such as `mean(raw)`, is that of the data as they are.
  func augmented(_ id: VariableID, _ lowering: ModelLowering) throws(LoweringError) -> GraphValue? {
    let model = batch.full.model
    let variable = model.variables[id.index]
    let followsRows = batch.isFollowing(id)
    if followingData.contains(id) || followsRows {
      let assembly = ArrayAssembly(
        variable: variable,
        id: id,
        model: model,
        lowering: lowering.lowering
      )
      do throws(LoweringError) {
        return try assembly.definedValue().node
      } catch {
        // What reads other rows than its own is worked out for all of them.
        guard followsRows, !followingData.contains(id), error.diagnostic.code == "E0612" else {
          throw error
        }
      }
    }
    let own = augmentations.filter { $0.variable == id }
    guard let first = own.first, var value = try rows(of: id) else { return nil }
    var ends: (lower: GraphValue?, upper: GraphValue?)
    if case .data(let binding) = variable.role, case .bounds(let low, let high) = binding.constraint
    {
      ends.lower = try low.map { (end) throws(LoweringError) in
        try lowering.lowering.lower(end.value, .makeRoot()).node
      }
      ends.upper = try high.map { (end) throws(LoweringError) in
        try lowering.lowering.lower(end.value, .makeRoot()).node
      }
    }
    if case .image(let channel?) = first.layout,
      own.contains(where: { $0.changes.contains(where: \.needsColours) }),
      value.shape[channel + 1] != 3
    {
      throw LoweringError(
        "E0625",
        "`colour` needs three channels, and `\(variable.name.text)` has \(value.shape[channel + 1])",
        at: first.span,
        help: "an axis of channels is the one whose dimension has that name, else the first"
      )
    }
    let changing = AugmentationLowering(lowering.random, lower: ends.lower, upper: ends.upper)
    for augmentation in own {
      value = changing.apply(augmentation.changes, to: value, first.layout)
    }
    return value
  }

  /// What is to be great: the evidence lower bound, or the log density on the scale of the model's own quantities.
  func objective(of lowering: ModelLowering) -> GraphValue {
    let density = lowering.terms.map(\.total).reduce(builder.constant(0), +)
    return isVariational ? (lowering.jacobian + entropy).reduce(density, +) : density
  }

  /// The parts of it that may depend on draws of discrete latents, with their elements.
  func parts(of lowering: ModelLowering) -> [ObjectivePart] {
    lowering.terms.map {
      ObjectivePart(addends: [$0.elements], sizes: $0.elements.shape.sizes, repeats: $0.repeats)
    } + lowering.jacobian.map { ObjectivePart(addends: [$0], sizes: []) } + entropyParts
  }

  /// The rows of a step of data over a batched dimension; nil for other quantities.
  func rows(of id: VariableID) throws(LoweringError) -> GraphValue? {
    if let rows = batch.readRows(of: id) { return rows }
    let axes = batch.full.model.variables[id.index].type.axes
    guard axes.contains(where: batch.contains), let whole = try batch.full.values.whole(id) else {
      return nil
    }
    return batch.rows(of: builder.constant(whole), axes)
  }

  /// The value of a latent that a guide draws; nil for others.
  func guided(_ id: VariableID, _ lowering: ModelLowering) throws(LoweringError) -> VariableValue? {
    guard let equation = guide?.equations.first(where: { $0.target == id }),
      case .distribution(let distribution) = equation.body
    else { return nil }
    let variable = lowering.model.variables[id.index]
    guard inProgress.insert(id).inserted else {
      throw LoweringError(
        "E0403",
        "the guide of `\(variable.name.text)` reads what depends on it",
        at: equation.targetSpan,
        help: "a guide may read data, and latents whose guides do not lead back"
      )
    }
    defer { inProgress.remove(id) }
    for read in equation.references.inOrder { try lowering.defineAhead(read) }
    if approximated.contains(id) {
      return try add(id, lowering) { () throws(LoweringError) in
        try lowering.discreteDraw(from: equation, distribution)
      }
    }
    let drawn = try lowering.draw(from: equation, distribution)
    let density = lowering.total(drawn.logDensity, over: drawn.outer)
    let repeats = batch.repeats(over: variable.type.axes)
    logApproximation.append(density * repeats)
    entropy.append(density * -repeats)
    entropyParts.append(
      ObjectivePart(addends: drawn.logDensity.map { -$0 }, sizes: drawn.outer, repeats: repeats)
    )
    return VariableValue(drawn.value)
  }

  /// The value of a discrete latent that is approximated without a guide; nil for others.
  func approximated(_ id: VariableID, _ lowering: ModelLowering) throws(LoweringError)
    -> VariableValue?
  {
    guard approximated.contains(id) else { return nil }
    let variable = lowering.model.variables[id.index]
    let axes = variable.type.axes
    let (family, shape) = try lowering.discreteFamily(of: id)
    var sizes = shape.sizes
    for (axis, type) in axes.enumerated() {
      if batch.contains(type), let id = type.dimension { sizes[axis] = batch.full[id].count }
    }
    var values: [GraphValue] = []
    for parameter in family.parameters {
      let whole = sizes + (parameter.count.map { [$0] } ?? [])
      guard let count = checkedProduct(whole), count <= builder.elementBudget else {
        throw LoweringError(
          "E0803",
          "what approximates `\(variable.name.text)` has too many parameters",
          at: variable.name.span,
          whole.map(String.init).joined(separator: " x ")
        )
      }
      let input = addParameter(id, parameter.role, Shape(whole), parameter.start, lowering)
      values.append(batch.rows(of: input, axes))
    }
    return try add(id, lowering, family) {
      family.draw(
        values,
        shape,
        isBoolean: variable.type.element == .boolean,
        lowering.random
      )
    }
  }

  /// Takes note of a draw of a discrete latent.
  private func add(
    _ id: VariableID,
    _ lowering: ModelLowering,
    _ family: DiscreteGuideFamily? = nil,
    _ draw: () throws(LoweringError) -> DiscreteDraw
  ) throws(LoweringError) -> VariableValue {
    let first = lowering.random.nextStream
    var drawn = try draw()
    let axes = lowering.model.variables[id.index].type.axes
    let repeats = batch.repeats(over: axes)
    let shape = drawn.logProbability.shape
    if let exists = try lowering.lowering.existing(axes) {
      // Beyond the ends of rows of different lengths there is nothing to approximate.
      let mask = builder.constant(
        Tensor(shape: shape, kind: .boolean, values: exists.map { $0 ? 1 : 0 })
      )
      drawn.logProbability = mask.select(drawn.logProbability, 0)
      drawn.entropy = drawn.entropy.map { mask.select($0, 0) }
    }
    logApproximation.append(drawn.logProbability.sum() * repeats)
    // The mean of the derivative of a log probability is 0: without it there is less noise.
    let part = drawn.entropy ?? -drawn.logProbability.detached()
    entropy.append(part.sum() * repeats)
    entropyParts.append(ObjectivePart(addends: [part], sizes: shape.sizes, repeats: repeats))
    scores.append(
      DiscreteScore(
        variable: id,
        family: family?.summary,
        logProbability: drawn.logProbability,
        streams: first..<lowering.random.nextStream
      )
    )
    return VariableValue(drawn.value)
  }

  /// An input of numbers that move.
  private func addParameter(
    _ id: VariableID,
    _ role: StochasticParameter.Role,
    _ shape: Shape,
    _ start: ParameterStart,
    _ lowering: ModelLowering
  ) -> GraphValue {
    let value = sharedInputs?.popFirst() ?? builder.addInput(shape: shape)
    precondition(value.shape == shape, "Draws from the same parameters make the same ones.")
    parameterInputs.append(value)
    parameters.append(
      StochasticParameter(
        variable: id,
        name: lowering.model.variables[id.index].name.text,
        role: role,
        shape: shape,
        start: start
      )
    )
    return value
  }

  /// The unconstrained values of the elements of a statement, and how often the Jacobian of its transform counts: that of quantities
  /// without density does not.
  func coordinates(
    of id: VariableID,
    _ number: Int,
    _ layout: ModelLowering.CoordinateLayout,
    _ lowering: ModelLowering
  ) throws(LoweringError) -> (coordinates: GraphValue, jacobianRepeats: Double) {
    let equation = lowering.model.equations[number]
    let variable = lowering.model.variables[id.index]
    let axes = variable.type.axes
    for (item, axis) in zip(equation.items, axes) where batch.contains(axis) {
      guard case .binder = item, equation.condition == nil else {
        throw batch.refuse("this holds for a part of the rows", at: equation.targetSpan)
      }
    }
    let outer = Array(axes.prefix(layout.outer.count))
    if axes.dropFirst(layout.outer.count).contains(where: batch.contains) {
      throw batch.refuse("one event holds all rows", at: equation.targetSpan)
    }
    var sizes = layout.shape.sizes
    for (axis, type) in outer.enumerated() {
      if batch.contains(type), let id = type.dimension { sizes[axis] = batch.full[id].count }
    }
    guard let count = checkedProduct(sizes), count <= builder.elementBudget else {
      throw LoweringError(
        "E0803",
        "this quantity has too many elements",
        at: equation.targetSpan
      )
    }
    var start = try lowering.start(of: id, number)
    if case .constant(0) = start, lowering.model.initialValues[id] == nil {
      // Not all alike: products of latents, as of users and items, have no slope where all are 0.
      start = .random(.normal(Self.startingSpread))
    }
    let isFitted = if case .modeled(.fitted) = variable.role { true } else { false }
    let shape = Shape(sizes)
    func add(_ role: StochasticParameter.Role) -> GraphValue {
      let start = role == .logScale ? .constant(Self.startingLogScale) : start
      return batch.rows(of: addParameter(id, role, shape, start, lowering), outer)
    }
    let repeats = batch.repeats(over: outer)
    if lowering.model.isRunningStatistic(id) {
      let average = add(.running)
      averages[id] = average
      return (average, 0)
    }
    if isFitted { return (add(.fitted), 0) }
    guard isVariational else { return (add(.value), repeats) }
    let location = add(.location)
    let logScale = add(.logScale)
    let noise = lowering.random.normal(location.shape)
    entropy.append((logScale.sum() + Double(location.shape.count) * Self.unitEntropy) * repeats)
    let unit = noise.square() * -0.5 - Self.halfLogTwoPi
    logApproximation.append((unit - logScale).sum() * repeats)
    return (location + logScale.exp() * noise, repeats)
  }

  /// Approximations begin narrow, so that the first steps see the model near their centre.
  private static let startingLogScale = -2.302_585_092_994_046

  private static let halfLogTwoPi = 0.918_938_533_204_672_7

  /// Standard deviation of where latents begin, unconstrained.
  private static let startingSpread = 0.1

  /// Entropy of the standard normal distribution: log(2πe) / 2.
  private static let unitEntropy = 1.418_938_533_204_672_7
}

/// Numbers that a fit moves.
package struct StochasticParameter: Sendable {
  package enum Role: Sendable, Hashable {
    /// Values of quantities without prior.
    case fitted
    /// Averages over the steps, which no gradient moves.
    case running
    /// Values of latents, unconstrained.
    case value
    /// Mean of what approximates latents, unconstrained.
    case location
    /// Logarithm of its standard deviation.
    case logScale
    /// Log-odds or logits of what approximates discrete latents.
    case logit
  }

  package var variable: VariableID
  package var name: String
  package var role: Role
  package var shape: Shape
  package var start: ParameterStart
}

/// Where numbers that a fit moves begin, unconstrained.
package enum ParameterStart: Sendable {
  case constant(Double)
  case random(WeightStart)
  case values([Double])
}
