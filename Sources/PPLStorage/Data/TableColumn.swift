import PPLJSON

/// A column while its table is read: it holds numbers until a cell is something else.
struct TableColumn {
  private(set) var values: [Double] = []
  private(set) var missing: [Int] = []
  private var mayBeNumbers = true
  private var mayBeTruth = true

  /// What the column has been so far.
  enum Kind {
    case numbers, truth, text
  }

  var kind: Kind {
    if mayBeNumbers { return .numbers }
    return mayBeTruth ? .truth : .text
  }

  /// Takes the next cell, its blanks trimmed.
  mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
    guard mayBeNumbers || mayBeTruth else { return }
    let cell = Self.cell(bytes, range)
    switch cell {
    case .missing:
      missing.append(values.count)
      values.append(.nan)
    case .number(let number):
      mayBeTruth = false
      values.append(number)
    case .truth(let value):
      mayBeNumbers = false
      values.append(value ? 1 : 0)
    case .text:
      mayBeNumbers = false
      mayBeTruth = false
    }
    // A column of nothing but truth words and numbers mixed is text.
    if kind == .text {
      values = []
      missing = []
    }
  }

  private enum Cell {
    case missing
    case number(Double)
    case truth(Bool)
    case text
  }

  private static func cell(_ bytes: [UInt8], _ range: Range<Int>) -> Cell {
    if range.isEmpty { return .missing }
    let number = scanDecimal(
      bytes,
      from: range.lowerBound,
      to: range.upperBound,
      isStrict: false
    )
    if let number, number.end == range.upperBound { return .number(number.value) }
    guard range.count <= 9 else { return .text }
    switch String(decoding: bytes[range], as: UTF8.self) {
    case "NA", "NaN", "nan", "null", "NULL", ".": return .missing
    case "true", "TRUE", "True": return .truth(true)
    case "false", "FALSE", "False": return .truth(false)
    case "Inf", "inf", "+Inf", "+inf", "Infinity", "+Infinity": return .number(.infinity)
    case "-Inf", "-inf", "-Infinity": return .number(-.infinity)
    default: return .text
    }
  }
}
