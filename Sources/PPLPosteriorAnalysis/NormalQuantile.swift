/// Quantile function of the standard normal distribution.
///
/// Rational approximations of Wichura (1988), "Algorithm AS 241", Applied Statistics 37, 477-484
/// (doi 10.2307/2347330), routine PPND16: relative error about 1e-16.
///
/// - Parameter probability: p in [0, 1].
/// - Returns: the quantile; infinite at 0 and 1, NaN outside.
package func normalQuantile(_ probability: Double) -> Double {
  let offset = probability - 0.5
  if abs(offset) <= 0.425 {
    let r = 0.180625 - offset * offset
    return offset * horner(r, centralNumerator) / horner(r, centralDenominator)
  }
  let tail = offset < 0 ? probability : 1 - probability
  guard tail > 0 else {
    guard tail == 0 else { return .nan }
    return offset < 0 ? -.infinity : .infinity
  }
  let r = (-LibraryMath.log(tail)).squareRoot()
  let magnitude =
    r <= 5
    ? horner(r - 1.6, middleNumerator) / horner(r - 1.6, middleDenominator)
    : horner(r - 5, farNumerator) / horner(r - 5, farDenominator)
  return offset < 0 ? -magnitude : magnitude
}

/// Value at `x` of the polynomial with these coefficients, highest power first.
private func horner(_ x: Double, _ coefficients: [Double]) -> Double {
  var sum = 0.0
  for coefficient in coefficients { sum = sum * x + coefficient }
  return sum
}

private let centralNumerator = [
  2.509_080_928_730_122_672_7e3, 3.343_057_558_358_812_810_5e4, 6.726_577_092_700_870_085_3e4,
  4.592_195_393_154_987_145_7e4, 1.373_169_376_550_946_112_5e4, 1.971_590_950_306_551_442_7e3,
  1.331_416_678_917_843_774_5e2, 3.387_132_872_796_366_608_0,
]
private let centralDenominator = [
  5.226_495_278_852_854_561_0e3, 2.872_908_573_572_194_267_4e4, 3.930_789_580_009_271_061_0e4,
  2.121_379_430_158_659_586_7e4, 5.394_196_021_424_751_107_7e3, 6.871_870_074_920_579_083_0e2,
  4.231_333_070_160_091_125_2e1, 1.0,
]
private let middleNumerator = [
  7.745_450_142_783_414_076_40e-4, 2.272_384_498_926_918_458_33e-2,
  2.417_807_251_774_506_117_70e-1, 1.270_458_252_452_368_382_58, 3.647_848_324_763_204_605_04,
  5.769_497_221_460_691_405_50, 4.630_337_846_156_545_295_90, 1.423_437_110_749_683_577_34,
]
private let middleDenominator = [
  1.050_750_071_644_416_843_24e-9, 5.475_938_084_995_344_946_00e-4,
  1.519_866_656_361_645_719_66e-2, 1.481_039_764_274_800_745_90e-1,
  6.897_673_349_851_000_045_50e-1, 1.676_384_830_183_803_849_40, 2.053_191_626_637_758_821_87,
  1.0,
]
private let farNumerator = [
  2.010_334_399_292_288_132_65e-7, 2.711_555_568_743_487_578_15e-5,
  1.242_660_947_388_078_438_60e-3, 2.653_218_952_657_612_309_30e-2,
  2.965_605_718_285_048_912_30e-1, 1.784_826_539_917_291_335_80, 5.463_784_911_164_114_369_90,
  6.657_904_643_501_103_777_20,
]
private let farDenominator = [
  2.044_263_103_389_939_785_64e-15, 1.421_511_758_316_445_888_70e-7,
  1.846_318_317_510_054_681_80e-5, 7.868_691_311_456_132_591_00e-4,
  1.487_536_129_085_061_485_25e-2, 1.369_298_809_227_358_053_10e-1,
  5.998_322_065_558_879_376_90e-1, 1.0,
]
