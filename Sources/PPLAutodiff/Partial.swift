import PPLGraphIR
import PPLTensorCore

/// Partial derivative of an elementwise primitive in one operand: what a change is multiplied by.
///
/// Conventions: d|x|/dx is 0 at 0; of equal numbers `minimum` and `maximum` pass the change to the first; a constant
/// power 0 has derivative 0.
enum Partial {
  case one
  case minusOne
  case factor(GraphValue)
  case quotient(GraphValue)
  /// 1 where the condition holds (or does not), 0 elsewhere.
  case whether(GraphValue, Bool)
  case unknown

  /// The product with a change.
  ///
  /// A *masked* change was 0 where a branch was not taken; there the partial derivative may be NaN or infinite, and
  /// the product is 0 nevertheless.
  func applied(to change: GraphValue, isMasked: Bool) -> GraphValue? {
    switch self {
    case .one: change
    case .minusOne: -change
    case .factor(let factor):
      isMasked && !factor.isFiniteConstant
        ? change.isEqual(to: 0).select(0, change * factor) : change * factor
    case .quotient(let divisor):
      isMasked && !divisor.isFiniteConstant
        ? change.isEqual(to: 0).select(0, change / divisor) : change / divisor
    case .whether(let condition, let holds):
      holds ? condition.select(change, 0) : condition.select(0, change)
    case .unknown: nil
    }
  }

  /// Whether the product may be 0 because of a branch not taken.
  var masks: Bool {
    if case .whether = self { return true }
    return false
  }
}

extension GraphValue {
  /// Known, and neither NaN, infinite nor zero.
  fileprivate var isFiniteConstant: Bool {
    constantValue?.values.allSatisfy { $0.isFinite && $0 != 0 } ?? false
  }
}

extension UnaryOp {
  /// The partial derivative at x, where the result is y; nil where it is 0 everywhere.
  func partial(at x: GraphValue, result y: GraphValue) -> Partial? {
    switch self {
    case .sign, .floor, .ceiling, .round, .not, .isNaN, .detached: nil
    case .negate: .minusOne
    case .absolute: .factor(x.sign())
    case .reciprocal: .factor(-y.square())
    case .square: .factor(2 * x)
    case .squareRoot: .quotient(2 * y)
    case .exp: .factor(y)
    case .expm1: .factor(x.exp())
    case .log: .quotient(x)
    case .log1p: .quotient(1 + x)
    // 1 - y would lose the upper tail.
    case .logistic: .factor(y * (1 - y))
    case .softplus: .factor(x.logistic())
    case .log1mExp: .quotient(-((-x).expm1()))
    case .sin: .factor(x.cos())
    case .cos: .factor(-x.sin())
    case .tan: .factor(1 + y.square())
    case .asin: .quotient(((1 - x) * (1 + x)).squareRoot())
    case .acos: .quotient(-((1 - x) * (1 + x)).squareRoot())
    case .atan: .quotient(1 + x.square())
    case .sinh: .factor(x.cosh())
    case .cosh: .factor(x.sinh())
    case .tanh: .factor((1 - y) * (1 + y))
    case .asinh: .quotient((1 + x.square()).squareRoot())
    case .acosh: .quotient(((x - 1) * (x + 1)).squareRoot())
    case .atanh: .quotient((1 - x) * (1 + x))
    case .logGamma: .factor(x.digamma())
    case .digamma: .factor(x.trigamma())
    case .trigamma: .factor(x.polygamma(order: 2))
    case .erf: .factor(twoOverRootPi * (-x.square()).exp())
    case .erfc: .factor(-twoOverRootPi * (-x.square()).exp())
    case .normalCDF: .factor((-0.5 * x.square() - logRootTwoPi).exp())
    case .normalLogCDF: .factor(inverseMillsRatio(x, logCDF: y))
    case .normalQuantile: .factor((0.5 * y.square() + logRootTwoPi).exp())
    }
  }
}

