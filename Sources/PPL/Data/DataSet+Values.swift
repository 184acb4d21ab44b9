package import PPLModelCompiler

/// Something that a program's data can be: a number, a truth value, a label, or arrays of those, nested or with missing elements.
///
/// Arrays of arrays of equal lengths are arrays of more axes; of different lengths, the rows of a ragged dimension. A type of a
/// program's own conforms by the elements of a value that it has:
///
/// ```swift
/// struct Celsius: DataConvertible {
///   var degrees: Double
///   var dataElements: DataElements { degrees.dataElements }
/// }
/// ```
public protocol DataConvertible: Sendable {
  /// The elements, innermost last.
  var dataElements: DataElements { get }
}

/// The elements of a value, with the lengths of its axes; numbers, texts, truth values and arrays of them have such.
public struct DataElements: Sendable {
  package var shape: [Int]
  package var content: DataArray.Content
  package var rowLengths: [Int]?

  package init(shape: [Int] = [], content: DataArray.Content, rowLengths: [Int]? = nil) {
    self.shape = shape
    self.content = content
    self.rowLengths = rowLengths
  }

  fileprivate static func number(_ value: Double) -> DataElements {
    DataElements(content: .numbers([value], missing: []))
  }
}

extension Double: DataConvertible {
  /// One number.
  public var dataElements: DataElements { .number(self) }
}

extension Float: DataConvertible {
  /// One number.
  public var dataElements: DataElements { .number(Double(self)) }
}

extension Int: DataConvertible {
  /// One number, of at most 53 bits.
  public var dataElements: DataElements {
    guard let number = Double(exactly: self) else {
      return DataElements(content: .other("the integer \(self), which has more than 53 bits"))
    }
    return .number(number)
  }
}

extension Bool: DataConvertible {
  /// 1 or 0.
  public var dataElements: DataElements { .number(self ? 1 : 0) }
}

extension String: DataConvertible {
  /// One label or text.
  public var dataElements: DataElements {
    DataElements(content: .strings([self], missing: []))
  }
}

extension Optional: DataConvertible where Wrapped: DataConvertible {
  /// Without a value, a missing cell.
  public var dataElements: DataElements {
    if let value = self { return value.dataElements }
    if Wrapped.self == String.self {
      return DataElements(content: .strings([""], missing: [0]))
    }
    return DataElements(content: .numbers([.nan], missing: [0]))
  }
}

extension Array: DataConvertible where Element: DataConvertible {
  /// The elements of all, one behind the other.
  public var dataElements: DataElements {
    if let values = self as? [Double] {
      return DataElements(shape: [count], content: .numbers(values, missing: []))
    }
    if let values = self as? [String] {
      return DataElements(shape: [count], content: .strings(values, missing: []))
    }
    return DataElements(joining: map(\.dataElements))
  }
}

extension DataElements {
  /// Parts as the elements of one more axis.
  fileprivate init(joining parts: [DataElements]) {
    guard let first = parts.first else {
      self.init(shape: [0], content: .numbers([], missing: []))
      return
    }
    var (numbers, texts, missing): ([Double], [String], [Int]) = ([], [], [])
    var hasText = false
    for part in parts {
      let start = Swift.max(numbers.count, texts.count)
      switch part.content {
      case .numbers(let values, let gone):
        numbers += values
        missing += gone.map { $0 + start }
      case .strings(let values, let gone):
        hasText = true
        texts += values
        missing += gone.map { $0 + start }
      case .rows, .other:
        self = part
        return
      }
    }
    if hasText, !numbers.isEmpty {
      self.init(content: .other("a list of numbers and texts"))
      return
    }
    let content: DataArray.Content =
      hasText ? .strings(texts, missing: missing) : .numbers(numbers, missing: missing)
    if parts.allSatisfy({ $0.shape == first.shape && $0.rowLengths == nil }) {
      self.init(shape: [parts.count] + first.shape, content: content)
    } else if parts.allSatisfy({ $0.shape.count == 1 && $0.rowLengths == nil }) {
      let lengths = parts.map { $0.shape[0] }
      self.init(shape: [lengths.reduce(0, +)], content: content, rowLengths: lengths)
    } else {
      self.init(content: .other("a list of rows of unequal length"))
    }
  }
}

extension DataSet {
  /// Where values that a program gives come from, in messages.
  package static let programName = "<program>"

  /// Sets the value of a key; one that was there before is replaced.
  ///
  /// ```swift
  /// var data = DataSet()
  /// data.set("y", [28.0, 8, -3, 7])
  /// data.set("school", ["Choate", "Deerfield", "Andover", "Exeter"])
  /// ```
  ///
  /// - Parameters:
  ///   - key: the name of the data in programs.
  ///   - value: numbers, truth values or labels.
  public mutating func set(_ key: String, _ value: any DataConvertible) {
    let elements = value.dataElements
    put(key, elements.shape, elements.content, elements.rowLengths)
  }

  /// Sets an array of several axes from its elements in row-major order, the last axis fastest.
  ///
  /// Where the lengths of the axes do not give the number of elements, compiling a program with the data says so.
  ///
  /// - Parameters:
  ///   - key: the name of the data in programs.
  ///   - values: the elements.
  ///   - shape: the lengths of the axes.
  public mutating func set(_ key: String, _ values: [Double], shape: [Int]) {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      count = length < 0 || overflow ? -1 : product
      if count < 0 { break }
    }
    guard count == values.count else {
      let found = "\(values.count) numbers for the lengths \(shape)"
      put(key, [], .other(found), nil)
      return
    }
    put(key, shape, .numbers(values, missing: []), nil)
  }

  private mutating func put(
    _ key: String,
    _ shape: [Int],
    _ content: DataArray.Content,
    _ rowLengths: [Int]?
  ) {
    remove(key)
    let array = DataArray(
      key: key,
      shape: shape,
      content: content,
      rowLengths: rowLengths,
      file: Self.programName
    ) { element in
      (element + 1, nil)
    }
    add(array: array, key: key)
  }
}

extension DataSet: ExpressibleByDictionaryLiteral {
  /// Data of a program's own values, by key.
  ///
  /// - Parameter elements: keys, as programs name their data, with values; of equal keys the last one counts.
  public init(dictionaryLiteral elements: (String, any DataConvertible)...) {
    self.init()
    for (key, value) in elements { set(key, value) }
  }
}
