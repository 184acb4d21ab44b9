package import PPLPosteriorAnalysis

/// Labels along one axis of a reported quantity.
package enum AxisLabels: Sendable, Equatable {
  /// An axis without labels: elements are counted from 1.
  case positions(Int)
  case integers([Int])
  case strings([String])
  /// Elements of an array that has not all that its shape says, each with all of its indices: `1,"a"`.
  case cells([String])

  /// Number of elements.
  package var count: Int {
    switch self {
    case .positions(let count): count
    case .integers(let labels): labels.count
    case .strings(let labels), .cells(let labels): labels.count
    }
  }

  /// The text of one index, strings in quotes.
  ///
  /// - Parameter index: position from 0.
  /// - Returns: `3`, `1990`, `"ANOKA"`.
  func text(at index: Int) -> String {
    switch self {
    case .positions: return "\(index + 1)"
    case .integers(let labels): return "\(labels[index])"
    case .cells(let labels): return labels[index]
    case .strings(let labels):
      let escaped = labels[index].map { character in
        switch character {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r", "\r\n": "\\r"
        case "\t": "\\t"
        default: String(character)
        }
      }
      return "\"\(escaped.joined())\""
    }
  }
}

/// A quantity of a model, scalar or array, with the summary of each element.
package struct ReportedArray: Sendable {
  /// Name of the quantity.
  package let name: String
  /// Its axes, outermost first; none for a scalar.
  package let axes: [AxisLabels]
  /// Summaries row by row (last axis fastest).
  package let summaries: [QuantitySummary]

  /// A quantity; there is a summary for every element.
  package init(name: String, axes: [AxisLabels] = [], summaries: [QuantitySummary]) {
    precondition(
      summaries.count == axes.reduce(1) { $0 * $1.count },
      "each element has one summary"
    )
    self.name = name
    self.axes = axes
    self.summaries = summaries
  }

  /// Name of an element as the language writes it: `theta[1]`, `X[2,3]`, `theta["ANOKA"]`.
  ///
  /// - Parameter index: flat position, row by row.
  /// - Returns: the name with its indices; the bare name of a scalar.
  package func elementName(_ index: Int) -> String {
    PPLReporting.elementName(name, axes: axes, index)
  }
}

/// Name of an element of an array as the language writes it.
///
/// - Parameters:
///   - name: name of the array.
///   - axes: its axes, outermost first.
///   - index: flat position, row by row.
/// - Returns: `theta[1]`, `X[2,3]`, `theta["ANOKA"]`; the bare name if there are no axes.
package func elementName(_ name: String, axes: [AxisLabels], _ index: Int) -> String {
  if axes.isEmpty { return name }
  var rest = index
  var parts: [String] = []
  for axis in axes.reversed() {
    parts.append(axis.text(at: rest % axis.count))
    rest /= axis.count
  }
  return "\(name)[\(parts.reversed().joined(separator: ","))]"
}
