import PPLGraphIR
import PPLSemantics
import PPLSourceText

/// How the steps of a recursion are taken apart instead of being made a loop.
///
/// Everything is computed for several copies side by side, the particles of a filter: the first axis of each plate. Statements
/// about data stand beside the members of the recursion.
struct StepTracing {
  /// Number of copies.
  var copies: Int
  /// Statements about data, and which of their brackets runs along the recursion.
  var statements: [(equation: CheckedEquation, axis: Int)]
  /// The log density of a statement's data at some indices for each copy, and its axis of the indices.
  var weigh:
    (CheckedEquation, CheckedDistribution, RecursionLowering.Place) throws(LoweringError) -> (
      value: GraphValue, axis: Int
    )
  /// Takes a segment whose rows are known in terms of its placeholders; false where its steps are mixed.
  var take:
    (RecursionLowering.Segment, [(value: GraphValue, axis: Int)]) throws(LoweringError) -> Bool

  /// Why a statement cannot be stepped through.
  func refusal(_ what: String, _ span: SourceSpan) -> LoweringError {
    StateSpaceStructure.refusal(
      what,
      span,
      "a step of a filter knows the states of its own index and of earlier ones at fixed distances",
      help: "read `x[t]`, `x[t-1]`, … only, or fit with `nuts()`, which moves all latents at once"
    )
  }
}
