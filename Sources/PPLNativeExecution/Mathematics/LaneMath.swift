/// Elementwise functions on lanes of doubles, written as instructions without branches.
///
/// The elementary ones (exp, log, log1p and what is made of them) stand inline, so that neighbouring operations
/// overlap and equal parts, such as the exponential of softplus and of its derivative, are computed once. Others
/// are calls of libmvec, where the machine has it, of libm, or of kernels that `SpecialKernels` writes.
struct LaneMath {
  let ir: IRWriter
  let library: MathLibrary
  let width: Int

  func constant(_ value: Double) -> IRValue { ir.constant(value, width: width) }

  /// Σ cₖ xᵏ by Horner's rule.
  func polynomial(_ x: IRValue, _ coefficients: [Double]) -> IRValue {
    guard let last = coefficients.last else { return constant(0) }
    return coefficients.dropLast().reversed().reduce(constant(last)) { sum, coefficient in
      ir.multiplyAdd(sum, x, constant(coefficient))
    }
  }

  /// Σ cₖ xᵏ with two interleaved chains of operations.
  func evenOddPolynomial(_ x: IRValue, _ coefficients: [Double]) -> IRValue {
    let square = ir.multiply(x, x)
    let even = coefficients.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    let odd = coefficients.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    return ir.multiplyAdd(polynomial(square, odd), x, polynomial(square, even))
  }

  // MARK: Exponential and logarithm

  /// exp(x): x = n log 2 + r with |r| ≤ log(2)/2, and exp(r) = 1 + r + r² q(r).
  ///
  /// q interpolates at Chebyshev nodes, relative error of exp(r) 2e-17; with rounding below 1.5 ulp. Overflow gives
  /// +inf, underflow goes through the subnormal numbers to 0, NaN stays.
  func exp(_ x: IRValue) -> IRValue {
    if ir.isSingle { return shortExponential(x) }
    guard width == 1 else { return exponential(x) }
    return shared("exp", x) { returnScalarExponential($0, in: $1) }
  }

  /// exp(x) to single precision: relative error 6e-9.
  ///
  /// Beyond ±700 the result is that of the bound, which is inf or 0 as a float.
  func shortExponential(_ x: IRValue) -> IRValue {
    let below = ir.select(ir.compare(.greater, x, constant(700)), constant(700), x)
    let bounded = ir.select(ir.compare(.less, below, constant(-700)), constant(-700), below)
    let magic = constant(6_755_399_441_055_744)
    let shifted = ir.multiplyAdd(bounded, constant(1.442_695_040_888_963_4), magic)
    let n = ir.subtract(shifted, magic)
    let r = ir.subtractProduct(bounded, n, constant(0.693_147_180_559_945_3))
    let coefficients = [1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040]
    return ir.multiply(evenOddPolynomial(r, coefficients), powerOfTwo(shifted))
  }

  /// tanh(x) to single precision: 1 - 2 / (1 + exp(2x)).
  func shortHyperbolicTangent(_ x: IRValue) -> IRValue {
    let power = shortExponential(ir.add(x, x))
    return ir.subtract(constant(1), ir.divide(constant(2), ir.add(constant(1), power)))
  }

  func exponential(_ x: IRValue) -> IRValue {
    // Beyond these bounds the result is inf or 0 already. A NaN passes both comparisons.
    let below = ir.select(ir.compare(.greater, x, constant(711)), constant(711), x)
    let bounded = ir.select(ir.compare(.less, below, constant(-747)), constant(-747), below)
    // Adding 1.5 · 2⁵² rounds to an integer, which then stands in the low bits.
    let magic = constant(6_755_399_441_055_744)
    let shifted = ir.multiplyAdd(bounded, constant(1.442_695_040_888_963_4), magic)
    let n = ir.subtract(shifted, magic)
    let high = ir.subtractProduct(bounded, n, constant(0x1.62e42feep-1))
    let r = ir.subtractProduct(high, n, constant(0x1.a39ef35793c76p-33))
    let q = evenOddPolynomial(r, Self.exponentialCoefficients)
    let squared = ir.multiply(r, r)
    let base = ir.add(ir.multiplyAdd(squared, q, r), constant(1))
    // 2ⁿ in two factors, as n may lie outside of the exponents of normal numbers.
    let half = ir.multiplyAdd(n, constant(0.5), magic)
    let rest = ir.add(ir.subtract(n, ir.subtract(half, magic)), magic)
    return ir.multiply(ir.multiply(base, powerOfTwo(half)), powerOfTwo(rest))
  }

