import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// A number, vector or matrix, written as a literal.
struct LiteralTensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, Sendable
{
  let tensor: Tensor

  init(_ tensor: Tensor) { self.tensor = tensor }

  init(floatLiteral value: Double) { self.init(Tensor(scalar: value)) }

  init(integerLiteral value: Int) { self.init(Tensor(scalar: Double(value))) }

  init(arrayLiteral rows: LiteralTensor...) {
    let sizes = [rows.count] + (rows.first?.tensor.shape.sizes ?? [])
    self.init(Tensor(shape: Shape(sizes), values: rows.flatMap(\.tensor.values)))
  }
}

/// A density at a point, with its known logarithm.
struct DensityRow: Sendable, CustomTestStringConvertible {
  let name: String
  let form: Int
  let parameters: [Tensor]
  let x: Tensor
  let logDensity: Double

  init(
    _ name: String,
    _ form: Int,
    _ parameters: [LiteralTensor],
    x: LiteralTensor,
    _ logDensity: Double
  ) {
    self.name = name
    self.form = form
    self.parameters = parameters.map(\.tensor)
    self.x = x.tensor
    self.logDensity = logDensity
  }

  var testDescription: String { "\(name)(\(parameters.map(\.values))) at \(x.values)" }

  static let all = [
    continuousDensityRows, realLineDensityRows, positiveDensityRows, intervalDensityRows,
    discreteDensityRows, countDensityRows, multivariateDensityRows, jointDensityRows,
  ].flatMap(\.self)
}

/// The family of a name.
func family(_ name: String) throws -> any Distribution {
  try #require(DistributionLibrary.standard[name], "\(name) is in the library")
}
