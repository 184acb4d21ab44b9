extension KernelCall {
  /// Ascending, NaN last; sizes: (outer axes, the axis, inner axes).
  @inline(never)
  func runSort() {
    let (outer, length, inner) = sizes
    unsafe result.update(from: first, count: outer * length * inner)
    for line in 0..<outer * inner {
      let start = line / inner * length * inner + line % inner
      let values = unsafe result + start
      unsafe sortLine(values, count: length, step: inner) { precedes($0, $1) }
    }
  }

  /// Positions in ascending order of the operand, equal elements in their order.
  @inline(never)
  func runArgsort() {
    let (outer, length, inner) = sizes
    for line in 0..<outer * inner {
      let start = line / inner * length * inner + line % inner
      let keys = unsafe first + start
      let positions = unsafe result + start
      for index in 0..<length { unsafe positions[index * inner] = Double(index) }
      unsafe sortLine(positions, count: length, step: inner) { left, right in
        let leftKey = unsafe keys[Int(left) * inner]
        let rightKey = unsafe keys[Int(right) * inner]
        if precedes(leftKey, rightKey) { return true }
        return !precedes(rightKey, leftKey) && left < right
      }
    }
  }
}

/// Whether one number stands before another; NaN stands behind all.
@inline(__always)
private func precedes(_ left: Double, _ right: Double) -> Bool {
  left < right || (right.isNaN && !left.isNaN)
}

/// Sorts in place without further memory: heapsort (Williams 1964, doi:10.1145/512274.512284).
@inline(__always)
private func sortLine(
  _ values: UnsafeMutablePointer<Double>,
  count: Int,
  step: Int,
  by precedes: (Double, Double) -> Bool
) {
  func sink(_ start: Int, end: Int) {
    var parent = start
    let value = unsafe values[parent * step]
    while 2 * parent + 1 < end {
      var child = 2 * parent + 1
      if unsafe child + 1 < end && precedes(values[child * step], values[(child + 1) * step]) {
        child += 1
      }
      if unsafe !precedes(value, values[child * step]) { break }
      unsafe values[parent * step] = values[child * step]
      parent = child
    }
    unsafe values[parent * step] = value
  }
  if count < 2 { return }
  for start in (0..<count / 2).reversed() { sink(start, end: count) }
  for end in (1..<count).reversed() {
    let largest = unsafe values[0]
    unsafe values[0] = values[end * step]
    unsafe values[end * step] = largest
    sink(0, end: end)
  }
}