  /// q(r) of exp(r) = 1 + r + r² q(r).
  static let exponentialCoefficients: [Double] = [
    0.500_000_000_000_000_102_21, 0.166_666_666_666_666_674_53, 0.041_666_666_666_624_127_873,
    0.008_333_333_333_330_061_832_5, 0.001_388_888_891_721_371_669_1,
    0.000_198_412_698_630_536_168_78, 0.000_024_801_521_295_954_375_131,
    2.755_726_845_999_706_477_2e-6, 2.762_008_844_540_974_816_1e-7,
    2.510_038_549_551_031_907_8e-8,
  ]

  /// 2ⁿ from n + 1.5 · 2⁵², whose low bits hold n; n is the exponent of a normal number.
  func powerOfTwo(_ shifted: IRValue) -> IRValue {
    let biased = ir.addIntegers(ir.bits(shifted), ir.integer(1023, width: width))
    return ir.double(bits: ir.shiftLeft(biased, 52))
  }

  /// log(x): x = 2ᵏ m with √½ ≤ m < √2, s = (m - 1) / (m + 1), log m = 2s + s³ P(s²).
  ///
  /// P interpolates at Chebyshev nodes, relative error 3e-18; with rounding below 1.5 ulp. 0 gives -inf, negative
  /// numbers and NaN give NaN.
  func log(_ x: IRValue) -> IRValue {
    guard width == 1 else { return naturalLogarithm(x) }
    return shared("log", x) { returnScalarLogarithm($0, in: $1) }
  }

  func naturalLogarithm(_ x: IRValue) -> IRValue {
    let isTiny = ir.compare(.less, x, constant(0x1p-1022))
    let scaled = ir.select(isTiny, ir.multiply(x, constant(0x1p54)), x)
    let offset = ir.select(isTiny, constant(-54), constant(0))
    let (m, k) = split(scaled)
    let exponent = ir.add(k, offset)
    let value = logarithm(ir.subtract(m, constant(1)), exponent: exponent, extra: nil)
    let isRegular = ir.and(
      ir.compare(.greater, x, constant(0)),
      ir.compare(.less, x, constant(.infinity))
    )
    let positive = ir.select(ir.compare(.greater, x, constant(0)), x, constant(.nan))
    let special = ir.select(
      ir.compare(.equal, x, constant(0)),
      constant(-.infinity),
      positive
    )
    return ir.select(isRegular, value, special)
  }

  /// m in [√½, √2) and k with x = 2ᵏ m, for positive normal x.
  private func split(_ x: IRValue) -> (m: IRValue, k: IRValue) {
    let bits = ir.bits(x)
    // The exponent counts from √½ on, with 1024 added so that it is positive.
    let shifted = ir.addIntegers(
      bits,
      ir.integer(0x4000_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd, width: width)
    )
    let exponentBits = ir.and(shifted, ir.integer(0x7ff0_0000_0000_0000, width: width))
    let m = ir.double(
      bits: ir.subtractIntegers(
        bits,
        ir.subtractIntegers(exponentBits, ir.integer(0x4000_0000_0000_0000, width: width))
      )
    )
    // An integer below 2⁵¹ in the low bits of 1.5 · 2⁵² is that number plus the integer.
    let magic = ir.integer(0x4338_0000_0000_0000, width: width)
    let k = ir.subtract(
      ir.double(bits: ir.or(ir.logicalShiftRight(exponentBits, 52), magic)),
      constant(6_755_399_441_055_744 + 1024)
    )
    return (m, k)
  }

  /// k log 2 + log(1 + f) (+ extra) for √½ - 1 ≤ f < √2 - 1.
  private func logarithm(_ f: IRValue, exponent k: IRValue, extra: IRValue?) -> IRValue {
    let s = ir.divide(f, ir.add(f, constant(2)))
    let z = ir.multiply(s, s)
    let p = evenOddPolynomial(z, Self.atanhCoefficients)
    // log(1 + f) = f - (f²/2 - s (f²/2 + z P)), where only f is large.
    let half = ir.multiply(constant(0.5), ir.multiply(f, f))
    let correction = ir.multiply(s, ir.multiplyAdd(z, p, half))
    var low = ir.multiplyAdd(k, constant(0x1.a39ef35793c76p-33), correction)
    if let extra { low = ir.add(low, extra) }
    let rest = ir.subtract(f, ir.subtract(half, low))
    return ir.multiplyAdd(k, constant(0x1.62e42feep-1), rest)
  }

