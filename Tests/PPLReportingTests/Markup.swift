/// A text that is checked to be well-formed XML, as far as our pictures and pages go: elements that end, quoted attributes, known entities.
struct Markup {
  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  /// Element, attribute and value, in order.
  private(set) var attributes: [(element: String, attribute: String, value: String)] = []

  /// Elements of HTML that have no end.
  private static let empty: Set<String> = ["br", "meta"]

  init(_ text: String) throws {
    var open: [String] = []
    var rest = text[...]
    while let start = rest.firstIndex(where: { $0 == "<" || $0 == "&" }) {
      if rest[start] == "&" {
        let entity = rest[start...].prefix { $0 != ";" }
        guard ["&amp", "&lt", "&gt", "&quot", "&#39"].contains(String(entity)) else {
          throw Fault(description: "entity \(entity)")
        }
        rest = rest[entity.endIndex...]
        continue
      }
      guard let end = rest[start...].firstIndex(of: ">") else {
        throw Fault(description: "a tag has no end")
      }
      var tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard open.popLast() == String(tag.dropFirst()) else {
          throw Fault(description: "</\(tag)> ends nothing")
        }
        continue
      }
      let closes = tag.hasSuffix("/")
      if closes { tag.removeLast() }
      let name = String(tag.prefix { $0.isLetter || $0.isNumber })
      guard !name.isEmpty else { throw Fault(description: "<\(tag)> has no name") }
      try readAttributes(tag.dropFirst(name.count), of: name)
      if !closes, !Self.empty.contains(name) { open.append(name) }
    }
    guard open.isEmpty else { throw Fault(description: "\(open) have no end") }
  }

  private mutating func readAttributes(_ text: Substring, of element: String) throws {
    var rest = text
    var seen: Set<String> = []
    while let first = rest.firstIndex(where: { $0 != " " }) {
      rest = rest[first...]
      let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" })
      rest = rest.dropFirst(name.count)
      guard !name.isEmpty, seen.insert(name).inserted, rest.hasPrefix("=\""),
        let end = rest.dropFirst(2).firstIndex(of: "\"")
      else { throw Fault(description: "attributes of \(element): \(text)") }
      attributes.append((element, name, String(rest.dropFirst(2)[..<end])))
      rest = rest[rest.index(after: end)...]
    }
  }
}
