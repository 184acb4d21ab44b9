import PPLTensorCore
import PPLTraining
import Testing

/// The log likelihood of a row is its number times the parameter.
private final class Products: StochasticObjective {
  let hasGradient = false
  let count: Int
  private(set) var evaluationCount = 0

  init(count: Int) { self.count = count }

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    for index in 0..<count { unsafe outputs[index] = inputs[index] * inputs[count] }
    evaluationCount += 1
  }
}

@Suite struct ValidationTests {
  @Test(arguments: [1, 2, 3, 4, 7])
  func eachRowCountsOnce(_ count: Int) {
    let objective = Products(count: count)
    let validation = Validation(objective, count: count, places: [4, 9, 1, 20])
    #expect(validation.mean(at: [0.5]) == 0.5 * 34 / 4)
    #expect(objective.evaluationCount == (4 + count - 1) / count)
  }
}
