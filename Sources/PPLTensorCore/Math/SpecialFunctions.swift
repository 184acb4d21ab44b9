import CGSL

/// Special functions of the GNU Scientific Library; outside their domain they are NaN.
///
/// Only the forms that return a status are called. GSL's default is to abort the process on a domain error:
/// the handler is turned off once, before the first call.
package enum SpecialFunctions {
  private static let isHandlerOff: Bool = {
    _ = unsafe gsl_set_error_handler_off()
    return true
  }()

  /// Runs a GSL function; NaN unless it succeeded or the result is below the smallest number.
  @inline(__always)
  private static func checked(
    _ body: (UnsafeMutablePointer<gsl_sf_result>) -> Int32
  ) -> Double {
    guard isHandlerOff else { return .nan }
    var result = gsl_sf_result()
    let status = unsafe withUnsafeMutablePointer(to: &result) { unsafe body($0) }
    return status == 0 || status == Int32(GSL_EUNDRFLW) ? result.val : .nan
  }

  /// ψ(x) = Γ'(x) / Γ(x); NaN at the poles 0, -1, ….
  package static func digamma(_ x: Double) -> Double {
    // GSL's error estimate overflows for infinite arguments.
    if x == .infinity { return .infinity }
    if x <= 0, x == x.rounded() { return .nan }
    return unsafe checked { unsafe gsl_sf_psi_e(x, $0) }
  }

  /// ψ'(x); NaN at the poles 0, -1, ….
  package static func trigamma(_ x: Double) -> Double {
    if x == .infinity { return 0 }
    // GSL fails where the square overflows; below 1e-20 the rest is less than an ulp.
    if x > 0, x < 1e-20 { return 1 / (x * x) }
    if x > 0 { return unsafe checked { unsafe gsl_sf_psi_1_e(x, $0) } }
    // Reflection, DLMF 5.15.6: ψ'(1 - x) + ψ'(x) = π² / sin²(πx). GSL's covers only x > -5.
    guard x.isFinite, x != x.rounded() else { return .nan }
    let sine = LibM.sin(.pi * x.truncatingRemainder(dividingBy: 1))
    let reflected = unsafe checked { unsafe gsl_sf_psi_1_e(1 - x, $0) }
    return .pi * .pi / (sine * sine) - reflected
  }

  /// ψ⁽ⁿ⁾(x) for natural n; for n ≥ 2 NaN unless x > 0.
  package static func polygamma(order: Double, _ x: Double) -> Double {
    guard let n = Int32(exactly: order), n >= 0 else { return .nan }
    switch n {
    case 0: return digamma(x)
    case 1: return trigamma(x)
    default:
      guard x > 0 else { return .nan }
      if x == .infinity { return 0 }
      return unsafe checked { unsafe gsl_sf_psi_n_e(n, x, $0) }
    }
  }

  /// log B(a, b) for a, b > 0.
  package static func logBeta(_ a: Double, _ b: Double) -> Double {
    guard a > 0, b > 0 else { return .nan }
    if a == .infinity || b == .infinity { return -.infinity }
    return unsafe checked { unsafe gsl_sf_lnbeta_e(a, b, $0) }
  }

  /// Regularised lower incomplete gamma function P(a, x) for a > 0, x ≥ 0.
  package static func gammaP(_ a: Double, _ x: Double) -> Double {
    guard a > 0, x >= 0, a.isFinite else { return .nan }
    if x == .infinity { return 1 }
    return unsafe checked { unsafe gsl_sf_gamma_inc_P_e(a, x, $0) }
  }

  /// Regularised incomplete beta function Iₓ(a, b) for a, b > 0, 0 ≤ x ≤ 1.
  package static func betaP(_ a: Double, _ b: Double, _ x: Double) -> Double {
    guard a > 0, b > 0, x >= 0, x <= 1, a.isFinite, b.isFinite else { return .nan }
    return unsafe checked { unsafe gsl_sf_beta_inc_e(a, b, x, $0) }
  }

  /// log(exp(-x) Iₙ(x)) for natural n and x ≥ 0, the modified Bessel function of the first kind.
  package static func logBesselI(order: Double, _ x: Double) -> Double {
    guard let n = Int32(exactly: order), n >= 0, x >= 0 else { return .nan }
    if x == .infinity { return -.infinity }
    return LibM.log(unsafe checked { unsafe gsl_sf_bessel_In_scaled_e(n, x, $0) })
  }

  /// Φ⁻¹(p); infinite at 0 and 1.
  package static func normalQuantile(_ p: Double) -> Double {
    if p == 0 { return -.infinity }
    if p == 1 { return .infinity }
    guard p > 0, p < 1 else { return .nan }
    return gsl_cdf_ugaussian_Pinv(p)
  }
}
