import Glibc

/// The C mathematics library under one name; the numeric side imports it nowhere else.
///
/// Accuracy is that of glibc: below 1 ulp for the elementary functions, a few for the others.
package enum LibM {
  @inlinable package static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  @inlinable package static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
  @inlinable package static func log(_ x: Double) -> Double { Glibc.log(x) }
  @inlinable package static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  @inlinable package static func sin(_ x: Double) -> Double { Glibc.sin(x) }
  @inlinable package static func cos(_ x: Double) -> Double { Glibc.cos(x) }
  @inlinable package static func tan(_ x: Double) -> Double { Glibc.tan(x) }
  @inlinable package static func asin(_ x: Double) -> Double { Glibc.asin(x) }
  @inlinable package static func acos(_ x: Double) -> Double { Glibc.acos(x) }
  @inlinable package static func atan(_ x: Double) -> Double { Glibc.atan(x) }
  @inlinable package static func sinh(_ x: Double) -> Double { Glibc.sinh(x) }
  @inlinable package static func cosh(_ x: Double) -> Double { Glibc.cosh(x) }
  @inlinable package static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
  @inlinable package static func asinh(_ x: Double) -> Double { Glibc.asinh(x) }
  @inlinable package static func acosh(_ x: Double) -> Double { Glibc.acosh(x) }
  @inlinable package static func atanh(_ x: Double) -> Double { Glibc.atanh(x) }
  @inlinable package static func erf(_ x: Double) -> Double { Glibc.erf(x) }
  @inlinable package static func erfc(_ x: Double) -> Double { Glibc.erfc(x) }

  /// Angle of the point (x, y).
  @inlinable package static func atan2(y: Double, x: Double) -> Double { Glibc.atan2(y, x) }

  /// x to the power y; 1 for y = 0, whatever x is.
  @inlinable package static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }

  /// Remainder of the truncated quotient, exact, with the dividend's sign.
  @inlinable package static func fmod(_ x: Double, _ y: Double) -> Double { Glibc.fmod(x, y) }

  /// log |Γ(x)|; infinite at the poles 0, -1, ….
  ///
  /// The re-entrant form: `lgamma` writes a global sign.
  @inlinable package static func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return unsafe lgamma_r(x, &sign)
  }
}
