import PPLGraphIR
import PPLTensorCore

/// log √(2π).
package let logSqrtTwoPi = 0.918938533204672741780329736406
/// log 2.
let logTwo = 0.693147180559945309417232121458
/// log π.
let logPi = 1.144729885849400174143427351353

extension GraphValue {
  /// A constant as an addend for the plate that this value, which has no event axes, runs over.
  func constantAddend(_ value: Double) -> GraphValue { scalar(value).addend(rank: shape.rank) }
}
