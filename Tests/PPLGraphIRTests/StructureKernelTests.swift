import PPLGraphIR
import PPLTensorCore
import Testing

/// Each structural primitive against indexing by hand.
@Suite struct StructureKernelTests {
  private let x = Tensor.random([3, 4, 2], seed: 1)

  @Test func transposeMovesAxes() {
    for permutation in [[0, 1, 2], [2, 0, 1], [1, 0, 2], [2, 1, 0], [0, 2, 1]] {
      let result = Op.transpose(permutation).value([x])
      for index in result.shape.indices {
        var source = [0, 0, 0]
        for (axis, from) in permutation.enumerated() { source[from] = index[axis] }
        #expect(result[at: index] == x[at: source])
      }
    }
  }

  @Test func sliceAndPadAreInverse() {
    for axis in 0..<3 {
      let start = 1
      let count = x.shape[axis] - 1
      let slice = Op.slice(axis: axis, start: start, count: count).value([x])
      for index in slice.shape.indices {
        var source = index
        source[axis] += start
        #expect(slice[at: index] == x[at: source])
      }
      let padded = Op.pad(axis: axis, before: 1, after: 2).value([slice])
      #expect(padded.shape[axis] == count + 3)
      for index in padded.shape.indices {
        var source = index
        source[axis] -= 1
        let isInside = source[axis] >= 0 && source[axis] < count
        #expect(padded[at: index] == (isInside ? slice[at: source] : 0))
      }
    }
  }

  @Test func concatenateJoinsSlices() {
    for axis in 0..<3 {
      let size = x.shape[axis]
      let pieces = [(0, 1), (1, 0), (1, size - 1)].map {
        Op.slice(axis: axis, start: $0.0, count: $0.1).value([x])
      }
      #expect(Op.concatenate(axis: axis).value(pieces).values == x.values)
    }
  }

  @Test func broadcastRepeats() {
    let small = Tensor.random([1, 4, 1], seed: 2)
    let result = Op.broadcast([3, 4, 2]).value([small])
    for index in result.shape.indices {
      #expect(result[at: index] == small[at: index, repeating: true])
    }
  }

  @Test func gatherTakesRowsAndNaNOutside() {
    let index = Tensor(shape: [2, 3], kind: .integer, values: [2, 0, 3, -1, 0.5, .nan])
    let result = Op.gather.value([x, index])
    #expect(result.shape == [2, 3, 4, 2])
    for place in result.shape.indices {
      let row = index[place[0], place[1]]
      let isRow = [0, 1, 2].contains(row)
      if isRow {
        #expect(result[at: place] == x[at: [Int(row), place[2], place[3]]])
      } else {
        #expect(result[at: place].isNaN)
      }
    }
  }

  @Test func scatterAddAddsRowsAndLeavesOutThoseOutside() {
    let index = Tensor(shape: [3], kind: .integer, values: [1, 1, 7])
    let result = Op.scatterAdd(rows: 4).value([x, index])
    #expect(result.shape == [4, 4, 2])
    for place in result.shape.indices {
      let expected =
        place[0] == 1 ? x[at: [0] + place.dropFirst()] + x[at: [1] + place.dropFirst()] : 0
      #expect(result[at: place] == expected)
    }
  }

  /// Through every set of axes; sums of few numbers in any order agree to a few units of rounding.
  @Test func reductionsMatchTheDefinition() {
    let big = Tensor.random([3, 5, 40], seed: 4)
    for mask in 0..<8 {
      let axes = (0..<3).filter { mask >> $0 & 1 == 1 }
      for reduction in Reduction.allCases {
        let result = Op.reduce(reduction, axes: axes).value([big])
        var expected: [[Int]: Double] = [:]
        for index in big.shape.indices {
          let place = index.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
          let value = big[at: index]
          expected[place] =
            expected[place].map {
              switch reduction {
              case .sum: $0 + value
              case .product: $0 * value
              case .maximum: max($0, value)
              case .minimum: min($0, value)
              }
            } ?? value
        }
        for place in result.shape.indices {
          let value = expected[place] ?? .nan
          let isClose = (result[at: place] - value).magnitude <= 1e-12 * max(1, value.magnitude)
          #expect(isClose, "\(reduction) over \(axes)")
        }
      }
    }
  }

  @Test func reductionsOfNothingAreIdentities() {
    let empty = Tensor(shape: [2, 0], values: [])
    let expected: [Reduction: Double] = [
      .sum: 0, .product: 1, .maximum: -.infinity, .minimum: .infinity,
    ]
    for reduction in Reduction.allCases {
      let result = Op.reduce(reduction, axes: [1]).value([empty])
      #expect(result.values == [Double](repeating: expected[reduction] ?? .nan, count: 2))
    }
  }

  @Test func extremesOfNaNAreNaN() {
    for position in [0, 9, 39] {
      var values = [Double](repeating: 1, count: 40)
      values[position] = .nan
      let tensor = Tensor(shape: [40], values: values)
      #expect(Op.reduce(.maximum, axes: [0]).value([tensor]).values[0].isNaN)
      #expect(Op.reduce(.minimum, axes: [0]).value([tensor]).values[0].isNaN)
    }
  }

  @Test func runningSumsGoBothWays() {
    for axis in 0..<3 {
      let forward = Op.cumulativeSum(axis: axis, reversed: false).value([x])
      let backward = Op.cumulativeSum(axis: axis, reversed: true).value([x])
      for index in x.shape.indices {
        var sums = [0.0, 0.0]
        for position in 0..<x.shape[axis] {
          var other = index
          other[axis] = position
          if position <= index[axis] { sums[0] += x[at: other] }
          if position >= index[axis] { sums[1] += x[at: other] }
        }
        #expect((forward[at: index] - sums[0]).magnitude < 1e-14)
        #expect((backward[at: index] - sums[1]).magnitude < 1e-14)
      }
    }
  }

  @Test func sortingAgreesWithItsPositions() {
    var big = Tensor.random([4, 30, 3], seed: 5)
    big[0, 3, 1] = .nan
    big[0, 4, 1] = .infinity
    big[2, 7, 0] = big[2, 9, 0]
    for axis in 0..<3 {
      let sorted = Op.sort(axis: axis).value([big])
      let positions = Op.argsort(axis: axis).value([big])
      for index in big.shape.indices {
        var source = index
        source[axis] = Int(positions[at: index])
        let value = sorted[at: index]
        #expect(value.bitPattern == big[at: source].bitPattern)
        guard index[axis] > 0 else { continue }
        var before = index
        before[axis] -= 1
        #expect(sorted[at: before] <= value || value.isNaN)
        if sorted[at: before] == value {
          #expect(positions[at: before] < positions[at: index])
        }
      }
    }
  }
}
