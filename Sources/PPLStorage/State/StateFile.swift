/// The file of a saved value: a mark, a checksum, and the value bit by bit.
package enum StateFile {
  /// The first bytes of each such file; the digit is its form.
  private static let mark = Array("PPLSTATE1\n".utf8)

  /// The content of a file that holds a value.
  ///
  /// - Throws: where it holds numbers of less than 64 bits, which is a fault of this project.
  package static func bytes(of value: some Encodable) throws -> [UInt8] {
    let encoder = StateEncoder()
    try value.encode(to: encoder)
    var content: [UInt8] = []
    encoder.node.write(to: &content)
    return mark + Array(checksum(content[...]).utf8) + content
  }

  /// The value that a file holds.
  ///
  /// - Throws: where the file is cut, damaged or something else.
  package static func value<Value: Decodable>(_ type: Value.Type, of bytes: [UInt8])
    throws(StateError) -> Value
  {
    guard bytes.starts(with: mark) else { throw StateError(reason: "it is no saved state") }
    let length = checksum([]).utf8.count
    guard bytes.count > mark.count + length else { throw StateError(reason: "it is cut off") }
    var rest = bytes[(mark.count + length)...]
    guard Array(checksum(rest).utf8) == Array(bytes[mark.count..<(mark.count + length)]) else {
      throw StateError(reason: "its bytes are not those that were written")
    }
    let node = try StateNode.read(&rest)
    do {
      return try Value(from: StateDecoder(node))
    } catch let error as DecodingError {
      throw StateError(reason: "it holds something else (\(path(of: error)))")
    } catch {
      throw StateError(reason: "it holds something else")
    }
  }

  private static func checksum(_ content: ArraySlice<UInt8>) -> String {
    var digest = Digest()
    digest.add(Array(content))
    return digest.text
  }

  /// Where a value does not have its form.
  private static func path(of error: DecodingError) -> String {
    let context: DecodingError.Context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: .init(codingPath: [], debugDescription: "")
      }
    return context.codingPath.map(\.stringValue).joined(separator: ".") + ": "
      + context.debugDescription
  }
}
