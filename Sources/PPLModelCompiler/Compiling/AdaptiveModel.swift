import PPLDistributions
package import PPLGraphIR
import PPLRewrites
import PPLSemantics
package import PPLSourceText
import PPLSyntax
import PPLTensorCore

/// The graphs of a model for a sampler that chooses the coordinates of hierarchical elements.
///
/// Positions q are as in `CompiledModel`, except that an element has the coordinate
///
///     v = u                             where its weight w is 1,
///     v = (u − location) / scale        where it is 0,
///
/// with u its value on the unconstrained scale, location and scale those of its statement; these may depend on earlier
/// elements of the same quantity, as those of a random walk do.
package struct AdaptiveModel: Sendable {
  /// A statement whose elements can have either.
  package struct Statement: Sendable {
    package var name: String
    package var span: SourceSpan
    /// Which of the elements are its own.
    package var elements: Range<Int>
  }

  /// q, w → log density with the Jacobian, then its gradient by q.
  package var gradient: Graph
  /// q, w → what `CompiledModel.draw` gives.
  package var draw: Graph
  /// q, w, other weights → the coordinates with those.
  package var recentering: Graph
  /// The places in q of each element's coordinates.
  package var elements: [Range<Int>]
  package var statements: [Statement]
}

extension ModelCompiler {
  /// Compiles a bound model for a sampler that chooses coordinates; nil if there is nothing to choose.
  ///
  /// - Parameters:
  ///   - bound: the model with its data.
  ///   - compiled: the same as written, with whose settings and order of coordinates it is compiled.
  /// - Returns: the graphs.
  /// - Throws: what `compile` throws.
  package static func adaptive(_ bound: BoundModel, like compiled: CompiledModel)
    throws(LoweringError) -> AdaptiveModel?
  {
    do throws(LoweringError) {
      return try adaptive(bound, like: compiled, followsSteps: true)
    } catch {
      // Elements that read earlier ones in a way that cannot be followed keep their values as coordinates.
      return try adaptive(bound, like: compiled, followsSteps: false)
    }
  }

  private static func adaptive(
    _ bound: BoundModel,
    like compiled: CompiledModel,
    followsSteps: Bool
  ) throws(LoweringError) -> AdaptiveModel? {
    let elementBudget = compiled.elementBudget
    let lowering = ModelLowering(
      bound,
      choosesCoordinates: true,
      followsSteps: followsSteps,
      elementBudget: elementBudget
    )
    try lowering.run()
    let order = Dictionary(
      compiled.blocks.enumerated().map { ($1.equation, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    let blocks = lowering.blocks.sorted {
      order[$0.equation, default: 0] < order[$1.equation, default: 0]
    }
    var elements: [Range<Int>] = []
    var statements: [AdaptiveModel.Statement] = []
    var (weights, others): ([Int], [Int]) = ([], [])
    var moved: [GraphValue] = []
    var offset = 0
    for block in blocks {
      let count = block.input.shape.count
      defer { offset += count }
      guard case .chosen(let own, let other, let coordinates)? = block.centering else {
        moved.append(block.input)
        continue
      }
      let events = block.input.shape.sizes.dropLast(block.transform.eventRank).reduce(1, *)
      let width = events > 0 ? count / events : 0
      statements.append(
        AdaptiveModel.Statement(
          name: bound.model.variables[block.variable.index].name.text,
          span: bound.model.equations[block.equation].targetSpan,
          elements: elements.count..<(elements.count + events)
        )
      )
      for event in 0..<events {
        elements.append((offset + event * width)..<(offset + (event + 1) * width))
      }
      weights.append(own)
      others.append(other)
      moved.append(coordinates)
    }
    guard !elements.isEmpty else { return nil }
    let builder = lowering.builder
    let positions = blocks.map(\.inputNumber)
    let density = (lowering.terms.map(\.total) + lowering.jacobian)
      .reduce(builder.constant(0), +)
    let (_, gradient) = try differentiated(
      builder.build(outputs: [density]).selectingInputs(positions + weights),
      by: Array(positions.indices),
      selection: compiled.selection,
      elementBudget: elementBudget
    )
    return AdaptiveModel(
      gradient: gradient,
      draw: builder.build(outputs: recordedNodes(lowering)).selectingInputs(positions + weights),
      recentering: builder.build(outputs: moved).selectingInputs(positions + weights + others),
      elements: elements,
      statements: statements
    )
  }
}
