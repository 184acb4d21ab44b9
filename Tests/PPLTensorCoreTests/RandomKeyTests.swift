import PPLTensorCore
import Testing

@Suite struct RandomKeyTests {
  // Known answers of the Random123 distribution, file kat_vectors, rows "philox4x32 10".
  @Test(arguments: [
    (
      [0, 0, 0, 0, 0, 0] as [UInt32],
      [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8] as [UInt32]
    ),
    (
      [UInt32](repeating: .max, count: 6),
      [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    ),
    (
      [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344, 0xa409_3822, 0x299f_31d0],
      [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    ),
  ])
  func philoxGivesTheKnownAnswers(input: [UInt32], answer: [UInt32]) {
    let block = Philox.block(
      counter: Philox.Block(input[0], input[1], input[2], input[3]),
      key: UInt64(input[5]) << 32 | UInt64(input[4])
    )
    #expect(block == Philox.Block(answer[0], answer[1], answer[2], answer[3]))
  }

  @Test func theSameKeyGivesTheSameStream() {
    var first = RandomKey(seed: 5).derived(2).makeGenerator()
    var second = RandomKey(seed: 5).derived(2).makeGenerator()
    for _ in 0..<100 { #expect(first.nextUInt64() == second.nextUInt64()) }
  }

  @Test func differentPathsGiveDifferentKeys() {
    var keys = Set<RandomKey>()
    var count = 0
    for seed in 0..<20 as Range<UInt64> {
      let root = RandomKey(seed: seed)
      keys.insert(root)
      count += 1
      for first in 0..<20 as Range<UInt64> {
        let child = root.derived(first)
        keys.insert(child)
        count += 1
        for second in 0..<20 as Range<UInt64> {
          keys.insert(child.derived(second))
          count += 1
        }
      }
    }
    #expect(keys.count == count)
  }

  @Test func pathsDoNotCommute() {
    let root = RandomKey(seed: 0)
    #expect(root.derived(1).derived(2) != root.derived(2).derived(1))
    #expect(root.derived(0) != root)
  }

  @Test func aStreamDoesNotContainTheKeysDerivedFromIt() {
    let root = RandomKey(seed: 3)
    var parent = root.makeGenerator()
    var blocks = Set<UInt64>()
    for _ in 0..<2000 { blocks.insert(parent.nextUInt64()) }
    for purpose in 0..<1000 as Range<UInt64> {
      var child = root.derived(purpose).makeGenerator()
      #expect(!blocks.contains(child.nextUInt64()))
    }
  }

  @Test func firstNumbersOfNeighbouringKeysAreUniform() {
    // One number from each of 20,000 neighbouring purposes behaves as one stream would.
    let root = RandomKey(seed: 11)
    let sample = (0..<20_000 as Range<UInt64>).map { purpose in
      var generator = root.derived(purpose).makeGenerator()
      return generator.nextUniform()
    }
    #expect(kolmogorovSmirnovPValue(sample) { $0 } > falseAlarmRate)
    var product = 0.0
    for index in 1..<sample.count { product += (sample[index - 1] - 0.5) * (sample[index] - 0.5) }
    // Standard deviation of the mean product is 1/12/√n; 4 of them have a false-alarm rate of 6e-5.
    let standardError = 1.0 / 12 / Double(sample.count).squareRoot()
    #expect(abs(product / Double(sample.count)) < 4 * standardError)
  }
}
