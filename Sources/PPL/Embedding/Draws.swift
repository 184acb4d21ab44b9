import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLStorage

/// The draws of a quantity: its value in each draw of each chain, with the names and labels of its axes.
///
/// Quantities are on the scale of the program: a standard deviation is positive, a probability between 0 and 1. A value that is
/// called takes a label for each axis:
///
/// ```swift
/// if let theta = posterior["theta"], let choate = theta("Choate") { print(choate.max() ?? .nan) }
/// ```
public struct Draws: Sendable {
  /// An axis of a value.
  public struct Axis: Sendable, Hashable {
    /// The dimension's name.
    public let name: String
    /// The labels of its elements; `1`, `2`, … where the data have none.
    public let labels: [String]

    /// An axis by its name and labels.
    public init(name: String, labels: [String]) {
      self.name = name
      self.labels = labels
    }
  }

  /// The quantity, or the text of the expression.
  public let name: String
  /// The axes of a value; empty of a scalar.
  public let axes: [Axis]
  /// Number of chains, C.
  public let chainCount: Int
  /// Draws of each chain, N.
  public let drawCount: Int
  /// All numbers in row-major order, by chain, draw and element: the shape is [C, N] and that of a value.
  ///
  /// Truth values are 0 and 1.
  public let values: [Double]
  /// The names of the elements of a value, for instance `theta["Choate"]`.
  public let elementNames: [String]

  /// Lengths of the axes of a value.
  public var shape: [Int] { axes.map(\.labels.count) }
  /// Number of elements of a value.
  public var elementCount: Int { elementNames.count }

  /// The draws of one element, chain by chain.
  ///
  /// - Parameter labels: a label for each axis, in their order; none of a scalar.
  /// - Returns: C × N numbers; nil where there is no such element.
  public func callAsFunction(_ labels: String...) -> [Double]? {
    guard labels.count == axes.count else { return nil }
    var element = 0
    for (axis, label) in zip(axes, labels) {
      guard let place = axis.labels.firstIndex(of: label) else { return nil }
      element = element * axis.labels.count + place
    }
    return draws(ofElement: element)
  }

  /// The draws of one element by its place in a value, from zero, in row-major order.
  ///
  /// - Parameter element: its place.
  /// - Returns: C × N numbers, chain by chain.
  /// - Precondition: the place is below `elementCount`.
  public func draws(ofElement element: Int) -> [Double] {
    precondition((0..<elementCount).contains(element), "an element has a place in the value")
    return stride(from: element, to: values.count, by: elementCount).map { values[$0] }
  }

  /// One value, of shape ``shape`` in row-major order.
  ///
  /// - Parameters:
  ///   - chain: number of the chain.
  ///   - draw: number of the draw in its chain.
  /// - Returns: as many numbers as a value has elements; the indices of the slice are those of ``values``.
  /// - Precondition: both numbers, from zero, are below the counts.
  public func value(chain: Int, draw: Int) -> ArraySlice<Double> {
    precondition(
      (0..<chainCount).contains(chain) && (0..<drawCount).contains(draw),
      "a draw has a chain and a number"
    )
    let start = (chain * drawCount + draw) * elementCount
    return values[start..<(start + elementCount)]
  }

  /// The numbers as integers; nil where one is not whole.
  public var integers: [Int]? {
    var result: [Int] = []
    result.reserveCapacity(values.count)
    for value in values {
      guard let whole = Int(exactly: value) else { return nil }
      result.append(whole)
    }
    return result
  }

  /// Mean of each element over all draws.
  public var mean: [Double] { summaries.map(\.mean) }
  /// Standard deviation of each element over all draws.
  public var sd: [Double] { summaries.map(\.sd) }

  /// What is known of each element: moments, quantiles, and how well they are known.
  ///
  /// - Complexity: O(C N log(C N)) for each element.
  public var summaries: [Summary] {
    var summarizer = Summarizer()
    return elementNames.enumerated().map { element, name in
      Summary(
        name,
        summarizer.summary(
          of: ScalarDraws(
            draws(ofElement: element),
            chainCount: chainCount,
            drawCount: drawCount
          )
        )
      )
    }
  }

  /// Quantiles of each element for a probability, by linear interpolation between draws (definition 7 of Hyndman and Fan 1996,
  /// doi:10.2307/2684934); NaN outside of [0, 1] and without draws.
  ///
  /// - Parameter probability: of a number that is no larger.
  /// - Returns: as many numbers as a value has elements.
  public func quantile(_ probability: Double) -> [Double] {
    (0..<elementCount).map { element in
      guard (0...1).contains(probability), !values.isEmpty else { return .nan }
      return PPLPosteriorAnalysis.quantile(
        ofSorted: draws(ofElement: element).sorted(),
        probability
      )
    }
  }
}

/// A line of a summary: an element of a quantity.
///
/// Effective sample sizes and R-hat are those of Vehtari and others 2021, doi:10.1214/20-BA1221.
public struct Summary: Sendable, Hashable {
  /// The element, for instance `theta["Choate"]`.
  public let name: String
  /// Posterior mean.
  public let mean: Double
  /// Posterior standard deviation.
  public let sd: Double
  /// Monte-Carlo standard error of the mean.
  public let mcse: Double
  /// The 5 % quantile.
  public let q5: Double
  /// The 50 % quantile.
  public let median: Double
  /// The 95 % quantile.
  public let q95: Double
  /// Effective draws for the bulk of the distribution, by ranks; NaN where they cannot be told.
  public let essBulk: Double
  /// Effective draws for the 5 % and 95 % quantiles, the lesser; NaN where they cannot be told.
  public let essTail: Double
  /// Rank-normalised split R-hat: above 1.01 chains have not come together; NaN where it cannot be told.
  public let rhat: Double

  init(_ name: String, _ summary: QuantitySummary) {
    self.name = name
    mean = summary.mean
    sd = summary.sd
    mcse = summary.mcse
    q5 = summary.q5
    median = summary.median
    q95 = summary.q95
    essBulk = summary.essBulk
    essTail = summary.essTail
    rhat = summary.rhat
  }
}

extension Draws {
  /// Draws of an expression; its elements are named by labels.
  init(name: String, axes: [Axis], chainCount: Int, drawCount: Int, values: [Double]) {
    var names = [""]
    for axis in axes {
      names = names.flatMap { name in axis.labels.map { name.isEmpty ? $0 : "\(name), \($0)" } }
    }
    self.init(
      name: name,
      axes: axes,
      chainCount: chainCount,
      drawCount: drawCount,
      values: values,
      elementNames: axes.isEmpty ? [name] : names.map { "(\(name))[\($0)]" }
    )
  }

  /// The draws of one of a fit's quantities.
  ///
  /// A `name` stands in place of its own.
  init(_ fit: Fit, _ index: Int, name: String? = nil) {
    let quantity = fit.quantities[index]
    var values: [Double] = []
    values.reserveCapacity(fit.chainCount * fit.drawCount * quantity.count)
    for chain in 0..<fit.chainCount {
      for draw in 0..<fit.drawCount {
        values += fit.value(of: index, chain: chain, draw: draw)
      }
    }
    self.init(
      name: name ?? quantity.name,
      axes: quantity.axes.map { Axis($0) },
      chainCount: fit.chainCount,
      drawCount: fit.drawCount,
      values: values,
      elementNames: quantity.elementNames
    )
  }
}

extension Draws.Axis {
  init(_ axis: RecordedQuantity.Axis) {
    name = axis.name
    labels =
      switch FitStore.labels(axis.labels) {
      case .strings(let labels): labels
      case .integers(let labels): labels.map { "\($0)" }
      }
  }
}
