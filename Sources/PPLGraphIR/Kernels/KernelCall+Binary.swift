import PPLTensorCore

extension KernelCall {
  /// Writes f of each pair; operands repeat by the nest, the result is contiguous.
  @inline(__always)
  private func map(_ table: UnsafeMutablePointer<Int>, _ f: (Double, Double) -> Double) {
    let count = nest.innerCount
    let leftStep = nest.innerStrides.first
    let rightStep = nest.innerStrides.second
    var offsets = LoopNest.Strides()
    var result = unsafe result
    for _ in 0..<nest.outerCount {
      let left = unsafe first + offsets.first
      let right = unsafe second + offsets.second
      if count == 1 {
        unsafe result[0] = f(left[0], right[0])
      } else if leftStep == 1, rightStep == 1 {
        for index in 0..<count { unsafe result[index] = f(left[index], right[index]) }
      } else if rightStep == 0, leftStep == 1 {
        let value = unsafe right[0]
        for index in 0..<count { unsafe result[index] = f(left[index], value) }
      } else if leftStep == 0, rightStep == 1 {
        let value = unsafe left[0]
        for index in 0..<count { unsafe result[index] = f(value, right[index]) }
      } else {
        for index in 0..<count {
          unsafe result[index] = f(left[index * leftStep], right[index * rightStep])
        }
      }
      unsafe result += count
      unsafe nest.advance(&offsets, table)
    }
  }

  @inline(never)
  func runBinary(_ op: BinaryOp, _ table: UnsafeMutablePointer<Int>) {
    switch op {
    case .add: unsafe map(table) { $0 + $1 }
    case .subtract: unsafe map(table) { $0 - $1 }
    case .multiply: unsafe map(table) { $0 * $1 }
    case .divide: unsafe map(table) { $0 / $1 }
    case .power: unsafe map(table, LibM.pow)
    // NaN wins; of equal numbers the first.
    case .minimum: unsafe map(table) { $0 <= $1 || $0.isNaN ? $0 : $1 }
    case .maximum: unsafe map(table) { $0 >= $1 || $0.isNaN ? $0 : $1 }
    case .logAddExp: unsafe map(table, LogScale.logAddExp)
    case .atan2: unsafe map(table) { LibM.atan2(y: $0, x: $1) }
    case .integerDivide: unsafe map(table, FloorDivision.quotient)
    case .modulo: unsafe map(table, FloorDivision.modulo)
    case .equal: unsafe map(table) { $0 == $1 ? 1 : 0 }
    case .notEqual: unsafe map(table) { $0 != $1 ? 1 : 0 }
    case .less: unsafe map(table) { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: unsafe map(table) { $0 <= $1 ? 1 : 0 }
    case .and: unsafe map(table) { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .or: unsafe map(table) { $0 != 0 || $1 != 0 ? 1 : 0 }
    case .polygamma: unsafe map(table) { SpecialFunctions.polygamma(order: $0, $1) }
    case .logBeta: unsafe map(table, SpecialFunctions.logBeta)
    case .gammaP: unsafe map(table, SpecialFunctions.gammaP)
    case .logBesselI: unsafe map(table) { SpecialFunctions.logBesselI(order: $0, $1) }
    }
  }

  /// (condition, then, otherwise).
  @inline(never)
  func runSelect(_ table: UnsafeMutablePointer<Int>) {
    let count = nest.innerCount
    let steps = nest.innerStrides
    var offsets = LoopNest.Strides()
    var result = unsafe result
    for _ in 0..<nest.outerCount {
      let condition = unsafe first + offsets.first
      let then = unsafe second + offsets.second
      let otherwise = unsafe third + offsets.third
      if steps.first == 1, steps.second == 1, steps.third == 1 {
        for index in 0..<count {
          unsafe result[index] = condition[index] != 0 ? then[index] : otherwise[index]
        }
      } else {
        for index in 0..<count {
          let isThen = unsafe condition[index * steps.first] != 0
          unsafe result[index] =
            isThen ? then[index * steps.second] : otherwise[index * steps.third]
        }
      }
      unsafe result += count
      unsafe nest.advance(&offsets, table)
    }
  }

  /// (a, b, x).
  @inline(never)
  func runBetaP(_ table: UnsafeMutablePointer<Int>) {
    let steps = nest.innerStrides
    var offsets = LoopNest.Strides()
    var result = unsafe result
    for _ in 0..<nest.outerCount {
      let a = unsafe first + offsets.first
      let b = unsafe second + offsets.second
      let x = unsafe third + offsets.third
      for index in 0..<nest.innerCount {
        unsafe result[index] = SpecialFunctions.betaP(
          a[index * steps.first],
          b[index * steps.second],
          x[index * steps.third]
        )
      }
      unsafe result += nest.innerCount
      unsafe nest.advance(&offsets, table)
    }
  }
}
