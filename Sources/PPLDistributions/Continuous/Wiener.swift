package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The time at which a diffusion with drift first passes the upper of two boundaries: the drift-diffusion model.
///
///     p(x | a, τ, w, v) = a⁻² exp(v a (1 − w) − ½ v² t) f(t / a² | 1 − w),    t = x − τ > 0
///
/// a is the distance of the boundaries, τ the time that passes before the diffusion starts, w its starting point as
/// a part of a, and v its drift. f is the density without drift for a = 1, of passing the lower boundary.
///
/// The density integrates to the probability of passing the upper boundary first. Times at the lower one have
/// `Wiener(a, τ, 1 − w, −v)`.
///
/// Source: Navarro and Fuss 2009, doi:10.1016/j.jmp.2009.02.003, equations 5 and 6, with five terms of either series,
/// which leave out less than 1e-16 of the density.
package struct Wiener: Distribution {
  package let signature = DistributionSignature(
    "Wiener",
    [
      [
        ParameterSignature("boundary", .positive), ParameterSignature("nondecision", .nonNegative),
        ParameterSignature("bias", .probability), ParameterSignature("drift", .real),
      ]
    ],
    support: .interval(lower: .parameter(1), upper: .none),
    hasSampler: false,
    summary: "First passage times of a diffusion at the upper of two boundaries.",
    formula:
      "p(x | a, τ, w, v) = a⁻² exp(v a (1 − w) − ½ v² t) f(t / a² | 1 − w), t = x − τ > 0,\nf(u | w): density of the time u to 0 from w, between boundaries 0 and 1, without drift"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (boundary, drift) = (values[0], values[3])
    let time = x - values[1]
    let outside = time.isLessOrEqual(to: 0).or(time.isEqual(to: .infinity))
    let (inner, penalty) = time.restricted(outside: outside, inner: 1)
    let distance = 1 - values[2]
    return penalty + [
      drift * boundary * distance - 0.5 * (drift.square() * inner),
      logStandardDensity(inner / boundary.square(), distance: distance),
      -2 * boundary.log(),
    ]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    nil
  }

  /// log f(u | w), by the series for small times up to ¼ and that for large times behind.
  ///
  /// The leading exponential of each is taken out of the sum:
  ///
  ///     f = (2π u³)^(−½) exp(−w² / 2u) Σ_{k=−2…2} (w + 2k) exp(−2k (w + k) / u)
  ///     f = π exp(−½ π² u) Σ_{k=1…5} k sin(k π w) exp(−½ (k² − 1) π² u)
  private func logStandardDensity(_ time: GraphValue, distance: GraphValue) -> GraphValue {
    let limit = 0.25
    let (early, late) = (time.min(limit), time.max(limit))
    let w = distance.addingEventAxis()
    func terms(_ element: (Double) -> Double, from first: Double) -> GraphValue {
      w.eventConstant(rank: w.shape.rank, count: 5) { element(first + Double($0)) }
    }
    let steps = terms({ 2 * $0 }, from: -2)
    let earlyExponent = -(steps * (w + 0.5 * steps)) / early.addingEventAxis()
    let earlySum = ((w + steps) * earlyExponent.exp()).sumOverEvent()
    let logEarly =
      earlySum.log() - 0.5 * distance.square() / early - 1.5 * early.log() - logSqrtTwoPi

    let waves = terms({ $0 }, from: 1) * (terms({ .pi * $0 }, from: 1) * w).sin()
    let rates = terms({ -0.5 * ($0 * $0 - 1) * .pi * .pi }, from: 1)
    let lateSum = (waves * (rates * late.addingEventAxis()).exp()).sumOverEvent()
    let logLate = lateSum.log() - (0.5 * .pi * .pi) * late + logPi
    return time.isLess(than: limit).select(logEarly, logLate)
  }
}
