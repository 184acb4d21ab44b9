/// The random numbers of one `RandomKey`, in order.
///
/// A value: a copy continues independently with the same numbers. The stream has 2⁶⁵ 64-bit numbers.
/// The variates of each family are in extensions. A domain error gives NaN; no argument traps or
/// loops for ever.
package struct RandomGenerator: Sendable {
  private let key: UInt64
  private let stream: UInt64
  private var blockIndex: UInt64 = 0
  private var spareBits: UInt64 = 0
  private var hasSpareBits = false

  init(key: UInt64, stream: UInt64) {
    self.key = key
    self.stream = stream
  }

  /// 64 random bits.
  package mutating func nextUInt64() -> UInt64 {
    if hasSpareBits {
      hasSpareBits = false
      return spareBits
    }
    let block = Philox.block(counter: Philox.Block(low: blockIndex, high: stream), key: key)
    blockIndex &+= 1
    spareBits = block.high
    hasSpareBits = true
    return block.low
  }

  /// The next four blocks of the stream, two words each; a spare word of the block before stays the next one.
  mutating func nextFourBlocks() -> (SIMD4<UInt64>, SIMD4<UInt64>) {
    let counters = SIMD4(repeating: blockIndex) &+ SIMD4(0, 1, 2, 3)
    blockIndex &+= 4
    let words = Philox.fourBlocks(counterLow: counters, counterHigh: stream, key: key)
    return (words.low, words.high)
  }

  /// Uniform on the open interval (0, 1): an odd multiple of 2⁻⁵³, symmetric about one half.
  package mutating func nextUniform() -> Double {
    Double(nextUInt64() >> 11 | 1) * 0x1p-53
  }

  /// Uniform on the integers 0 ..< `bound`, without bias; 0 when `bound` is not positive.
  ///
  /// Source: Lemire 2019, doi:10.1145/3230636.
  package mutating func nextInt(below bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    let width = UInt64(bound)
    var product = width.multipliedFullWidth(by: nextUInt64())
    if product.low < width {
      // The lowest `threshold` values of the lower half would be hit once too often.
      let threshold = (0 &- width) % width
      while product.low < threshold {
        product = width.multipliedFullWidth(by: nextUInt64())
      }
    }
    return Int(product.high)
  }

  /// Exponential with rate one.
  package mutating func nextExponential() -> Double {
    -LibM.log(nextUniform())
  }
}

/// Tries after which a rejection loop gives up with NaN.
///
/// Every loop here accepts with probability above one half: this is reached with probability below
/// 1e-300.
let maximumRejections = 1000
