/// One end of an interval.
package enum SupportBound: Sendable, Hashable {
  /// No bound: infinite.
  case none
  case value(Double)
  /// The k-th parameter of the distribution.
  case parameter(Int)

  /// Whether it is a parameter.
  package var isParameter: Bool {
    if case .parameter = self { true } else { false }
  }
}

/// Joint vector types; the names are those of the language.
package enum VectorSupport: String, Sendable, Hashable, CaseIterable {
  /// Positive, sum 1.
  case simplex
  /// Ascending.
  case ordered
  /// Ascending and positive.
  case positiveOrdered = "positive_ordered"
  /// Sum 0.
  case sumToZero = "sum_to_zero"
  /// Euclidean length 1.
  case unit
}

/// Joint matrix types; the names are those of the language.
package enum MatrixSupport: String, Sendable, Hashable, CaseIterable {
  /// Correlation matrix.
  case corr
  /// Covariance matrix (symmetric positive definite).
  case cov
  /// Lower Cholesky factor of a correlation matrix: rows of length 1, positive diagonal.
  case choleskyCorr = "cholesky_corr"
  /// Lower Cholesky factor of a covariance matrix: positive diagonal.
  case choleskyCov = "cholesky_cov"
}

/// The set of values on which a distribution's density is not zero.
package enum Support: Sendable, Hashable {
  /// A real interval.
  case interval(lower: SupportBound, upper: SupportBound)
  /// Integers from lower to upper.
  case integers(lower: SupportBound, upper: SupportBound)
  /// Positions in the axis of the k-th parameter (a vector of probabilities or logits), and as many `more` behind
  /// its end: cutpoints are one fewer than the categories that they part.
  case categories(parameter: Int, more: Int = 0)
  /// Vectors of one axis of integers of at least 0.
  case naturalVector
  /// Vectors of one axis.
  case vector(VectorSupport)
  /// Real vectors of one axis without constraint.
  case realVector
  /// Square matrices.
  case matrix(MatrixSupport)
  /// Whatever the type says: the density is 1 there (`Flat`).
  case declared

  package static let real = Support.interval(lower: .none, upper: .none)
  package static let positive = Support.interval(lower: .value(0), upper: .none)
  package static let unitInterval = Support.interval(lower: .value(0), upper: .value(1))
  package static let naturals = Support.integers(lower: .value(0), upper: .none)
  package static let boolean = Support.integers(lower: .value(0), upper: .value(1))

  /// Whether the values are integers or categories.
  package var isDiscrete: Bool {
    switch self {
    case .integers, .categories, .naturalVector: true
    case .interval, .vector, .realVector, .matrix, .declared: false
    }
  }

  /// How many axes one event has: 0 for scalars, 1 for vectors, 2 for matrices.
  package var eventRank: Int {
    switch self {
    case .interval, .integers, .categories, .declared: 0
    case .vector, .realVector, .naturalVector: 1
    case .matrix: 2
    }
  }

  /// Whether a parameter of the distribution bounds it.
  package var hasParameterBounds: Bool {
    switch self {
    case .interval(let lower, let upper), .integers(let lower, let upper):
      lower.isParameter || upper.isParameter
    case .categories, .vector, .realVector, .naturalVector, .matrix, .declared: false
    }
  }
}
