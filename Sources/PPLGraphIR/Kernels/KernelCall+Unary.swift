import PPLTensorCore

extension KernelCall {
  /// Writes f of each operand element; sizes: (count).
  @inline(__always)
  private func map(_ f: (Double) -> Double) {
    let operand = unsafe first
    let result = unsafe result
    for index in 0..<sizes.0 { unsafe result[index] = f(operand[index]) }
  }

  @inline(never)
  func runUnary(_ op: UnaryOp) {
    switch op {
    case .negate: map { -$0 }
    case .absolute: map { $0.magnitude }
    case .sign: map { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 == 0 ? 0 : $0 }
    case .reciprocal: map { 1 / $0 }
    case .square: map { $0 * $0 }
    case .squareRoot: map { $0.squareRoot() }
    case .exp: map(LibM.exp)
    case .expm1: map(LibM.expm1)
    case .log: map(LibM.log)
    case .log1p: map(LibM.log1p)
    case .logistic: map(LogScale.logistic)
    case .softplus: map(LogScale.softplus)
    case .log1mExp: map(LogScale.log1mExp)
    case .sin: map(LibM.sin)
    case .cos: map(LibM.cos)
    case .tan: map(LibM.tan)
    case .asin: map(LibM.asin)
    case .acos: map(LibM.acos)
    case .atan: map(LibM.atan)
    case .sinh: map(LibM.sinh)
    case .cosh: map(LibM.cosh)
    case .tanh: map(LibM.tanh)
    case .asinh: map(LibM.asinh)
    case .acosh: map(LibM.acosh)
    case .atanh: map(LibM.atanh)
    case .floor: map { $0.rounded(.down) }
    case .ceiling: map { $0.rounded(.up) }
    case .round: map { $0.rounded(.toNearestOrEven) }
    case .logGamma: map(LibM.logGamma)
    case .digamma: map(SpecialFunctions.digamma)
    case .trigamma: map(SpecialFunctions.trigamma)
    case .erf: map(LibM.erf)
    case .erfc: map(LibM.erfc)
    case .normalCDF: map(LogScale.normalCDF)
    case .normalLogCDF: map(LogScale.normalLogCDF)
    case .normalQuantile: map(SpecialFunctions.normalQuantile)
    case .not: map { $0 == 0 ? 1 : 0 }
    case .isNaN: map { $0.isNaN ? 1 : 0 }
    case .detached: map { $0 }
    }
  }
}
