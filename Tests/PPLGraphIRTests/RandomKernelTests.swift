import PPLGraphIR
import PPLTensorCore
import Testing

@Suite struct RandomKernelTests {
  private let key = RandomKey(seed: 11)

  /// The kernel against the generator called by hand, in row-major order.
  @Test func variatesComeFromTheStreamInOrder() {
    var generator = key.derived(7).makeGenerator()
    let parameters = Tensor(shape: [1, 3], values: [0.5, 2, 30])
    for kind in RandomKind.allCases {
      generator = key.derived(7).makeGenerator()
      let probability = Tensor(shape: [2, 1], values: [0.2, 0.7])
      let operands = [Tensor(shape: [1, 3], values: [5, 2, 30]), probability]
      let op = Op.random(kind, shape: [2, 3], stream: 7)
      let used = kind == .binomial ? operands : Array([parameters][..<kind.parameterCount])
      let actual = op.evaluated(on: used, key: key)
      for row in 0..<2 {
        for column in 0..<3 {
          let parameter = parameters[0, column]
          let expected =
            switch kind {
            case .uniform: generator.nextUniform()
            case .normal: generator.nextNormal()
            case .gamma: generator.nextGamma(shape: parameter)
            case .logGamma: generator.nextLogGamma(shape: parameter)
            case .poisson: generator.nextPoisson(rate: parameter)
            case .binomial:
              generator.nextBinomial(
                count: operands[0][0, column],
                probability: probability[row, 0]
              )
            }
          #expect(actual[row, column] == expected, "\(kind)")
        }
      }
    }
  }

  @Test func streamsDiffer() {
    let first = Op.random(.normal, shape: [4], stream: 0).evaluated(on: [], key: key)
    let second = Op.random(.normal, shape: [4], stream: 1).evaluated(on: [], key: key)
    #expect(first.values != second.values)
  }
}
