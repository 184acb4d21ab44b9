/// A loop over the elements of several strided operands: an odometer of outer axes around one inner loop.
///
/// Axes of size 1 are dropped and neighbours merged where all operands allow, so that most nests are one inner loop.
/// Sizes, counters and strides of the outer axes lie in a table of the program, which makes the nest plain data.
struct LoopNest {
  /// Elements of the inner loop, and distance between them in each operand.
  var innerCount = 1
  var innerStrides = Strides()
  /// Repetitions of the inner loop.
  var outerCount = 1
  /// Number of outer axes and where their entries begin in the table.
  var outerRank = 0
  var tableOffset = 0

  /// One number for each of up to three operands.
  struct Strides {
    var first = 0
    var second = 0
    var third = 0
  }

  /// Table entries of an outer axis: size, counter, three strides and three distances back to the start.
  private static let entryCount = 8

  /// - Parameters:
  ///   - sizes: axis sizes of the loop, none of them zero.
  ///   - strides: for each of up to three operands its stride along each axis, 0 where it repeats.
  ///   - table: receives the entries of the outer axes.
  init(sizes: [Int], strides: [[Int]], table: inout [Int]) {
    var axes: [(size: Int, strides: [Int])] = []
    for (axis, size) in sizes.enumerated() where size != 1 {
      let steps = strides.map { $0[axis] }
      if let last = axes.last, zip(last.strides, steps).allSatisfy({ $0 == $1 * size }) {
        axes[axes.count - 1] = (last.size * size, steps)
      } else {
        axes.append((size, steps))
      }
    }
    guard let inner = axes.popLast() else { return }
    innerCount = inner.size
    innerStrides = Strides(inner.strides)
    outerRank = axes.count
    tableOffset = table.count
    // The fastest axis comes first.
    for axis in axes.reversed() {
      outerCount *= axis.size
      let step = Strides(axis.strides)
      let back = Strides(axis.strides.map { $0 * (axis.size - 1) })
      table += [axis.size, 0, step.first, step.second, step.third]
      table += [back.first, back.second, back.third]
    }
  }

  /// Moves the offsets of the operands to the next repetition; after the last one back to the start.
  @inline(__always)
  func advance(_ offsets: inout Strides, _ table: UnsafeMutablePointer<Int>) {
    var entry = unsafe table + tableOffset
    for _ in 0..<outerRank {
      let counter = unsafe entry[1] &+ 1
      if unsafe counter < entry[0] {
        unsafe entry[1] = counter
        unsafe offsets.first &+= entry[2]
        unsafe offsets.second &+= entry[3]
        unsafe offsets.third &+= entry[4]
        return
      }
      unsafe entry[1] = 0
      unsafe offsets.first &-= entry[5]
      unsafe offsets.second &-= entry[6]
      unsafe offsets.third &-= entry[7]
      unsafe entry += LoopNest.entryCount
    }
  }
}

extension LoopNest.Strides {
  init(_ strides: [Int]) {
    first = strides.isEmpty ? 0 : strides[0]
    second = strides.count > 1 ? strides[1] : 0
    third = strides.count > 2 ? strides[2] : 0
  }
}
