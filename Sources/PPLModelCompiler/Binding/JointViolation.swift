import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

/// How a vector or matrix breaks the rule of its joint type.
struct JointViolation {
  /// The element at fault, counted from the first one; nil where all of them together are.
  var element: Int?
  /// What is there, to stand behind the name: "sums to 0.9".
  var found: String
  /// The rule: "a `simplex` sums to 1".
  var rule: String
}

/// Allowed rounding of sums, lengths and diagonals, and of symmetry relative to the largest element: that of
/// the distributions' parameters.
private let tolerance = 1e-8

extension VectorSupport {
  /// What is wrong with a vector; nil if it lies in this support.
  func violation(in row: ArraySlice<Double>) -> JointViolation? {
    let name = "`\(rawValue)`"
    func first(
      _ rule: String,
      where isWrong: (Int) -> Bool,
      found: (Int) -> String
    ) -> JointViolation? {
      guard let index = row.indices.first(where: isWrong) else { return nil }
      return JointViolation(element: index - row.startIndex, found: found(index), rule: rule)
    }
    func value(_ index: Int) -> String { "is \(shortNumber(row[index]))" }
    func sum(_ wanted: Double) -> JointViolation? {
      let sum = row.reduce(0, +)
      guard !(abs(sum - wanted) <= tolerance) else { return nil }
      return JointViolation(
        found: "sums to \(shortNumber(sum))",
        rule: "a \(name) sums to \(shortNumber(wanted))"
      )
    }
    func order() -> JointViolation? {
      first("the elements of \(name) ascend") {
        $0 > row.startIndex && !(row[$0 - 1] < row[$0])
      } found: {
        "\(value($0)) after \(shortNumber(row[$0 - 1]))"
      }
    }
    let isFinite = first(
      "the elements of \(name) are finite",
      where: { !row[$0].isFinite },
      found: value
    )
    if let isFinite { return isFinite }
    switch self {
    case .simplex:
      let negative = first(
        "the elements of a \(name) are at least 0",
        where: { row[$0] < 0 },
        found: value
      )
      return negative ?? sum(1)
    case .ordered: return order()
    case .positiveOrdered:
      let rule = "the elements of \(name) are above 0"
      return first(rule, where: { row[$0] <= 0 }, found: value) ?? order()
    case .sumToZero: return sum(0)
    case .unit:
      let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard abs(length - 1) > tolerance else { return nil }
      return JointViolation(
        found: "has length \(shortNumber(length))",
        rule: "a \(name) vector has length 1"
      )
    }
  }
}

extension MatrixSupport {
  /// What is wrong with a square matrix of rows of this length; nil if it lies in this support.
  func violation(in matrix: ArraySlice<Double>, width: Int) -> JointViolation? {
    let view = MatrixView(matrix: matrix, width: width, name: "`\(rawValue)`")
    if let violation = view.notFinite { return violation }
    switch self {
    case .cov: return view.asymmetry ?? view.indefiniteness
    case .corr: return view.diagonalOtherThanOne ?? view.asymmetry ?? view.indefiniteness
    case .choleskyCov: return view.notLower
    case .choleskyCorr: return view.notLower ?? view.rowOfOtherLength
    }
  }
}

/// A square matrix and the rules that it may break.
struct MatrixView {
  let matrix: ArraySlice<Double>
  let width: Int
  /// What the matrix should be.
  let name: String

  private func at(_ row: Int, _ column: Int) -> Double {
    matrix[matrix.startIndex + row * width + column]
  }

  private func first(
    _ rule: String,
    where isWrong: (_ row: Int, _ column: Int) -> Bool,
    found: (_ row: Int, _ column: Int) -> String
  ) -> JointViolation? {
    for row in 0..<width {
      for column in 0..<width where isWrong(row, column) {
        return JointViolation(
          element: row * width + column,
          found: found(row, column),
          rule: rule
        )
      }
    }
    return nil
  }

  private func value(_ row: Int, _ column: Int) -> String { "is \(shortNumber(at(row, column)))" }

  var notFinite: JointViolation? {
    first("the elements of a \(name) are finite", where: { !at($0, $1).isFinite }, found: value)
  }

  var asymmetry: JointViolation? {
    let allowed = tolerance * (matrix.lazy.map(\.magnitude).max() ?? 0)
    return first("a \(name) is symmetric") {
      $0 > $1 && abs(at($0, $1) - at($1, $0)) > allowed
    } found: {
      "\(value($0, $1)), and its mirror image \(shortNumber(at($1, $0)))"
    }
  }

  var diagonalOtherThanOne: JointViolation? {
    first(
      "the diagonal of a \(name) is 1",
      where: { $0 == $1 && abs(at($0, $1) - 1) > tolerance },
      found: value
    )
  }

  /// To be asked of symmetric matrices.
  var indefiniteness: JointViolation? {
    let tensor = Tensor(shape: Shape([width, width]), values: Array(matrix))
    let factor = GraphBuilder().constant(tensor).cholesky().constantValue
    guard !(factor?.values.allSatisfy(\.isFinite) ?? false) else { return nil }
    return JointViolation(found: "is not positive definite", rule: "a \(name) is")
  }

  var notLower: JointViolation? {
    first(
      "a \(name) is 0 above its diagonal",
      where: { $0 < $1 && at($0, $1) != 0 },
      found: value
    )
      ?? first(
        "the diagonal of a \(name) is above 0",
        where: { $0 == $1 && at($0, $1) <= 0 },
        found: value
      )
  }

  var notAdjacency: JointViolation? {
    first("the elements of an \(name) are at least 0", where: { at($0, $1) < 0 }, found: value)
      ?? first(
        "the diagonal of an \(name) is 0",
        where: { $0 == $1 && at($0, $1) != 0 },
        found: value
      )
  }

  /// To be asked of adjacency matrices.
  var disconnection: JointViolation? {
    var isReached = [Bool](repeating: false, count: width)
    var open = [0]
    isReached[0] = true
    while let row = open.popLast() {
      for column in 0..<width where at(row, column) != 0 && !isReached[column] {
        isReached[column] = true
        open.append(column)
      }
    }
    guard let alone = isReached.firstIndex(of: false) else { return nil }
    return JointViolation(
      found: "does not connect positions 1 and \(alone + 1)",
      rule: "the graph of an \(name) is connected: each part that is not gets a vector of its own"
    )
  }

  var rowOfOtherLength: JointViolation? {
    func length(_ row: Int) -> Double {
      (0..<width).reduce(0) { $0 + at(row, $1) * at(row, $1) }.squareRoot()
    }
    guard let row = (0..<width).first(where: { abs(length($0) - 1) > tolerance }) else {
      return nil
    }
    return JointViolation(
      found: "has a row \(row + 1) of length \(shortNumber(length(row)))",
      rule: "the rows of a \(name) have length 1"
    )
  }
}

/// A number without a trailing `.0`.
func shortNumber(_ value: Double) -> String {
  Int(exactly: value).map(String.init) ?? "\(value)"
}
