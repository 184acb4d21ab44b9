package import PPLRewrites

/// Which rewrites are applied to the graph of a log density; they save time and change results by rounding only.
public struct Rewrites: Sendable, Hashable {
  package let selection: RewriteSelection

  /// All of them.
  public static let all = Rewrites(selection: .all)

  /// The name of each, in the order in which they are applied, and what it does.
  public static var known: [(name: String, summary: String)] {
    Rewriter.rewrites.map { ($0.name, $0.summary) }
  }

  /// All but those with these names.
  ///
  /// - Parameter names: as ``known`` lists them.
  /// - Returns: the others.
  /// - Throws: `UnknownRewrite`, which names the first that does not exist.
  public static func all(except names: [String]) throws(UnknownRewrite) -> Rewrites {
    do {
      return Rewrites(selection: try RewriteSelection.all(except: names))
    } catch {
      throw UnknownRewrite(message: error.message)
    }
  }

  /// A rewrite was named that does not exist.
  public struct UnknownRewrite: Error, Sendable, Hashable {
    /// What is wrong, with the names that there are.
    public let message: String
  }
}
