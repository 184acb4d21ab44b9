/// The sizes of a tensor's axes, outermost first; `[]` is a scalar.
///
/// Elements lie in row-major order: the last axis varies fastest.
package struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// Size of each axis; none is negative.
  package let sizes: [Int]

  /// Number of elements: the product of the sizes, 1 for a scalar.
  ///
  /// A product that does not fit is `Int.max`; a tensor of such a shape is never allocated.
  package let count: Int

  /// A shape with these axis sizes, none of them negative.
  package init(_ sizes: [Int]) {
    precondition(sizes.allSatisfy { $0 >= 0 }, "A size is not negative.")
    self.sizes = sizes
    count = Shape.product(of: sizes) ?? Int.max
  }

  /// A shape with sizes that a user gave; nil if one is negative or the element count does not fit.
  package init?(checked sizes: [Int]) {
    guard sizes.allSatisfy({ $0 >= 0 }), let count = Shape.product(of: sizes) else { return nil }
    self.sizes = sizes
    self.count = count
  }

  package init(arrayLiteral sizes: Int...) {
    self.init(sizes)
  }

  /// Number of axes.
  package var rank: Int { sizes.count }

  /// Distance in elements between neighbours along each axis, in row-major order.
  package var strides: [Int] {
    var strides = [Int](repeating: 1, count: sizes.count)
    var step = 1
    for axis in sizes.indices.reversed() {
      strides[axis] = step
      step = step &* sizes[axis]
    }
    return strides
  }

  /// The size of an axis.
  package subscript(axis: Int) -> Int { sizes[axis] }

  /// The same shape with another size along one axis.
  package func replacing(axis: Int, with size: Int) -> Shape {
    var sizes = sizes
    sizes[axis] = size
    return Shape(sizes)
  }

  /// As many axes as `rank`, all of size 1.
  package static func ones(rank: Int) -> Shape {
    Shape([Int](repeating: 1, count: rank))
  }

  package static func == (left: Shape, right: Shape) -> Bool { left.sizes == right.sizes }

  package func hash(into hasher: inout Hasher) { hasher.combine(sizes) }

  private static func product(of sizes: [Int]) -> Int? {
    if sizes.contains(0) { return 0 }
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      product = next
    }
    return product
  }
}

extension Shape: CustomStringConvertible {
  package var description: String {
    "[" + sizes.map(String.init).joined(separator: ", ") + "]"
  }
}