  /// P(z) of log(1 + f) = 2s + s z P(z), z = s².
  private static let atanhCoefficients: [Double] = [
    0.666_666_666_666_666_969_05, 0.399_999_999_998_993_819_39, 0.285_714_286_260_310_667_65,
    0.222_222_111_257_228_089_38, 0.181_828_897_861_910_422_83, 0.153_316_996_336_435_587_19,
    0.146_167_211_798_618_157_49,
  ]

  /// log(1 + x): with u the rounded 1 + x, log u + (x - (u - 1)) / u.
  func log1p(_ x: IRValue) -> IRValue {
    guard width == 1 else { return logarithmOfSum(x) }
    return shared("log1p", x) { x, _ in ir.returnValue(logarithmOfSum(x)) }
  }

  private func logarithmOfSum(_ x: IRValue) -> IRValue {
    let u = ir.add(constant(1), x)
    let value = ir.add(
      log(u),
      ir.divide(ir.subtract(x, ir.subtract(u, constant(1))), u)
    )
    // Infinite u: log(u) is right and the correction is not.
    let isRegular = ir.and(
      ir.compare(.greater, u, constant(0)),
      ir.compare(.less, u, constant(.infinity))
    )
    return ir.select(isRegular, value, log(u))
  }

  /// log(1 + x) for 0 ≤ x ≤ 1 or NaN, where nothing special can happen.
  func log1pOfUnit(_ x: IRValue) -> IRValue {
    if width == 1 { return log1p(x) }
    // 1 + x = 2ᵏ m with k = 1 where it reaches √2; f is exact in the first case, and rounded in the second,
    // for which the rounding of u is made up.
    let u = ir.add(constant(1), x)
    let isLarge = ir.compare(.greater, u, constant(2.0.squareRoot()))
    let error = ir.subtract(x, ir.subtract(u, constant(1)))
    let f = ir.select(
      isLarge,
      ir.subtract(ir.multiply(constant(0.5), u), constant(1)),
      x
    )
    let k = ir.select(isLarge, constant(1), constant(0))
    let extra = ir.select(isLarge, ir.divide(error, u), constant(0))
    return logarithm(f, exponent: k, extra: extra)
  }

  // MARK: Made of these

  func logistic(_ x: IRValue) -> IRValue {
    let small = exp(ir.negate(absolute(x)))
    let top = ir.select(ir.compare(.greaterOrEqual, x, constant(0)), constant(1), small)
    return ir.divide(top, ir.add(constant(1), small))
  }

  func softplus(_ x: IRValue) -> IRValue {
    let positive = ir.select(ir.compare(.greater, x, constant(0)), x, constant(0))
    return ir.add(positive, log1pOfUnit(exp(ir.negate(absolute(x)))))
  }

  func log1mExp(_ x: IRValue) -> IRValue {
    ir.select(
      ir.compare(.greater, x, constant(-0.693_147_180_559_945_3)),
      log(ir.negate(libraryCall("expm1", x))),
      log1p(ir.negate(exp(x)))
    )
  }

  func logAddExp(_ a: IRValue, _ b: IRValue) -> IRValue {
    let larger = ir.select(ir.compare(.greater, a, b), a, b)
    let distance = absolute(ir.subtract(a, b))
    let sum = ir.add(larger, log1pOfUnit(exp(ir.negate(distance))))
    return ir.select(
      ir.compare(.equal, a, b),
      ir.add(a, constant(0.693_147_180_559_945_3)),
      sum
    )
  }

  func absolute(_ x: IRValue) -> IRValue { ir.intrinsic("fabs", [x]) }

  /// Standard normal distribution function, as the reference computes it.
  func normalCDF(_ x: IRValue) -> IRValue {
    let root = 0.5.squareRoot()
    let z = ir.multiply(ir.negate(x), constant(root))
    let value = ir.multiply(constant(0.5), libraryCall("erfc", z))
    // The rounding of z counts z² times in the tail.
    let product = ir.multiplyAdd(ir.negate(x), constant(root), ir.negate(z))
    let rounding = ir.subtract(product, ir.multiply(x, constant(-4.833646656726457e-17)))
    let factor = ir.multiply(ir.multiply(constant(2), z), rounding)
    let corrected = ir.subtractProduct(value, value, factor)
    let isTail = ir.and(
      ir.compare(.greater, z, constant(1)),
      ir.compare(.less, z, constant(30))
    )
    return ir.hasFMA ? ir.select(isTail, corrected, value) : value
  }

