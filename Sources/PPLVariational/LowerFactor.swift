import PPLTensorCore

/// Takes the mean of a matrix `[n, n]` and its transpose, where rounding makes the two halves differ.
package func symmetrize(_ matrix: inout [Double], size: Int) {
  for row in 0..<size {
    for column in 0..<row {
      let mean = 0.5 * (matrix[row * size + column] + matrix[column * size + row])
      matrix[row * size + column] = mean
      matrix[column * size + row] = mean
    }
  }
}

/// A lower triangular matrix L `[n, n]` with positive diagonal, row-major.
package struct LowerFactor: Sendable {
  package let size: Int
  package private(set) var elements: [Double]

  /// The Cholesky factor of a symmetric matrix `[n, n]`; nil if that is not positive definite.
  package init?(of matrix: [Double], size: Int) {
    var elements = matrix
    unsafe elements.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { unsafe LinearAlgebra.cholesky(base, n: size) }
    }
    for index in 0..<size {
      guard elements[index * size + index].isFinite, elements[index * size + index] > 0 else {
        return nil
      }
    }
    self.size = size
    self.elements = elements
  }

  /// A matrix that is lower triangular already, with positive diagonal.
  init(lower elements: [Double], size: Int) {
    self.size = size
    self.elements = elements
  }

  /// Σ log Lᵢᵢ.
  package var logDeterminant: Double {
    (0..<size).reduce(0) { $0 + LibM.log(elements[$1 * size + $1]) }
  }

  /// L v, or Lᵀ v when `transposed`.
  package func multiply(_ v: [Double], transposed: Bool) -> [Double] {
    var result = [Double](repeating: 0, count: size)
    for row in 0..<size {
      for column in 0...row {
        let element = elements[row * size + column]
        if transposed {
          result[column] += element * v[row]
        } else {
          result[row] += element * v[column]
        }
      }
    }
    return result
  }

  /// L⁻¹ B for B `[n, columns]`, or L⁻ᵀ B when `transposed`.
  package func solve(_ b: [Double], columns: Int = 1, transposed: Bool) -> [Double] {
    var result = b
    unsafe result.withUnsafeMutableBufferPointer { buffer in
      unsafe elements.withUnsafeBufferPointer { factor in
        if let base = buffer.baseAddress, let l = factor.baseAddress {
          unsafe LinearAlgebra.triangularSolve(
            l,
            transposed: transposed,
            base,
            n: size,
            m: columns
          )
        }
      }
    }
    return result
  }

  /// The inverse of L Lᵀ, `[n, n]`.
  var inverseOfProduct: [Double] {
    var identity = [Double](repeating: 0, count: size * size)
    for index in 0..<size { identity[index * size + index] = 1 }
    let inverse = solve(identity, columns: size, transposed: false)
    return solve(inverse, columns: size, transposed: true)
  }
}
