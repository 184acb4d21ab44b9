import PPLJSON

/// The values of a data file as a tree whose numbers are text, so that any spelling can stand there.
struct DataTree: Sendable {
  indirect enum Value: Sendable {
    /// A number, or anything else that stands without quotes.
    case bare(String)
    case text(String)
    case list([Value])
    case object([(key: String, value: Value)])
  }

  var members: [(key: String, value: Value)] = []

  init() {}

  /// The members of a JSON object; none if the text is no object.
  init(json: [UInt8]) {
    guard let document = try? JSONDocument(json), case .object(let nodes) = document.root.kind
    else {
      return
    }
    members = nodes.map { ($0.name, Self.value($0.value)) }
  }

  private static func value(_ node: JSONNode) -> Value {
    switch node.kind {
    case .null: return .bare("null")
    case .bool(let value): return .bare("\(value)")
    case .integer(let value): return .bare("\(value)")
    case .real(let value): return .bare("\(value)")
    case .string(let value): return .text(value)
    case .numbers(let numbers):
      let leaves = numbers.values.map { value -> Value in
        .bare(value.isNaN ? "null" : Int(exactly: value).map(String.init) ?? "\(value)")
      }
      return nested(leaves[...], numbers.shape)
    case .array(let nodes): return .list(nodes.map(value))
    case .object(let nodes): return .object(nodes.map { ($0.name, value($0.value)) })
    }
  }

  private static func nested(_ leaves: ArraySlice<Value>, _ shape: [Int]) -> Value {
    guard let count = shape.first else { return leaves.first ?? .bare("null") }
    guard shape.count > 1 else { return .list(Array(leaves)) }
    let width = shape.dropFirst().reduce(1, *)
    return .list(
      (0..<count).map { row in
        let start = leaves.startIndex + row * width
        return nested(leaves[start..<(start + width)], Array(shape.dropFirst()))
      }
    )
  }

  // MARK: Writing

  /// Whether all values are lists of scalars, so that they can be columns.
  var isTable: Bool {
    !members.isEmpty
      && members.allSatisfy { member in
        guard case .list(let values) = member.value else { return false }
        return values.allSatisfy { value in
          switch value {
          case .bare, .text: true
          case .list, .object: false
          }
        }
      }
  }

  /// As a JSON object.
  var json: [UInt8] {
    var text = ""
    Self.write(.object(members), into: &text)
    return Array(text.utf8)
  }

  private static func write(_ value: Value, into text: inout String) {
    switch value {
    case .bare(let bare): text += bare
    case .text(let string): text += quoted(string)
    case .list(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        write(value, into: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        text += quoted(member.key) + ":"
        write(member.value, into: &text)
      }
      text += "}"
    }
  }

  private static func quoted(_ string: String) -> String {
    JSONValue.string(string).text()
  }

  /// As a table with a header; columns may be of unequal length.
  var csv: [UInt8] {
    var lines = [members.map(\.key).joined(separator: ",")]
    let columns = members.map { member -> [String] in
      guard case .list(let values) = member.value else { return [] }
      return values.map { value in
        switch value {
        case .bare(let bare): bare == "null" ? "" : bare
        case .text(let text): text.contains(",") ? "\"\(text)\"" : text
        case .list, .object: ""
        }
      }
    }
    for row in 0..<(columns.map(\.count).max() ?? 0) {
      let cells = columns.compactMap { $0.indices.contains(row) ? $0[row] : nil }
      lines.append(cells.joined(separator: ","))
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }
}