  /// log Φ(x), as the reference computes it: by 1 - Φ(-x), by Φ, and by Mills' ratio.
  func normalLogCDF(_ x: IRValue) -> IRValue {
    let isPositive = ir.compare(.greater, x, constant(0))
    let phi = normalCDF(ir.negate(absolute(x)))
    let central = ir.select(isPositive, log1p(ir.negate(phi)), log(phi))
    let square = ir.multiply(x, x)
    let r = ir.divide(constant(1), square)
    let series = ir.multiply(ir.negate(r), polynomial(r, [1, -3, 15, -105, 945]))
    let tail = ir.add(
      ir.subtract(
        ir.subtract(ir.multiply(constant(-0.5), square), log(ir.negate(x))),
        constant(0.918_938_533_204_672_8)
      ),
      log1p(series)
    )
    let isCentral = ir.compare(.greater, x, constant(-37))
    let isFinite = ir.compare(.greater, x, constant(-.infinity))
    let value = ir.select(isCentral, central, ir.select(isFinite, tail, x))
    return ir.select(ir.compare(.unordered, x, x), x, value)
  }

  // MARK: Calls

  /// Calls a function of the module that `body` writes when it is first asked for, up to its returns: statements of
  /// scalars use few functions in many places.
  private func shared(
    _ name: String,
    _ x: IRValue,
    _ body: (IRValue, IRFunction) -> Void
  ) -> IRValue {
    let symbol = "ppl.\(name)"
    let isNew = !ir.isDeclared(symbol)
    let function = ir.function(symbol, ir.double, [ir.double])
    if isNew {
      let caller = ir.currentBlock
      ir.makeInternal(function)
      for attribute in ["noinline", "nounwind", "readnone"] {
        ir.addAttribute(attribute, to: function, at: -1)
      }
      ir.move(to: ir.makeBlock(in: function))
      body(ir.parameter(function, 0), function)
      ir.move(to: caller)
    }
    return ir.call(function, [x])
  }

  /// A function of libmvec where there is one of this machine's width, else of libm, element by element.
  func libraryCall(_ name: String, _ operands: IRValue...) -> IRValue {
    if width > 1, let vector = library.vectorFunction(name, operandCount: operands.count) {
      return inPieces(of: vector.width, operands) { pieces in
        let type = ir.type(ir.double, width: vector.width)
        let function = ir.function(
          vector.symbol,
          type,
          [IRType](repeating: type, count: pieces.count)
        )
        return ir.call(function, pieces, width: vector.width)
      }
    }
    return scalarCall(name, operands)
  }

  /// A C function of doubles, element by element.
  func scalarCall(_ name: String, _ operands: [IRValue]) -> IRValue {
    let function = ir.function(
      name,
      ir.double,
      [IRType](repeating: ir.double, count: operands.count)
    )
    return ir.vector(
      (0..<width).map { lane in
        ir.call(function, operands.map { ir.element($0, lane) })
      }
    )
  }

  /// Applies a function of vectors of a fixed width; the last piece is filled up with its last element.
  private func inPieces(
    of pieceWidth: Int,
    _ operands: [IRValue],
    _ body: ([IRValue]) -> IRValue
  ) -> IRValue {
    if width == pieceWidth { return body(operands) }
    var elements: [IRValue] = []
    var whole: IRValue?
    for start in stride(from: 0, to: width, by: pieceWidth) {
      let places = (start..<start + pieceWidth).map { min($0, width - 1) }
      let result = body(operands.map { ir.shuffle($0, places) })
      if start + pieceWidth <= width, elements.isEmpty,
        whole.map({ $0.width == pieceWidth }) ?? true, width % pieceWidth == 0,
        width <= 2 * pieceWidth
      {
        whole = whole.map { ir.concatenate($0, result) } ?? result
      } else {
        elements += (start..<min(start + pieceWidth, width)).map {
          ir.element(result, $0 - start)
        }
      }
    }
    return whole ?? ir.vector(elements)
  }
}
