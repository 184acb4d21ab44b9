// Scalar exp and log are made for latency: a statement of scalars waits for one after the other. Unlike lanes they
// may branch, which costs nothing where the branch is nearly always the same, and look up tables.

extension LaneMath {
  /// Writes exp(x): directly where neither x nor the result is extreme, else as the lanes do.
  func returnScalarExponential(_ x: IRValue, in function: IRFunction) {
    let isUsual = ir.compare(.less, absolute(x), constant(700))
    branch(if: isUsual, in: function, otherwise: { ir.returnValue(exponential(x)) })
    let magic = constant(6_755_399_441_055_744)
    let shifted = ir.multiplyAdd(x, constant(1.442_695_040_888_963_4), magic)
    let n = ir.subtract(shifted, magic)
    let high = ir.subtractProduct(x, n, constant(0x1.62e42feep-1))
    let r = ir.subtractProduct(high, n, constant(0x1.a39ef35793c76p-33))
    let q = pairedPolynomial(r, Self.exponentialCoefficients)
    let base = ir.add(ir.multiplyAdd(ir.multiply(r, r), q, r), constant(1))
    ir.returnValue(ir.multiply(base, powerOfTwo(shifted)))
  }

  /// Writes log(x) for positive normal x by a table, else as the lanes do.
  ///
  /// x = 2ᵏ z with z from 11/16 to 11/8, and log x = k log 2 - log c + log(1 + r) with c a nearby reciprocal of z
  /// and r = c z - 1, |r| < 2⁻⁷. Source: Tang 1990, doi:10.1145/98267.98294. Error below 1 ulp.
  func returnScalarLogarithm(_ x: IRValue, in function: IRFunction) {
    // r needs a product and difference that are rounded once.
    guard ir.hasFMA else {
      ir.returnValue(naturalLogarithm(x))
      return
    }
    let isUsual = ir.and(
      ir.compare(.greaterOrEqual, x, constant(0x1p-1022)),
      ir.compare(.less, x, constant(.infinity))
    )
    branch(if: isUsual, in: function, otherwise: { ir.returnValue(naturalLogarithm(x)) })
    let bits = ir.bits(x)
    // The exponent counts from 11/16 on, with 1024 added so that it is positive.
    let one = ir.integer(0x4000_0000_0000_0000)
    let shifted = ir.addIntegers(
      bits,
      ir.integer(0x4000_0000_0000_0000 - LogarithmTable.firstBits)
    )
    let exponentBits = ir.and(shifted, ir.integer(0x7ff0_0000_0000_0000))
    let z = ir.double(bits: ir.subtractIntegers(bits, ir.subtractIntegers(exponentBits, one)))
    let magicBits = ir.integer(0x4338_0000_0000_0000)
    let k = ir.subtract(
      ir.double(bits: ir.or(ir.logicalShiftRight(exponentBits, 52), magicBits)),
      constant(6_755_399_441_055_744 + 1024)
    )
    // The seven bits below the exponent, times the four numbers of a row.
    let row = ir.and(ir.logicalShiftRight(shifted, 43), ir.integer(0x1fc))
    let table = ir.table("ppl.logarithms", LogarithmTable.rows)
    func column(_ number: Int) -> IRValue {
      ir.loadDouble(ir.address(table, ir.addIntegers(row, ir.integer(number)), of: ir.double))
    }
    let r = ir.multiplyAdd(z, column(0), constant(-1))
    let whole = ir.multiplyAdd(k, constant(0x1.62e42feep-1), column(1))
    let rest = ir.multiplyAdd(k, constant(0x1.a39ef35793c76p-33), column(2))
    let high = ir.add(whole, r)
    let low = ir.add(ir.add(ir.subtract(whole, high), r), rest)
    let p = pairedPolynomial(r, (2...8).map { ($0 % 2 == 0 ? -1 : 1) / Double($0) })
    ir.returnValue(ir.add(ir.multiplyAdd(ir.multiply(r, r), p, low), high))
  }

  /// Goes on in a block of its own if the condition holds, and writes the other one by `otherwise`.
  private func branch(
    if condition: IRValue,
    in function: IRFunction,
    otherwise: () -> Void
  ) {
    let (usual, rare) = (ir.makeBlock(in: function), ir.makeBlock(in: function))
    ir.branch(if: condition, to: usual, otherwise: rare)
    ir.move(to: rare)
    otherwise()
    ir.move(to: usual)
  }

  /// Σ cₖ xᵏ by pairs, pairs of pairs, and so on: the shortest chain of operations.
  private func pairedPolynomial(_ x: IRValue, _ coefficients: [Double]) -> IRValue {
    var terms = coefficients.map { constant($0) }
    var power = x
    while terms.count > 1 {
      terms = stride(from: 0, to: terms.count, by: 2).map { place in
        place + 1 < terms.count
          ? ir.multiplyAdd(terms[place + 1], power, terms[place]) : terms[place]
      }
      if terms.count > 1 { power = ir.multiply(power, power) }
    }
    return terms[0]
  }
}
