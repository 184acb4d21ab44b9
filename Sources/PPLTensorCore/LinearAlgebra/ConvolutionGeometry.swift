import COpenBLAS

/// Sizes of a convolution of images with filters.
package struct ConvolutionGeometry: Sendable {
  package var images: Int
  package var channels: Int
  package var filters: Int
  package var input: (height: Int, width: Int)
  package var kernel: (height: Int, width: Int)
  package var stride: (height: Int, width: Int)
  package var padding: (height: Int, width: Int)
  package var output: (height: Int, width: Int)

  package init(
    images: Int,
    channels: Int,
    filters: Int,
    input: (Int, Int),
    kernel: (Int, Int),
    stride: (Int, Int),
    padding: (Int, Int),
    output: (Int, Int)
  ) {
    self.images = images
    self.channels = channels
    self.filters = filters
    self.input = input
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.output = output
  }

  /// Elements of the windows of one image, side by side: `[C h w, H' W']`.
  package var windowCount: Int { windowSize * positions }

  private var windowSize: Int { channels * kernel.height * kernel.width }
  private var positions: Int { output.height * output.width }
  private var imageSize: Int { channels * input.height * input.width }
  private var resultSize: Int { filters * positions }
}

/// Numbers that BLAS multiplies.
private protocol BLASNumber {
  /// C = op(A) op(B) + beta C, row-major; op(A) is `[n, k]`, op(B) `[k, m]`.
  static func multiplyAdd(
    _ a: UnsafePointer<Self>,
    transposed transposeA: Bool,
    _ b: UnsafePointer<Self>,
    transposed transposeB: Bool,
    to c: UnsafeMutablePointer<Self>,
    n: Int,
    k: Int,
    m: Int,
    keepsResult: Bool
  )
}

private func flag(_ isTransposed: Bool) -> Int32 {
  Int32((isTransposed ? PPLCblasTrans : PPLCblasNoTrans).rawValue)
}

extension Double: BLASNumber {
  fileprivate static func multiplyAdd(
    _ a: UnsafePointer<Double>,
    transposed transposeA: Bool,
    _ b: UnsafePointer<Double>,
    transposed transposeB: Bool,
    to c: UnsafeMutablePointer<Double>,
    n: Int,
    k: Int,
    m: Int,
    keepsResult: Bool
  ) {
    guard LinearAlgebra.isForBLAS(n, k, m) else { return }
    unsafe cblas_dgemm(
      Int32(PPLCblasRowMajor.rawValue),
      flag(transposeA),
      flag(transposeB),
      Int32(n),
      Int32(m),
      Int32(k),
      1,
      a,
      Int32(transposeA ? n : k),
      b,
      Int32(transposeB ? k : m),
      keepsResult ? 1 : 0,
      c,
      Int32(m)
    )
  }
}

extension Float: BLASNumber {
  fileprivate static func multiplyAdd(
    _ a: UnsafePointer<Float>,
    transposed transposeA: Bool,
    _ b: UnsafePointer<Float>,
    transposed transposeB: Bool,
    to c: UnsafeMutablePointer<Float>,
    n: Int,
    k: Int,
    m: Int,
    keepsResult: Bool
  ) {
    guard LinearAlgebra.isForBLAS(n, k, m) else { return }
    unsafe cblas_sgemm(
      Int32(PPLCblasRowMajor.rawValue),
      flag(transposeA),
      flag(transposeB),
      Int32(n),
      Int32(m),
      Int32(k),
      1,
      a,
      Int32(transposeA ? n : k),
      b,
      Int32(transposeB ? k : m),
      keepsResult ? 1 : 0,
      c,
      Int32(m)
    )
  }
}

// Windows are laid out side by side for one image at a time, so that they stay in the cache, and multiplied by BLAS.

extension ConvolutionGeometry {
  /// (images, weights) → results; `windows` has room for `windowCount` numbers.
  package func forward(
    _ images: UnsafePointer<Double>,
    _ weights: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>,
    windows: UnsafeMutablePointer<Double>
  ) {
    unsafe convolve(images, weights, result, windows)
  }

  package func forward(
    _ images: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>,
    windows: UnsafeMutablePointer<Float>
  ) {
    unsafe convolve(images, weights, result, windows)
  }

  /// (results, weights) → images.
  package func toInput(
    _ results: UnsafePointer<Double>,
    _ weights: UnsafePointer<Double>,
    into images: UnsafeMutablePointer<Double>,
    windows: UnsafeMutablePointer<Double>
  ) {
    unsafe spread(results, weights, images, windows)
  }

  package func toInput(
    _ results: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>,
    into images: UnsafeMutablePointer<Float>,
    windows: UnsafeMutablePointer<Float>
  ) {
    unsafe spread(results, weights, images, windows)
  }

  /// (images, results) → weights.
  package func toWeights(
    _ images: UnsafePointer<Double>,
    _ results: UnsafePointer<Double>,
    into weights: UnsafeMutablePointer<Double>,
    windows: UnsafeMutablePointer<Double>
  ) {
    unsafe correlate(images, results, weights, windows)
  }

