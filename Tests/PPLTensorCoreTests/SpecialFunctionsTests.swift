import PPLTensorCore
import Testing

/// Distance in units in the last place of the expected value; 0 for equal ones, infinities and NaN included.
func ulps(_ actual: Double, from expected: Double) -> Double {
  if actual == expected || (actual.isNaN && expected.isNaN) { return 0 }
  return (actual - expected).magnitude / expected.ulp
}

/// Values of mpmath 1.3 at 40 digits, rounded to double.
@Suite struct SpecialFunctionsTests {
  @Test(arguments: [
    (0.1, -10.423754940411076), (1, -0.5772156649015329), (4.5, 1.388870926359529),
    (-1.3, 2.8825405488661673), (1e10, 23.025850929890456),
  ])
  func digammaMatchesReference(x: Double, expected: Double) {
    #expect(ulps(SpecialFunctions.digamma(x), from: expected) <= 8)
  }

  @Test(arguments: [
    (0.1, 101.43329915079275), (1, 1.6449340668482264), (4.5, 0.24872510303901038),
    (-7.3, 14.951383181433922),
  ])
  func trigammaMatchesReference(x: Double, expected: Double) {
    #expect(ulps(SpecialFunctions.trigamma(x), from: expected) <= 16)
  }

  @Test(arguments: [
    (0.5, -0.3689464152886564), (-8, -35.01343715991455), (-36.9, -685.3328831653506),
    (-37.5, -707.6689893175072), (-100, -5005.524208694205), (9, -1.1285884059538405e-19),
    (-1e5, -5000000012.431864),
  ])
  func normalLogCDFKeepsDigitsInBothTails(x: Double, expected: Double) {
    #expect(ulps(LogScale.normalLogCDF(x), from: expected) <= 8)
  }

  @Test func normalLogCDFJoinsWhereTheSeriesTakesOver() {
    let above = LogScale.normalLogCDF((-37.0).nextUp)
    let below = LogScale.normalLogCDF((-37.0).nextDown)
    #expect(above > below)
    #expect((above - below) / above.magnitude < 4e-15)
  }

  @Test(arguments: [
    (0.3, -0.5244005127080408), (1e-20, -9.262340089798407), (0.975, 1.9599639845400538),
  ])
  func normalQuantileMatchesReference(p: Double, expected: Double) {
    #expect(ulps(SpecialFunctions.normalQuantile(p), from: expected) <= 8)
  }

  @Test func tailsOfTheLogisticFunctionKeepDigits() {
    #expect(ulps(LogScale.logistic(-40), from: 4.248354255291589e-18) <= 1)
    #expect(LogScale.logistic(-800) == 0)
    #expect(LogScale.logistic(800) == 1)
    #expect(ulps(LogScale.softplus(-40), from: 4.248354255291589e-18) <= 1)
    #expect(ulps(LogScale.log1mExp(-1e-9), from: -20.723265837446412) <= 1)
    #expect(ulps(LogScale.log1mExp(-50), from: -1.9287498479639178e-22) <= 1)
  }

  @Test func outsideTheDomainIsNaNWithoutAbort() {
    #expect(SpecialFunctions.digamma(0).isNaN)
    #expect(SpecialFunctions.digamma(-3).isNaN)
    #expect(SpecialFunctions.trigamma(-2).isNaN)
    #expect(SpecialFunctions.trigamma(-.infinity).isNaN)
    #expect(SpecialFunctions.polygamma(order: 2, -1).isNaN)
    #expect(SpecialFunctions.polygamma(order: 1.5, 1).isNaN)
    #expect(SpecialFunctions.polygamma(order: 1e300, 1).isNaN)
    #expect(SpecialFunctions.logBeta(-1, 2).isNaN)
    #expect(SpecialFunctions.logBesselI(order: 0, -1).isNaN)
    #expect(SpecialFunctions.logBesselI(order: 1.5, 1).isNaN)
    #expect(SpecialFunctions.betaP(-1, 2, 0.5).isNaN)
    #expect(SpecialFunctions.betaP(1, 2, 1.5).isNaN)
    #expect(SpecialFunctions.betaP(1, .nan, 0.5).isNaN)
    #expect(SpecialFunctions.gammaP(-1, 2).isNaN)
    #expect(SpecialFunctions.gammaP(2, -1).isNaN)
    #expect(SpecialFunctions.normalQuantile(1.5).isNaN)
    #expect(LogScale.log1mExp(0.5).isNaN)
    for value in [Double.nan, .infinity, -.infinity] {
      _ = SpecialFunctions.gammaP(value, 1)
      _ = SpecialFunctions.gammaP(1, value)
      _ = SpecialFunctions.logBeta(value, value)
    }
    #expect(SpecialFunctions.digamma(.nan).isNaN)
    #expect(SpecialFunctions.gammaP(.nan, 1).isNaN)
  }

  @Test func infinitiesHaveLimits() {
    #expect(LogScale.normalLogCDF(-.infinity) == -.infinity)
    #expect(LogScale.normalLogCDF(.infinity) == 0)
    #expect(LogScale.logAddExp(-.infinity, -.infinity) == -.infinity)
    #expect(LogScale.logAddExp(-.infinity, 3) == 3)
    #expect(LogScale.softplus(.infinity) == .infinity)
    #expect(LogScale.softplus(-.infinity) == 0)
    #expect(LogScale.log1mExp(0) == -.infinity)
    #expect(SpecialFunctions.normalQuantile(0) == -.infinity)
    #expect(SpecialFunctions.digamma(.infinity) == .infinity)
    #expect(SpecialFunctions.trigamma(.infinity) == 0)
    #expect(SpecialFunctions.gammaP(2, .infinity) == 1)
  }

  @Test func flooredDivisionIsConsistent() {
    for a in [7, -7, 5.5, -5.75, 0, 1e15] {
      for b in [2, -2, 0.5, -3] {
        let quotient = FloorDivision.quotient(a, b)
        let remainder = FloorDivision.modulo(a, b)
        #expect(quotient * b + remainder == a)
        #expect(remainder == 0 || (remainder < 0) == (b < 0))
        #expect(remainder.magnitude < b.magnitude)
      }
    }
    #expect(FloorDivision.quotient(1, 0).isNaN)
    #expect(FloorDivision.modulo(1, 0).isNaN)
  }
}
