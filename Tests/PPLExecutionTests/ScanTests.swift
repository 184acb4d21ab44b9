import PPLExecution
import PPLGraphIR
import PPLTensorCore
import Testing

/// Loops against the same computation written out step by step.
@Suite struct ScanTests {
  /// s(t) = tanh(a s(t-1) + b s(t-2) + x(t)) + rowSums(s(t-1)), over the axis of `x`.
  private static func step(
    _ lag1: GraphValue,
    _ lag2: GraphValue,
    _ x: GraphValue,
    _ a: GraphValue,
    other: Int
  ) -> GraphValue {
    (a * lag1 + 0.3 * lag2 + x).tanh() + 0.1 * lag1.sum(axes: [other]) * x.exp()
  }

  @Test(arguments: [0, 1], [false, true])
  func loopsEqualTheirStepsWrittenOut(axis: Int, reversed: Bool) throws {
    let length = 5
    let shape: Shape = axis == 0 ? [length, 3] : [3, length]
    let other = 1 - axis
    let builder = GraphBuilder()
    let x = builder.addInput(shape: shape)
    let initial = builder.addInput(shape: shape.replacing(axis: axis, with: 1))
    let a = builder.addInput(shape: shape.replacing(axis: axis, with: 1))
    let (lag1, lag2) = (
      builder.addPlaceholder(shape: shape), builder.addPlaceholder(shape: shape)
    )
    let next = Self.step(lag1, lag2, x, a, other: other)
    let product = next * lag2
    let result = try #require(
      builder.scan(
        length: length,
        reversed: reversed,
        carried: [
          CarriedValue(placeholder: lag1, axis: axis, initial: initial, next: next),
          CarriedValue(placeholder: lag2, axis: axis, initial: 2 * initial, next: lag1),
        ],
        outputs: [(next, axis), (product, axis), (x.exp(), axis)]
      )
    )
    var steps = [GraphValue](repeating: x, count: length)
    var products = steps
    var (one, two) = (initial, 2 * initial)
    for number in 0..<length {
      let place = reversed ? length - 1 - number : number
      let part = x.slice(axis: axis, start: place, count: 1)
      let value = Self.step(one, two, part, a, other: other)
      steps[place] = value
      products[place] = value * two
      (one, two) = (value, one)
    }
    let expected: [GraphValue] = [
      .concatenate(steps, axis: axis), .concatenate(products, axis: axis), x.exp(),
    ]
    let graph = builder.build(outputs: result + expected)
    try graph.checkInvariants()
    let loops = graph.nodes.filter { if case .scan = $0.op { true } else { false } }
    #expect(loops.count == 1)
    let inputs = (0..<graph.inputCount).map { 0.3 * Double($0 % 7) - 0.8 }
    let values = ReferenceExecutor(graph).run(
      inputs: inputs,
      outputCount: graph.outputCount,
      key: RandomKey(seed: 1)
    )
    let (actual, wanted) = (values.prefix(45), values.suffix(45))
    for (a, b) in zip(actual, wanted) { #expect((a - b).magnitude < 1e-14) }
  }

  @Test func knownLoopsFold() throws {
    let builder = GraphBuilder()
    let x = builder.constant(Tensor(shape: [4], values: [1, 2, 3, 4]))
    let before = builder.addPlaceholder(shape: [4])
    let next = 2 * before + x
    let result = try #require(
      builder.scan(
        length: 4,
        reversed: false,
        carried: [
          CarriedValue(
            placeholder: before,
            axis: 0,
            initial: builder.constant(Tensor(shape: [1], values: [1])),
            next: next
          )
        ],
        outputs: [(next, 0)]
      )
    )
    #expect(result[0].constantValue?.values == [3, 8, 19, 42])
  }

  @Test func mixedStepsAreRefused() {
    let builder = GraphBuilder()
    let before = builder.addPlaceholder(shape: [4])
    let next = before - before.sum(axes: [0])
    let initial = builder.constant(Tensor(shape: [1], values: [1]))
    let carried = CarriedValue(placeholder: before, axis: 0, initial: initial, next: next)
    let result = builder.scan(
      length: 4,
      reversed: false,
      carried: [carried],
      outputs: [(next, 0)]
    )
    #expect(result == nil)
  }

  @Test func stepsHaveTheirOwnRandomNumbers() throws {
    let builder = GraphBuilder()
    let before = builder.addPlaceholder(shape: [50])
    let draw = builder.random(.poisson, shape: [50], parameters: [before + 20])
    let next = before * 0.5 + draw * 0.1
    let carried = CarriedValue(
      placeholder: before,
      axis: 0,
      initial: builder.constant(Tensor(shape: [1], values: [1])),
      next: next
    )
    let result = try #require(
      builder.scan(length: 50, reversed: false, carried: [carried], outputs: [(draw, 0)])
    )
    let graph = builder.build(outputs: result)
    let run = { (seed: UInt64) in
      ReferenceExecutor(graph).run(
        inputs: [],
        outputCount: 50,
        key: RandomKey(seed: seed)
      )
    }
    #expect(Set(run(1)).count > 10)
    #expect(run(1) == run(1) && run(1) != run(2))
  }
}
