package import PPLGraphIR

/// A change of a graph that saves work and keeps value and gradient.
///
/// Values may change by rounding: at most 1e-12 of the sum of absolute terms. Where the value was NaN or infinite
/// it stays NaN or infinite, though not always the same of these.
package protocol Rewrite: Sendable {
  /// The name by which a user switches it off.
  var name: String { get }
  /// What it does, in a few words.
  var summary: String { get }
  /// What stands for a node in the new graph, of the same shape and kind; nil where the rewrite does not apply.
  func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue?
}
