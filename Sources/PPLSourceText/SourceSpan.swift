/// A range of bytes in the UTF-8 text of one source file.
public struct SourceSpan: Sendable, Hashable {
  /// Offset of the first byte.
  public var start: Int
  /// Offset behind the last byte; `end == start` marks a place between two bytes.
  public var end: Int

  /// Makes the span of bytes `start ..< end`.
  package init(start: Int, end: Int) {
    self.start = start
    self.end = max(start, end)
  }

  /// The smallest span that covers both.
  package func union(_ other: SourceSpan) -> SourceSpan {
    SourceSpan(start: min(start, other.start), end: max(end, other.end))
  }
}
