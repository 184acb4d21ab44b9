/// A fast Fourier transform of one length, a power of two, with its twiddle factors.
struct FourierTransform {
  /// Transform length, a power of two.
  let count: Int
  private let cosines: [Double]
  private let sines: [Double]

  /// A plan for `count` points, a power of two.
  init(count: Int) {
    precondition(count > 0 && count & (count - 1) == 0, "transform length is a power of two")
    self.count = count
    let half = count / 2
    let step = 2 * Double.pi / Double(count)
    cosines = (0..<half).map { LibraryMath.cos(step * Double($0)) }
    sines = (0..<half).map { -LibraryMath.sin(step * Double($0)) }
  }

  /// Forward transform in natural order with `bit-reversed` output: decimation in frequency.
  ///
  /// Power spectra may be summed in any order, so nothing is ever reordered: `inverse` takes this
  /// order back.
  func forward(_ real: inout [Double], _ imaginary: inout [Double]) {
    var half = count / 2
    var stride = 1
    while half >= 1 {
      for start in Swift.stride(from: 0, to: count, by: 2 * half) {
        for offset in 0..<half {
          let low = start + offset
          let high = low + half
          let differenceReal = real[low] - real[high]
          let differenceImaginary = imaginary[low] - imaginary[high]
          real[low] += real[high]
          imaginary[low] += imaginary[high]
          let cosine = cosines[offset * stride]
          let sine = sines[offset * stride]
          real[high] = differenceReal * cosine - differenceImaginary * sine
          imaginary[high] = differenceReal * sine + differenceImaginary * cosine
        }
      }
      half /= 2
      stride *= 2
    }
  }

  /// Inverse of `forward` times `count`: bit-reversed input, natural output.
  func inverse(_ real: inout [Double], _ imaginary: inout [Double]) {
    var half = 1
    var stride = count / 2
    while half < count {
      for start in Swift.stride(from: 0, to: count, by: 2 * half) {
        for offset in 0..<half {
          let low = start + offset
          let high = low + half
          let cosine = cosines[offset * stride]
          let sine = -sines[offset * stride]
          let turnedReal = real[high] * cosine - imaginary[high] * sine
          let turnedImaginary = real[high] * sine + imaginary[high] * cosine
          real[high] = real[low] - turnedReal
          imaginary[high] = imaginary[low] - turnedImaginary
          real[low] += turnedReal
          imaginary[low] += turnedImaginary
        }
      }
      half *= 2
      stride /= 2
    }
  }
}
