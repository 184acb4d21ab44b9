/// What the elements of a tensor stand for.
package enum ElementKind: String, Sendable, Hashable, CaseIterable {
  case real, integer, boolean
}

/// An array of numbers with a shape, in row-major order.
///
/// Integers and booleans (0 and 1) are stored exactly as doubles, so that every kernel sees one storage type.
///
///     let matrix = Tensor(shape: [2, 2], values: [1, 2, 3, 4])
///     matrix[1, 0]  // 3
package struct Tensor: Sendable {
  /// Sizes of the axes.
  package let shape: Shape
  /// What the elements stand for.
  package let kind: ElementKind
  /// The elements; as many as `shape.count`.
  package private(set) var values: [Double]

  /// A tensor with these elements in row-major order, `shape.count` of them.
  package init(shape: Shape, kind: ElementKind = .real, values: [Double]) {
    precondition(values.count == shape.count, "There is one value for each element of the shape.")
    self.shape = shape
    self.kind = kind
    self.values = values
  }

  /// A scalar, shape `[]`.
  package init(scalar: Double, kind: ElementKind = .real) {
    self.init(shape: [], kind: kind, values: [scalar])
  }

  /// A tensor with the same value everywhere.
  package init(shape: Shape, kind: ElementKind = .real, repeating value: Double) {
    self.init(
      shape: shape,
      kind: kind,
      values: [Double](repeating: value, count: shape.count)
    )
  }

  /// A tensor whose elements a closure writes; all of them.
  package init(
    shape: Shape,
    kind: ElementKind = .real,
    initializingWith body: (UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let count = shape.count
    let values = unsafe [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe body(UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
      initialized = count
    }
    self.init(shape: shape, kind: kind, values: values)
  }

  /// The element at an index along each axis.
  package subscript(indices: Int...) -> Double {
    get { values[offset(of: indices)] }
    set { values[offset(of: indices)] = newValue }
  }

  /// The only element of a tensor that has one.
  package var scalar: Double? { values.count == 1 ? values[0] : nil }

  /// The value that all elements have, bit for bit; nil if they differ or there is none.
  package var uniformValue: Double? {
    guard let first = values.first else { return nil }
    return values.allSatisfy { $0.bitPattern == first.bitPattern } ? first : nil
  }

  /// The same elements in another shape with as many.
  package func reshaped(to shape: Shape) -> Tensor {
    Tensor(shape: shape, kind: kind, values: values)
  }

  private func offset(of indices: [Int]) -> Int {
    precondition(indices.count == shape.rank, "There is one index for each axis.")
    var offset = 0
    for (axis, index) in indices.enumerated() {
      precondition(index >= 0 && index < shape[axis], "An index lies within its axis.")
      offset = offset * shape[axis] + index
    }
    return offset
  }
}
