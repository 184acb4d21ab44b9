/// An interval of the numbers for which a function has a finite value.
package struct FunctionDomain: Sendable, Hashable {
  package var lower: Double = -.infinity
  package var upper: Double = .infinity
  package var includesLower = false
  package var includesUpper = false
  package var poles = Poles.none

  /// Single numbers at which a function is infinite.
  package enum Poles: Sendable, Hashable {
    case none, zero
    /// Integers of at most 0.
    case negativeIntegers
  }

  /// Whether a number is in it.
  package func contains(_ x: Double) -> Bool {
    switch poles {
    case .none: break
    case .zero: if x == 0 { return false }
    case .negativeIntegers: if x <= 0, x == x.rounded() { return false }
    }
    return (x > lower || (includesLower && x == lower))
      && (x < upper || (includesUpper && x == upper))
  }

  /// As a relation of x.
  package var description: String {
    switch poles {
    case .none: break
    case .zero: return "x != 0"
    case .negativeIntegers: return "x none of 0, -1, -2, …"
    }
    func number(_ x: Double) -> String { Int(exactly: x).map(String.init) ?? "\(x)" }
    let below = includesLower ? "<=" : "<"
    let above = includesUpper ? "<=" : "<"
    if lower == -.infinity, upper == .infinity { return "all x" }
    if lower == -.infinity { return "x \(above) \(number(upper))" }
    if upper == .infinity { return "x \(includesLower ? ">=" : ">") \(number(lower))" }
    return "\(number(lower)) \(below) x \(above) \(number(upper))"
  }
}

extension BuiltinFunction {
  /// Where a function of one number is finite, and elsewhere NaN or infinite; nil for other forms, and where it is finite everywhere.
  package var domain: FunctionDomain? {
    switch self {
    case .reciprocal: FunctionDomain(poles: .zero)
    case .sqrt: FunctionDomain(lower: 0, includesLower: true)
    case .log: FunctionDomain(lower: 0)
    case .log1p: FunctionDomain(lower: -1)
    case .log1m: FunctionDomain(upper: 1)
    case .log1mExp: FunctionDomain(upper: 0)
    case .logit, .inverseNormalCDF: FunctionDomain(lower: 0, upper: 1)
    case .asin, .acos:
      FunctionDomain(lower: -1, upper: 1, includesLower: true, includesUpper: true)
    case .acosh: FunctionDomain(lower: 1, includesLower: true)
    case .atanh: FunctionDomain(lower: -1, upper: 1)
    case .logGamma, .digamma, .trigamma: FunctionDomain(poles: .negativeIntegers)
    default: nil
    }
  }
}
