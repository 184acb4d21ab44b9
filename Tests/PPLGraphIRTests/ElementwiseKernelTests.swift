import PPLGraphIR
import PPLTensorCore
import Testing

/// Distance in units in the last place of the expected value; 0 for equal ones, infinities and NaN included.
private func ulps(_ actual: Double, from expected: Double) -> Double {
  if actual == expected || (actual.isNaN && expected.isNaN) { return 0 }
  return (actual - expected).magnitude / expected.ulp
}

@Suite struct ElementwiseKernelTests {
  /// Values of mpmath 1.3 at 40 digits, rounded to double.
  static let unaryValues: [(op: UnaryOp, x: Double, value: Double)] = [
    (.negate, 1.5, -1.5),
    (.negate, -0.25, 0.25),
    (.absolute, 1.5, 1.5),
    (.absolute, -0.25, 0.25),
    (.sign, 1.5, 1.0),
    (.sign, -0.25, -1.0),
    (.reciprocal, 3, 0.3333333333333333),
    (.reciprocal, -0.3, -3.3333333333333335),
    (.square, 3.1, 9.610000000000001),
    (.square, -0.3, 0.09),
    (.squareRoot, 2, 1.4142135623730951),
    (.squareRoot, 0.3, 0.5477225575051661),
    (.exp, 1, 2.718281828459045),
    (.exp, -0.3, 0.7408182206817179),
    (.exp, 30.5, 17619017951355.633),
    (.expm1, 1, 1.7182818284590453),
    (.expm1, -1e-09, -9.999999995e-10),
    (.log, 2, 0.6931471805599453),
    (.log, 1e-300, -690.7755278982137),
    (.log1p, 2, 1.0986122886681098),
    (.log1p, -1e-09, -1.0000000005000001e-09),
    (.logistic, 0.7, 0.668187772168166),
    (.logistic, -40, 4.248354255291589e-18),
    (.logistic, 40, 1.0),
    (.softplus, 0.7, 1.103186048885458),
    (.softplus, -40, 4.248354255291589e-18),
    (.softplus, 800, 800.0),
    (.log1mExp, -1e-09, -20.723265837446412),
    (.log1mExp, -0.6, -0.7958703683463196),
    (.log1mExp, -3, -0.05106918094270159),
    (.log1mExp, -50, -1.9287498479639178e-22),
    (.sin, 1, 0.8414709848078965),
    (.sin, -2.5, -0.5984721441039565),
    (.cos, 1, 0.5403023058681398),
    (.cos, -2.5, -0.8011436155469337),
    (.tan, 1, 1.5574077246549023),
    (.tan, -2.5, 0.7470222972386603),
    (.asin, 0.3, 0.3046926540153975),
    (.asin, -0.9, -1.1197695149986342),
    (.acos, 0.3, 1.2661036727794992),
    (.acos, -0.9, 2.6905658417935308),
    (.atan, 0.3, 0.2914567944778671),
    (.atan, -9, -1.460139105621001),
    (.sinh, 1, 1.1752011936438014),
    (.sinh, -2.5, -6.0502044810397875),
    (.cosh, 1, 1.5430806348152437),
    (.cosh, -2.5, 6.132289479663686),
    (.tanh, 0.1, 0.09966799462495582),
    (.tanh, -2.5, -0.9866142981514303),
    (.asinh, 1, 0.881373587019543),
    (.asinh, -2.5, -1.6472311463710958),
    (.acosh, 1.1, 0.4435682543851154),
    (.acosh, 7, 2.6339157938496336),
    (.atanh, 0.5, 0.5493061443340549),
    (.atanh, -0.99, -2.6466524123622457),
    (.floor, 1.5, 1.0),
    (.floor, -1.5, -2.0),
    (.ceiling, 1.5, 2.0),
    (.ceiling, -1.5, -1.0),
    (.round, 1.5, 2.0),
    (.round, 2.5, 2.0),
    (.round, -0.7, -1.0),
    (.logGamma, 0.1, 2.252712651734206),
    (.logGamma, 4.5, 2.4537365708424423),
    (.logGamma, 100000.0, 1051287.7089736569),
    (.digamma, 0.1, -10.423754940411076),
    (.digamma, 4.5, 1.388870926359529),
    (.digamma, -1.3, 2.8825405488661673),
    (.trigamma, 0.1, 101.43329915079275),
    (.trigamma, 4.5, 0.24872510303901038),
    (.trigamma, -7.3, 14.951383181433922),
    (.erf, 0.5, 0.5204998778130465),
    (.erf, -2, -0.9953222650189527),
    (.erfc, 0.5, 0.4795001221869535),
    (.erfc, 5, 1.537459794428035e-12),
    (.normalCDF, 0.5, 0.6914624612740131),
    (.normalCDF, -8, 6.220960574271784e-16),
    (.normalLogCDF, 0.5, -0.3689464152886564),
    (.normalLogCDF, -8, -35.01343715991455),
    (.normalLogCDF, -36.9, -685.3328831653506),
    (.normalLogCDF, -37.5, -707.6689893175072),
    (.normalLogCDF, -100, -5005.524208694205),
    (.normalLogCDF, 9, -1.1285884059538405e-19),
    (.normalLogCDF, -100000.0, -5000000012.431864),
    (.normalQuantile, 0.3, -0.5244005127080408),
    (.normalQuantile, 0.5, 0.0),
    (.normalQuantile, 1e-20, -9.262340089798407),
    (.normalQuantile, 0.975, 1.9599639845400538),
    (.not, 0, 1.0),
    (.not, 1, 0.0),
    (.isNaN, 1, 0.0),
    (.detached, -1.5, -1.5),
  ]

