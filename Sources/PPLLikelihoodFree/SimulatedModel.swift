package import PPLGraphIR
package import PPLTensorCore

/// What engines that compare simulations with data need to know of a model.
package protocol SimulatedModel: Sendable {
  /// Number of unconstrained parameters, D ≥ 1.
  var dimension: Int { get }

  /// The statistics of the data, K ≥ 1 numbers.
  var observed: [Double] { get }

  /// Log density of the prior on the unconstrained scale, as a graph of inputs with D elements together.
  var priorDensity: Graph { get }

  /// Something that draws and simulates, with work buffers of its own, for one thread.
  func makeEvaluator() -> any SimulatedModelEvaluator
}

/// Draws from the prior and simulates, for one thread; equal keys give equal results.
package protocol SimulatedModelEvaluator: AnyObject {
  /// A draw from the prior, D unconstrained numbers.
  func drawPrior(_ key: RandomKey) throws -> [Double]

  /// Log density of the prior on the unconstrained scale.
  func logPrior(at position: [Double]) -> Double

  /// The K statistics of a simulation; some are NaN where it failed.
  func simulate(at position: [Double], _ key: RandomKey) throws -> [Double]
}

/// Why there is no fit.
package enum SimulationFailure: Error, Sendable {
  /// The user stopped it before there was one.
  case cancelled
  /// Simulations give nothing that can be compared.
  case unusable(message: String)
  /// The model cannot be simulated at all.
  case model(any Error)
}

/// How distances of statistics are measured, each divided by its spread.
package enum SimulationDistance: String, Sendable, Hashable, CaseIterable {
  /// Square root of the sum of squares.
  case euclidean
  /// Sum of sizes.
  case manhattan
  /// Greatest size.
  case maximum

  /// The distance of statistics with these spreads; NaN where one of them is.
  func value(_ a: [Double], _ b: [Double], _ spreads: [Double]) -> Double {
    var total = 0.0
    for place in a.indices {
      let part = abs(a[place] - b[place]) / spreads[place]
      if part.isNaN { return .nan }
      switch self {
      case .euclidean: total += part * part
      case .manhattan: total += part
      case .maximum: total = max(total, part)
      }
    }
    return self == .euclidean ? total.squareRoot() : total
  }
}
