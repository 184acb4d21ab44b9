extension JSONValue {
  /// How a value is laid out as text.
  package enum Layout: Sendable {
    /// One line, a space after `:` and `,`.
    case line
    /// A line for each member of an object, nested by four spaces; arrays on one line.
    case indented
  }

  /// The value as JSON text (RFC 8259), UTF-8.
  ///
  /// Numbers are the shortest text that reads back the same; those that are not finite are null.
  package func text(_ layout: Layout = .line) -> String {
    String(decoding: utf8(layout), as: UTF8.self)
  }

  /// The bytes of `text(layout)`.
  package func utf8(_ layout: Layout = .line) -> [UInt8] {
    var output: [UInt8] = []
    write(to: &output, layout, depth: 0)
    return output
  }

  private func write(to output: inout [UInt8], _ layout: Layout, depth: Int) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: value.description.utf8)
    case .unsigned(let value): output.append(contentsOf: value.description.utf8)
    case .real(let value):
      output.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let value): Self.write(value, to: &output)
    case .array(let values):
      output.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { output.append(contentsOf: ", ".utf8) }
        value.write(to: &output, .line, depth: 0)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      write(members, to: &output, layout, depth: depth)
    }
  }

  private func write(
    _ members: [JSONMember],
    to output: inout [UInt8],
    _ layout: Layout,
    depth: Int
  ) {
    func breakLine(_ depth: Int) {
      output.append(UInt8(ascii: "\n"))
      output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * depth))
    }
    let isIndented = layout == .indented && !members.isEmpty
    output.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { output.append(contentsOf: (isIndented ? "," : ", ").utf8) }
      if isIndented { breakLine(depth + 1) }
      Self.write(member.name, to: &output)
      output.append(contentsOf: ": ".utf8)
      member.value.write(to: &output, layout, depth: depth + 1)
    }
    if isIndented { breakLine(depth) }
    output.append(UInt8(ascii: "}"))
  }

  private static func write(_ string: String, to output: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    output.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
      case UInt8(ascii: "\n"): output.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): output.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): output.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        output.append(contentsOf: "\\u00".utf8)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
