/// SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195): the same sequence on every system.
package struct FuzzGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// The generator of one case of a run: cases do not depend on each other.
  package init(seed: UInt64, number: Int) {
    state = seed
    let mixed = next()
    state = mixed ^ UInt64(bitPattern: Int64(number)) &* 0xD6E8_FEB8_6659_FD93
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// An integer from 0 to below `count`; 0 if that is empty.
  mutating func below(_ count: Int) -> Int {
    count > 1 ? Int(truncatingIfNeeded: next() % UInt64(count)) : 0
  }

  /// Whether something of this probability happens.
  mutating func chance(_ probability: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 < probability
  }

  /// One of these, which must not be empty.
  mutating func one<Elements: RandomAccessCollection>(of elements: Elements) -> Elements.Element
  where Elements.Index == Int {
    elements[elements.startIndex + below(elements.count)]
  }
}
