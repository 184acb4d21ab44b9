/// The indices over which an expression is evaluated at once: the leading axes of its value.
///
/// Plates form chains: each is its parent extended by one axis, or with some index tuples of the parent
/// selected. A value made under a plate is brought to a plate further down by `Lowering.lift`.
final class Plate {
  enum Step {
    case root
    /// One more axis behind the parent's.
    case extended
    /// The first `kept` axes stay; of the tuples of the others only those at `positions` (row-major)
    /// remain, as one axis.
    case selected(kept: Int, positions: [Int])
    /// Some positions of one axis remain; the others stay as they are.
    case sliced(axis: Int, positions: [Int])
  }

  let parent: Plate?
  let step: Step
  /// Sizes of the axes.
  let shape: [Int]

  private init(parent: Plate?, step: Step, shape: [Int]) {
    self.parent = parent
    self.step = step
    self.shape = shape
  }

  /// The plate of one evaluation.
  static let rootShape: [Int] = []

  static func makeRoot() -> Plate {
    Plate(parent: nil, step: .root, shape: rootShape)
  }

  var rank: Int { shape.count }

  /// Number of index tuples; nil on overflow.
  var count: Int? { checkedProduct(shape) }

  func extended(by size: Int) -> Plate {
    Plate(parent: self, step: .extended, shape: shape + [size])
  }

  func selected(kept: Int, positions: [Int]) -> Plate {
    Plate(
      parent: self,
      step: .selected(kept: kept, positions: positions),
      shape: Array(shape.prefix(kept)) + [positions.count]
    )
  }

  func sliced(axis: Int, positions: [Int]) -> Plate {
    var sizes = shape
    sizes[axis] = positions.count
    return Plate(parent: self, step: .sliced(axis: axis, positions: positions), shape: sizes)
  }

  /// The plates from below an ancestor down to this one; nil if it is no ancestor.
  func path(from ancestor: Plate) -> [Plate]? {
    var path: [Plate] = []
    var plate: Plate? = self
    while let current = plate {
      if current === ancestor { return path.reversed() }
      path.append(current)
      plate = current.parent
    }
    return nil
  }
}

/// The product of sizes; nil on overflow.
func checkedProduct(_ sizes: [Int]) -> Int? {
  var product = 1
  for size in sizes {
    let (next, overflow) = product.multipliedReportingOverflow(by: size)
    guard !overflow else { return nil }
    product = next
  }
  return product
}
