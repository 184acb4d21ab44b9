import PPLTensorCore

/// The elements of a stored value that a loop reads or writes: one address for each point of its space.
struct Access: Hashable {
  /// Number of the value.
  var value: Int
  /// Place of the first element within the value.
  var offset = 0
  /// Distance between neighbours along each axis of the space; 0 where the value repeats.
  var strides: [Int]

  /// Whether all points are the same element.
  var isInvariant: Bool { strides.allSatisfy { $0 == 0 } }

  /// Whether the elements stand in the order of the space, without gaps from the value's start.
  func isIdentity(on space: [Int]) -> Bool {
    offset == 0 && strides == Access.rowMajorStrides(space)
  }

  /// Strides of a space without axes of size 1, in row-major order.
  static func rowMajorStrides(_ sizes: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: sizes.count)
    var step = 1
    for axis in sizes.indices.reversed() {
      strides[axis] = step
      step *= sizes[axis]
    }
    return strides
  }
}

/// How a node of the graph lies within a value: shape primitives are views and cost nothing.
struct NodeView {
  var value: Int
  var offset = 0
  /// One stride for each axis of the node, 0 along axes of size 1.
  var strides: [Int]

  /// All of a value in row-major order.
  init(_ value: Int, shape: Shape) {
    self.value = value
    strides = zip(shape.sizes, shape.strides).map { $0 == 1 ? 0 : $1 }
  }

  /// The access of a loop over the axes `axes` of the node.
  func access(axes: [Int]) -> Access {
    Access(value: value, offset: offset, strides: axes.map { strides[$0] })
  }

  /// Whether the elements are all of a piece in row-major order.
  func isContiguous(_ shape: Shape) -> Bool {
    zip(shape.sizes, zip(strides, shape.strides)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
  }

  /// The same elements in another shape; nil if no strides describe them.
  func reshaped(from old: Shape, to new: Shape) -> NodeView? {
    // Blocks of neighbouring axes that are like one axis, last one first.
    var blocks: [(size: Int, stride: Int)] = []
    for axis in old.sizes.indices.reversed() where old[axis] != 1 {
      if let last = blocks.last, strides[axis] == last.stride * last.size {
        blocks[blocks.count - 1].size *= old[axis]
      } else {
        blocks.append((old[axis], strides[axis]))
      }
    }
    var result = self
    result.strides = [Int](repeating: 0, count: new.rank)
    var block = 0
    for axis in new.sizes.indices.reversed() where new[axis] != 1 {
      while block < blocks.count, blocks[block].size == 1 { block += 1 }
      guard block < blocks.count, blocks[block].size % new[axis] == 0 else { return nil }
      result.strides[axis] = blocks[block].stride
      blocks[block].size /= new[axis]
      blocks[block].stride *= new[axis]
    }
    return result
  }
}

extension Shape {
  /// The axes along which there is more than one element.
  var longAxes: [Int] { sizes.indices.filter { sizes[$0] != 1 } }
}
