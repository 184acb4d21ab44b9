package import PPLSyntax
package import PPLTypeSystem

/// Identity of a function or simulator outside of the program: its position in `CheckedModel.externals`.
package struct ExternalID: Sendable, Hashable {
  package var index: Int

  package init(_ index: Int) {
    self.index = index
  }
}

/// `extern fn` or `extern dist`: what something outside of the program computes.
package struct CheckedExternal: Sendable {
  /// Where it runs.
  package enum Place: Sendable, Hashable {
    /// A command that answers requests on its standard input.
    case process(command: String)
    /// A function of a shared library.
    case library(path: String, symbol: String)
    /// A function that the embedding program registers.
    case host(name: String)
  }

  /// How derivatives are had.
  package enum Gradient: String, Sendable, Hashable, CaseIterable {
    case none
    /// It gives them itself.
    case given
    /// From calls at neighbouring points.
    case finiteDifference = "finite_difference"
  }

  /// What an answer means that is not a number.
  package enum UnusableAnswer: String, Sendable, Hashable, CaseIterable {
    /// The arguments are impossible.
    case reject
    /// The run stops.
    case error
  }

  /// What it takes or gives.
  package struct Slot: Sendable {
    package var name: String
    package var element: ElementType
    /// Number of axes.
    package var rank: Int
  }

  package var name: Name
  package var isDistribution: Bool
  package var place: Place
  package var parameters: [Slot]
  package var result: Slot
  /// The signature as the program has it, without blanks: `(k:real,q:real)->real[sensor]`.
  package var signature: String

  package var gradient = Gradient.none
  /// Relative step of differences; nil for the cube root of the precision.
  package var step: Double?
  /// Most seconds for an answer.
  package var timeout = 60.0
  /// Attempts after one that failed.
  package var retries = 1
  /// Processes; nil for as many as there are cores.
  package var workers: Int?
  /// Calls in one request at most.
  package var batch = 64
  /// Whether results are kept by their arguments.
  package var isCached = false
  package var onUnusable = UnusableAnswer.reject
  /// A cheap function near this one, with which proposals are tried first.
  package var approximation: Name?

  package init(
    name: Name,
    isDistribution: Bool,
    place: Place,
    parameters: [Slot],
    result: Slot,
    signature: String
  ) {
    self.name = name
    self.isDistribution = isDistribution
    self.place = place
    self.parameters = parameters
    self.result = result
    self.signature = signature
  }
}
