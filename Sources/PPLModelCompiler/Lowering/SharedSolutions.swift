import PPLGraphIR
import PPLIntegration
import PPLTensorCore

/// What tells solutions apart besides the times at which they are wanted.
struct SolutionKey: Hashable {
  var parameters: Int
  var start: Double
  var stops: [SolutionTimes.Stop]
}

/// Systems that are the same but for their times, solved once: the rows of a long table that belong to one subject.
struct SharedSolutions {
  /// One for each class.
  private(set) var times: [SolutionTimes] = []
  /// Times of a class; where it has fewer, its last one is repeated.
  let timeCount: Int
  /// The first system of each class.
  private var firsts: [Int] = []
  /// For each system and each of its rows, the row among those of all classes.
  private let places: [Int]
  private let isShared: Bool

  /// Joins the systems of equal classes, which are numbered in the order in which they appear.
  init(_ all: [SolutionTimes], _ classes: [Int]) {
    let rowCount = all.first?.outputs.count ?? 0
    var outputs: [[SolutionTimes.Output]] = []
    var positions = [(number: Int, row: Int)](repeating: (0, 0), count: all.count * rowCount)
    for (system, number) in classes.enumerated() {
      if number == outputs.count {
        outputs.append([])
        firsts.append(system)
      }
      for output in all[system].outputs {
        positions[system * rowCount + output.row] = (number, outputs[number].count)
        outputs[number].append(.init(time: output.time, row: outputs[number].count))
      }
    }
    let count = outputs.map(\.count).max() ?? 0
    timeCount = count
    isShared = outputs.count < all.count
    places = positions.map { $0.number * count + $0.row }
    for (number, own) in outputs.enumerated() {
      var own = own
      while let last = own.last, own.count < count {
        own.append(.init(time: last.time, row: own.count))
      }
      let first = all[firsts[number]]
      times.append(SolutionTimes(start: first.start, outputs: own, stops: first.stops))
    }
  }

  /// Of values `[S, …]` the rows of the first system of each class.
  func representatives(of values: GraphValue, _ lowering: Lowering) -> GraphValue {
    isShared ? lowering.elements(of: values, axis: 0, at: firsts) : values
  }

  /// Solutions `[classes, T, N, 1]` given back to all systems and their rows.
  func spread(_ solved: GraphValue, stateCount: Int, _ builder: GraphBuilder) -> GraphValue {
    guard isShared else { return solved }
    let rows = solved.reshape([times.count * timeCount, stateCount])
    let index = Tensor(
      shape: [places.count],
      kind: .integer,
      values: places.map(Double.init)
    )
    return rows.gather(builder.constant(index))
  }
}