  /// Values of mpmath 1.3 at 40 digits, rounded to double.
  static let binaryValues: [(op: BinaryOp, a: Double, b: Double, value: Double)] = [
    (.add, 1.5, 2, 3.5),
    (.subtract, 1.5, 2, -0.5),
    (.multiply, 1.5, 2, 3.0),
    (.divide, 1.5, 7, 0.21428571428571427),
    (.power, 1.5, 2.3, 2.5410306047779248),
    (.power, -2, 3, -8.0),
    (.power, 0, 0, 1.0),
    (.minimum, 1, 2, 1.0),
    (.minimum, 2, 1, 1.0),
    (.maximum, 1, 2, 2.0),
    (.maximum, 2, 1, 2.0),
    (.logAddExp, 1, 2, 2.313261687518223),
    (.logAddExp, -800, -801.5, -799.7985867220173),
    (.logAddExp, 3, -60, 3.0),
    (.atan2, 1, -2, 2.677945044588987),
    (.atan2, -1, 2, -0.4636476090008061),
    (.integerDivide, 7, 2, 3.0),
    (.integerDivide, -7, 2, -4.0),
    (.integerDivide, 7, -2, -4.0),
    (.integerDivide, 5.5, 0.5, 11.0),
    (.modulo, 7, 2, 1.0),
    (.modulo, -7, 2, 1.0),
    (.modulo, 7, -2, -1.0),
    (.modulo, -5.75, 0.5, 0.25),
    (.equal, 1, 1, 1.0),
    (.equal, 1, 2, 0.0),
    (.notEqual, 1, 1, 0.0),
    (.notEqual, 1, 2, 1.0),
    (.less, 1, 1, 0.0),
    (.less, 1, 2, 1.0),
    (.lessOrEqual, 1, 1, 1.0),
    (.lessOrEqual, 2, 1, 0.0),
    (.and, 1, 1, 1.0),
    (.and, 1, 0, 0.0),
    (.or, 0, 0, 0.0),
    (.or, 1, 0, 1.0),
    (.polygamma, 2, 1.5, -0.82879664423432),
    (.polygamma, 3, 0.2, 3753.244994864725),
    (.polygamma, 5, 30, 1.0726994936161623e-06),
    (.logBeta, 2.5, 0.3, 0.8637780733032479),
    (.logBeta, 1000.0, 2e-05, 10.819628595321856),
    (.logBeta, 40, 1000000.0, -445.9894420476577),
    (.gammaP, 2.5, 0.3, 0.011996757205906266),
    (.gammaP, 30, 28, 0.3773896943143976),
    (.gammaP, 0.1, 4, 0.9995353887127678),
    (.logBesselI, 0, 0.25, -0.23443561468661894),
    (.logBesselI, 0, 700, -4.194300001556551),
    (.logBesselI, 1, 2.5, -1.5770450254865065),
    (.logBesselI, 3, 40, -2.8741022075320015),
  ]

  @Test func unaryPrimitivesMatchReferenceValues() {
    for row in Self.unaryValues {
      let actual = Op.unary(row.op).value([Tensor(scalar: row.x)]).values[0]
      #expect(ulps(actual, from: row.value) <= 16, "\(row.op)(\(row.x)) = \(actual)")
    }
    #expect(Set(Self.unaryValues.map(\.op)) == Set(UnaryOp.allCases))
  }

