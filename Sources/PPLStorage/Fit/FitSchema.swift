package import PPLJSON

/// Labels of the elements of a dimension.
package enum FitLabels: Sendable, Equatable {
  case integers([Int])
  case strings([String])

  /// Number of elements.
  package var count: Int {
    switch self {
    case .integers(let values): values.count
    case .strings(let values): values.count
    }
  }
}

/// A named dimension of the variables of a fit.
package struct FitDimension: Sendable, Equatable {
  /// Name, unique among dimensions and variables.
  package var name: String
  /// Labels of its elements.
  package var labels: FitLabels

  /// A dimension.
  package init(name: String, labels: FitLabels) {
    self.name = name
    self.labels = labels
  }
}

/// What the numbers of a variable are; in memory all are doubles.
package enum FitElement: Sendable, Equatable {
  case real
  /// Whole numbers of magnitude up to 2^53.
  case integer
  /// 0 and 1.
  case boolean
}

/// A variable of which every draw has a value.
package struct FitVariable: Sendable, Equatable {
  /// Name, unique in its group.
  package var name: String
  /// Names of its dimensions, outermost first, without chain and draw.
  package var dimensions: [String]
  /// What its numbers are.
  package var element: FitElement

  /// A variable.
  package init(name: String, dimensions: [String] = [], element: FitElement = .real) {
    self.name = name
    self.dimensions = dimensions
    self.element = element
  }
}

/// An observed array that is stored with a fit.
package struct FitData: Sendable, Equatable {
  /// Name, dimensions and kind of numbers.
  package var variable: FitVariable
  /// The numbers row by row (last dimension fastest).
  package var values: [Double]

  /// Observed data.
  package init(variable: FitVariable, values: [Double]) {
    self.variable = variable
    self.values = values
  }
}

/// Everything that is known of a fit before its first draw.
package struct FitSchema: Sendable {
  /// Number of chains, at least 1.
  package var chainCount: Int
  /// Number of draws each chain will have at most.
  package var drawCount: Int
  /// The dimensions that variables use.
  package var dimensions: [FitDimension]
  /// Variables of the group `posterior`.
  package var posterior: [FitVariable]
  /// Variables of the group `log_likelihood`.
  package var likelihoods: [FitVariable]
  /// Variables of the group `sample_stats`, named as ArviZ names them.
  package var sampleStatistics: [FitVariable]
  /// Variables of the group `unconstrained_posterior`: what else is needed to go on with the draws.
  package var unconstrained: [FitVariable]
  /// Content of the group `observed_data`.
  package var observedData: [FitData]
  /// Attributes of the groups: seed, version, tuning steps.
  package var attributes: [JSONMember]

  /// A schema.
  package init(
    chainCount: Int,
    drawCount: Int,
    dimensions: [FitDimension] = [],
    posterior: [FitVariable],
    likelihoods: [FitVariable] = [],
    sampleStatistics: [FitVariable] = [],
    unconstrained: [FitVariable] = [],
    observedData: [FitData] = [],
    attributes: [JSONMember] = []
  ) {
    self.chainCount = chainCount
    self.drawCount = drawCount
    self.dimensions = dimensions
    self.posterior = posterior
    self.likelihoods = likelihoods
    self.sampleStatistics = sampleStatistics
    self.unconstrained = unconstrained
    self.observedData = observedData
    self.attributes = attributes
  }

  /// Shape of one draw of a variable.
  package func shape(of variable: FitVariable) -> [Int] {
    variable.dimensions.map { name in
      guard let dimension = dimensions.first(where: { $0.name == name }) else {
        preconditionFailure("dimension \(name) of \(variable.name) is not in the schema")
      }
      return dimension.labels.count
    }
  }
}

/// How many draws a fit holds.
package struct FitExtent: Sendable, Equatable {
  /// Draws that are stored, by chain.
  package var drawsPerChain: [Int]
  /// Chains that the arrays show: without those at the end that have no draw.
  package var chainCount: Int
  /// Draws that the arrays show of each of these: what all of them have.
  package var drawCount: Int

  /// The extent of chains of this many draws.
  package init(drawsPerChain: [Int], isFinal: Bool) {
    self.drawsPerChain = drawsPerChain
    // While chains run, one that has not begun holds the others back; at the end it is left out.
    let last = drawsPerChain.lastIndex { $0 > 0 }
    chainCount = isFinal ? last.map { $0 + 1 } ?? drawsPerChain.count : drawsPerChain.count
    drawCount = drawsPerChain.prefix(chainCount).min() ?? 0
  }

  /// Whether the arrays show fewer draws than are stored.
  package var hidesDraws: Bool {
    drawsPerChain.prefix(chainCount).contains { $0 > drawCount }
  }
}

/// Why a fit could not be written or read.
package enum FitError: Error, Sendable, Equatable {
  case file(FileError)
  /// Something is at the path, and it may not be replaced.
  case exists(path: String)
  /// Another run writes there.
  case inUse(path: String)
  /// What is at the path is not a fit, so it is neither read nor replaced.
  case notAFit(path: String)
  /// The fit's files contradict each other or this format.
  case malformed(path: String, reason: String)

  /// One sentence for the user.
  package var message: String {
    switch self {
    case .file(let error): error.message
    case .exists(let path): "\(path) exists already"
    case .inUse(let path):
      "another run writes \(path): wait for its end, or choose another path with --out"
    case .notAFit(let path): "\(path) is not a fit"
    case .malformed(let path, let reason): "\(path) cannot be read as a fit: \(reason)"
    }
  }
}

/// Runs file operations, their errors turned into errors of fits.
func asFitError<Result>(
  _ body: () throws(FileError) -> Result
) throws(FitError) -> Result {
  do {
    return try body()
  } catch {
    throw .file(error)
  }
}