  package func toWeights(
    _ images: UnsafePointer<Float>,
    _ results: UnsafePointer<Float>,
    into weights: UnsafeMutablePointer<Float>,
    windows: UnsafeMutablePointer<Float>
  ) {
    unsafe correlate(images, results, weights, windows)
  }

  @inline(__always)
  private func convolve<Number: BLASNumber & BinaryFloatingPoint>(
    _ pixels: UnsafePointer<Number>,
    _ weights: UnsafePointer<Number>,
    _ result: UnsafeMutablePointer<Number>,
    _ windows: UnsafeMutablePointer<Number>
  ) {
    for image in 0..<images {
      unsafe gatherWindows(pixels + image * imageSize, windows)
      unsafe Number.multiplyAdd(
        weights,
        transposed: false,
        windows,
        transposed: false,
        to: result + image * resultSize,
        n: filters,
        k: windowSize,
        m: positions,
        keepsResult: false
      )
    }
  }

  @inline(__always)
  private func spread<Number: BLASNumber & BinaryFloatingPoint>(
    _ results: UnsafePointer<Number>,
    _ weights: UnsafePointer<Number>,
    _ pixels: UnsafeMutablePointer<Number>,
    _ windows: UnsafeMutablePointer<Number>
  ) {
    unsafe pixels.update(repeating: 0, count: images * imageSize)
    for image in 0..<images {
      unsafe Number.multiplyAdd(
        weights,
        transposed: true,
        results + image * resultSize,
        transposed: false,
        to: windows,
        n: windowSize,
        k: filters,
        m: positions,
        keepsResult: false
      )
      unsafe addWindows(windows, pixels + image * imageSize)
    }
  }

  @inline(__always)
  private func correlate<Number: BLASNumber & BinaryFloatingPoint>(
    _ pixels: UnsafePointer<Number>,
    _ results: UnsafePointer<Number>,
    _ weights: UnsafeMutablePointer<Number>,
    _ windows: UnsafeMutablePointer<Number>
  ) {
    unsafe weights.update(repeating: 0, count: filters * windowSize)
    for image in 0..<images {
      unsafe gatherWindows(pixels + image * imageSize, windows)
      unsafe Number.multiplyAdd(
        results + image * resultSize,
        transposed: false,
        windows,
        transposed: true,
        to: weights,
        n: filters,
        k: positions,
        m: windowSize,
        keepsResult: true
      )
    }
  }

  /// The part of a row of window positions for which a column of the window lies within the image.
  private func inside(_ column: Int) -> Range<Int> {
    let offset = column - padding.width
    // 0 ≤ offset + stride p < width
    let first = offset < 0 ? (-offset + stride.width - 1) / stride.width : 0
    let last = input.width - 1 - offset
    let end = last < 0 ? 0 : min(output.width, last / stride.width + 1)
    return min(first, output.width)..<max(min(first, output.width), end)
  }

  @inline(__always)
  private func gatherWindows<Number: BinaryFloatingPoint>(
    _ image: UnsafePointer<Number>,
    _ windows: UnsafeMutablePointer<Number>
  ) {
    var target = unsafe windows
    for channel in 0..<channels {
      let plane = unsafe image + channel * input.height * input.width
      for row in 0..<kernel.height {
        for column in 0..<kernel.width {
          let range = inside(column)
          let offset = column - padding.width
          for y in 0..<output.height {
            let line = y * stride.height + row - padding.height
            if line < 0 || line >= input.height || range.isEmpty {
              unsafe target.update(repeating: 0, count: output.width)
            } else {
              let source = unsafe plane + line * input.width + offset
              for x in 0..<range.lowerBound { unsafe target[x] = 0 }
              if stride.width == 1 {
                unsafe (target + range.lowerBound)
                  .update(from: source + range.lowerBound, count: range.count)
              } else {
                for x in range { unsafe target[x] = source[x * stride.width] }
              }
              for x in range.upperBound..<output.width { unsafe target[x] = 0 }
            }
            unsafe target += output.width
          }
        }
      }
    }
  }

  @inline(__always)
  private func addWindows<Number: BinaryFloatingPoint>(
    _ windows: UnsafePointer<Number>,
    _ image: UnsafeMutablePointer<Number>
  ) {
    var source = unsafe windows
    for channel in 0..<channels {
      let plane = unsafe image + channel * input.height * input.width
      for row in 0..<kernel.height {
        for column in 0..<kernel.width {
          let range = inside(column)
          let offset = column - padding.width
          for y in 0..<output.height {
            let line = y * stride.height + row - padding.height
            if line >= 0, line < input.height {
              let target = unsafe plane + line * input.width + offset
              if stride.width == 1 {
                for x in range { unsafe target[x] += source[x] }
              } else {
                for x in range { unsafe target[x * stride.width] += source[x] }
              }
            }
            unsafe source += output.width
          }
        }
      }
    }
  }
}
