extension KernelCall {
  /// Copies; nest: (operand, result).
  @inline(never)
  func runCopy(_ table: UnsafeMutablePointer<Int>) {
    let count = nest.innerCount
    let step = nest.innerStrides.first
    let resultStep = nest.innerStrides.second
    var offsets = LoopNest.Strides()
    for _ in 0..<nest.outerCount {
      let source = unsafe first + offsets.first
      let target = unsafe result + offsets.second
      if resultStep == 1, step == 1 {
        unsafe target.update(from: source, count: count)
      } else if resultStep == 1, step == 0 {
        unsafe target.update(repeating: source[0], count: count)
      } else {
        for index in 0..<count { unsafe target[index * resultStep] = source[index * step] }
      }
      unsafe nest.advance(&offsets, table)
    }
  }

  /// The row that an index names among `rowCount`; nil outside and for fractions.
  @inline(__always)
  private func row(_ index: Double, of rowCount: Int) -> Int? {
    // A number in range converts; NaN is not in range.
    guard index >= 0, index < Double(rowCount) else { return nil }
    let row = Int(index)
    return Double(row) == index ? row : nil
  }

  /// Sizes: (rows, indices, elements of a row).
  @inline(never)
  func runGather() {
    let (rowCount, count, width) = sizes
    var target = unsafe result
    for index in 0..<count {
      if let row = unsafe row(second[index], of: rowCount) {
        if width == 1 {
          unsafe target[0] = first[row]
        } else {
          unsafe target.update(from: first + row * width, count: width)
        }
      } else {
        unsafe target.update(repeating: .nan, count: width)
      }
      unsafe target += width
    }
  }

  /// Sizes: (rows, indices, elements of a row).
  ///
  /// The result holds zeros; rows outside are left out.
  @inline(never)
  func runScatterAdd() {
    let (rowCount, count, width) = sizes
    var source = unsafe first
    for index in 0..<count {
      if let row = unsafe row(second[index], of: rowCount) {
        let target = unsafe result + row * width
        for element in 0..<width { unsafe target[element] += source[element] }
      }
      unsafe source += width
    }
  }

  /// Sizes: (matrices, rows, columns).
  @inline(never)
  func runLowerTriangle(strict: Bool) {
    let (matrixCount, rowCount, columnCount) = sizes
    var offset = 0
    for _ in 0..<matrixCount {
      for row in 0..<rowCount {
        let kept = min(strict ? row : row + 1, columnCount)
        let target = unsafe result + offset
        unsafe target.update(from: first + offset, count: kept)
        unsafe (target + kept).update(repeating: 0, count: columnCount - kept)
        offset += columnCount
      }
    }
  }
}
