/// Which rewrites are to be applied.
package struct RewriteSelection: Sendable, Hashable {
  private let excluded: Set<String>

  /// All rewrites.
  package static let all = RewriteSelection(excluded: [])
  /// None.
  package static let none = RewriteSelection(excluded: Set(Rewriter.rewrites.map(\.name)))

  private init(excluded: Set<String>) { self.excluded = excluded }

  /// All but those with these names.
  ///
  /// - Throws: `UnknownRewrite` for the first name that no rewrite has.
  package static func all(except names: [String]) throws(UnknownRewrite) -> RewriteSelection {
    for name in names where !Rewriter.rewrites.contains(where: { $0.name == name }) {
      throw UnknownRewrite(name: name)
    }
    return RewriteSelection(excluded: Set(names))
  }

  /// Only the rewrite with this name.
  package static func only(_ name: String) -> RewriteSelection {
    RewriteSelection(excluded: Set(Rewriter.rewrites.map(\.name)).subtracting([name]))
  }

  /// Whether a rewrite is to be applied.
  package func contains(_ rewrite: any Rewrite) -> Bool { !excluded.contains(rewrite.name) }
}

/// A name that no rewrite has.
package struct UnknownRewrite: Error, Sendable, Hashable {
  /// The name.
  package let name: String

  /// What is wrong, with the names that there are.
  package var message: String {
    "there is no rewrite `\(name)`; there are "
      + Rewriter.rewrites.map(\.name).joined(separator: ", ")
  }
}
