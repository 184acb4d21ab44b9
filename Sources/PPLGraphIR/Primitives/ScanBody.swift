import PPLTensorCore

/// One step of a `scan`: what the loop does with the state of the step before.
///
/// Every value of the graph that depends on the carry or on a sequence has an axis of size 1 that stands for the step.
/// The inputs are the carry `[1, K]`, one element `[1, …]` of each sequence, and the invariants in whole. The one output
/// is a row `[1, R]`, R ≥ K, whose first K elements are the carry of the next step.
///
/// Equal bodies are the same object.
package final class ScanBody: Sendable, Hashable {
  /// The computation of one step.
  package let graph: Graph
  /// The same for all steps at once, where the carry `[length, K]` holds what each step is given.
  package let batched: Graph
  /// K.
  package let carryCount: Int
  /// Number of sequences.
  package let sequenceCount: Int

  /// A body whose graph has the inputs and the output of a step.
  package init(_ graph: Graph, batched: Graph, carryCount: Int, sequenceCount: Int) {
    self.graph = graph
    self.batched = batched
    self.carryCount = carryCount
    self.sequenceCount = sequenceCount
  }

  /// R.
  package var rowCount: Int { graph[graph.outputs[0]].shape[1] }

  /// Whether steps draw random numbers.
  package var isRandom: Bool {
    graph.nodes.contains { node in
      switch node.op {
      case .random, .callout(_, .draw): true
      case .scan(let inner, _, _): inner.isRandom
      default: false
      }
    }
  }

  package static func == (left: ScanBody, right: ScanBody) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
