package import PPLPosteriorAnalysis
package import PPLReporting
package import PPLStorage

/// A variable of a stored fit that has a value in each draw, with the labels of its elements.
package struct StoredQuantity: Sendable {
  package let name: String
  /// Its axes, outermost first; none for a scalar.
  package let axes: [AxisLabels]
  /// Names of the dimensions along the axes.
  package let dimensions: [String]
  /// Length of each axis.
  package let shape: [Int]
  /// What its numbers are.
  package let element: FitElement
  let variable: FitReader.Variable

  /// A variable of a group with these dimensions; nil if it is no array of chains and draws, or contradicts its labels.
  init?(_ variable: FitReader.Variable, dimensions: [FitDimension], isCells: Bool) {
    guard variable.shape.count == variable.dimensions.count + 2 else { return nil }
    self.variable = variable
    name = variable.name
    self.dimensions = variable.dimensions
    shape = Array(variable.shape.dropFirst(2))
    element = variable.element
    var axes: [AxisLabels] = []
    for (dimension, length) in zip(variable.dimensions, shape) {
      guard let labels = dimensions.first(where: { $0.name == dimension })?.labels else {
        axes.append(.positions(length))
        continue
      }
      guard labels.count == length else { return nil }
      switch labels {
      case .integers(let values): axes.append(.integers(values))
      case .strings(let values): axes.append(isCells ? .cells(values) : .strings(values))
      }
    }
    self.axes = axes
  }

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// Name of an element as the language writes it.
  package func elementName(_ index: Int) -> String {
    PPLReporting.elementName(name, axes: axes, index)
  }
}

/// The draws of all elements of a quantity.
package struct StoredDraws: Sendable {
  package let elementCount: Int
  package let chainCount: Int
  package let drawCount: Int
  /// `[chain, draw, element]`.
  package let values: [Double]

  /// The draws of one element, chain by chain.
  package func element(_ index: Int) -> ScalarDraws {
    ScalarDraws(
      stride(from: index, to: values.count, by: max(elementCount, 1)).map { values[$0] },
      chainCount: chainCount,
      drawCount: drawCount
    )
  }

  /// The value of an element in one draw.
  func value(_ element: Int, chain: Int, draw: Int) -> Double {
    values[(chain * drawCount + draw) * elementCount + element]
  }
}
