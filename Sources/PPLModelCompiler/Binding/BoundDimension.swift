/// A dimension with its labels.
package struct BoundDimension: Sendable {
  /// The labels in order.
  package enum Labels: Sendable {
    /// `first, first + 1, …`.
    case integers(first: Int, count: Int)
    /// Ascending integers with gaps.
    case codes([Int])
    case strings([String])
  }

  package let name: String
  package let labels: Labels
  /// Of a ragged dimension the number of positions of each index of its parent; the labels are those of the longest.
  package let sizes: [Int]?
  private let positions: [String: Int]
  private let codePositions: [Int: Int]

  package init(name: String, labels: Labels, sizes: [Int]? = nil) {
    self.name = name
    self.labels = labels
    self.sizes = sizes
    switch labels {
    case .strings(let strings):
      positions = Dictionary(
        strings.enumerated().map { ($1, $0) },
        uniquingKeysWith: { first, _ in first }
      )
      codePositions = [:]
    case .codes(let codes):
      positions = [:]
      codePositions = Dictionary(
        codes.enumerated().map { ($1, $0) },
        uniquingKeysWith: { first, _ in first }
      )
    case .integers:
      positions = [:]
      codePositions = [:]
    }
  }

  /// Number of labels.
  package var count: Int {
    switch labels {
    case .integers(_, let count): count
    case .codes(let codes): codes.count
    case .strings(let strings): strings.count
    }
  }

  /// Whether the labels are integers.
  package var hasIntegerLabels: Bool {
    if case .strings = labels { false } else { true }
  }

  /// The position (from 0) of an integer: by label if labels are integers, else the n-th.
  package func position(of integer: Double) -> Int? {
    guard let value = Int(exactly: integer) else { return nil }
    switch labels {
    case .integers(let first, let count):
      let (offset, overflow) = value.subtractingReportingOverflow(first)
      return !overflow && offset >= 0 && offset < count ? offset : nil
    case .codes: return codePositions[value]
    case .strings(let strings): return value >= 1 && value <= strings.count ? value - 1 : nil
    }
  }

  /// The position (from 0) of a text label.
  package func position(of string: String) -> Int? { positions[string] }

  /// The integer label at a position; nil if labels are text.
  package func integerLabel(at position: Int) -> Int? {
    switch labels {
    case .integers(let first, _): first + position
    case .codes(let codes): codes[position]
    case .strings: nil
    }
  }

  /// The label at a position as it stands in element names: `3`, or `"ANOKA"` in quotes.
  package func name(at position: Int) -> String {
    switch labels {
    case .integers(let first, _): "\(first + position)"
    case .codes(let codes): "\(codes[position])"
    case .strings(let strings): "\"\(strings[position])\""
    }
  }

  /// The range of labels in words, for messages.
  package var summary: String {
    switch labels {
    case .integers(let first, let count): "\(first)..\(first + count - 1)"
    case .codes(let codes): Self.list(codes.map(String.init))
    case .strings(let strings): Self.list(strings.map { "\"\($0)\"" })
    }
  }

  private static func list(_ names: [String]) -> String {
    names.count <= 6
      ? names.joined(separator: ", ")
      : names.prefix(5).joined(separator: ", ") + ", … (\(names.count) labels)"
  }
}
