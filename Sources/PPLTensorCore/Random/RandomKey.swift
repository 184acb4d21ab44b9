/// A name for one random stream: a seed and the path of purposes derived from it.
///
/// Keys replace global random state. A computation derives a key for each thing it draws
/// (`RandomKey(seed: 1).derived(chain).derived(draw)`), so its numbers do not depend on how many
/// threads ran, nor on what was drawn before: a chain can be restarted at any draw.
///
/// A key is 128 bits, hashed along the path by Philox as a pseudo-random function (as the key
/// splitting of Claessen and Pałka 2013, doi:10.1145/2503778.2503784). Streams of two different
/// paths are independent; that two of n paths ever meet has probability about n² / 2¹²⁹.
package struct RandomKey: Sendable, Hashable {
  /// Philox key of the stream.
  let key: UInt64
  /// Upper half of the counter of the stream.
  let stream: UInt64

  /// Keeps derivation apart from generation: a block of a stream never serves as a derived key.
  private static let derivationMask: UInt64 = 0xA54F_F53A_5F1D_36F1

  private init(block: Philox.Block) {
    key = block.low
    stream = block.high
  }

  /// The root key of a seed; every seed, also zero, is as good as another.
  package init(seed: UInt64) {
    self.init(
      block: Philox.block(
        counter: Philox.Block(low: seed, high: 0),
        key: Self.derivationMask
      )
    )
  }

  /// The key of a purpose below this one, for example a chain, a draw, or a use within a draw.
  package func derived(_ purpose: UInt64) -> RandomKey {
    RandomKey(
      block: Philox.block(
        counter: Philox.Block(low: purpose, high: stream),
        key: key ^ Self.derivationMask
      )
    )
  }

  /// A generator at the start of this key's stream; the same numbers at each call.
  package func makeGenerator() -> RandomGenerator {
    RandomGenerator(key: key, stream: stream)
  }
}
