import PPLModelCompiler
import Testing

/// A small program, its data, and the same density written as plain loops.
struct NumericCase: Sendable, CustomTestStringConvertible {
  var name: String
  var text: String
  var data: [String: CaseData] = [:]
  /// The coordinates that a quantity moves in, where they are not simply its elements.
  var coordinates: [String: Coordinates] = [:]
  /// The log density of the constrained values, without Jacobian.
  var density: @Sendable (PlainValues) -> Double

  var testDescription: String { name }
}

/// What a data file would give under a key.
enum CaseData: Sendable {
  /// NaN is a missing cell.
  case numbers([Double], shape: [Int])
  /// An empty text is a missing cell.
  case texts([String])

  static func scalar(_ value: Double) -> CaseData { .numbers([value], shape: []) }
  static func vector(_ values: Double...) -> CaseData { .numbers(values, shape: [values.count]) }
  static func matrix(_ rows: [Double]...) -> CaseData {
    .numbers(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }

  var array: @Sendable (String) -> DataArray {
    { key in
      let (shape, content): ([Int], DataArray.Content) =
        switch self {
        case .numbers(let values, let shape):
          (shape, .numbers(values, missing: values.indices.filter { values[$0].isNaN }))
        case .texts(let texts):
          ([texts.count], .strings(texts, missing: texts.indices.filter { texts[$0].isEmpty }))
        }
      return DataArray(key: key, shape: shape, content: content, file: "case.json") { _ in
        (nil, nil)
      }
    }
  }
}

/// Free coordinates of a quantity on a manifold, with respect to which its density is one.
enum Coordinates: Sendable {
  /// All elements of each row of this length but the last.
  case simplex(Int)
  /// As for the simplex; a basis of length 1 is wanted, which they are not.
  case sumToZero(Int)
  /// Below the diagonal of each square matrix of this size.
  case strictLower(Int)
  /// The diagonal, too.
  case lower(Int)
  /// None: the Jacobian is tested elsewhere.
  case none

  /// Which elements, of all `count` in row-major order.
  func indices(count: Int) -> [Int] {
    switch self {
    case .simplex(let size), .sumToZero(let size):
      (0..<count).filter { $0 % size != size - 1 }
    case .strictLower(let size):
      (0..<count).filter { $0 % size < $0 / size % size }
    case .lower(let size):
      (0..<count).filter { $0 % size <= $0 / size % size }
    case .none: []
    }
  }

  /// What the log volume of the coordinates lacks to that of the manifold.
  func logVolume(count: Int) -> Double {
    guard case .sumToZero(let size) = self else { return 0 }
    return Double(count / size) * 0.5 * Plain.log(Double(size))
  }
}

/// Sampled values and data by name, row by row; derived quantities are not among them.
struct PlainValues: Sendable {
  var values: [String: [Double]]

  /// All elements.
  subscript(name: String) -> [Double] {
    values[name] ?? []
  }

  /// A scalar.
  func callAsFunction(_ name: String) -> Double { self[name][0] }

  /// A row of an array of two axes.
  func row(_ name: String, _ index: Int, width: Int) -> [Double] {
    Array(self[name][index * width..<(index + 1) * width])
  }
}
