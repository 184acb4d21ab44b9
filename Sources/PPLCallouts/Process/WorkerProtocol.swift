import PPLJSON
import PPLTensorCore

/// The lines that are exchanged with workers; the page `Callouts` of the documentation describes them.
package struct WorkerProtocol: Sendable {
  static let version = 1

  let signature: CalloutSignature
  let givesDerivatives: Bool

  /// The lines for a function, which gives derivatives or not.
  package init(signature: CalloutSignature, givesDerivatives: Bool) {
    self.signature = signature
    self.givesDerivatives = givesDerivatives
  }

  /// Most bytes of one answer.
  package var longestLine: Int {
    let width = signature.arguments.reduce(0) { $0 + $1.count }
    let numbers = signature.result.count * (givesDerivatives ? 1 + width : 1)
    return 1 << 20 + 64 * numbers
  }

  // MARK: Greeting

  /// The first line.
  package func greeting() -> [UInt8] {
    func slot(_ slot: CalloutSlot) -> JSONValue {
      var members: [JSONMember] = []
      if !slot.name.isEmpty { members.append(JSONMember("name", .string(slot.name))) }
      members.append(JSONMember("type", .string(Self.word(slot.kind))))
      members.append(JSONMember("shape", .integers(slot.shape)))
      return .object(members)
    }
    return line([
      "ppl": .integer(Self.version), "function": .string(signature.name),
      "signature": .string(signature.text), "arguments": .array(signature.arguments.map(slot)),
      "result": slot(signature.result), "gradient": .bool(givesDerivatives),
    ])
  }

  private static func word(_ kind: ElementKind) -> String {
    switch kind {
    case .real: "real"
    case .integer: "int"
    case .boolean: "bool"
    }
  }

  /// Whether the worker answers as it should.
  ///
  /// - Returns: why not, or nil.
  package func disagreement(_ bytes: [UInt8]) -> String? {
    let document: JSONDocument
    do { document = try JSONDocument(bytes) } catch {
      return "its first line is not JSON: `\(Self.excerpt(bytes))`"
    }
    let root = document.root
    if let error = root["error"], !error.isNull {
      return "it says: \(error.string ?? "an error without text")"
    }
    guard case .bool(true)? = root["ready"]?.kind else {
      return
        "its first line is `\(Self.excerpt(bytes))` and not `{\"ready\": true, \"arguments\": […]}`"
    }
    let wanted = signature.arguments.map(\.name)
    guard let names = root["arguments"]?.strings else {
      return
        "its first line does not name its arguments: `\"arguments\": [\"\(wanted.joined(separator: "\", \""))\"]`"
    }
    guard names == wanted else {
      return "it takes (\(names.joined(separator: ", "))), and the program gives"
        + " (\(wanted.joined(separator: ", ")))"
    }
    if let result = root["result"] {
      let shape = result.integers ?? (result["shape"]?.integers)
      if let shape, shape != signature.result.shape {
        return "its result has the sizes \(shape), and the program wants \(signature.result.shape)"
      }
    }
    return nil
  }

  // MARK: Calls

  /// A call as a line.
  package func request(_ call: CalloutCall, id: Int) -> [UInt8] {
    var arguments: [JSONMember] = []
    var start = 0
    for slot in signature.arguments {
      var values = call.arguments[start..<start + slot.count]
      start += slot.count
      arguments.append(JSONMember(slot.name, Self.nested(&values, slot.shape[...], slot.kind)))
    }
    var members = [JSONMember("id", .integer(id)), JSONMember("arguments", .object(arguments))]
    if call.wantsDerivatives { members.append(JSONMember("gradient", .bool(true))) }
    if let seed = call.seed { members.append(JSONMember("seed", .unsigned(seed))) }
    return Array(JSONValue.object(members).text(.line).utf8) + [UInt8(ascii: "\n")]
  }

  /// What an answer says.
  ///
  /// - Returns: the number of the call, nil where the line is not understood; and what became of the call.
  package func answer(_ bytes: [UInt8], to call: CalloutCall, id: Int) -> CalloutAnswer? {
    let root: JSONNode
    do { root = try JSONDocument(bytes).root } catch { return nil }
    guard case .object = root.kind, root["id"]?.integer == id else { return nil }
    if let message = root["error"], !message.isNull {
      return .failed(.fault(.refused, message.string ?? "an error without text"))
    }
    guard let result = root["result"] else { return nil }
    guard let values = Self.numbers(result, signature.result.shape) else {
      return .failed(
        .fault(
          .wrongShape,
          "`\(Self.excerpt(bytes))`, and \(Self.text(signature.result.shape)) was wanted"
        )
      )
    }
    if signature.result.kind != .real,
      values.contains(where: { $0.isFinite && $0 != $0.rounded() })
    {
      return .failed(.fault(.malformed, "`\(Self.excerpt(bytes))` is no whole number"))
    }
    guard call.wantsDerivatives else { return .result(values, derivatives: []) }
    guard let gradient = root["gradient"] else {
      return .failed(.fault(.malformed, "there is no `gradient` in `\(Self.excerpt(bytes))`"))
    }
    let width = signature.arguments.reduce(0) { $0 + $1.count }
    var derivatives = [Double](repeating: 0, count: values.count * width)
    var start = 0
    for slot in signature.arguments {
      if let node = gradient[slot.name] {
        guard let own = Self.numbers(node, signature.result.shape + slot.shape) else {
          return .failed(
            .fault(
              .wrongShape,
              "the gradient by `\(slot.name)` is not \(Self.text(signature.result.shape + slot.shape))"
            )
          )
        }
        for element in values.indices {
          for place in 0..<slot.count {
            derivatives[element * width + start + place] = own[element * slot.count + place]
          }
        }
      } else if slot.kind == .real {
        return .failed(.fault(.malformed, "there is no gradient by `\(slot.name)`"))
      }
      start += slot.count
    }
    return .result(values, derivatives: derivatives)
  }

  // MARK: JSON

  private func line(_ value: JSONValue) -> [UInt8] {
    Array(value.text(.line).utf8) + [UInt8(ascii: "\n")]
  }

  private static func nested(
    _ values: inout ArraySlice<Double>,
    _ shape: ArraySlice<Int>,
    _ kind: ElementKind
  ) -> JSONValue {
    guard let size = shape.first else {
      let value = values.popFirst() ?? .nan
      switch kind {
      case .real: return .real(value)
      case .integer: return Int(exactly: value).map { .integer($0) } ?? .null
      case .boolean: return .bool(value != 0)
      }
    }
    return .array((0..<size).map { _ in nested(&values, shape.dropFirst(), kind) })
  }

  /// The numbers of an array of these sizes; null is NaN, truth counts as 0 or 1.
  private static func numbers(_ node: JSONNode, _ shape: [Int]) -> [Double]? {
    switch node.kind {
    case .integer(let value): return shape.isEmpty ? [Double(value)] : nil
    case .real(let value): return shape.isEmpty ? [value] : nil
    case .null: return shape.isEmpty ? [.nan] : nil
    case .bool(let value): return shape.isEmpty ? [value ? 1 : 0] : nil
    case .numbers(let numbers): return numbers.shape == shape ? numbers.values : nil
    case .array(let nodes):
      guard let size = shape.first, nodes.count == size else { return nil }
      var result: [Double] = []
      for node in nodes {
        guard let own = Self.numbers(node, Array(shape.dropFirst())) else { return nil }
        result += own
      }
      return result
    case .string(let text):
      guard shape.isEmpty else { return nil }
      switch text {
      case "NaN": return [.nan]
      case "Infinity": return [.infinity]
      case "-Infinity": return [-.infinity]
      default: return nil
      }
    case .object: return nil
    }
  }

  private static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "one number" : "an array of \(shape.map(String.init).joined(separator: " x "))"
  }

  /// The beginning of a line, for messages.
  static func excerpt(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    let shown = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "·" : String($0) }
    return shown.joined() + (bytes.count > 80 ? "…" : "")
  }
}

extension JSONNode {
  fileprivate var isNull: Bool {
    if case .null = kind { true } else { false }
  }
}
