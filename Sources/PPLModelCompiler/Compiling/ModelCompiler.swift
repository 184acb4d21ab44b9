import PPLAutodiff
import PPLDistributions
package import PPLGraphIR
package import PPLRewrites
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
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
}
