import Synchronization

/// Computes numbered results on several threads, each with an evaluator of its own; the results follow the numbers alone.
struct ParallelWork: Sendable {
  let model: any SimulatedModel
  let threads: Int

  /// Results for the numbers of a range, in order.
  ///
  /// - Throws: the error of the lowest number that failed.
  func results<Result: Sendable>(
    _ range: Range<Int>,
    _ body: @escaping @Sendable (any SimulatedModelEvaluator, Int) throws -> Result
  ) async throws -> [Result] {
    let numbers = Numbers(range)
    let model = model
    let parts = await withTaskGroup(of: [(Int, Swift.Result<Result, any Error>)].self) { group in
      for _ in 0..<max(1, min(threads, range.count)) {
        group.addTask { Self.work(model.makeEvaluator(), numbers, body) }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    return try parts.sorted { $0.0 < $1.0 }.map { try $0.1.get() }
  }

  private static func work<Result: Sendable>(
    _ evaluator: any SimulatedModelEvaluator,
    _ numbers: Numbers,
    _ body: (any SimulatedModelEvaluator, Int) throws -> Result
  ) -> [(Int, Swift.Result<Result, any Error>)] {
    var results: [(Int, Swift.Result<Result, any Error>)] = []
    while let number = numbers.next() {
      let result = Swift.Result { try body(evaluator, number) }
      results.append((number, result))
    }
    return results
  }

  /// Hands out numbers, each once.
  private final class Numbers: Sendable {
    private let end: Int
    private let taken: Atomic<Int>

    init(_ range: Range<Int>) {
      end = range.upperBound
      taken = Atomic(range.lowerBound)
    }

    func next() -> Int? {
      let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      return number < end ? number : nil
    }
  }
}
