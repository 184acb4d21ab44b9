package import PPLTensorCore
import Synchronization

/// A function or simulator outside of the program, as kernels call it.
package protocol CalloutFunction: AnyObject, Sendable {
  /// Makes some calls at once.
  ///
  /// A call that fails fills its row with NaN; what happened is counted by whoever implements this.
  ///
  /// - Parameters:
  ///   - request: which calls, and what is wanted of each.
  ///   - arguments: a row for each call, the elements of its arguments in order.
  ///   - results: a row for each call, as `CalloutRequest.Want` says.
  func run(
    _ request: CalloutRequest,
    arguments: Span<Double>,
    results: inout MutableSpan<Double>
  )
}

/// Calls that are made at once.
package struct CalloutRequest: Sendable {
  /// What is wanted of a call.
  package enum Want: Sendable {
    /// Its result.
    case value
    /// Its result, each element followed by its derivatives by the elements of the differentiated arguments.
    case columns
    /// The derivatives of its result, weighted by the adjoints that stand behind the arguments in their row.
    case pullback
    /// A draw of a simulator: random numbers follow the key and the number of the call.
    case draw(RandomKey)
  }

  package var want: Want
  /// Number of calls.
  package var count: Int
  /// The differentiated elements of a row of arguments.
  package var differentiated: [Int]

  package init(want: Want, count: Int, differentiated: [Int]) {
    self.want = want
    self.count = count
    self.differentiated = differentiated
  }
}

/// Calls of one function or simulator, N of them at once, with R numbers as the result of each.
///
/// Equal bodies are the same object.
package final class CalloutBody: Sendable, Hashable {
  /// How derivatives are had.
  package enum Derivative: Sendable, Hashable {
    case none
    /// All of them with the result.
    case columns
    /// Those of a weighted sum of the result's elements.
    case pullback
  }

  /// The name in the program.
  package let name: String
  package let function: any CalloutFunction
  /// N.
  package let callCount: Int
  /// Elements of each argument of one call.
  package let widths: [Int]
  /// Arguments by which results are differentiated.
  package let isDifferentiated: [Bool]
  /// R.
  package let resultWidth: Int
  /// What the elements of a result stand for.
  package let kind: ElementKind
  package let derivative: Derivative

  /// A body of parts that fit each other.
  package init(
    name: String,
    function: any CalloutFunction,
    callCount: Int,
    widths: [Int],
    isDifferentiated: [Bool],
    resultWidth: Int,
    kind: ElementKind,
    derivative: Derivative
  ) {
    self.name = name
    self.function = function
    self.callCount = callCount
    self.widths = widths
    self.isDifferentiated = isDifferentiated
    self.resultWidth = resultWidth
    self.kind = kind
    self.derivative = derivative
  }

  /// Elements of all arguments of one call.
  package var argumentWidth: Int { widths.reduce(0, +) }

  /// M, the number of differentiated elements.
  package var columnCount: Int { column(of: widths.count) }

  /// The first of the derivatives by an argument's elements.
  package func column(of argument: Int) -> Int {
    (0..<argument).reduce(0) { $0 + (isDifferentiated[$1] ? widths[$1] : 0) }
  }

  /// The differentiated elements of a row of arguments.
  package var differentiatedElements: [Int] {
    var result: [Int] = []
    var start = 0
    for (width, isDifferentiated) in zip(widths, isDifferentiated) {
      if isDifferentiated { result += start..<start + width }
      start += width
    }
    return result
  }

  package static func == (left: CalloutBody, right: CalloutBody) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// What a callout gives of its calls.
package enum CalloutForm: Sendable, Hashable {
  /// (arguments `[N, …]`…) → `[N, R]`.
  case value
  /// (arguments `[N, …]`…) → `[N, R, 1 + M]`: each element with its derivatives behind it.
  case columns
  /// (arguments `[N, …]`…, adjoint `[N, R]`) → `[N, M]`.
  case pullback
  /// (arguments `[N, …]`…) → `[N, R]` at random; `stream` is as for random numbers.
  case draw(stream: Int)
}
