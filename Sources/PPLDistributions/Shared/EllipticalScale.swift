import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

/// The matrix Σ of densities that depend on x by (x − μ)ᵀ Σ⁻¹ (x − μ), in one of the forms in which it is given.
package struct EllipticalScale {
  private enum Form {
    case factor
    case precisionFactor
    case scaledFactor(GraphValue)
  }

  private let form: Form
  /// The lower Cholesky factor of Σ, of Σ⁻¹ or of the correlation matrix.
  private let factor: GraphValue

  /// The parameters of each form, after those that come before the matrix.
  static func parameterisations(
    _ leading: [ParameterSignature]
  ) -> [[ParameterSignature]] {
    [
      [ParameterSignature("cov", rank: 2, .covariance)],
      [ParameterSignature("cholesky", rank: 2, .choleskyFactor, needsLabel: true)],
      [ParameterSignature("precision", rank: 2, .covariance, needsLabel: true)],
      [
        ParameterSignature("sd", rank: 1, .positive, needsLabel: true),
        ParameterSignature("corr", rank: 2, .correlation, needsLabel: true),
      ],
    ].map { leading + $0 }
  }

  /// The scale of vectors of `size` elements by the values of those parameters.
  init(_ parameterisation: Int, _ values: ArraySlice<GraphValue>, size: Int) {
    let (first, last) = (values[values.startIndex], values[values.endIndex - 1])
    switch parameterisation {
    case 1: (form, factor) = (.factor, first)
    case 2: (form, factor) = (.precisionFactor, first.cholesky())
    case 3: (form, factor) = (.scaledFactor(first.repeatingEvent(to: [size])), last.cholesky())
    default: (form, factor) = (.factor, first.cholesky())
    }
  }

  /// vᵀ Σ⁻¹ v for each vector.
  func squaredLength(of vectors: GraphValue) -> GraphValue {
    let product = FactorProduct(factor)
    return switch form {
    case .factor: product.solveSquaredLength(vectors)
    case .precisionFactor: product.multiply(vectors, transposed: false).square().sumOverEvent()
    case .scaledFactor(let sd): product.solveSquaredLength(vectors / sd)
    }
  }

  /// Addends of −½ log det Σ.
  var logDensityAddends: [GraphValue] {
    let logDeterminant = factor.diagonal().log().sumOverEvent()
    return switch form {
    case .factor: [-logDeterminant]
    case .precisionFactor: [logDeterminant]
    case .scaledFactor(let sd): [-logDeterminant, -sd.log().sumOverEvent()]
    }
  }

  /// Whether the matrix is known.
  var isKnown: Bool {
    switch form {
    case .factor, .precisionFactor: factor.constantValue != nil
    case .scaledFactor(let sd): factor.constantValue != nil && sd.constantValue != nil
    }
  }

  /// Vectors of independent elements with variance 1 from vectors of covariance Σ: the reverse of `transform`.
  func standardized(_ vectors: GraphValue) -> GraphValue {
    let product = FactorProduct(factor)
    return switch form {
    case .factor: product.solve(vectors, transposed: false)
    case .precisionFactor: product.multiply(vectors, transposed: false)
    case .scaledFactor(let sd): product.solve(vectors / sd, transposed: false)
    }
  }

  /// Vectors of covariance Σ from vectors of independent elements with variance 1.
  func transform(_ normal: GraphValue) -> GraphValue {
    let product = FactorProduct(factor)
    return switch form {
    case .factor: product.multiply(normal, transposed: true)
    case .precisionFactor: product.solve(normal, transposed: true)
    case .scaledFactor(let sd): sd * product.multiply(normal, transposed: true)
    }
  }
}
