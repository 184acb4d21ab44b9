import PPLTensorCore
import Testing

@Suite struct RandomGeneratorTests {
  let count = 100_000

  @Test func bitsAreBalanced() {
    var generator = RandomKey(seed: 1).makeGenerator()
    var ones = [Int](repeating: 0, count: 64)
    for _ in 0..<count {
      let bits = generator.nextUInt64()
      for bit in 0..<64 where bits >> UInt64(bit) & 1 == 1 { ones[bit] += 1 }
    }
    // Five standard deviations, 64 bits: false-alarm rate 4e-5.
    let bound = 5 * (Double(count) / 4).squareRoot()
    for one in ones { #expect(abs(Double(one) - Double(count) / 2) < bound) }
  }

  @Test func uniformFitsAndIsInsideTheOpenInterval() {
    let sample = draws(count, seed: 2) { $0.nextUniform() }
    #expect(sample.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(kolmogorovSmirnovPValue(sample) { $0 } > falseAlarmRate)
  }

  @Test func normalFits() {
    let sample = draws(count, seed: 3) { $0.nextNormal() }
    let pValue = kolmogorovSmirnovPValue(sample, distributionFunction: normalDistributionFunction)
    #expect(pValue > falseAlarmRate)
  }

  @Test func arraysOfNormalsFit() {
    var sample: [Double] = []
    var generator = RandomKey(seed: 35).makeGenerator()
    for size in [1, 3, 4, 5, 8, 9, 50, 4000] where sample.count < count {
      for _ in 0..<(count / 8 / size) {
        var part = [Double](repeating: 0, count: size)
        var span = part.mutableSpan
        generator.fillWithNormals(&span)
        sample += part
      }
    }
    #expect(
      kolmogorovSmirnovPValue(sample, distributionFunction: normalDistributionFunction)
        > falseAlarmRate
    )
    #expect(Set(sample).count > sample.count - 3)
  }

  @Test func blocksAtOnceAreTheBlocksOneByOne() {
    let start: UInt64 = 0xFFFF_FFFF_FFFF_FFFE
    let (key, high): (UInt64, UInt64) = (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)
    let counters = SIMD4(start, start &+ 1, start &+ 2, 7)
    let four = Philox.fourBlocks(counterLow: counters, counterHigh: high, key: key)
    for lane in 0..<4 {
      let counter = Philox.Block(low: counters[lane], high: high)
      let block = Philox.block(counter: counter, key: key)
      #expect(block.low == four.low[lane] && block.high == four.high[lane])
    }
  }

  @Test func normalTailFits() {
    // Values beyond the ziggurat's last layer, at 3.654: about 500 of two million.
    let start = 3.6541528853610088
    let tail = draws(2_000_000, seed: 33) { $0.nextNormal() }.filter { abs($0) > start }
    let mass = 2 * normalDistributionFunction(-start)
    // Four standard deviations, false-alarm rate 6e-5.
    #expect(abs(Double(tail.count) - 2e6 * mass) < 4 * (2e6 * mass).squareRoot())
    let pValue = kolmogorovSmirnovPValue(tail.map { abs($0) }) {
      1 - 2 * normalDistributionFunction(-$0) / mass
    }
    #expect(pValue > falseAlarmRate)
    #expect(tail.contains { $0 < 0 } && tail.contains { $0 > 0 })
  }

  @Test func normalFitsNearItsPeakAndItsLayers() {
    // Chi-square over 200 cells of equal probability: a wrong edge of one layer would show.
    let sample = draws(2_000_000, seed: 34) { generator in
      let u = normalDistributionFunction(generator.nextNormal())
      return (200 * u).rounded(.down)
    }
    #expect(chiSquarePValue(sample, largest: 199) { _ in 1.0 / 200 } > falseAlarmRate)
  }

  @Test func neighbouringNormalsAreUncorrelated() {
    let sample = draws(count, seed: 4) { $0.nextNormal() }
    var product = 0.0
    var squares = 0.0
    for index in 1..<count {
      product += sample[index - 1] * sample[index]
      squares += (sample[index - 1] * sample[index - 1] - 1) * (sample[index] * sample[index] - 1)
    }
    // Variances of one term are 1 and 4; four standard errors, false-alarm rate 6e-5 each.
    let standardError = 1 / Double(count).squareRoot()
    #expect(abs(product / Double(count)) < 4 * standardError)
    #expect(abs(squares / Double(count)) < 8 * standardError)
  }

  @Test func exponentialFits() {
    let sample = draws(count, seed: 5) { $0.nextExponential() }
    #expect(kolmogorovSmirnovPValue(sample) { 1 - exponential(-$0) } > falseAlarmRate)
  }

  @Test(arguments: [0.05, 0.3, 0.999, 1, 1.5, 4, 100, 1e4])
  func gammaFits(shape: Double) {
    let sample = draws(count, seed: 6) { $0.nextGamma(shape: shape) }
    #expect(kolmogorovSmirnovPValue(sample) { regularizedGamma(shape, $0) } > falseAlarmRate)
  }

  @Test(arguments: [1e-6, 1e-3, 0.2, 3])
  func logGammaFits(shape: Double) {
    let sample = draws(count, seed: 7) { $0.nextLogGamma(shape: shape) }
    #expect(sample.allSatisfy { $0.isFinite })
    let pValue = kolmogorovSmirnovPValue(sample) { y in
      // Below e⁻⁴⁰ the first term of the series, xᵃ / Γ(a + 1), is the whole of it.
      y < -40
        ? exponential(shape * y - logFactorial(shape))
        : regularizedGamma(shape, exponential(y))
    }
    #expect(pValue > falseAlarmRate)
  }

  @Test func hugeGammaShapesGiveTheLimit() {
    let shape = 1e15
    let sample = draws(20_000, seed: 8) {
      ($0.nextGamma(shape: shape) - shape) / shape.squareRoot()
    }
    let pValue = kolmogorovSmirnovPValue(sample, distributionFunction: normalDistributionFunction)
    #expect(pValue > falseAlarmRate)
    #expect(draws(1, seed: 1) { $0.nextGamma(shape: 1e300) } == [1e300])
  }

  @Test func gammaOutsideOfItsDomainIsNaN() {
    for shape in [0, -1, -Double.infinity, Double.nan] {
      #expect(draws(2, seed: 9) { $0.nextGamma(shape: shape) }.allSatisfy { $0.isNaN })
      #expect(draws(2, seed: 9) { $0.nextLogGamma(shape: shape) }.allSatisfy { $0.isNaN })
    }
  }

  @Test(arguments: [1, 2, 3, 7, 10, 1000])
  func integersFit(bound: Int) {
    let sample = draws(count, seed: 10) { Double($0.nextInt(below: bound)) }
    let pValue = chiSquarePValue(sample, largest: bound - 1) { _ in 1 / Double(bound) }
    #expect(bound == 1 ? sample.allSatisfy { $0 == 0 } : pValue > falseAlarmRate)
  }

  @Test func integersBelowAHugeBoundAreUnbiased() {
    // Without the rejection step two of three values would fall in the lower half here.
    let bound = Int.max / 4 * 3
    let sample = draws(count, seed: 11) { Double($0.nextInt(below: bound)) / Double(bound) }
    #expect(kolmogorovSmirnovPValue(sample) { $0 } > falseAlarmRate)
  }

  @Test func integersBelowNothingAreZero() {
    for bound in [0, -1, Int.min] {
      #expect(draws(3, seed: 12) { Double($0.nextInt(below: bound)) } == [0, 0, 0])
    }
  }
}
