/// Where functions outside of the program come from, once the sizes of their arguments are known.
package protocol CalloutSource: AnyObject, Sendable {
  /// What calls have come to so far.
  var tally: CalloutTally { get }

  /// Something that answers calls of this signature, made ready and asked whether it agrees.
  ///
  /// - Throws: why it cannot be had.
  func backend(for signature: CalloutSignature) throws(CalloutFailure) -> any CalloutBackend

  /// Whether it gives the derivatives of a weighted sum of its result's elements rather than all derivatives.
  var givesPullbacks: Bool { get }
}

/// Why a function outside of the program cannot be called.
package struct CalloutFailure: Error, Sendable, Hashable {
  /// One sentence: what happened.
  package var message: String
  /// What the function itself said about it, its last lines.
  package var output: String
  /// What to do.
  package var help: String?

  package init(message: String, output: String = "", help: String? = nil) {
    self.message = message
    self.output = output
    self.help = help
  }
}
