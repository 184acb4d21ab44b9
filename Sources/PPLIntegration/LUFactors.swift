/// A small square matrix and its factors with partial pivoting, without allocation.
@safe
final class LUFactors {
  private let size: Int
  private let elements: Numbers
  private let order: UnsafeMutablePointer<Int>

  init(_ size: Int) {
    self.size = size
    elements = .allocate(size * size)
    unsafe order = .allocate(capacity: max(size, 1))
    unsafe order.initialize(repeating: 0, count: max(size, 1))
  }

  deinit {
    elements.deallocate()
    unsafe order.deallocate()
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * size + column] }
    set { elements[row * size + column] = newValue }
  }

  /// Replaces the matrix by its factors; false where it is singular or not finite.
  func factor() -> Bool {
    for column in 0..<size {
      var pivot = column
      for row in column..<size
      where self[row, column].magnitude > self[pivot, column].magnitude { pivot = row }
      unsafe order[column] = pivot
      let value = self[pivot, column]
      guard value.isFinite, value != 0 else { return false }
      if pivot != column {
        for other in 0..<size {
          (self[column, other], self[pivot, other]) = (self[pivot, other], self[column, other])
        }
      }
      for row in (column + 1)..<max(size, column + 1) {
        let factor = self[row, column] / value
        self[row, column] = factor
        if factor == 0 { continue }
        for other in (column + 1)..<size { self[row, other] -= factor * self[column, other] }
      }
    }
    return true
  }

  /// Replaces right sides `[size, columns]`, row-major, by the solutions.
  func solve(_ right: Numbers, columns: Int = 1) {
    for row in 0..<size {
      let pivot = unsafe order[row]
      if pivot == row { continue }
      for column in 0..<columns {
        let moved = right[row * columns + column]
        right[row * columns + column] = right[pivot * columns + column]
        right[pivot * columns + column] = moved
      }
    }
    for row in 0..<size {
      for earlier in 0..<row { subtract(earlier, times: self[row, earlier], row, right, columns) }
    }
    for row in (0..<size).reversed() {
      for later in (row + 1)..<max(size, row + 1) {
        subtract(later, times: self[row, later], row, right, columns)
      }
      let pivot = self[row, row]
      for column in 0..<columns { right[row * columns + column] /= pivot }
    }
  }

  private func subtract(
    _ source: Int,
    times factor: Double,
    _ row: Int,
    _ right: Numbers,
    _ columns: Int
  ) {
    if factor == 0 { return }
    let target = right.from(row * columns)
    let other = right.from(source * columns)
    for column in 0..<columns { target[column] -= factor * other[column] }
  }
}
