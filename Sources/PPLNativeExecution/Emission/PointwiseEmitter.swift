import PPLGraphIR

/// Values at the points of a loop that one body handles, and operations on them.
///
/// A body handles `width` neighbouring points at once; a scalar body one.
struct PointwiseEmitter {
  let math: LaneMath
  let special: SpecialKernels
  /// Results so far, by number of the value.
  var registers: [Int: IRValue] = [:]
  /// The conditions that boolean results stand for.
  private var masks: [Int: IRValue] = [:]
  /// The factors of results that are products and used once: a sum with one of them is a single instruction.
  private var products: [Int: (IRValue, IRValue)] = [:]
  /// Values whose reciprocal is taken once, as several instructions divide by them, and the reciprocals so far.
  private let plan: ExecutionPlan
  private var reciprocals: [Int: IRValue] = [:]

  private var ir: IRWriter { math.ir }

  init(_ ir: IRWriter, _ library: MathLibrary, _ plan: ExecutionPlan, width: Int) {
    self.plan = plan
    math = LaneMath(ir: ir, library: library, width: width)
    special = SpecialKernels(ir: ir, library: library)
  }

  /// Applies an operation; `numbers` are the values that the operands come from.
  mutating func apply(
    _ op: LoopOp,
    _ operands: [IRValue],
    numbers: [Int],
    result: Int
  ) -> IRValue {
    let value: IRValue
    switch op {
    case .unary(let op):
      if op == .square { noteProduct(operands[0], operands[0], result) }
      value = unary(op, operands[0], numbers[0], result)
    case .binary(let op):
      value = binary(op, operands[0], operands[1], numbers, result)
    case .select:
      value = ir.select(mask(operands[0], numbers[0]), operands[1], operands[2])
    case .betaP: value = math.scalarCall("ppl.betaP", operands)
    case .copy:
      value = operands[0]
      if masks[numbers[0]] != nil { masks[result] = masks[numbers[0]] }
    case .fill(let number): value = math.constant(number)
    case .gather, .reduce, .dot, .project:
      preconditionFailure("Loops write what looks elements up, and reductions, themselves.")
    }
    registers[result] = value
    return value
  }

  private mutating func noteProduct(_ a: IRValue, _ b: IRValue, _ result: Int) {
    if plan.singleUses.contains(result) { products[result] = (a, b) }
  }

  /// A partial result joined with a value; a product is added in one instruction.
  func combine(
    _ reduction: Reduction,
    _ partial: IRValue,
    _ value: IRValue,
    number: Int? = nil
  ) -> IRValue {
    switch reduction {
    case .sum:
      if let number, let (a, b) = products[number] { return ir.multiplyAdd(a, b, partial) }
      return ir.add(partial, value)
    case .product: return ir.multiply(partial, value)
    case .maximum: return larger(partial, value, .greaterOrEqual)
    case .minimum: return larger(partial, value, .lessOrEqual)
    }
  }

  /// NaN wins; of equal numbers the first.
  private func larger(_ a: IRValue, _ b: IRValue, _ order: RealOrder) -> IRValue {
    let isFirst = ir.or(ir.compare(order, a, b), ir.compare(.unordered, a, a))
    return ir.select(isFirst, a, b)
  }

  /// Whether a value is not zero.
  private func mask(_ value: IRValue, _ number: Int) -> IRValue {
    // As in the reference, NaN is not zero.
    masks[number] ?? ir.compare(.notEqual, value, math.constant(0))
  }

  private mutating func condition(_ mask: IRValue, _ result: Int) -> IRValue {
    masks[result] = mask
    return ir.number(mask)
  }

