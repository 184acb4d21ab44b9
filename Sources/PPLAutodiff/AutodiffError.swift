package import PPLGraphIR

/// Why a graph has no derivative graph.
package enum AutodiffError: Error, Hashable {
  /// The primitive at `node` has no derivative in its operand number `operand`, which depends on the inputs.
  case notDifferentiable(op: String, operand: Int, node: NodeID)
  /// A callout that depends on the inputs gives no derivatives.
  case noGradient(callout: String)
  /// The derivative graph exceeds its element budget.
  case budgetExceeded(BudgetFailure)
}