/// φ(x) / Φ(x).
///
/// The quotient of exponentials loses digits as x² grows, so that below -100 the asymptotic series takes over
/// (DLMF 7.12.1; next term 105/x⁸, 1e-14).
private func inverseMillsRatio(_ x: GraphValue, logCDF: GraphValue) -> GraphValue {
  let isFar = x.isLess(than: -100)
  let far = isFar.select(x, -100)
  let r = far.square().reciprocal()
  let series = -far / (1 - r * (1 - r * (3 - 15 * r)))
  return isFar.select(series, (-0.5 * x.square() - logRootTwoPi - logCDF).exp())
}

extension BinaryOp {
  /// The partial derivative in the first (0) or second (1) operand; nil where it is 0 everywhere.
  func partial(
    inOperand operand: Int,
    _ a: GraphValue,
    _ b: GraphValue,
    result: GraphValue
  ) -> Partial? {
    let isFirst = operand == 0
    return switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .and, .or, .integerDivide: nil
    case .add: .one
    case .subtract: isFirst ? .one : .minusOne
    case .multiply: .factor(isFirst ? b : a)
    case .divide: isFirst ? .quotient(b) : .factor(-result / b)
    case .power: isFirst ? powerPartial(base: a, exponent: b) : exponentPartial(a, result: result)
    case .minimum: .whether(a.isLessOrEqual(to: b), isFirst)
    case .maximum: .whether(b.isLessOrEqual(to: a), isFirst)
    case .logAddExp:
      // Equal operands include two infinities, whose difference is NaN.
      .factor(a.isEqual(to: b).select(0.5, (isFirst ? a - b : b - a).logistic()))
    case .atan2:
      isFirst ? .factor(b / (a.square() + b.square())) : .factor(-a / (a.square() + b.square()))
    case .modulo: isFirst ? .one : .factor(-a.integerDivide(b))
    case .polygamma: isFirst ? .unknown : .factor((a + 1).binary(.polygamma, b))
    case .logBeta: .factor((isFirst ? a : b).digamma() - (a + b).digamma())
    case .gammaP:
      isFirst
        ? .unknown
        : .factor((a.isEqual(to: 1).select(0, (a - 1) * b.log()) - b - a.logGamma()).exp())
    case .logBesselI: isFirst ? .unknown : .factor(besselPartial(order: a, b, result: result))
    }
  }

  /// d log(exp(-x) Iₙ(x)) / dx = Iₙ₊₁ / Iₙ + n / x - 1 (DLMF 10.29.2), where n = 0 has no second term.
  private func besselPartial(order: GraphValue, _ x: GraphValue, result: GraphValue) -> GraphValue {
    let ratio = ((order + 1).binary(.logBesselI, x) - result).exp() - 1
    if order.constantValue?.values.allSatisfy({ $0 == 0 }) ?? false { return ratio }
    return ratio + order.isEqual(to: 0).select(0, order / x)
  }

  /// b a^(b-1), and 0 for b = 0 also where a is 0.
  private func powerPartial(base: GraphValue, exponent: GraphValue) -> Partial? {
    if let exponents = exponent.constantValue?.values {
      if exponents.allSatisfy({ $0 == 0 }) { return nil }
      if !exponents.contains(0) { return .factor(exponent * base.pow(exponent - 1)) }
    }
    let isZero = exponent.isEqual(to: 0)
    let safe = isZero.select(1, exponent)
    return .factor(isZero.select(0, exponent * base.pow(safe - 1)))
  }

  /// a^b log a, and 0 for a = 0.
  private func exponentPartial(_ base: GraphValue, result: GraphValue) -> Partial {
    .factor(result * base.isEqual(to: 0).select(1, base).log())
  }
}

/// The partial derivative of the regularised incomplete beta function in a (0), b (1) or x (2).
///
///     ∂Iₓ(a, b) / ∂x = x^(a − 1) (1 − x)^(b − 1) / B(a, b)
///
/// with no factor of 0 to the power 0.
func betaPartial(inOperand operand: Int, _ a: GraphValue, _ b: GraphValue, _ x: GraphValue)
  -> Partial
{
  guard operand == 2 else { return .unknown }
  let left = a.isEqual(to: 1).select(0, (a - 1) * x.log())
  let right = b.isEqual(to: 1).select(0, (b - 1) * (-x).log1p())
  return .factor((left + right - a.logBeta(b)).exp())
}

private let twoOverRootPi = 1.128_379_167_095_512_6
private let logRootTwoPi = 0.918_938_533_204_672_8
