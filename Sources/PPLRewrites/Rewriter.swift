package import PPLGraphIR

/// Applies the rewrites to a graph, each in one pass, in a fixed order.
package enum Rewriter {
  /// All rewrites in the order in which they are applied.
  ///
  /// Exponentials that are taken back leave nothing to match. Factors go next, as they hide sums that are linear or of squares. Functions of gathered values move to their
  /// tables before linear sums are looked for, which take up the gathers. Rows that are equal are merged where no
  /// closed form was found, and what divisions are left over a plate become products.
  package static let rewrites: [any Rewrite] = [
    LogsOfExp(),
    FactorsOutOfSums(),
    ChooseLast(),
    GatherLast(),
    LinearSums(),
    LeastSquares(),
    EqualRows(),
    Reciprocals(),
  ]

  /// The rewritten graph: same inputs, same outputs up to rounding.
  ///
  /// - Parameters:
  ///   - graph: the graph of a log density, before it is differentiated, so that the gradient profits too.
  ///   - selection: the rewrites to apply.
  ///   - elementBudget: elements that each new graph may hold; a rewrite that needs more is left out.
  /// - Returns: the graph after all passes, and what was applied.
  /// - Complexity: linear in the nodes, and in the elements of constants.
  package static func rewrite(
    _ graph: Graph,
    selection: RewriteSelection = .all,
    elementBudget: Int = 1 << 27
  ) -> RewrittenGraph {
    var result = RewrittenGraph(graph: graph, applications: [])
    for rewrite in rewrites where selection.contains(rewrite) {
      guard
        let (next, count) = RewriteSite.apply(
          rewrite,
          to: result.graph,
          elementBudget: elementBudget
        )
      else { continue }
      result.graph = next
      result.applications.append(.init(name: rewrite.name, summary: rewrite.summary, count: count))
    }
    return result
  }
}

/// A graph after the rewrites.
package struct RewrittenGraph: Sendable {
  /// The rewrites' result.
  package var graph: Graph
  /// What was applied, in order.
  package var applications: [Application]

  /// A rewrite that was applied.
  package struct Application: Sendable, Hashable {
    /// The rewrite's name.
    package var name: String
    /// What it does.
    package var summary: String
    /// At how many places.
    package var count: Int
  }
}
