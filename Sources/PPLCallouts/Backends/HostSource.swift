/// A function of the program that embeds this library.
package final class HostSource: CalloutSource {
  /// Each argument's elements in row-major order to those of the result.
  package typealias Function = @Sendable (_ arguments: [[Double]]) throws -> [Double]
  /// Arguments, and weights of the result's elements, to the derivatives of the weighted sum by each argument.
  package typealias Pullback =
    @Sendable (_ arguments: [[Double]], _ adjoint: [Double]) throws -> [[Double]]

  /// Each argument's elements, and a seed for random numbers, to the elements of a draw.
  package typealias Simulator =
    @Sendable (_ arguments: [[Double]], _ seed: UInt64) throws -> [Double]

  package let tally = CalloutTally()
  private let function: Function?
  private let pullback: Pullback?
  private let simulator: Simulator?

  package init(_ function: @escaping Function, pullback: Pullback?) {
    self.function = function
    self.pullback = pullback
    simulator = nil
  }

  package init(simulator: @escaping Simulator) {
    function = nil
    pullback = nil
    self.simulator = simulator
  }

  package var isSimulator: Bool { simulator != nil }

  package var givesPullbacks: Bool { pullback != nil }

  package func backend(for signature: CalloutSignature) throws(CalloutFailure)
    -> any CalloutBackend
  {
    HostFunction(function, pullback, simulator, signature)
  }
}

private final class HostFunction: CalloutBackend {
  private let function: HostSource.Function?
  private let pullback: HostSource.Pullback?
  private let simulator: HostSource.Simulator?
  private let counts: [Int]
  private let resultCount: Int

  init(
    _ function: HostSource.Function?,
    _ pullback: HostSource.Pullback?,
    _ simulator: HostSource.Simulator?,
    _ signature: CalloutSignature
  ) {
    self.function = function
    self.pullback = pullback
    self.simulator = simulator
    counts = signature.arguments.map(\.count)
    resultCount = signature.result.count
  }

  func answer(_ calls: [CalloutCall]) -> [CalloutAnswer] {
    calls.map { call in
      var arguments: [[Double]] = []
      var start = 0
      for count in counts {
        arguments.append(Array(call.arguments[start..<start + count]))
        start += count
      }
      do {
        if let adjoint = call.adjoint, let pullback {
          let parts = try pullback(arguments, adjoint)
          guard parts.map(\.count) == counts else {
            return .failed(.fault(.wrongShape, "derivatives of \(parts.map(\.count)) arguments"))
          }
          return .result(Array(parts.joined()), derivatives: [])
        }
        let result: [Double]
        if let seed = call.seed, let simulator {
          result = try simulator(arguments, seed)
        } else if let function {
          result = try function(arguments)
        } else {
          return .failed(.fault(.refused, "it is no function of this kind"))
        }
        guard result.count == resultCount else {
          return .failed(
            .fault(.wrongShape, "\(result.count) numbers, and \(resultCount) were wanted")
          )
        }
        return .result(result, derivatives: [])
      } catch {
        return .failed(.fault(.refused, "\(error)"))
      }
    }
  }
}
