/// A picture with two axes: from values to places, with ticks, labels and faint lines.
struct PlotFrame {
  var svg: SVG
  let x: AxisScale
  let y: AxisScale
  /// The rectangle of the values.
  let left: Double
  let top: Double
  let right: Double
  let bottom: Double

  /// Size of a plot that stands alone.
  static let size = (width: 340.0, height: 210.0)

  /// A frame with its axes drawn, below a title; `labelsY` says whether the vertical axis has numbers.
  init(
    title: String,
    x: AxisScale,
    y: AxisScale,
    xLabel: String = "",
    labelsY: Bool = true,
    width: Double = PlotFrame.size.width,
    height: Double = PlotFrame.size.height
  ) {
    self.x = x
    self.y = y
    svg = SVG(width: width, height: height, title: title)
    let widest = labelsY ? y.ticks.map { y.label($0).count }.max() ?? 0 : 0
    left = 10 + (labelsY ? Double(widest) * SVG.characterWidth : 0)
    top = 24
    right = width - 10
    bottom = height - (xLabel.isEmpty ? 22 : 36)
    svg.text(title, width / 2, 14, .middle, "title", room: width - 8)
    if labelsY {
      for tick in y.ticks {
        svg.line(left, placeY(tick), right, placeY(tick), "grid")
        svg.text(y.label(tick), left - 5, placeY(tick) + 4, .end)
      }
    }
    drawTicksX()
    svg.line(left, bottom, right, bottom, "axis")
    if !xLabel.isEmpty {
      svg.text(xLabel, (left + right) / 2, height - 6, .middle, "label", room: width - 8)
    }
  }

  /// Ticks with labels below the frame; where labels would touch, only every other has one.
  private mutating func drawTicksX() {
    let widest = x.ticks.map { x.label($0).count }.max() ?? 0
    let needed = Double(widest) * SVG.characterWidth + 8
    let distance = (right - left) / Double(max(x.ticks.count, 1))
    let stride = max(1, Int((needed / distance).rounded(.up)))
    for (number, tick) in x.ticks.enumerated() {
      svg.line(placeX(tick), bottom, placeX(tick), bottom + 4, "axis")
      guard number % stride == 0 else { continue }
      let label = x.label(tick)
      let half = Double(label.count) * SVG.characterWidth / 2
      // A label at an end stays inside of the picture.
      let place = min(max(placeX(tick), half), svg.width - half)
      svg.text(label, place, bottom + 16, .middle)
    }
  }

  func placeX(_ value: Double) -> Double { left + x.fraction(value) * (right - left) }
  func placeY(_ value: Double) -> Double { bottom - y.fraction(value) * (bottom - top) }

  func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) { (placeX(x), placeY(y)) }

  /// A line at a value of the horizontal axis, over the whole height.
  mutating func vertical(_ value: Double, _ style: String) {
    svg.line(placeX(value), top, placeX(value), bottom, style)
  }

  /// A line at a value of the vertical axis, over the whole width.
  mutating func horizontal(_ value: Double, _ style: String) {
    svg.line(left, placeY(value), right, placeY(value), style)
  }
}

/// The class of a chain's colour; more than the page has begin again.
func chainStyle(_ chain: Int) -> String { "c\(chain % 8)" }

/// Chains that are told apart in a picture at most; of more, those beyond are left out or joined, and the picture says so.
let greatestChainCount = 8

/// A number in a sentence.
func words(_ value: Double) -> String { value.isFinite ? significant(value, 4) : "\(value)" }
