import PPLGraphIR
import PPLTensorCore

extension Op {
  /// The primitive's value by its kernel.
  func value(_ operands: [Tensor]) -> Tensor {
    evaluated(on: operands, key: RandomKey(seed: 1))
  }
}

extension Shape {
  /// All indices in row-major order.
  var indices: [[Int]] {
    sizes.reduce([[]]) { heads, size in heads.flatMap { head in (0..<size).map { head + [$0] } } }
  }
}

extension Tensor {
  /// The element at an index; axes of size 1 repeat if asked to.
  subscript(at index: [Int], repeating repeats: Bool = false) -> Double {
    var offset = 0
    for (axis, position) in index.enumerated() {
      offset = offset * shape[axis] + (repeats && shape[axis] == 1 ? 0 : position)
    }
    return values[offset]
  }

  /// Random normal numbers.
  static func random(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = RandomKey(seed: seed).makeGenerator()
    return Tensor(shape: shape, values: (0..<shape.count).map { _ in generator.nextNormal() })
  }

  /// 0, 1, 2, ….
  static func counting(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.count).map(Double.init))
  }
}
