/// Draws diagnostics for people: message, excerpt with carets, notes and help.
public struct DiagnosticRenderer: Sendable {
  /// Whether ANSI colours are written.
  public var usesColor: Bool

  /// Makes a renderer; without colours by default.
  public init(usesColor: Bool = false) {
    self.usesColor = usesColor
  }

  /// The text of all diagnostics in order of severity kept as given, a blank line between two.
  ///
  /// - Parameters:
  ///   - diagnostics: what is to be told.
  ///   - file: the text that they are about.
  /// - Returns: lines of text.
  public func render(_ diagnostics: [Diagnostic], in file: SourceFile) -> String {
    diagnostics.map { render($0, in: file) }.joined(separator: "\n")
  }

  /// The text of one diagnostic, ending in a newline.
  ///
  /// - Parameters:
  ///   - diagnostic: what is to be told.
  ///   - file: the text that it is about.
  /// - Returns: lines of text.
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
          + "\(visible(file.name)):\(place.line):\(place.column)"
      )
    }
    lines += excerpts(diagnostic, in: file, gutter: gutter)
    let margin = paint("\(spaces(gutter + 2))= ", .gutter)
    lines += diagnostic.notes.map { margin + paint("note: ", .strong) + visible($0) }
    if let help = diagnostic.help {
      lines.append(margin + paint("help: ", .strong) + visible(help))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A label with its place; `window` is the first column shown of its line, from 0.
  private struct Mark {
    var label: Diagnostic.Label
    var isPrimary: Bool
    var line: Int
    var column: Int
    var window: Int
  }

  private func mark(_ label: Diagnostic.Label, isPrimary: Bool, in file: SourceFile) -> Mark {
    let (line, column) = file.position(of: label.span.start)
    let isFar = column > Self.longestLine - Self.margin
    return Mark(
      label: label,
      isPrimary: isPrimary,
      line: line,
      column: column,
      window: isFar ? column - Self.longestLine / 2 : 0
    )
  }

  /// The source lines that carry a label, each followed by its carets.
  private func excerpts(_ diagnostic: Diagnostic, in file: SourceFile, gutter: Int) -> [String] {
    var marks = diagnostic.secondary.map { mark($0, isPrimary: false, in: file) }
    if let primary = diagnostic.primary { marks.append(mark(primary, isPrimary: true, in: file)) }
    marks.sort {
      ($0.line, $0.window, $0.isPrimary ? 0 : 1, $0.column)
        < ($1.line, $1.window, $1.isPrimary ? 0 : 1, $1.column)
    }
    var lines: [String] = []
    var shown: Mark?
    for mark in marks {
      if mark.line != shown?.line || mark.window != shown?.window {
        let number = String(mark.line)
        lines.append(
          paint("\(spaces(gutter - number.count + 1))\(number) | ", .gutter)
            + excerpt(of: mark.line, from: mark.window, in: file)
        )
        shown = mark
      }
      lines.append(underline(mark, in: file, gutter: gutter))
    }
    return lines
  }

  /// Part of a line; `…` stands for what is left out on either side.
  private func excerpt(of line: Int, from window: Int, in file: SourceFile) -> String {
    let text = visible(String(decoding: file.line(line), as: UTF8.self)).unicodeScalars
    var part = String(String.UnicodeScalarView(text.dropFirst(window).prefix(Self.longestLine)))
    if window > 0, !part.isEmpty { part = "…" + String(part.unicodeScalars.dropFirst()) }
    return text.count > window + Self.longestLine ? part + "…" : part
  }

  /// The line of carets below an excerpt; a span over several lines is marked to its first line's end.
  private func underline(_ mark: Mark, in file: SourceFile, gutter: Int) -> String {
    let end = file.position(of: mark.label.span.end)
    let lineLength = String(decoding: file.line(mark.line), as: UTF8.self).unicodeScalars.count
    let last = end.line == mark.line ? end.column : lineLength + 1
    let column = mark.column - mark.window
    let width = max(1, min(last - mark.window, Self.longestLine + 1) - column)
    let carets = String(repeating: mark.isPrimary ? "^" : "-", count: width)
    let note = mark.label.text.isEmpty ? "" : " " + visible(mark.label.text)
    return paint("\(spaces(gutter + 1)) | ", .gutter) + spaces(column - 1)
      + paint(carets + note, mark.isPrimary ? .error : .gutter)
  }

  private func describe(_ location: Diagnostic.DataLocation) -> String {
    var parts = [visible(location.file)]
    if let row = location.row { parts.append("row \(row)") }
    if let column = location.column { parts.append("column \(visible(column))") }
    return parts.joined(separator: ", ")
  }

  // MARK: Text

  /// Most characters shown of a line.
  private static let longestLine = 160
  /// How near to the end of an excerpt a label may start.
  private static let margin = 40

  /// The text with control characters and invisible ones replaced, so that hostile input cannot drive
  /// the terminal or hide in it.
  private func visible(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 9: result.append(" ")
      case 0..<32, 127..<160, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF:
        result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
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
