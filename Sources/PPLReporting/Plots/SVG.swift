/// A picture as SVG text that stands inside of an HTML page: lines, shapes and words in the units of its own frame.
///
/// Colours, fonts and widths are the page's: elements have classes only. What is at a place that is not a number is left out, so no
/// coordinate ever is one. Title and description say in words what the picture shows.
package struct SVG: Sendable {
  package let width: Double
  package let height: Double
  /// What the picture is, a phrase.
  package var title: String
  /// What it shows, with the numbers.
  package var description: String
  private var body = ""

  /// An empty picture.
  package init(width: Double, height: Double, title: String, description: String = "") {
    self.width = width
    self.height = height
    self.title = title
    self.description = description
  }

  /// Where a text begins, seen from its place.
  package enum Anchor: String, Sendable { case start, middle, end }

  /// A straight line.
  package mutating func line(
    _ x1: Double,
    _ y1: Double,
    _ x2: Double,
    _ y2: Double,
    _ style: String
  ) {
    guard [x1, y1, x2, y2].allSatisfy(\.isFinite) else { return }
    body +=
      "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
    body += " class=\"\(style)\"/>\n"
  }

  /// A line through points; one with gaps where points are no numbers.
  package mutating func path(
    _ points: [(x: Double, y: Double)],
    _ style: String,
    closed: Bool = false
  ) {
    var text = ""
    var isDown = false
    for point in points {
      guard point.x.isFinite, point.y.isFinite else {
        isDown = false
        continue
      }
      text += "\(isDown ? "L" : "M")\(number(point.x)) \(number(point.y))"
      isDown = true
    }
    guard !text.isEmpty else { return }
    body += "<path d=\"\(text)\(closed ? "Z" : "")\" class=\"\(style)\"/>\n"
  }

  /// A rectangle.
  package mutating func rectangle(
    _ x: Double,
    _ y: Double,
    _ width: Double,
    _ height: Double,
    _ style: String
  ) {
    guard [x, y, width, height].allSatisfy(\.isFinite), width > 0, height > 0 else { return }
    body += "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\""
    body += " height=\"\(number(height))\" class=\"\(style)\"/>\n"
  }

  /// Dots of one size, as one element.
  package mutating func dots(_ points: [(x: Double, y: Double)], radius: Double, _ style: String) {
    let seen = points.filter { $0.x.isFinite && $0.y.isFinite }
    guard !seen.isEmpty else { return }
    // A line of no length with round ends is a dot; thousands of circles would make a page many times as long.
    let text = seen.map { "M\(number($0.x)) \(number($0.y))h0" }.joined()
    body += "<path d=\"\(text)\" class=\"dot \(style)\" stroke-width=\"\(number(2 * radius))\"/>\n"
  }

  /// A line of text; one that is longer than `room` is cut, and says so.
  package mutating func text(
    _ text: String,
    _ x: Double,
    _ y: Double,
    _ anchor: Anchor = .start,
    _ style: String = "",
    room: Double? = nil
  ) {
    guard x.isFinite, y.isFinite else { return }
    let shown = room.map { Self.shortened(text, room: $0) } ?? text
    let cut = shown == text ? "" : "<title>\(escaped(text))</title>"
    body += "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor.rawValue)\""
    body += " class=\"\(style)\">\(cut)\(escaped(shown))</text>\n"
  }

  /// Width that a character of the page's font takes at most, nearly.
  package static let characterWidth = 6.4

  /// A text of so many units at most, its middle left out.
  static func shortened(_ text: String, room: Double) -> String {
    let most = max(3, Int(room / characterWidth))
    guard text.count > most else { return text }
    let tail = most / 3
    return String(text.prefix(most - 1 - tail)) + "…" + String(text.suffix(tail))
  }

  /// The element.
  package var text: String {
    var result = "<svg role=\"img\" viewBox=\"0 0 \(number(width)) \(number(height))\""
    result += " aria-label=\"\(escaped(title))\">\n"
    result += "<title>\(escaped(title))</title>\n<desc>\(escaped(description))</desc>\n"
    return result + body + "</svg>\n"
  }

  /// What the picture is and shows, as text.
  package var words: String { "\(title): \(description)\n" }

  /// A coordinate with one decimal, which is finer than a screen shows.
  private func number(_ value: Double) -> String {
    let rounded = (min(max(value, -1e6), 1e6) * 10).rounded() / 10
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}

/// A text as it stands in HTML and XML, also inside of quotes; characters that XML does not allow become U+FFFD.
package func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\t", "\n": result.unicodeScalars.append(scalar)
    case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
