import PPLGraphIR
import PPLTensorCore

/// A convolution with the memory for its windows.
@safe
final class SingleConvolution {
  private let form: Convolution.Form
  private let geometry: ConvolutionGeometry
  private let first: UnsafePointer<Float>
  private let second: UnsafePointer<Float>
  private let result: UnsafeMutablePointer<Float>
  private let windows: UnsafeMutablePointer<Float>

  init(
    _ convolution: Convolution,
    _ form: Convolution.Form,
    _ operands: [SingleOperand],
    into result: SingleOperand
  ) {
    self.form = form
    geometry = convolution.geometry(form, operands[0].shape, operands[1].shape)
    unsafe first = UnsafePointer(operands[0].pointer)
    unsafe second = UnsafePointer(operands[1].pointer)
    unsafe self.result = unsafe result.pointer
    unsafe windows = .allocate(capacity: max(1, geometry.windowCount))
    unsafe windows.initialize(repeating: 0, count: max(1, geometry.windowCount))
  }

  deinit {
    unsafe windows.deallocate()
  }

  func run() {
    switch form {
    case .forward: unsafe geometry.forward(first, second, into: result, windows: windows)
    case .toInput: unsafe geometry.toInput(first, second, into: result, windows: windows)
    case .toWeights: unsafe geometry.toWeights(first, second, into: result, windows: windows)
    }
  }
}
