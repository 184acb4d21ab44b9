/// Cuts the bytes of a connection into messages, by the headers of the base protocol.
///
/// A message is headers, an empty line, and as many bytes as `Content-Length` says (Language Server
/// Protocol 3.17, "Base Protocol"). A header without a length is passed over up to its empty line, so that
/// one bad message does not end the connection.
public struct MessageStream: Sendable {
  /// The longest message that is taken.
  private static let longest = 1 << 28
  private var bytes: [UInt8] = []
  /// Bytes that are taken already.
  private var start = 0
  /// Bytes of a message too long to be kept, which are still to be passed over.
  private var skipped = 0

  /// Makes an empty stream.
  public init() {}

  /// Adds bytes that came in.
  public mutating func add(_ more: [UInt8]) {
    if start > 0 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes += more
    let passed = min(skipped, bytes.count)
    start = passed
    skipped -= passed
  }

  /// The next message that is complete; nil until more bytes come.
  ///
  /// - Returns: a message without its header, for ``LanguageServer/handle(_:)``.
  public mutating func next() -> [UInt8]? {
    while skipped == 0 {
      guard let header = endOfHeader() else { return nil }
      guard let length = length(in: bytes[start..<header]) else {
        start = header
        continue
      }
      guard length <= Self.longest else {
        let present = min(length, bytes.count - header)
        start = header + present
        skipped = length - present
        continue
      }
      guard bytes.count - header >= length else { return nil }
      start = header + length
      return Array(bytes[header..<start])
    }
    return nil
  }

  /// A message with its header.
  ///
  /// - Parameter message: JSON in UTF-8.
  /// - Returns: the bytes to be sent.
  public static func framed(_ message: [UInt8]) -> [UInt8] {
    Array("Content-Length: \(message.count)\r\n\r\n".utf8) + message
  }

  /// The offset behind the empty line that ends the header.
  private func endOfHeader() -> Int? {
    var line = start
    for index in start..<bytes.count where bytes[index] == UInt8(ascii: "\n") {
      let isEmpty = bytes[line..<index].allSatisfy { $0 == UInt8(ascii: "\r") }
      // Line ends between two messages are no header.
      if isEmpty, line > start { return index + 1 }
      if isEmpty { return index + 1 }
      line = index + 1
    }
    return nil
  }

  private func length(in header: ArraySlice<UInt8>) -> Int? {
    for line in String(decoding: header, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      let value = parts[1].drop { $0 == " " }.prefix { $0 != " " }
      if let length = Int(value), length >= 0 { return length }
    }
    return nil
  }
}
