// Arithmetic, comparison and logic; every operation is elementwise.

/// Operators; a number stands for a scalar constant.
extension GraphValue {
  package static func + (left: Self, right: Self) -> Self { left.binary(.add, right) }
  package static func + (left: Self, right: Double) -> Self { left + left.scalar(right) }
  package static func + (left: Double, right: Self) -> Self { right.scalar(left) + right }

  package static func - (left: Self, right: Self) -> Self { left.binary(.subtract, right) }
  package static func - (left: Self, right: Double) -> Self { left - left.scalar(right) }
  package static func - (left: Double, right: Self) -> Self { right.scalar(left) - right }

  package static func * (left: Self, right: Self) -> Self { left.binary(.multiply, right) }
  package static func * (left: Self, right: Double) -> Self { left * left.scalar(right) }
  package static func * (left: Double, right: Self) -> Self { right.scalar(left) * right }

  package static func / (left: Self, right: Self) -> Self { left.binary(.divide, right) }
  package static func / (left: Self, right: Double) -> Self { left / left.scalar(right) }
  package static func / (left: Double, right: Self) -> Self { right.scalar(left) / right }

  package static prefix func - (value: Self) -> Self { value.unary(.negate) }

  package static func += (left: inout Self, right: Self) { left = left + right }
}

extension GraphValue {
  /// This value to a power; 0 to the power 0 is 1.
  package func pow(_ exponent: Self) -> Self { binary(.power, exponent) }
  /// This value to a constant power.
  package func pow(_ exponent: Double) -> Self { pow(scalar(exponent)) }
  /// The smaller of two; NaN if either is NaN.
  package func min(_ other: Self) -> Self { binary(.minimum, other) }
  /// The smaller of this value and a constant.
  package func min(_ other: Double) -> Self { min(scalar(other)) }
  /// The larger of two; NaN if either is NaN.
  package func max(_ other: Self) -> Self { binary(.maximum, other) }
  /// The larger of this value and a constant.
  package func max(_ other: Double) -> Self { max(scalar(other)) }
  /// log(exp(self) + exp(other)).
  package func logAddExp(_ other: Self) -> Self { binary(.logAddExp, other) }
  /// Angle of the point (x: `x`, y: this value).
  package func atan2(_ x: Self) -> Self { binary(.atan2, x) }
  /// Floor of the quotient.
  package func integerDivide(_ divisor: Self) -> Self { binary(.integerDivide, divisor) }
  /// What remains of the floored quotient, with the divisor's sign.
  package func modulo(_ divisor: Self) -> Self { binary(.modulo, divisor) }
  /// log B(self, b).
  package func logBeta(_ b: Self) -> Self { binary(.logBeta, b) }
  /// ψ⁽ⁿ⁾(self) for n ≥ 0.
  package func polygamma(order: Int) -> Self {
    switch order {
    case 0: digamma()
    case 1: trigamma()
    default: scalar(Double(order)).binary(.polygamma, self)
    }
  }
  /// log(exp(-self) Iₙ(self)) for n ≥ 0.
  package func logBesselI(order: Int) -> Self {
    scalar(Double(order)).binary(.logBesselI, self)
  }
  /// Regularised lower incomplete gamma P(shape, self).
  package func gammaP(shape: Self) -> Self { shape.binary(.gammaP, self) }
  /// Regularised incomplete beta I(a, b) at this value.
  package func betaP(_ a: Self, _ b: Self) -> Self { builder.apply(.betaP, [a, b, self]) }
}

/// Comparisons and logic: boolean results, false where a NaN is compared.
extension GraphValue {
  package func isEqual(to other: Self) -> Self { binary(.equal, other) }
  package func isEqual(to other: Double) -> Self { isEqual(to: scalar(other)) }
  package func isNotEqual(to other: Self) -> Self { binary(.notEqual, other) }
  package func isNotEqual(to other: Double) -> Self { isNotEqual(to: scalar(other)) }
  package func isLess(than other: Self) -> Self { binary(.less, other) }
  package func isLess(than other: Double) -> Self { isLess(than: scalar(other)) }
  package func isLessOrEqual(to other: Self) -> Self { binary(.lessOrEqual, other) }
  package func isLessOrEqual(to other: Double) -> Self { isLessOrEqual(to: scalar(other)) }
  package func isGreater(than other: Self) -> Self { other.binary(.less, self) }
  package func isGreater(than other: Double) -> Self { isGreater(than: scalar(other)) }
  package func isGreaterOrEqual(to other: Self) -> Self { other.binary(.lessOrEqual, self) }
  package func isGreaterOrEqual(to other: Double) -> Self { isGreaterOrEqual(to: scalar(other)) }

  package func and(_ other: Self) -> Self { binary(.and, other) }
  package func or(_ other: Self) -> Self { binary(.or, other) }
  package func not() -> Self { unary(.not) }

  /// Where this condition holds the one, elsewhere the other; the one not taken may be NaN.
  package func select(_ then: Self, _ otherwise: Self) -> Self {
    builder.apply(.select, [self, then, otherwise])
  }
  /// Where this condition holds the value, elsewhere the constant.
  package func select(_ then: Self, _ otherwise: Double) -> Self {
    select(then, scalar(otherwise))
  }
  /// Where this condition holds the constant, elsewhere the value.
  package func select(_ then: Double, _ otherwise: Self) -> Self {
    select(scalar(then), otherwise)
  }
}

/// One method for each function of one operand; see `UnaryOp` for domains.
extension GraphValue {
  package func absolute() -> Self { unary(.absolute) }
  package func sign() -> Self { unary(.sign) }
  package func reciprocal() -> Self { unary(.reciprocal) }
  package func square() -> Self { unary(.square) }
  package func squareRoot() -> Self { unary(.squareRoot) }
  package func exp() -> Self { unary(.exp) }
  package func expm1() -> Self { unary(.expm1) }
  package func log() -> Self { unary(.log) }
  package func log1p() -> Self { unary(.log1p) }
  /// 1 / (1 + exp(-self)).
  package func logistic() -> Self { unary(.logistic) }
  /// log(1 + exp(self)).
  package func softplus() -> Self { unary(.softplus) }
  /// log(1 - exp(self)) for negative values.
  package func log1mExp() -> Self { unary(.log1mExp) }
  package func sin() -> Self { unary(.sin) }
  package func cos() -> Self { unary(.cos) }
  package func tan() -> Self { unary(.tan) }
  package func asin() -> Self { unary(.asin) }
  package func acos() -> Self { unary(.acos) }
  package func atan() -> Self { unary(.atan) }
  package func sinh() -> Self { unary(.sinh) }
  package func cosh() -> Self { unary(.cosh) }
  package func tanh() -> Self { unary(.tanh) }
  package func asinh() -> Self { unary(.asinh) }
  package func acosh() -> Self { unary(.acosh) }
  package func atanh() -> Self { unary(.atanh) }
  package func floor() -> Self { unary(.floor) }
  package func ceiling() -> Self { unary(.ceiling) }
  /// To the nearest integer, ties to even.
  package func round() -> Self { unary(.round) }
  package func logGamma() -> Self { unary(.logGamma) }
  package func digamma() -> Self { unary(.digamma) }
  package func trigamma() -> Self { unary(.trigamma) }
  package func erf() -> Self { unary(.erf) }
  package func erfc() -> Self { unary(.erfc) }
  package func normalCDF() -> Self { unary(.normalCDF) }
  package func normalLogCDF() -> Self { unary(.normalLogCDF) }
  package func normalQuantile() -> Self { unary(.normalQuantile) }
  package func isNaN() -> Self { unary(.isNaN) }
}
