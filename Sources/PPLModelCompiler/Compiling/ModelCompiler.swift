import PPLAutodiff
import PPLDistributions
package import PPLGraphIR
package import PPLRewrites
package import PPLSemantics
package import PPLSourceText
import PPLSyntax
package import PPLTensorCore
package import PPLTypeSystem

/// What of a log density is needed.
package enum DensityNeed: Sendable, Hashable {
  /// Its value; its gradient where it has one.
  case value
  /// Its gradient.
  case gradient
  /// Its gradient by the coordinates that have one.
  case smoothGradient
  /// The same, with discrete latents that cannot be summed out as coordinates.
  case blocks
}

/// From bound models to graphs.
package enum ModelCompiler {
  /// What the checker needs to know of the distributions that can be compiled.
  package static var signatures: SignatureTable { DistributionLibrary.standard.signatureTable }

  /// Elements that the arrays of a model may hold in all, unless a caller says otherwise: 1 GiB.
  package static let elementBudget = 1 << 27

  /// Compiles a bound model.
  ///
  /// Where functions outside of the program have no gradient the density has none, which is a mistake for those who need one.
  /// Graphs hold at most `elementBudget` elements each. The density and its gradient are rewritten as `rewrites`
  /// says; the density's parts are not, so that others can be compared with them.
  /// - Complexity: linear in the text of the program; data only make the arrays longer.
  package static func compile(
    _ bound: BoundModel,
    rewrites: RewriteSelection = .all,
    need: DensityNeed = .gradient,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(LoweringError) -> CompiledModel {
    let lowering = try lowered(bound, holdsDiscrete: need == .blocks, elementBudget)
    let builder = lowering.builder
    let density = lowering.terms.map(\.total).reduce(builder.constant(0), +)
    let withJacobian = lowering.jacobian.reduce(density, +)
    let plain = builder.build(outputs: [withJacobian])
    var blocks = blocks(of: lowering)
    let rewritten: RewrittenGraph
    var gradient: Graph?
    if need == .blocks || need == .smoothGradient {
      let opaque = plain.opaqueInputs()
      for number in blocks.indices where opaque.contains(number) { blocks[number].isOpaque = true }
      (rewritten, gradient) = try differentiated(
        plain,
        byThoseOf: blocks,
        selection: rewrites,
        elementBudget: elementBudget
      )
    } else {
      do throws(LoweringError) {
        (rewritten, gradient) = try differentiated(
          plain,
          selection: rewrites,
          elementBudget: elementBudget
        )
      } catch {
        guard error.diagnostic.code == noGradientCode else { throw error }
        guard need == .value else { throw placed(error, bound.model) }
        rewritten = Rewriter.rewrite(plain, selection: rewrites, elementBudget: elementBudget)
      }
    }
    var quantities = recordedQuantities(lowering)
    for number in quantities.indices {
      let id = quantities[number].quantity.variable
      guard lowering.held.contains(id), bound.model.variables[id.index].type.element == .integer
      else { continue }
      quantities[number].quantity.kind = .integer
    }
    let likelihoods = pointwiseLikelihoods(lowering)
    return CompiledModel(
      density: rewritten.graph,
      knownGradient: gradient,
      rewrites: rewritten.applications,
      selection: rewrites,
      elementBudget: elementBudget,
      draw: builder.build(outputs: quantities.map(\.node) + likelihoods.map(\.node)),
      densityParts: builder.build(outputs: [withJacobian, density]),
      dimension: blocks.reduce(0) { $0 + $1.count },
      recorded: quantities.map(\.quantity),
      likelihoods: likelihoods.map(\.likelihood),
      blocks: blocks,
      hasCoordinatesToChoose: lowering.blocks.contains { $0.centering != nil },
      eliminations: lowering.eliminationSteps.map(\.summary),
      dropsConstant: lowering.dropsConstant,
      systems: lowering.lowering.systems.map { SolvedSystem(span: $0.system.span, body: $0.body) }
    )
  }

  /// A lowering of a model, with discrete latents that cannot be summed out as coordinates if `holdsDiscrete`.
  ///
  /// Which cannot shows as it is tried: each attempt ends at one reason, and the next holds the latents that it names.
  private static func lowered(
    _ bound: BoundModel,
    holdsDiscrete: Bool,
    _ elementBudget: Int
  ) throws(LoweringError) -> ModelLowering {
    var held: Set<VariableID> = []
    while true {
      let lowering = ModelLowering(bound, held: held, elementBudget: elementBudget)
      do throws(LoweringError) {
        try lowering.run()
        return lowering
      } catch {
        let more = error.latents(of: bound.model, beyond: held)
        guard holdsDiscrete, !more.isEmpty else { throw error }
        held.formUnion(more)
      }
    }
  }

  /// The parts of the position, in the order of the graph's inputs.
  private static func blocks(of lowering: ModelLowering) -> [LatentBlock] {
    let model = lowering.bound.model
    var parts = lowering.blocks.map { block in
      (
        input: block.inputNumber,
        block: LatentBlock(
          variable: block.variable,
          equation: block.equation,
          name: model.variables[block.variable.index].name.text,
          offset: 0,
          count: block.input.shape.count,
          canBeCentered: block.centering != nil,
          span: model.equations[block.equation].targetSpan
        )
      )
    }
    for held in lowering.heldBlocks {
      let variable = model.variables[held.variable.index]
      let equation = variable.equations[0]
      var block = LatentBlock(
        variable: held.variable,
        equation: equation,
        name: variable.name.text,
        offset: 0,
        count: held.count,
        canBeCentered: false,
        span: model.equations[equation].targetSpan
      )
      block.integers = held.ends
      parts.append((held.inputNumber, block))
    }
    var offset = 0
    return parts.sorted { $0.input < $1.input }.map { part in
      var block = part.block
      block.offset = offset
      offset += block.count
      return block
    }
  }

  /// As `differentiated`, by the coordinates of the smooth blocks, which are the inputs in order; 0 stands for the others'
  /// derivatives.
  private static func differentiated(
    _ density: Graph,
    byThoseOf blocks: [LatentBlock],
    selection: RewriteSelection,
    elementBudget: Int
  ) throws(LoweringError) -> (rewritten: RewrittenGraph, gradient: Graph) {
    let smooth = blocks.indices.filter { blocks[$0].isSmooth }
    let (rewritten, gradient) = try differentiated(
      density,
      by: smooth,
      selection: selection,
      elementBudget: elementBudget
    )
    guard smooth.count < blocks.count else { return (rewritten, gradient) }
    let builder = GraphBuilder(elementBudget: elementBudget)
    let inputs = gradient.inputs.map { builder.addInput(shape: $0) }
    let values = builder.inline(gradient, inputs: inputs)
    var outputs = [values[gradient.outputs[0].index]]
    for number in blocks.indices {
      if let place = smooth.firstIndex(of: number) {
        outputs.append(values[gradient.outputs[1 + place].index])
      } else {
        outputs.append(builder.constant(0).broadcast(to: inputs[number].shape))
      }
    }
    return (rewritten, builder.build(outputs: outputs))
  }

  /// The log density in which cheap functions stand for those outside of the program that have one.
  ///
  /// Its coordinates are those of `compile`; constants may differ.
  package static func compileScreening(
    _ bound: BoundModel,
    rewrites: RewriteSelection = .all,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(LoweringError) -> Graph {
    let lowering = ModelLowering(bound, elementBudget: elementBudget)
    lowering.lowering.usesApproximations = true
    try lowering.run()
    let builder = lowering.builder
    let density = (lowering.terms.map(\.total) + lowering.jacobian).reduce(builder.constant(0), +)
    return Rewriter.rewrite(
      builder.build(outputs: [density]),
      selection: rewrites,
      elementBudget: elementBudget
    ).graph
  }

  /// The graph of a log density after rewriting, and that of it with its gradient by some inputs; by all if nil.
  static func differentiated(
    _ density: Graph,
    by inputs: [Int]? = nil,
    selection: RewriteSelection,
    elementBudget: Int
  ) throws(LoweringError) -> (rewritten: RewrittenGraph, gradient: Graph) {
    let rewritten = Rewriter.rewrite(density, selection: selection, elementBudget: elementBudget)
    do {
      return (
        rewritten,
        try PPLAutodiff.gradient(
          of: rewritten.graph,
          withRespectTo: inputs,
          elementBudget: elementBudget
        )
      )
    } catch {
      throw LoweringError(diagnostic(error))
    }
  }

  /// What the graph of a draw gives.
  static func recordedNodes(_ lowering: ModelLowering) -> [GraphValue] {
    recordedQuantities(lowering).map(\.node) + pointwiseLikelihoods(lowering).map(\.node)
  }

  private static let noGradientCode = "E1004"

  /// The error with the place of the function that it is about.
  private static func placed(_ error: LoweringError, _ model: CheckedModel) -> LoweringError {
    var diagnostic = error.diagnostic
    let named = model.externals.first { diagnostic.message.hasPrefix("`\($0.name.text)`") }
    if let named { diagnostic.primary = .init(named.name.span, "opaque") }
    return LoweringError(diagnostic)
  }

  static func diagnostic(_ error: AutodiffError) -> Diagnostic {
    switch error {
    case .budgetExceeded(let failure):
      Diagnostic(
        code: "E0803",
        message: "the gradient of the log density needs arrays that are too large",
        notes: [
          "up to an array of \(failure.shape.sizes.map(String.init).joined(separator: " x ")) elements"
        ],
        help:
          "at most \(failure.budget) elements are held in all; use fewer rows or smaller dimensions"
      )
    case .noGradient(let callout):
      Diagnostic(
        code: noGradientCode,
        message: "`\(callout)` has no gradient, and a fit of this program needs one",
        help:
          "let it give one (`gradient: given`), take differences (`gradient: finite_difference`), or"
          + " fit with an engine that needs none, as `slice()` or `smc()`"
      )
    case .notDifferentiable(let op, _, _):
      Diagnostic(
        code: "E0307",
        message: "`\(op)` of a latent has no derivative, and the log density needs it",
        help: "use a number or data for its argument, or another function"
      )
    }
  }

  // MARK: Likelihoods

  /// Observations whose log likelihoods are kept with each draw, at most.
  package static let greatestLikelihoodCount = 10_000

  private static func pointwiseLikelihoods(_ lowering: ModelLowering)
    -> [(likelihood: PointwiseLikelihood, node: GraphValue)]
  {
    let terms = lowering.terms.filter(\.isLikelihood)
    let count = terms.reduce(0) { $0 + $1.elements.shape.count }
    guard count <= greatestLikelihoodCount else { return [] }
    var names: [String] = []
    var parts: [String: [ModelLowering.Term]] = [:]
    for term in terms where term.elements.shape.count > 0 {
      if parts[term.names.name] == nil { names.append(term.names.name) }
      parts[term.names.name, default: []].append(term)
    }
    return names.map { name in
      let own = parts[name] ?? []
      let nodes = own.map { $0.elements.reshape([$0.elements.shape.count]) }
      let labels = own.flatMap { term in
        (0..<term.names.count).map { element -> String in
          let full = term.names.name(of: element)
          return String(full.dropFirst(term.names.name.count).dropFirst().dropLast())
        }
      }
      var positions = own.first?.names.positions ?? [:]
      for term in own.dropFirst() {
        let next = term.names.positions
        positions = positions.reduce(into: [:]) { joined, entry in
          if let more = next[entry.key] { joined[entry.key] = entry.value + more }
        }
      }
      return (
        PointwiseLikelihood(name: name, labels: labels, positions: positions),
        .concatenate(nodes, axis: 0)
      )
    }
  }

  // MARK: Recorded quantities

  static func recordedQuantities(_ lowering: ModelLowering)
    -> [(quantity: RecordedQuantity, node: GraphValue)]
  {
    let bound = lowering.bound
    let modeled = bound.model.variables.indices.compactMap {
      index -> (id: VariableID, variable: Variable, role: ModeledRole)? in
      let variable = bound.model.variables[index]
      guard case .modeled(let role) = variable.role else { return nil }
      return (VariableID(index), variable, role)
    }
    let imputed = Set(lowering.missingCells.map(\.variable)).sorted { $0.index < $1.index }
      .compactMap { missingQuantity($0, lowering) }
    return modeled.sorted { $0.variable.name.span.start < $1.variable.name.span.start }
      .compactMap { entry in recordedQuantity(entry.id, entry.role, lowering) } + imputed
  }

  /// A whole quantity with the labels of its axes; nil if it has no value.
  static func recordedQuantity(_ id: VariableID, _ role: ModeledRole, _ lowering: ModelLowering)
    -> (quantity: RecordedQuantity, node: GraphValue)?
  {
    guard let value = lowering.values[id] else { return nil }
    let variable = lowering.model.variables[id.index]
    let node = labelled(value.node, variable.type.element, lowering.bound, lowering.builder)
    if let exists = try? lowering.lowering.existing(variable.type.axes) {
      return raggedQuantity(id, variable, role, node, exists, lowering)
    }
    let quantity = RecordedQuantity(
      variable: id,
      name: variable.name.text,
      role: role,
      axes: axes(variable, value, lowering.bound),
      kind: node.kind
    )
    return (quantity, node)
  }

  /// The elements that exist of an array with rows of different lengths, along one axis.
  private static func raggedQuantity(
    _ id: VariableID,
    _ variable: Variable,
    _ role: ModeledRole,
    _ node: GraphValue,
    _ exists: [Bool],
    _ lowering: ModelLowering
  ) -> (quantity: RecordedQuantity, node: GraphValue) {
    let positions = exists.indices.filter { exists[$0] }
    let labels = cellLabels(positions, variable.type.axes, node.shape, lowering.bound)
    let names = variable.type.axes.compactMap { $0.dimension.map { lowering.bound[$0].name } }
    let axis = names.joined(separator: "_")
    var quantity = RecordedQuantity(
      variable: id,
      name: variable.name.text,
      role: role,
      axes: [.init(name: axis, labels: BoundDimension(name: axis, labels: labels))],
      kind: node.kind
    )
    if case .strings(let names) = labels {
      quantity.cellNames = names.map { "\(variable.name.text)[\($0)]" }
    }
    quantity.existing = (positions, node.shape)
    let index = lowering.builder.constant(
      Tensor(shape: [positions.count], kind: .integer, values: positions.map(Double.init))
    )
    return (quantity, node.reshape([node.shape.count]).gather(index))
  }

  /// The missing cells of an array as one quantity with an axis of their own.
  private static func missingQuantity(_ id: VariableID, _ lowering: ModelLowering)
    -> (quantity: RecordedQuantity, node: GraphValue)?
  {
    let cells = lowering.missingCells.filter { $0.variable == id }
    let nodes = cells.compactMap(\.node)
    guard let tensor = lowering.bound.values[id], nodes.count == cells.count,
      let first = cells.first
    else { return nil }
    let positions = cells.flatMap(\.positions)
    let order = positions.indices.sorted { positions[$0] < positions[$1] }
    let index = lowering.builder.constant(
      Tensor(shape: [order.count], kind: .integer, values: order.map(Double.init))
    )
    return missingQuantity(
      id,
      order.map { positions[$0] },
      GraphValue.concatenate(nodes, axis: 0).gather(index),
      role: first.treatment == .drawn
        ? .generated : first.treatment == .sampled ? .sampled : .eliminated,
      shape: tensor.shape,
      lowering
    )
  }

  /// Missing cells at these positions of an array, with their values.
  static func missingQuantity(
    _ id: VariableID,
    _ positions: [Int],
    _ value: GraphValue,
    role: ModeledRole,
    shape: Shape,
    _ lowering: ModelLowering
  ) -> (quantity: RecordedQuantity, node: GraphValue) {
    let bound = lowering.bound
    let variable = bound.model.variables[id.index]
    let node = labelled(value, variable.type.element, bound, lowering.builder)
    let labels = cellLabels(positions, variable.type.axes, shape, bound)
    var quantity = RecordedQuantity(
      variable: id,
      name: variable.name.text,
      role: role,
      axes: [
        .init(
          name: "\(variable.name.text)_missing",
          labels: BoundDimension(
            name: "\(variable.name.text)_missing",
            labels: labels
          )
        )
      ],
      kind: node.kind
    )
    if variable.type.rank > 1, case .strings(let names) = labels {
      quantity.cellNames = names.map { "\(variable.name.text)[\($0)]" }
    }
    return (quantity, node)
  }

  /// Labels of cells: those of the axis, or all of a cell's in one text where there are several axes.
  package static func cellLabels(
    _ positions: [Int],
    _ types: [Axis],
    _ shape: Shape,
    _ bound: BoundModel
  ) -> BoundDimension.Labels {
    let axes = types.map { $0.dimension.map { bound[$0] } }
    if positions.isEmpty || axes.isEmpty { return .integers(first: 1, count: positions.count) }
    if axes.count == 1 {
      switch axes[0]?.labels {
      case .strings(let strings)?: return .strings(positions.map { strings[$0] })
      case .codes(let codes)?: return .codes(positions.map { codes[$0] })
      case .integers(let first, _)?: return .codes(positions.map { first + $0 })
      case nil: return .codes(positions.map { $0 + 1 })
      }
    }
    let strides = shape.strides
    return .strings(
      positions.map { position in
        var rest = position
        return zip(axes, strides).map { axis, stride -> String in
          let place = rest / stride
          rest %= stride
          return axis?.name(at: place) ?? "\(place + 1)"
        }.joined(separator: ",")
      }
    )
  }

  /// Indices are recorded as integer labels, or as positions from 1 where labels are text.
  static func labelled(
    _ node: GraphValue,
    _ element: ElementType,
    _ bound: BoundModel,
    _ builder: GraphBuilder
  ) -> GraphValue {
    guard case .index(let id) = element else { return node }
    return labelled(node, bound[id], builder)
  }

  /// The integer labels of indices, or positions from 1 where labels are text.
  static func labelled(
    _ node: GraphValue,
    _ dimension: BoundDimension,
    _ builder: GraphBuilder
  ) -> GraphValue {
    func integer(_ value: Int) -> GraphValue {
      builder.constant(Tensor(scalar: Double(value), kind: .integer))
    }
    switch dimension.labels {
    case .strings: return node + integer(1)
    case .integers(let first, _): return node + integer(first)
    case .codes(let codes):
      let table = builder.constant(
        Tensor(shape: Shape([codes.count]), kind: .integer, values: codes.map(Double.init))
      )
      return table.gather(node)
    }
  }

  private static func axes(_ variable: Variable, _ value: VariableValue, _ bound: BoundModel)
    -> [RecordedQuantity.Axis]
  {
    var names: [String: Int] = [:]
    return variable.type.axes.enumerated().map { position, axis in
      let size = value.node.shape[position]
      let origin = value.origins[position]
      var name = axis.dimension.map { bound[$0].name } ?? "\(variable.name.text)_dim_\(position)"
      var labels: BoundDimension.Labels = .integers(first: 1, count: size)
      if let id = axis.dimension {
        let dimension = bound[id]
        if origin != 0 || size != dimension.count { name += "_from_\(origin + 1)_\(size)" }
        labels = part(of: dimension.labels, origin, size)
      }
      names[name, default: 0] += 1
      if let count = names[name], count > 1 { name += "_\(count)" }
      return RecordedQuantity.Axis(
        name: name,
        labels: BoundDimension(name: name, labels: labels)
      )
    }
  }

  private static func part(of labels: BoundDimension.Labels, _ origin: Int, _ size: Int)
    -> BoundDimension.Labels
  {
    switch labels {
    case .integers(let first, _): .integers(first: first + origin, count: size)
    case .codes(let codes): .codes(Array(codes.dropFirst(origin).prefix(size)))
    case .strings(let strings): .strings(Array(strings.dropFirst(origin).prefix(size)))
    }
  }

  // MARK: Statements at a point

  /// A statement's share of the log density, for the table of a failed start.
  package struct StatementTerm: Sendable {
    /// The values that the statement contributes.
    package var elements: ElementNames
    package var span: SourceSpan
  }

  /// q → for each statement its total and then its elements.
  ///
  /// Discrete latents that are `held` are coordinates, too.
  package static func statementTerms(_ bound: BoundModel, held: Set<VariableID> = [])
    throws(LoweringError) -> (terms: [StatementTerm], graph: Graph)
  {
    let lowering = ModelLowering(bound, held: held)
    try lowering.run()
    let outputs = lowering.terms.flatMap { [$0.total, $0.elements] }
    let terms = lowering.terms.map {
      StatementTerm(elements: $0.names, span: $0.span)
    }
    return (terms, lowering.builder.build(outputs: outputs))
  }

  /// The unconstrained position of constrained values.
  ///
  /// `values` hold for every sampled quantity, and every discrete latent that is a coordinate, its value as it is recorded,
  /// axes as in its type.
  /// - Returns: the position, and the values that lie outside of their supports, at most one of each
  ///   statement; the position means nothing then.
  package static func unconstrain(
    _ values: [VariableID: Tensor],
    _ bound: BoundModel,
    like compiled: CompiledModel
  ) throws(LoweringError) -> (position: [Double], violations: [SupportViolation]) {
    var values = values
    for id in compiled.held {
      guard let recorded = values[id],
        case .index(let dimension) = bound.model.variables[id.index].type.element
      else { continue }
      let builder = GraphBuilder()
      values[id] = positions(builder.constant(recorded), bound[dimension], builder).constantValue
    }
    let lowering = ModelLowering(bound, constrained: values, held: compiled.held)
    try lowering.defineQuantities()
    let position = compiled.blocks.flatMap { block in
      if block.integers != nil { return values[block.variable]?.values ?? [] }
      let own = lowering.blocks.first { $0.equation == block.equation }
      return own?.input.constantValue?.values ?? []
    }
    return (position, lowering.violations)
  }

  // MARK: Queries

  /// An expression over draws as a graph of the quantities that it reads.
  package struct QueryGraph: Sendable {
    /// The quantities in the order of the graph's inputs.
    package var inputs: [VariableID]
    package var graph: Graph
    package var shape: [Int]
  }

  /// Compiles an expression of the script; indices come as they are recorded, see `labelled`.
  ///
  /// `inner` gives the value of an `E`, `P`, `SD` or `Q` inside of it.
  package static func compile(
    query expression: CheckedExpression,
    _ bound: BoundModel,
    recorded: [RecordedQuantity],
    inner: @escaping (CheckedExpression) throws(LoweringError) -> Tensor
  ) throws(LoweringError) -> QueryGraph {
    let builder = GraphBuilder()
    var inputs: [VariableID] = []
    var nodes: [VariableID: GraphValue] = [:]
    func variable(_ id: VariableID, _ span: SourceSpan) throws(LoweringError) -> VariableValue {
      if let node = nodes[id] { return VariableValue(node) }
      if let tensor = try bound.values.whole(id) {
        let cells = bound.missing[id] ?? []
        guard !cells.isEmpty, recorded.contains(where: { $0.variable == id }) else {
          return VariableValue(builder.constant(tensor))
        }
        // Missing cells have their values of the draw.
        var imputed = builder.addInput(shape: [cells.count])
        if case .index(let dimension) = bound.model.variables[id.index].type.element {
          imputed = positions(imputed, bound[dimension], builder)
        }
        var places = Array(0..<tensor.shape.count)
        for (number, cell) in cells.enumerated() { places[cell] = places.count + number }
        let index = builder.constant(
          Tensor(shape: [places.count], kind: .integer, values: places.map(Double.init))
        )
        let flat = builder.constant(tensor).reshape([tensor.shape.count])
        let node = GraphValue.concatenate([flat, imputed], axis: 0).gather(index)
          .reshape(tensor.shape)
        inputs.append(id)
        nodes[id] = node
        return VariableValue(node)
      }
      guard let quantity = recorded.first(where: { $0.variable == id }) else {
        throw LoweringError("E0602", "this quantity was not recorded", at: span)
      }
      var node = quantity.whole(builder.addInput(shape: Shape(quantity.shape)))
      if case .index(let dimension) = bound.model.variables[id.index].type.element {
        node = positions(node, bound[dimension], builder)
      }
      inputs.append(id)
      nodes[id] = node
      return VariableValue(node)
    }
    let lowering = Lowering(
      model: bound.model,
      builder: builder,
      dimensions: { (id: DimensionID) throws(LoweringError) -> BoundDimension in bound[id] },
      variable: variable,
      query: inner,
      externals: bound.externals
    )
    let value = try lowering.lower(expression, Plate.makeRoot())
    try lowering.checkBudget(expression.span)
    return QueryGraph(
      inputs: inputs,
      graph: builder.build(outputs: [
        labelled(value.node, expression.type.element, bound, builder)
      ]),
      shape: value.ownSizes
    )
  }

  /// The reverse of `labelled`: recorded labels back to positions from 0.
  static func positions(
    _ node: GraphValue,
    _ dimension: BoundDimension,
    _ builder: GraphBuilder
  ) -> GraphValue {
    switch dimension.labels {
    case .strings: return node - 1
    case .integers(let first, _): return node - Double(first)
    case .codes(let codes):
      // The number of codes below the label.
      let table = builder.constant(
        Tensor(shape: Shape([codes.count]), kind: .integer, values: codes.map(Double.init))
      )
      let ones = [Int](repeating: 1, count: node.shape.rank)
      let below = table.reshape(Shape(ones + [codes.count]))
        .isLess(than: node.reshape(Shape(node.shape.sizes + [1])))
      return below.sum(axes: [node.shape.rank]).reshape(node.shape)
    }
  }
}
