/// Functions of the gamma family as functions of the module, one for each width that is used.
///
/// For positive arguments they shift the argument up by a recurrence and use the asymptotic series; lanes with other
/// arguments, which densities do not have, go through the reference's scalar functions. Absolute error below 4e-15 near
/// the zeros of the functions, relative error below 1e-14 elsewhere.
struct SpecialKernels {
  /// A kernel by the operation that it computes.
  enum Kernel: String {
    case logGamma, digamma, trigamma
  }

  let ir: IRWriter
  let library: MathLibrary

  /// Writes a call; the kernel's body is written when it is first used.
  func call(_ kernel: Kernel, _ x: IRValue) -> IRValue {
    let type = ir.type(ir.double, width: x.width)
    let name = "ppl.\(kernel.rawValue).\(x.width)"
    let isNew = !ir.isDeclared(name)
    let function = ir.function(name, type, [type])
    if isNew { write(kernel, function, width: x.width) }
    return ir.call(function, [x], width: x.width)
  }

  private func write(_ kernel: Kernel, _ function: IRFunction, width: Int) {
    let caller = ir.currentBlock
    ir.makeInternal(function)
    ir.addAttribute("noinline", to: function, at: -1)
    ir.addAttribute("nounwind", to: function, at: -1)
    let math = LaneMath(ir: ir, library: library, width: width)
    ir.move(to: ir.makeBlock(in: function))
    let x = ir.parameter(function, 0, width: width)
    let isPositive = ir.compare(.greater, x, math.constant(0))
    var all = ir.element(isPositive, 0)
    for lane in 1..<max(width, 1) where lane < width {
      all = ir.and(all, ir.element(isPositive, lane))
    }
    let (fast, slow) = (ir.makeBlock(in: function), ir.makeBlock(in: function))
    ir.branch(if: all, to: fast, otherwise: slow)
    ir.move(to: fast)
    let result =
      switch kernel {
      case .logGamma: logGamma(x, math)
      case .digamma: digamma(x, math)
      case .trigamma: trigamma(x, math)
      }
    ir.returnValue(result)
    ir.move(to: slow)
    ir.returnValue(math.scalarCall("ppl.\(kernel.rawValue)", [x]))
    ir.move(to: caller)
  }

  /// log Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) at y = x, or at y = x + 8 less log x (x + 1) … (x + 7).
  private func logGamma(_ x: IRValue, _ math: LaneMath) -> IRValue {
    let isSmall = ir.compare(.less, x, math.constant(8))
    let y = ir.select(isSmall, ir.add(x, math.constant(8)), x)
    var product = x
    for step in 1..<8 { product = ir.multiply(product, ir.add(x, math.constant(Double(step)))) }
    let shift = ir.select(isSmall, math.log(product), math.constant(0))
    let r = ir.divide(math.constant(1), y)
    let series = ir.multiply(
      r,
      math.polynomial(
        ir.multiply(r, r),
        [
          1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360, 1.0 / 156,
        ]
      )
    )
    let leading = ir.subtract(
      ir.multiply(ir.subtract(y, math.constant(0.5)), ir.subtract(math.log(y), math.constant(1))),
      math.constant(0.5 - 0.918_938_533_204_672_8)
    )
    let value = ir.subtract(ir.add(leading, series), shift)
    // inf - inf otherwise.
    return ir.select(ir.compare(.less, x, math.constant(.infinity)), value, x)
  }

  /// ψ(x) for x > 0: the asymptotic series (DLMF 5.11.2) at y = x, or at y = x + 10 less Σ 1 / (x + k).
  private func digamma(_ x: IRValue, _ math: LaneMath) -> IRValue {
    let isSmall = ir.compare(.less, x, math.constant(10))
    let y = ir.select(isSmall, ir.add(x, math.constant(10)), x)
    var sum = ir.divide(math.constant(1), x)
    for step in 1..<10 {
      sum = ir.add(
        sum,
        ir.divide(math.constant(1), ir.add(x, math.constant(Double(step))))
      )
    }
    let shift = ir.select(isSmall, sum, math.constant(0))
    let r = ir.divide(math.constant(1), y)
    let r2 = ir.multiply(r, r)
    let series = ir.multiply(
      r2,
      math.polynomial(
        r2,
        [
          1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32_760, 1.0 / 12,
        ]
      )
    )
    let leading = ir.subtract(math.log(y), ir.multiply(math.constant(0.5), r))
    return ir.subtract(ir.subtract(leading, series), shift)
  }

  /// ψ'(x) for x > 0: the asymptotic series (DLMF 5.15.8) at y = x, or at y = x + 10 plus Σ 1 / (x + k)².
  private func trigamma(_ x: IRValue, _ math: LaneMath) -> IRValue {
    let isSmall = ir.compare(.less, x, math.constant(10))
    let y = ir.select(isSmall, ir.add(x, math.constant(10)), x)
    var sum = math.constant(0)
    for step in 0..<10 {
      let term = ir.add(x, math.constant(Double(step)))
      sum = ir.add(sum, ir.divide(math.constant(1), ir.multiply(term, term)))
    }
    let shift = ir.select(isSmall, sum, math.constant(0))
    let r = ir.divide(math.constant(1), y)
    let r2 = ir.multiply(r, r)
    let series = math.polynomial(
      r2,
      [
        1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6,
      ]
    )
    let leading = ir.add(r, ir.multiply(math.constant(0.5), r2))
    let tail = ir.multiplyAdd(ir.multiply(r2, r), series, leading)
    return ir.add(tail, shift)
  }
}
