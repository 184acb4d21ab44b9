package import PPLGraphIR
import PPLTensorCore

/// A function outside of the program with all that belongs to its calls: differences, cache, counts.
package final class Callout: CalloutFunction {
  private let signature: CalloutSignature
  private let settings: CalloutSettings
  private let backend: any CalloutBackend
  private let cache: ResultCache?
  private let tally: CalloutTally

  package init(
    _ signature: CalloutSignature,
    _ settings: CalloutSettings,
    _ backend: any CalloutBackend,
    _ tally: CalloutTally
  ) {
    self.signature = signature
    self.settings = settings
    self.backend = backend
    self.tally = tally
    cache = settings.isCached ? ResultCache() : nil
  }

  package func run(
    _ request: CalloutRequest,
    arguments: Span<Double>,
    results: inout MutableSpan<Double>
  ) {
    guard tally.stopReason == nil else {
      for place in results.indices { results[place] = .nan }
      return
    }
    let width = signature.arguments.reduce(0) { $0 + $1.count }
    let rowWidth = request.count > 0 ? arguments.count / request.count : 0
    let rows = (0..<request.count).map { row in
      (0..<rowWidth).map { arguments[row * rowWidth + $0] }
    }
    switch request.want {
    case .value:
      write(answers(rows.map { CalloutCall(arguments: $0) }), stride: 1, &results)
    case .draw(let key):
      let calls = rows.enumerated().map { number, row in
        var call = CalloutCall(arguments: row)
        var generator = key.derived(UInt64(number)).makeGenerator()
        call.seed = generator.nextUInt64() >> 11
        return call
      }
      write(answers(calls), stride: 1, &results)
    case .pullback:
      let calls = rows.map { row in
        var call = CalloutCall(arguments: Array(row.prefix(width)))
        call.adjoint = Array(row.dropFirst(width))
        return call
      }
      writePullback(answers(calls), request.differentiated, &results)
    case .columns:
      switch settings.gradient {
      case .finiteDifference(let step):
        writeDifferences(rows, request.differentiated, step, &results)
      case .given, .none:
        let calls = rows.map { row in
          var call = CalloutCall(arguments: row)
          call.wantsDerivatives = true
          return call
        }
        writeDerivatives(answers(calls), request.differentiated, &results)
      }
    }
  }

  // MARK: Answers

  /// The answers to calls: from the cache, else from the backend; failures are counted.
  ///
  /// Arguments that are not finite are not handed over: there is no result. A result that is not a number stops the run,
  /// if that is set, where it belongs to one of the first `essential` calls.
  private func answers(_ calls: [CalloutCall], essential: Int? = nil) -> [CalloutAnswer] {
    var result = calls.map { call -> CalloutAnswer? in
      guard call.isFinite else { return .failed(.fault(.notANumber, "arguments without end")) }
      return cache?.answer(to: call)
    }
    let open = result.indices.filter { result[$0] == nil }
    if cache != nil { tally.add(cached: calls.count - open.count) }
    let answered = backend.answer(open.map { calls[$0] })
    tally.add(answered)
    for (place, answer) in zip(open, answered) {
      cache?.store(answer, of: calls[place])
      result[place] = answer
      if settings.stopsOnNaN, place < essential ?? calls.count, answer.fault?.kind == .notANumber {
        tally.stop("`\(signature.name)` gave a result that is not a number")
      }
    }
    return result.compactMap(\.self)
  }

  // MARK: Results

  private var resultWidth: Int { signature.result.count }

  /// Results element by element, each `stride` places behind the one before.
  private func write(
    _ answers: [CalloutAnswer],
    stride: Int,
    _ results: inout MutableSpan<Double>
  ) {
    for (row, answer) in answers.enumerated() {
      let start = row * resultWidth * stride
      for element in 0..<resultWidth {
        results[start + element * stride] =
          if case .result(let values, _) = answer { values[element] } else { .nan }
      }
    }
  }

  private func writeDerivatives(
    _ answers: [CalloutAnswer],
    _ differentiated: [Int],
    _ results: inout MutableSpan<Double>
  ) {
    let stride = 1 + differentiated.count
    let width = signature.arguments.reduce(0) { $0 + $1.count }
    write(answers, stride: stride, &results)
    for (row, answer) in answers.enumerated() {
      for element in 0..<resultWidth {
        let start = (row * resultWidth + element) * stride + 1
        for (column, argument) in differentiated.enumerated() {
          results[start + column] =
            if case .result(_, let derivatives) = answer {
              derivatives[element * width + argument]
            } else {
              .nan
            }
        }
      }
    }
  }

  private func writePullback(
    _ answers: [CalloutAnswer],
    _ differentiated: [Int],
    _ results: inout MutableSpan<Double>
  ) {
    for (row, answer) in answers.enumerated() {
      for (column, argument) in differentiated.enumerated() {
        results[row * differentiated.count + column] =
          if case .result(let values, _) = answer { values[argument] } else { .nan }
      }
    }
  }

  /// Values and central differences, all calls at once; where a neighbour has no value, the difference to the other one.
  private func writeDifferences(
    _ rows: [[Double]],
    _ differentiated: [Int],
    _ step: Double,
    _ results: inout MutableSpan<Double>
  ) {
    var calls = rows.map { CalloutCall(arguments: $0) }
    for row in rows {
      for argument in differentiated {
        let size = step * max(abs(row[argument]), 1)
        for change in [size, -size] {
          var neighbour = row
          neighbour[argument] += change
          calls.append(CalloutCall(arguments: neighbour))
        }
      }
    }
    let answers = answers(calls, essential: rows.count)
    let stride = 1 + differentiated.count
    write(Array(answers.prefix(rows.count)), stride: stride, &results)
    /// An argument and the result's element there; nil without a value.
    func point(_ call: Int, _ argument: Int, _ element: Int) -> (x: Double, y: Double)? {
      guard case .result(let values, _) = answers[call], values[element].isFinite else {
        return nil
      }
      return (calls[call].arguments[argument], values[element])
    }
    for row in rows.indices {
      for (column, argument) in differentiated.enumerated() {
        let above = rows.count + 2 * (row * differentiated.count + column)
        for element in 0..<resultWidth {
          let here = point(row, argument, element)
          let right = point(above, argument, element) ?? here
          let left = point(above + 1, argument, element) ?? here
          results[(row * resultWidth + element) * stride + 1 + column] =
            if here != nil, let left, let right, left.x < right.x {
              (right.y - left.y) / (right.x - left.x)
            } else {
              .nan
            }
        }
      }
    }
  }
}

extension CalloutCall {
  /// Whether all that is handed over is finite.
  fileprivate var isFinite: Bool {
    arguments.allSatisfy(\.isFinite) && adjoint?.allSatisfy(\.isFinite) != false
  }
}
