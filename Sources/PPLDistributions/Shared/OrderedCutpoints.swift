import PPLGraphIR
import PPLTensorCore

/// Ascending cutpoints `[plate…, K − 1]` between K categories.
struct OrderedCutpoints {
  private let cutpoints: GraphValue
  /// Number of categories, K.
  private let count: Int
  /// The lower end of each category, `[plate…, K]`; far below every number for the first.
  let lower: GraphValue
  /// The upper end of each category, `[plate…, K]`; far above every number for the last.
  let upper: GraphValue

  init(_ cutpoints: GraphValue) {
    self.cutpoints = cutpoints
    count = cutpoints.eventSize + 1
    let axis = cutpoints.lastAxis
    let edge = Shape(cutpoints.plateShape(eventRank: 1).sizes + [1])
    func end(_ value: Double) -> GraphValue { cutpoints.scalar(value).broadcast(to: edge) }
    // As far as `TruncationBounds` puts infinite bounds, so that gradients stay finite.
    lower = .concatenate([end(-1e100), cutpoints], axis: axis)
    upper = .concatenate([cutpoints, end(1e100)], axis: axis)
  }

  /// log(1 − exp(lower − upper)) of each category, `[plate…, K]`; 0 for the first and the last.
  var logGaps: GraphValue {
    guard count > 2 else { return 0 * upper }
    let inner = count - 2
    return (cutpoints.eventSlice(0, inner) - cutpoints.eventSlice(1, inner)).log1mExp()
      .pad(axis: cutpoints.lastAxis, before: 1, after: 1)
  }

  /// Values restricted to 0 ..< K.
  func restricted(_ x: GraphValue) -> (inside: GraphValue, penalty: [GraphValue]) {
    let outside = x.isLess(than: 0).or(x.isGreaterOrEqual(to: Double(count)))
      .or(x.isInteger.not())
    return x.restricted(outside: outside, inner: 0)
  }

  /// Whether there are fewer categories, for all locations, than values.
  func isTableSmaller(than x: GraphValue, location: GraphValue) -> Bool {
    guard let shape = Shape.repeating([location.shape, cutpoints.plateShape(eventRank: 1)]) else {
      return false
    }
    return shape.count * count <= x.shape.count
  }

  /// The elements of a table `[plate…, K]` of categories.
  func element(of table: GraphValue, at x: GraphValue) -> GraphValue {
    PlateTable(table, indexRank: x.shape.rank).elements(at: x)
  }

  /// The category in which a value lies; NaN where that or a cutpoint is NaN.
  func category(of value: GraphValue) -> GraphValue {
    let axis = cutpoints.lastAxis
    let passed = cutpoints.isLess(than: value.addingEventAxis())
    // The sum over no cutpoints is 0.
    let isKnown = (value + cutpoints.sumOverEvent()).isNaN().not()
    return passed.sum(axes: [axis]).droppingEvent().where(isKnown)
  }
}
