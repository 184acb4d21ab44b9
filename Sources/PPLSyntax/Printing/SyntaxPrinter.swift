/// Writes a syntax tree as canonical text: one statement a line, as few parentheses as possible.
///
/// The text parses to the same tree, spans apart. Comments are not part of the tree and are lost;
/// what stands for an error (`Expression.Kind.invalid`) is written `?`, which does not parse.
package struct SyntaxPrinter {
  var text = ""
  /// Levels of blocks around the statement.
  var indentation = 0

  /// The text of a program, each statement with its line end.
  package static func text(of program: Program) -> String {
    var printer = SyntaxPrinter()
    for item in program.items { printer.line { $0.write(item) } }
    return printer.text
  }

  /// The text of an expression.
  package static func text(of expression: Expression) -> String {
    var printer = SyntaxPrinter()
    printer.write(expression)
    return printer.text
  }

  /// The text of a type.
  package static func text(of type: TypeExpression) -> String {
    var printer = SyntaxPrinter()
    printer.write(type)
    return printer.text
  }

  /// The text of a signature.
  package static func text(of signature: SignatureExpression) -> String {
    var printer = SyntaxPrinter()
    printer.write(signature)
    return printer.text
  }

  mutating func line(_ content: (inout SyntaxPrinter) -> Void) {
    text += String(repeating: "  ", count: indentation)
    content(&self)
    text += "\n"
  }

  /// Writes the elements with a comma and a space between two.
  mutating func commaSeparated<Element>(
    _ elements: [Element],
    _ content: (inout SyntaxPrinter, Element) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 { text += ", " }
      content(&self, element)
    }
  }

  /// Writes braces around lines.
  mutating func block<Element>(
    _ elements: [Element],
    _ content: (inout SyntaxPrinter, Element) -> Void
  ) {
    text += " {\n"
    indentation += 1
    for element in elements { line { content(&$0, element) } }
    indentation -= 1
    text += String(repeating: "  ", count: indentation) + "}"
  }

  mutating func writeString(_ value: String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
