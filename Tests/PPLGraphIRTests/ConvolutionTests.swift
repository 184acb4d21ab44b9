import PPLGraphIR
import PPLTensorCore
import Testing

/// Convolutions against their definition, pixel by pixel.
@Suite struct ConvolutionTests {
  static let convolutions: [Convolution] = [
    Convolution(input: [5, 6], kernel: [3, 3], stride: [1, 1], padding: [0, 0]),
    Convolution(input: [5, 6], kernel: [2, 3], stride: [2, 1], padding: [1, 2]),
    Convolution(input: [1, 7], kernel: [1, 3], stride: [1, 3], padding: [0, 1]),
    Convolution(input: [4, 4], kernel: [4, 4], stride: [1, 1], padding: [0, 0]),
    Convolution(input: [6, 5], kernel: [1, 1], stride: [2, 2], padding: [0, 0]),
    Convolution(input: [3, 2], kernel: [2, 2], stride: [3, 3], padding: [2, 2]),
  ]

  private static let (images, channels, filters) = (2, 3, 4)

  private func tensor(_ shape: Shape, _ seed: Int) -> Tensor {
    Tensor(
      shape: shape,
      values: (0..<shape.count).map { Double(($0 * 7 + seed * 13) % 19) / 7 - 1.2 }
    )
  }

  /// Calls back with (image, channel, filter, pixel, weight, result) for each product of the definition.
  private func forEachProduct(
    _ convolution: Convolution,
    _ body: (Int, Int, Int, (Int, Int), (Int, Int), (Int, Int)) -> Void
  ) {
    let (kernel, output) = (convolution.kernel, convolution.output)
    for image in 0..<Self.images {
      for filter in 0..<Self.filters {
        for channel in 0..<Self.channels {
          for y in 0..<output[0] {
            for x in 0..<output[1] {
              for i in 0..<kernel[0] {
                for j in 0..<kernel[1] {
                  let row = y * convolution.stride[0] + i - convolution.padding[0]
                  let column = x * convolution.stride[1] + j - convolution.padding[1]
                  guard row >= 0, row < convolution.input[0], column >= 0,
                    column < convolution.input[1]
                  else { continue }
                  body(image, channel, filter, (row, column), (i, j), (y, x))
                }
              }
            }
          }
        }
      }
    }
  }

  @Test(arguments: convolutions)
  func formsFollowTheDefinition(_ convolution: Convolution) {
    let pixels = tensor(Shape([Self.images, Self.channels] + convolution.input), 1)
    let weights = tensor(Shape([Self.filters, Self.channels] + convolution.kernel), 2)
    let results = tensor(Shape([Self.images, Self.filters] + convolution.output), 3)
    var forward = Tensor(shape: results.shape, repeating: 0)
    var toInput = Tensor(shape: pixels.shape, repeating: 0)
    var toWeights = Tensor(shape: weights.shape, repeating: 0)
    forEachProduct(convolution) { n, c, o, pixel, weight, place in
      let p = pixels[n, c, pixel.0, pixel.1]
      let w = weights[o, c, weight.0, weight.1]
      let r = results[n, o, place.0, place.1]
      forward[n, o, place.0, place.1] += p * w
      toInput[n, c, pixel.0, pixel.1] += r * w
      toWeights[o, c, weight.0, weight.1] += r * p
    }
    let cases: [(Convolution.Form, [Tensor], Tensor)] = [
      (.forward, [pixels, weights], forward), (.toInput, [results, weights], toInput),
      (.toWeights, [pixels, results], toWeights),
    ]
    for (form, operands, expected) in cases {
      let found = Op.convolve(convolution, form).evaluated(
        on: operands,
        key: RandomKey(seed: 0)
      )
      #expect(found.shape == expected.shape)
      for (a, b) in zip(found.values, expected.values) { #expect(abs(a - b) < 1e-12) }
    }
  }

  @Test func operandsThatDoNotFitAreRefused() {
    let convolution = Self.convolutions[0]
    #expect(throws: (any Error).self) {
      try Op.convolve(convolution, .forward).resultShape(of: [[2, 3, 5, 5], [4, 3, 3, 3]])
    }
    #expect(throws: (any Error).self) {
      try Op.convolve(convolution, .forward).resultShape(of: [[2, 3, 5, 6], [4, 2, 3, 3]])
    }
  }
}
