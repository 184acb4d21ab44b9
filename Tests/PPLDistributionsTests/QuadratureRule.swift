import Glibc

/// Points and weights of a sum that stands for an integral, by double-exponential substitution (Takahasi and Mori
/// 1974, doi:10.2977/prims/1195192451), good for singular ends and heavy tails.
struct QuadratureRule {
  private(set) var points: [Double] = []
  private(set) var weights: [Double] = []

  /// A rule on an interval, nil for no bound.
  ///
  /// Without bounds it is split at `center`, where there may be a kink.
  init(lower: Double?, upper: Double?, center: Double, scale: Double) {
    guard lower != nil || upper != nil else {
      self =
        QuadratureRule(lower: nil, upper: center, center: center, scale: scale)
        + QuadratureRule(lower: center, upper: nil, center: center, scale: scale)
      return
    }
    let step = 9.0 / 4000
    for index in -2000...2000 {
      let t = step * Double(index)
      let u = 0.5 * Double.pi * sinh(t)
      let slope = 0.5 * Double.pi * cosh(t)
      if let lower, let upper {
        let fraction = 1 / (1 + exp(-2 * u))
        points.append(lower + (upper - lower) * fraction)
        weights.append(step * (upper - lower) * 2 * slope * fraction / (1 + exp(2 * u)))
      } else if let lower {
        points.append(lower + scale * exp(u))
        weights.append(step * scale * exp(u) * slope)
      } else if let upper {
        points.append(upper - scale * exp(-u))
        weights.append(step * scale * exp(-u) * slope)
      }
    }
  }

  /// Both sums together.
  static func + (left: Self, right: Self) -> Self {
    var rule = left
    rule.points += right.points
    rule.weights += right.weights
    return rule
  }

  /// The sum over integers.
  init(integers: ClosedRange<Int>) {
    points = integers.map(Double.init)
    weights = points.map { _ in 1 }
  }
}

func exponential(_ x: Double) -> Double { exp(x) }

func logarithm(_ x: Double) -> Double { log(x) }

/// 10 to a power.
func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
