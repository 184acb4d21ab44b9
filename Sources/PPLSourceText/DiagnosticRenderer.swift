/// Draws diagnostics for people: message, excerpt with carets, notes and help.
public struct DiagnosticRenderer: Sendable {
  /// Whether ANSI colours are written.
  public var usesColor: Bool

  /// Makes a renderer; without colours by default.
  public init(usesColor: Bool = false) {
    self.usesColor = usesColor
  }

  /// The text of all diagnostics in order of severity kept as given, a blank line between two.
  public func render(_ diagnostics: [Diagnostic], in file: SourceFile) -> String {
    diagnostics.map { render($0, in: file) }.joined(separator: "\n")
  }

  /// The text of one diagnostic, ending in a newline.
  public func render(_ diagnostic: Diagnostic, in file: SourceFile) -> String {
    var lines: [String] = []
    let style: Style = diagnostic.isError ? .error : .warning
    let head = paint("\(diagnostic.severity.rawValue)[\(diagnostic.code)]", style)
    lines.append(head + paint(": \(visible(diagnostic.message))", .strong))
    let labels = diagnostic.secondary + (diagnostic.primary.map { [$0] } ?? [])
    let lineNumbers = labels.map { file.position(of: $0.span.start).line }
    let gutter = String(lineNumbers.max() ?? 0).count
    if let location = diagnostic.dataLocation {
      lines.append(paint("\(spaces(gutter + 1))--> ", .gutter) + describe(location))
    }
    if let primary = diagnostic.primary {
      let place = file.position(of: primary.span.start)
      lines.append(
        paint("\(spaces(gutter + 1))--> ", .gutter)
          + "\(file.name):\(place.line):\(place.column)")
    }
    lines += excerpts(diagnostic, in: file, gutter: gutter)
    let margin = paint("\(spaces(gutter + 2))= ", .gutter)
    lines += diagnostic.notes.map { margin + paint("note: ", .strong) + visible($0) }
    if let help = diagnostic.help {
      lines.append(margin + paint("help: ", .strong) + visible(help))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The source lines that carry a label, each followed by its carets.
  private func excerpts(_ diagnostic: Diagnostic, in file: SourceFile, gutter: Int) -> [String] {
    var marks: [(line: Int, label: Diagnostic.Label, isPrimary: Bool)] = []
    for label in diagnostic.secondary {
      marks.append((file.position(of: label.span.start).line, label, false))
    }
    if let primary = diagnostic.primary {
      marks.append((file.position(of: primary.span.start).line, primary, true))
    }
    marks.sort { ($0.line, $0.isPrimary ? 0 : 1) < ($1.line, $1.isPrimary ? 0 : 1) }
    var lines: [String] = []
    var shown: Int?
    for mark in marks {
      if mark.line != shown {
        let number = String(mark.line)
        let text = visible(String(decoding: file.line(mark.line), as: UTF8.self))
        lines.append(
          paint("\(spaces(gutter - number.count + 1))\(number) | ", .gutter) + clip(text))
        shown = mark.line
      }
      lines.append(underline(mark.label, isPrimary: mark.isPrimary, in: file, gutter: gutter))
    }
    return lines
  }

  /// The line of carets below an excerpt; a span over several lines is marked to its first line's end.
  private func underline(
    _ label: Diagnostic.Label, isPrimary: Bool, in file: SourceFile, gutter: Int
  ) -> String {
    let start = file.position(of: label.span.start)
    let end = file.position(of: label.span.end)
    let lineLength = String(decoding: file.line(start.line), as: UTF8.self).unicodeScalars.count
    let last = end.line == start.line ? end.column : lineLength + 1
    let column = min(start.column, Self.longestLine)
    let width = max(1, min(last, Self.longestLine + 1) - column)
    let carets = String(repeating: isPrimary ? "^" : "-", count: width)
    let note = label.text.isEmpty ? "" : " " + visible(label.text)
    return paint("\(spaces(gutter + 1)) | ", .gutter) + spaces(column - 1)
      + paint(carets + note, isPrimary ? .error : .gutter)
  }

  private func describe(_ location: Diagnostic.DataLocation) -> String {
    var parts = [visible(location.file)]
    if let row = location.row { parts.append("row \(row)") }
    if let column = location.column { parts.append("column \(visible(column))") }
    return parts.joined(separator: ", ")
  }

  // MARK: Text

  private static let longestLine = 160

  /// The text with control characters replaced, so that hostile input cannot drive the terminal.
  private func visible(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 9: result.append(" ")
      case 0..<32, 127..<160, 0x202A...0x202E, 0x2066...0x2069: result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private func clip(_ text: String) -> String {
    guard text.unicodeScalars.count > Self.longestLine else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longestLine))) + "…"
  }

  private func spaces(_ count: Int) -> String {
    String(repeating: " ", count: max(0, count))
  }

  private enum Style: String {
    case error = "\u{1B}[1;31m"
    case warning = "\u{1B}[1;33m"
    case strong = "\u{1B}[1m"
    case gutter = "\u{1B}[34m"
  }

  private func paint(_ text: String, _ style: Style) -> String {
    usesColor ? style.rawValue + text + "\u{1B}[0m" : text
  }
}
