import PPLTensorCore

/// What kind of numbers statistics are, so that a density of them makes sense.
struct StatisticKinds: Sendable {
  /// Places of statistics that are whole numbers in all simulations and the data.
  private let whole: [Int]
  /// Places of others that take few values.
  private let coarse: [Int]

  /// Points of the unit cube at which the density is averaged.
  private static let points = 32
  /// A statistic whose values are each taken so often, on average, is coarse.
  private static let repeats = 10

  /// - Throws: that a statistic has one value, so that it has no density.
  init(_ statistics: [[Double]], observed: [Double]) throws(SimulationFailure) {
    var (whole, coarse): ([Int], [Int]) = ([], [])
    for place in observed.indices {
      let values = Set(statistics.map { $0[place] })
      if values.count == 1, let value = values.first {
        throw .unusable(
          message: "statistic \(place + 1) is \(value) in all simulations, so that it has no"
            + " density: leave it out of the summary, or use `npe`"
        )
      }
      if observed[place] == observed[place].rounded(), values.allSatisfy({ $0 == $0.rounded() }) {
        whole.append(place)
      } else if values.count * Self.repeats < statistics.count {
        coarse.append(place)
      }
    }
    self.whole = whole
    self.coarse = coarse
  }

  /// Statistics with uniform noise on those that are whole numbers.
  func continuous(_ statistics: [Double], _ generator: inout RandomGenerator) -> [Double] {
    var result = statistics
    for place in whole { result[place] += generator.nextUniform() }
    return result
  }

  /// Points that stand for the data: themselves, or some spread evenly over the unit cube above them.
  func points(for observed: [Double], _ generator: inout RandomGenerator) -> [[Double]] {
    guard !whole.isEmpty else { return [observed] }
    var result = [[Double]](repeating: observed, count: Self.points)
    for place in whole {
      var order = Array(0..<Self.points)
      for last in order.indices.dropFirst() {
        order.swapAt(last, generator.nextInt(below: last + 1))
      }
      for (point, layer) in order.enumerated() {
        result[point][place] += (Double(layer) + 0.5) / Double(Self.points)
      }
    }
    return result
  }

  /// What the user should know, a sentence each.
  var notes: [String] {
    func listed(_ places: [Int]) -> String {
      places.map { "\($0 + 1)" }.joined(separator: ", ")
    }
    var result: [String] = []
    if !whole.isEmpty {
      result.append(
        "statistics that are whole numbers (\(listed(whole))) were made continuous by uniform noise"
      )
    }
    if !coarse.isEmpty {
      result.append(
        "statistics of few values that are no whole numbers (\(listed(coarse))) have a density that depends on"
          + " how finely the flow resolves them: give whole numbers, or use `npe`"
      )
    }
    return result
  }
}
