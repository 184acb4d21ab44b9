import PPLPosteriorAnalysis

/// A linear scale along an axis, with ticks at round numbers.
struct AxisScale: Sendable {
  /// The ends of what is shown.
  let low: Double
  let high: Double
  /// Round numbers between the ends, ascending.
  let ticks: [Double]
  /// Distance of ticks.
  private let step: Double

  /// A scale that shows values.
  ///
  /// - Parameters:
  ///   - values: those that are not finite do not count; of none, or equal ones, there is some room around.
  ///   - tickCount: about how many ticks are wanted.
  ///   - margin: room beyond the values, as a share of their range.
  init(_ values: [Double], tickCount: Int = 5, margin: Double = 0.04) {
    let finite = values.filter { $0.isFinite && $0.magnitude < 1e300 }
    var low = finite.min() ?? 0
    var high = finite.max() ?? 1
    // What differs by rounding only is one value.
    if !(high - low > 1e-12 * max(low.magnitude, high.magnitude)) {
      let room = low == 0 ? 1 : low.magnitude / 10
      low -= room
      high += room
    }
    let room = margin * (high - low)
    self.init(from: low - room, to: high + room, tickCount: tickCount)
  }

  /// A scale with these ends, the first below the second.
  init(from low: Double, to high: Double, tickCount: Int = 5) {
    precondition(low < high, "a scale has a length")
    self.low = low
    self.high = high
    let step = roundStep(atLeast: (high - low) / Double(max(tickCount, 1)))
    self.step = step
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    ticks = (0..<max(0, Int(min(last - first, 100)) + 1)).map { (first + Double($0)) * step }
  }

  /// Where a value is: 0 at the low end, 1 at the high one; outside of them beyond.
  func fraction(_ value: Double) -> Double { (value - low) / (high - low) }

  /// A tick's label, with the digits that tell it from its neighbours.
  func label(_ tick: Double) -> String {
    let exponent = decimalExponent(step)
    let greatest = max(low.magnitude, high.magnitude)
    if greatest >= 1e6 || greatest < 1e-3 {
      if tick == 0 { return "0" }
      let digits = decimalExponent(tick) - exponent + 1
      let text = tick.scientific(min(max(digits, 1), 17))
      return Self.shortened(text)
    }
    // 2.5 and 0.25 have one digit more than their power of ten.
    let needed = step / roundPower(exponent) == 2.5 ? 1 - exponent : -exponent
    return tick.fixed(max(0, needed))
  }

  private func roundPower(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<abs(exponent) { power *= 10 }
    return exponent < 0 ? 1 / power : power
  }

  /// `2e+06` as `2e6`.
  private static func shortened(_ text: String) -> String {
    guard let mark = text.firstIndex(of: "e"), let power = Int(text[text.index(after: mark)...])
    else { return text }
    return text[..<mark] + "e\(power)"
  }
}
