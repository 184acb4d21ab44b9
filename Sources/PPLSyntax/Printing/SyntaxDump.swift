package import PPLSourceText

/// Writes a syntax tree as an indented outline, one node a line, for `ppl check --print syntax`.
///
///     equation ~ [1:1-1:20]
///       target mu [1:1-1:3]
///       call Normal [1:6-1:20]
///         number 0 integer [1:13-1:14]
///         …
package struct SyntaxDump {
  private var text = ""
  private var depth = 0
  /// For lines and columns; nil to leave the spans out.
  private let file: SourceFile?

  private init(_ file: SourceFile?) {
    self.file = file
  }

  /// The outline of a program.
  ///
  /// Without the file it was read from the outline has no spans, so that equal outlines mean equal
  /// trees.
  package static func text(of program: Program, in file: SourceFile?) -> String {
    var dump = SyntaxDump(file)
    for item in program.items { dump.write(item) }
    return dump.text
  }

  /// The outline of an expression.
  package static func text(of expression: Expression, in file: SourceFile?) -> String {
    var dump = SyntaxDump(file)
    dump.write(expression)
    return dump.text
  }

  /// Writes a line, and below it, deeper, what `children` writes.
  mutating func node(
    _ label: String,
    _ span: SourceSpan? = nil,
    _ children: (inout SyntaxDump) -> Void = { _ in }
  ) {
    text += String(repeating: "  ", count: depth) + label
    if let span, let file {
      let (start, end) = (file.position(of: span.start), file.position(of: span.end))
      text += " [\(start.line):\(start.column)-\(end.line):\(end.column)]"
    }
    text += "\n"
    depth += 1
    children(&self)
    depth -= 1
  }

  mutating func node(_ label: String, _ name: Name) {
    node("\(label) \(name.text)", name.span)
  }

  /// A text with what would break a line of the outline escaped.
  static func quoted(_ value: String) -> String {
    var printer = SyntaxPrinter()
    printer.writeString(value)
    return printer.text
  }
}
