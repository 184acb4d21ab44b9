import PPLGraphIR
import PPLTensorCore

/// Contribution to the elements `start ..< start + count` along an axis of an adjoint, zero elsewhere.
struct AdjointSlice {
  let axis: Int
  let start: Int
  let count: Int
  var value: GraphValue

  var end: Int { start + count }
}

/// The contributions to an adjoint so far.
///
/// Slices are collected and joined at the end: n disjoint slices of a vector cost n pieces of one concatenation,
/// not n vectors.
struct PendingAdjoint {
  private var sum: GraphValue?
  private var slices: [AdjointSlice] = []
  private var isMasked = false

  mutating func add(_ value: GraphValue, isMasked: Bool) {
    sum = sum.map { $0 + value } ?? value
    self.isMasked = self.isMasked || isMasked
  }

  mutating func add(_ slice: AdjointSlice, isMasked: Bool) {
    slices.append(slice)
    self.isMasked = self.isMasked || isMasked
  }

  /// The sum of all contributions; nil if there are none.
  func total(shape: Shape) -> Adjoint? {
    var total = sum
    for axis in Set(slices.map(\.axis)).sorted() {
      for layer in layers(axis: axis) {
        let value = joined(layer, axis: axis, shape: shape)
        total = total.map { $0 + value } ?? value
      }
    }
    return total.map { Adjoint(value: $0, isMasked: isMasked) }
  }

  /// The slices along an axis in layers without overlap, each in order; slices of one range are added.
  private func layers(axis: Int) -> [[AdjointSlice]] {
    var sorted = slices.filter { $0.axis == axis && $0.count > 0 }
    // Equal ranges keep the order in which they came, for the sake of equal rounding on every run.
    sorted = sorted.enumerated()
      .sorted {
        ($0.element.start, $0.element.end, $0.offset) < (
          $1.element.start, $1.element.end, $1.offset
        )
      }
      .map(\.element)
    var distinct: [AdjointSlice] = []
    for slice in sorted {
      if let last = distinct.last, last.start == slice.start, last.end == slice.end {
        distinct[distinct.count - 1].value = last.value + slice.value
      } else {
        distinct.append(slice)
      }
    }
    var layers: [[AdjointSlice]] = []
    for slice in distinct {
      // A bounded search keeps the time linear; a layer more is no fault.
      let fitting = layers.indices.suffix(8).first { index in
        layers[index].last.map { $0.end <= slice.start } ?? true
      }
      if let fitting {
        layers[fitting].append(slice)
      } else {
        layers.append([slice])
      }
    }
    return layers
  }

  private func joined(_ layer: [AdjointSlice], axis: Int, shape: Shape) -> GraphValue {
    if layer.count == 1 {
      let slice = layer[0]
      if slice.count == shape[axis] { return slice.value }
      return slice.value.pad(
        axis: axis,
        before: slice.start,
        after: shape[axis] - slice.end
      )
    }
    var pieces: [GraphValue] = []
    var position = 0
    func addZeros(until start: Int, like value: GraphValue) {
      if start > position {
        let gap = shape.replacing(axis: axis, with: start - position)
        pieces.append(value.scalar(0).broadcast(to: gap))
      }
    }
    for slice in layer {
      addZeros(until: slice.start, like: slice.value)
      pieces.append(slice.value)
      position = slice.end
    }
    addZeros(until: shape[axis], like: layer[0].value)
    return .concatenate(pieces, axis: axis)
  }
}