  private mutating func unary(
    _ op: UnaryOp,
    _ x: IRValue,
    _ number: Int,
    _ result: Int
  ) -> IRValue {
    func call(_ name: String) -> IRValue { math.libraryCall(name, x) }
    switch op {
    case .negate: return ir.negate(x)
    case .absolute: return math.absolute(x)
    case .sign:
      let zero = math.constant(0)
      let rest = ir.select(ir.compare(.equal, x, zero), zero, x)
      let negative = ir.select(ir.compare(.less, x, zero), math.constant(-1), rest)
      return ir.select(ir.compare(.greater, x, zero), math.constant(1), negative)
    case .reciprocal: return ir.divide(math.constant(1), x)
    case .square: return ir.multiply(x, x)
    case .squareRoot: return ir.intrinsic("sqrt", [x])
    case .exp: return math.exp(x)
    case .expm1: return call("expm1")
    case .log: return math.log(x)
    case .log1p: return math.log1p(x)
    case .logistic: return math.logistic(x)
    case .softplus: return math.softplus(x)
    case .log1mExp: return math.log1mExp(x)
    case .sin: return call("sin")
    case .cos: return call("cos")
    case .tan: return call("tan")
    case .asin: return call("asin")
    case .acos: return call("acos")
    case .atan: return call("atan")
    case .sinh: return call("sinh")
    case .cosh: return call("cosh")
    case .tanh: return ir.isSingle ? math.shortHyperbolicTangent(x) : call("tanh")
    case .asinh: return call("asinh")
    case .acosh: return call("acosh")
    case .atanh: return call("atanh")
    case .floor: return ir.intrinsic("floor", [x])
    case .ceiling: return ir.intrinsic("ceil", [x])
    case .round: return ir.intrinsic("rint", [x])
    case .logGamma: return special.call(.logGamma, x)
    case .digamma: return special.call(.digamma, x)
    case .trigamma: return special.call(.trigamma, x)
    case .erf: return call("erf")
    case .erfc: return call("erfc")
    case .normalCDF: return math.normalCDF(x)
    case .normalLogCDF: return math.normalLogCDF(x)
    case .normalQuantile: return math.scalarCall("ppl.normalQuantile", [x])
    case .not: return condition(ir.compare(.equal, x, math.constant(0)), result)
    case .detached: return x
    case .isNaN: return condition(ir.compare(.unordered, x, x), result)
    }
  }

  private mutating func binary(
    _ op: BinaryOp,
    _ a: IRValue,
    _ b: IRValue,
    _ numbers: [Int],
    _ result: Int
  ) -> IRValue {
    switch op {
    case .add:
      if let (x, y) = products[numbers[0]] { return ir.multiplyAdd(x, y, b) }
      if let (x, y) = products[numbers[1]] { return ir.multiplyAdd(x, y, a) }
      return ir.add(a, b)
    case .subtract:
      if let (x, y) = products[numbers[1]] { return ir.subtractProduct(a, x, y) }
      if let (x, y) = products[numbers[0]] { return ir.multiplyAdd(x, y, ir.negate(b)) }
      return ir.subtract(a, b)
    case .multiply:
      noteProduct(a, b, result)
      return ir.multiply(a, b)
    case .divide:
      guard math.width == 1, plan.commonDivisors.contains(numbers[1]) else {
        return ir.divide(a, b)
      }
      let reciprocal = reciprocals[numbers[1]] ?? ir.divide(math.constant(1), b)
      reciprocals[numbers[1]] = reciprocal
      noteProduct(a, reciprocal, result)
      return ir.multiply(a, reciprocal)
    case .power: return math.libraryCall("pow", a, b)
    case .minimum: return larger(a, b, .lessOrEqual)
    case .maximum: return larger(a, b, .greaterOrEqual)
    case .logAddExp: return math.logAddExp(a, b)
    case .atan2: return math.libraryCall("atan2", a, b)
    case .integerDivide: return math.scalarCall("ppl.integerDivide", [a, b])
    case .modulo: return math.scalarCall("ppl.modulo", [a, b])
    case .equal: return condition(ir.compare(.equal, a, b), result)
    case .notEqual: return condition(ir.compare(.notEqual, a, b), result)
    case .less: return condition(ir.compare(.less, a, b), result)
    case .lessOrEqual: return condition(ir.compare(.lessOrEqual, a, b), result)
    case .and: return condition(ir.and(mask(a, numbers[0]), mask(b, numbers[1])), result)
    case .or: return condition(ir.or(mask(a, numbers[0]), mask(b, numbers[1])), result)
    case .polygamma: return math.scalarCall("ppl.polygamma", [a, b])
    case .logBeta: return math.scalarCall("ppl.logBeta", [a, b])
    case .gammaP: return math.scalarCall("ppl.gammaP", [a, b])
    case .logBesselI: return math.scalarCall("ppl.logBesselI", [a, b])
    }
  }
}
