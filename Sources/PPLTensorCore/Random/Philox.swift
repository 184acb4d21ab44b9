// The counter-based bijection under every random number of the project.
//
// Notation: (c0, c1, c2, c3) counter words, (k0, k1) key words.

/// The Philox4x32-10 bijection: a 128-bit counter and a 64-bit key to 128 random bits.
///
/// Source: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
/// doi:10.1145/2063384.2063405, section 3.3. It passes all of TestU01's BigCrush for any key.
package enum Philox {
  /// Four 32-bit words: a counter, or a block of output.
  package struct Block: Sendable, Hashable {
    package var word0: UInt32
    package var word1: UInt32
    package var word2: UInt32
    package var word3: UInt32

    /// A block of four words, the first one least significant.
    @inline(__always)
    package init(_ word0: UInt32, _ word1: UInt32, _ word2: UInt32, _ word3: UInt32) {
      self.word0 = word0
      self.word1 = word1
      self.word2 = word2
      self.word3 = word3
    }

    /// A block of two 64-bit halves, the words of each in little-endian order.
    @inline(__always)
    package init(low: UInt64, high: UInt64) {
      word0 = UInt32(truncatingIfNeeded: low)
      word1 = UInt32(truncatingIfNeeded: low >> 32)
      word2 = UInt32(truncatingIfNeeded: high)
      word3 = UInt32(truncatingIfNeeded: high >> 32)
    }

    /// The lower 64 bits.
    @inline(__always)
    package var low: UInt64 { UInt64(word1) << 32 | UInt64(word0) }

    /// The upper 64 bits.
    @inline(__always)
    package var high: UInt64 { UInt64(word3) << 32 | UInt64(word2) }
  }

  /// The ten rounds applied to `counter` under `key`.
  package static func block(counter: Block, key: UInt64) -> Block {
    var c = counter
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let product0 = UInt64(0xD251_1F53) &* UInt64(c.word0)
      let product1 = UInt64(0xCD9E_8D57) &* UInt64(c.word2)
      c = Block(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ c.word1 ^ k0,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ c.word3 ^ k1,
        UInt32(truncatingIfNeeded: product0)
      )
      k0 &+= 0x9E37_79B9  // the golden ratio
      k1 &+= 0xBB67_AE85  // √3 − 1
    }
    return c
  }

  /// The bijection of four counters with the same upper half, which overlap in time; lower and upper halves.
  package static func fourBlocks(
    counterLow: SIMD4<UInt64>,
    counterHigh: UInt64,
    key: UInt64
  ) -> (low: SIMD4<UInt64>, high: SIMD4<UInt64>) {
    let lowBits = SIMD4<UInt64>(repeating: 0xFFFF_FFFF)
    // Each lane holds a word of 32 bits.
    var (c0, c1) = (counterLow & lowBits, counterLow &>> 32)
    var c2 = SIMD4(repeating: counterHigh & 0xFFFF_FFFF)
    var c3 = SIMD4(repeating: counterHigh >> 32)
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let product0 = SIMD4(repeating: 0xD251_1F53) &* c0
      let product1 = SIMD4(repeating: 0xCD9E_8D57) &* c2
      c0 = (product1 &>> 32) ^ c1 ^ SIMD4(repeating: UInt64(k0))
      c1 = product1 & lowBits
      c2 = (product0 &>> 32) ^ c3 ^ SIMD4(repeating: UInt64(k1))
      c3 = product0 & lowBits
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0 | c1 &<< 32, c2 | c3 &<< 32)
  }
}
