package import PPLTensorCore

/// How a window moves over images `[…, height, width]`.
package struct Convolution: Sendable, Hashable {
  /// Height and width of an image.
  package var input: [Int]
  /// Height and width of the window.
  package var kernel: [Int]
  /// Steps of the window.
  package var stride: [Int]
  /// Zeros on each side.
  package var padding: [Int]

  package init(input: [Int], kernel: [Int], stride: [Int], padding: [Int]) {
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// Positions of the window along each axis.
  package var output: [Int] {
    (0..<2).map { max(0, (input[$0] + 2 * padding[$0] - kernel[$0]) / stride[$0] + 1) }
  }

  /// What is computed; each is linear in both operands, and their derivatives are of these forms again.
  package enum Form: String, Sendable, Hashable {
    /// (images `[N, C, H, W]`, weights `[O, C, h, w]`) → `[N, O, H', W']`: Σ weights times the window's pixels.
    case forward
    /// (`[N, O, H', W']`, weights `[O, C, h, w]`) → `[N, C, H, W]`: the adjoint of `forward` in the images.
    case toInput
    /// (images `[N, C, H, W]`, `[N, O, H', W']`) → `[O, C, h, w]`: the adjoint of `forward` in the weights.
    case toWeights
  }

  /// The shape of the result for operands that fit.
  func resultShape(_ form: Form, _ first: Shape, _ second: Shape) -> Shape {
    switch form {
    case .forward: Shape([first[0], second[0]] + output)
    case .toInput: Shape([first[0], second[1]] + input)
    case .toWeights: Shape([second[1], first[1]] + kernel)
    }
  }

  /// Whether the operands fit.
  func fits(_ form: Form, _ first: Shape, _ second: Shape) -> Bool {
    guard first.rank == 4, second.rank == 4 else { return false }
    func ends(_ shape: Shape, _ sizes: [Int]) -> Bool { Array(shape.sizes.suffix(2)) == sizes }
    return switch form {
    case .forward: ends(first, input) && ends(second, kernel) && first[1] == second[1]
    case .toInput: ends(first, output) && ends(second, kernel) && first[1] == second[0]
    case .toWeights: ends(first, input) && ends(second, output) && first[0] == second[0]
    }
  }

  /// The sizes that the kernels work with.
  package func geometry(_ form: Form, _ first: Shape, _ second: Shape) -> ConvolutionGeometry {
    let (channels, filters) =
      switch form {
      case .forward: (first[1], second[0])
      case .toInput: (second[1], first[1])
      case .toWeights: (first[1], second[1])
      }
    return ConvolutionGeometry(
      images: first[0],
      channels: channels,
      filters: filters,
      input: (input[0], input[1]),
      kernel: (kernel[0], kernel[1]),
      stride: (stride[0], stride[1]),
      padding: (padding[0], padding[1]),
      output: (output[0], output[1])
    )
  }
}
