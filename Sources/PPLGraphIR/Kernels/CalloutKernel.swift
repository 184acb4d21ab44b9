import PPLIntegration
import PPLTensorCore

/// The calls of a `callout` with their memory.
@safe
final class CalloutKernel {
  private let body: CalloutBody
  private let form: CalloutForm
  private let operands: [(source: Numbers, width: Int)]
  private let result: UnsafeMutablePointer<Double>
  private let resultCount: Int
  private let differentiated: [Int]
  private var rows: [Double]

  init(
    _ body: CalloutBody,
    _ form: CalloutForm,
    _ operands: [KernelOperand],
    into result: KernelOperand
  ) {
    self.body = body
    self.form = form
    self.operands = operands.map { operand in
      unsafe (Numbers(operand.pointer), operand.shape.count / max(body.callCount, 1))
    }
    unsafe self.result = result.pointer
    resultCount = result.shape.count
    differentiated = body.differentiatedElements
    let width = self.operands.reduce(0) { $0 + $1.width }
    rows = [Double](repeating: 0, count: body.callCount * width)
  }

  /// Makes all calls; random numbers follow the key of the run.
  func run(key: RandomKey) {
    var start = 0
    let width = operands.reduce(0) { $0 + $1.width }
    for (source, own) in operands {
      for call in 0..<body.callCount {
        for element in 0..<own {
          rows[call * width + start + element] = source[call * own + element]
        }
      }
      start += own
    }
    let want: CalloutRequest.Want =
      switch form {
      case .value: .value
      case .columns: .columns
      case .pullback: .pullback
      case .draw(let stream): .draw(key.derived(UInt64(stream)))
      }
    let request = CalloutRequest(
      want: want,
      count: body.callCount,
      differentiated: differentiated
    )
    let place = unsafe UnsafeMutableBufferPointer(start: result, count: resultCount)
    var results = unsafe place.mutableSpan
    let arguments = rows
    body.function.run(request, arguments: arguments.span, results: &results)
  }
}