  @Test func binaryPrimitivesMatchReferenceValues() {
    for row in Self.binaryValues {
      let actual = Op.binary(row.op).value([Tensor(scalar: row.a), Tensor(scalar: row.b)]).values[0]
      // GSL states its incomplete gamma function to about 1e-14.
      let limit = row.op == .gammaP ? 64.0 : 24
      #expect(ulps(actual, from: row.value) <= limit, "\(row.op)(\(row.a), \(row.b)) = \(actual)")
    }
    #expect(Set(Self.binaryValues.map(\.op)) == Set(BinaryOp.allCases))
  }

  @Test func extremesPropagateNaN() {
    for op in [BinaryOp.minimum, .maximum] {
      for (a, b) in [(Double.nan, 1.0), (1.0, Double.nan)] {
        #expect(Op.binary(op).value([Tensor(scalar: a), Tensor(scalar: b)]).values[0].isNaN)
      }
    }
    #expect(Op.unary(.isNaN).value([Tensor(scalar: .nan)]).values == [1])
    #expect(Op.unary(.sign).value([Tensor(scalar: .nan)]).values[0].isNaN)
  }

  @Test func zeroDivisorsGiveNaN() {
    for op in [BinaryOp.integerDivide, .modulo] {
      #expect(Op.binary(op).value([Tensor(scalar: 3), Tensor(scalar: 0)]).values[0].isNaN)
    }
  }

  /// Every pattern of repeated axes against indexing by hand.
  @Test func operandsRepeatAlongAxesOfSizeOne() {
    let full = [3, 2, 4]
    for leftMask in 0..<8 {
      for rightMask in 0..<8 {
        let left = Self.counting(full, repeatedBy: leftMask, from: 1)
        let right = Self.counting(full, repeatedBy: rightMask, from: 100)
        let result = Op.binary(.subtract).value([left, right])
        for index in Self.indices(result.shape) {
          #expect(
            result[at: index]
              == left[at: index, repeating: true] - right[at: index, repeating: true]
          )
        }
      }
    }
  }

  /// Source: mpmath 1.3.
  @Test func incompleteBetaMatchesReferenceValues() {
    let rows: [(Double, Double, Double, Double)] = [
      (2, 3, 0.25, 0.26171875),
      (0.5, 0.5, 1e-06, 0.0006366198784709244),
      (40, 0.5, 0.3, 1.285574944186753e-22),
      (0.001, 4, 0.2, 0.9996810227866346),
      (12, 5, 0.75, 0.6301861752290279),
    ]
    for (a, b, x, value) in rows {
      let actual = Op.betaP.value([a, b, x].map { Tensor(scalar: $0) }).values[0]
      #expect(ulps(actual, from: value) <= 32, "betaP(\(a), \(b), \(x)) = \(actual)")
    }
    let table = Op.betaP.value([
      Tensor(shape: [2, 1], values: [1, 2]), Tensor(shape: [1, 3], values: [1, 2, 3]),
      Tensor(shape: [1, 1], values: [0.5]),
    ])
    #expect(table.shape == [2, 3])
    for (actual, known) in zip(table.values, [0.5, 0.75, 0.875, 0.25, 0.5, 0.6875]) {
      #expect(abs(actual - known) < 1e-15)
    }
  }

  @Test func selectRepeatsAndTakesFromOneBranch() {
    let full = [2, 3, 2]
    for mask in 0..<8 {
      for otherMask in 0..<8 {
        var condition = Self.counting(full, repeatedBy: mask, from: 0)
        condition = Op.binary(.modulo).value([
          condition, Tensor(shape: [1, 1, 1], values: [2]),
        ])
        let then = Self.counting(full, repeatedBy: otherMask, from: 10)
        let otherwise = Self.counting(full, repeatedBy: mask ^ otherMask, from: 50)
        let result = Op.select.value([condition, then, otherwise])
        for index in Self.indices(result.shape) {
          let expected =
            condition[at: index, repeating: true] != 0
            ? then[at: index, repeating: true] : otherwise[at: index, repeating: true]
          #expect(result[at: index] == expected)
        }
      }
    }
  }

  private static func counting(_ full: [Int], repeatedBy mask: Int, from start: Double) -> Tensor {
    let shape = Shape(full.enumerated().map { mask >> $0.offset & 1 == 1 ? 1 : $0.element })
    return Tensor(shape: shape, values: (0..<shape.count).map { start + Double($0) })
  }

  private static func indices(_ shape: Shape) -> [[Int]] { shape.indices }
}
