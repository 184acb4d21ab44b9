import PPLDistributions
import PPLGraphIR
package import PPLSemantics
package import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// A value given for a quantity that lies outside of the quantity's support.
package struct SupportViolation: Sendable {
  package var variable: VariableID
  /// Position in the quantity's array of the element at fault, or of the first one of `count`.
  package var element: Int
  /// Elements of the vector or matrix that is at fault as a whole; 1 for a single element.
  package var count: Int
  /// What is there, to stand behind the name: "is -1".
  package var found: String
  /// What the support wants, as a clause: "it must be above 0".
  package var rule: String
  /// The statement's target.
  package var span: SourceSpan
}

/// Where the values of one statement stand in their quantity's array.
struct PointPlace {
  var equation: CheckedEquation
  /// Rows of the quantity's plate; nil for all.
  var positions: [Int]?
  var eventSizes: [Int]

  /// The position of an element of the statement in the quantity's array.
  func element(_ index: Int) -> Int {
    let width = eventSizes.reduce(1, *)
    guard let positions, width > 0 else { return index }
    return positions[index / width] * width + index % width
  }

  func violation(_ index: Int, count: Int = 1, _ found: String, _ rule: String)
    -> SupportViolation
  {
    SupportViolation(
      variable: equation.target,
      element: element(index),
      count: count,
      found: found,
      rule: rule,
      span: equation.targetSpan
    )
  }
}

extension ModelLowering {
  /// The rows of a quantity that one statement defines.
  func elements(_ whole: GraphValue, at positions: [Int]?, plateRank: Int) -> GraphValue {
    guard let positions else { return whole }
    let sizes = whole.shape.sizes
    let rows = whole.reshape(
      Shape([sizes.prefix(plateRank).reduce(1, *)] + sizes.dropFirst(plateRank))
    )
    let index = Tensor(
      shape: Shape([positions.count]),
      kind: .integer,
      values: positions.map(Double.init)
    )
    return rows.gather(builder.constant(index))
  }

  /// The first value of a statement that lies outside of what its transform maps to; nil if none does.
  func violation(of value: GraphValue, _ transform: Transform, _ place: PointPlace)
    -> SupportViolation?
  {
    guard let values = value.constantValue?.values else { return nil }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      return place.violation(index, "is \(shortNumber(values[index]))", "it must be finite")
    }
    switch transform {
    case .identity, .realVector: return nil
    case .interval(let lower, let upper):
      return violation(of: value, values, lower, upper, place)
    case .vector(let support):
      return violation(of: values, each: place.eventSizes.last ?? 1, place) {
        support.violation(in: $0)
      }
    case .matrix(let support):
      let width = place.eventSizes.last ?? 1
      return violation(of: values, each: width * width, place) {
        support.violation(in: $0, width: width)
      }
    }
  }

  private func violation(
    of values: [Double],
    each count: Int,
    _ place: PointPlace,
    _ violation: (ArraySlice<Double>) -> JointViolation?
  ) -> SupportViolation? {
    guard count > 0 else { return nil }
    for start in stride(from: 0, to: values.count, by: count) {
      guard let found = violation(values[start..<start + count]) else { continue }
      return place.violation(
        start + (found.element ?? 0),
        count: found.element == nil ? count : 1,
        found.found,
        found.rule
      )
    }
    return nil
  }

  private func violation(
    of value: GraphValue,
    _ values: [Double],
    _ lower: GraphValue?,
    _ upper: GraphValue?,
    _ place: PointPlace
  ) -> SupportViolation? {
    // Own ends of a distribution belong to its support; declared ones as the type says.
    var includesEnds = (lower: true, upper: true)
    if case .bounds(let low, let high) = place.equation.constraint {
      includesEnds = (low?.isIncluded ?? true, high?.isIncluded ?? true)
    }
    func limits(_ end: GraphValue?) -> [Double]? {
      end?.broadcast(to: value.shape).constantValue?.values
    }
    let lows = limits(lower)
    let highs = limits(upper)
    for (index, number) in values.enumerated() {
      let text = "is \(shortNumber(number))"
      if let low = lows?[index], number < low || number == low && !includesEnds.lower {
        let relation = includesEnds.lower ? "at least" : "above"
        return place.violation(index, text, "it must be \(relation) \(shortNumber(low))")
      }
      if let high = highs?[index], number > high || number == high && !includesEnds.upper {
        let relation = includesEnds.upper ? "at most" : "below"
        return place.violation(index, text, "it must be \(relation) \(shortNumber(high))")
      }
    }
    return nil
  }
}
