import Glibc

/// The C library's elementary functions that this target needs; nothing else here imports it.
enum LibraryMath {
  static func log(_ x: Double) -> Double { Glibc.log(x) }
  static func log10(_ x: Double) -> Double { Glibc.log10(x) }
  static func cubeRoot(_ x: Double) -> Double { cbrt(x) }
  /// 10^x, exact for whole x where it can be.
  static func powerOfTen(_ x: Double) -> Double { pow(10, x) }
  static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
  static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  static func cos(_ x: Double) -> Double { Glibc.cos(x) }
  static func sin(_ x: Double) -> Double { Glibc.sin(x) }

  /// log Γ(x) for x > 0, through the form that touches no global sign.
  static func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return unsafe lgamma_r(x, &sign)
  }
}
