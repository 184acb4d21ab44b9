import PPLGraphIR
import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The names of a statement's elements as the user writes them: `y[3]`, `z["north",2002]`.
package struct ElementNames: Sendable {
  /// An index in the statement's brackets.
  struct Index: Sendable {
    /// Its value at each place of the plate; size 1 along axes along which it does not vary.
    var values: Tensor
    /// Where positions from 0 have their labels; nil for integers, which stand for themselves.
    var dimension: BoundDimension?
  }

  package var name: String
  /// The plate, then the axes over which the statement is lifted.
  var sizes: [Int]
  var indices: [Index]
  /// The dimensions of the lifted axes; nil for axes without labels.
  var lifted: [BoundDimension?]

  /// Number of elements.
  package var count: Int { sizes.reduce(1, *) }

  /// For each dimension along which elements are told apart, the position of each element; the first of equal dimensions.
  var positions: [String: [Int]] {
    var result: [String: [Int]] = [:]
    let strides = Shape(sizes).strides
    func coordinate(_ element: Int, _ axis: Int) -> Int { element / strides[axis] % sizes[axis] }
    for index in indices {
      guard let name = index.dimension?.name, result[name] == nil else { continue }
      result[name] = (0..<count).map { element in
        var place = 0
        for (axis, size) in index.values.shape.sizes.enumerated() {
          place = place * size + (size == 1 ? 0 : coordinate(element, axis))
        }
        return Int(index.values.values[place])
      }
    }
    let first = sizes.count - lifted.count
    for (axis, dimension) in lifted.enumerated() {
      guard let name = dimension?.name, result[name] == nil else { continue }
      result[name] = (0..<count).map { coordinate($0, first + axis) }
    }
    return result
  }

  /// The name of an element, counted row by row.
  package func name(of element: Int) -> String {
    var coordinates: [Int] = []
    var remainder = element
    for stride in Shape(sizes).strides {
      coordinates.append(remainder / stride)
      remainder %= stride
    }
    var labels = indices.map { index in
      var place = 0
      for (coordinate, size) in zip(coordinates, index.values.shape.sizes) {
        place = place * size + (size == 1 ? 0 : coordinate)
      }
      let value = index.values.values[place]
      return index.dimension.map { $0.name(at: Int(value)) } ?? shortNumber(value)
    }
    for (dimension, coordinate) in zip(lifted, coordinates.suffix(lifted.count)) {
      labels.append(dimension?.name(at: coordinate) ?? "\(coordinate + 1)")
    }
    return labels.isEmpty ? name : "\(name)[\(labels.joined(separator: ","))]"
  }
}

extension ModelLowering {
  /// Names of the elements of a statement with these indices in its brackets.
  func elementNames(
    _ name: String,
    _ indices: [CheckedExpression],
    lifted axes: some Sequence<Axis>,
    sizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> ElementNames {
    var known: [ElementNames.Index] = []
    for index in indices {
      guard let values = try lowering.lower(index, plate).node.constantValue else { continue }
      var dimension: BoundDimension?
      if case .index(let id) = index.type.element { dimension = bound[id] }
      known.append(ElementNames.Index(values: values, dimension: dimension))
    }
    return ElementNames(
      name: name,
      sizes: sizes,
      indices: known,
      lifted: axes.map { axis in
        if case .dimension(let id) = axis { bound[id] } else { nil }
      }
    )
  }

  /// The indices in the brackets of an equation's target.
  func indices(of equation: CheckedEquation) -> [CheckedExpression] {
    equation.items.map { item in
      switch item {
      case .binder(let binder): ArrayAssembly.expression(binder)
      case .fixed(let fixed): fixed
      }
    }
  }
}
