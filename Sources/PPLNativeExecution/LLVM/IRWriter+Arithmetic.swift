extension IRWriter {
  // MARK: Arithmetic on doubles

  func add(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.fAdd, a, b) }
  func subtract(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.fSubtract, a, b) }
  func multiply(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.fMultiply, a, b) }
  func divide(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.fDivide, a, b) }
  func negate(_ a: IRValue) -> IRValue {
    unsafe IRValue(llvm.fNegate(builder, a.ref, ""), width: a.width)
  }

  /// a b + c, rounded once where the machine can.
  func multiplyAdd(_ a: IRValue, _ b: IRValue, _ c: IRValue) -> IRValue {
    if !hasFMA { return add(multiply(a, b), c) }
    return intrinsic("fma", [a, b, c])
  }

  /// c - a b, rounded once where the machine can.
  func subtractProduct(_ c: IRValue, _ a: IRValue, _ b: IRValue) -> IRValue {
    if !hasFMA { return subtract(c, multiply(a, b)) }
    return intrinsic("fma", [negate(a), b, c])
  }

  /// One of LLVM's intrinsics on doubles: `sqrt`, `fabs`, `floor`, `ceil`, `rint`, `fma`, ….
  func intrinsic(_ name: String, _ operands: [IRValue]) -> IRValue {
    let width = operands[0].width
    let type = type(double, width: width)
    let suffix = width == 1 ? "f64" : "v\(width)f64"
    let function = function(
      "llvm.\(name).\(suffix)",
      type,
      [IRType](repeating: type, count: operands.count)
    )
    return call(function, operands, width: width)
  }

  func compare(_ order: RealOrder, _ a: IRValue, _ b: IRValue) -> IRValue {
    unsafe IRValue(
      llvm.compareReal(builder, order.rawValue, a.ref, b.ref, ""),
      width: a.width
    )
  }

  func select(_ condition: IRValue, _ then: IRValue, _ otherwise: IRValue) -> IRValue {
    unsafe IRValue(
      llvm.select(builder, condition.ref, then.ref, otherwise.ref, ""),
      width: then.width
    )
  }

  func binary(_ make: LLVMLibrary.Binary, _ a: IRValue, _ b: IRValue) -> IRValue {
    unsafe IRValue(make(builder, a.ref, b.ref, ""), width: a.width)
  }

  // MARK: Integers and masks

  func and(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.and, a, b) }
  func or(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.or, a, b) }
  func not(_ mask: IRValue) -> IRValue {
    let one = unsafe IRValue(llvm.constantInteger(int1.ref, 1, 0), width: 1)
    let ones = unsafe repeatedConstant(one.ref, mask.width)
    return unsafe binary(llvm.xor, mask, ones)
  }
  func addIntegers(_ a: IRValue, _ b: IRValue) -> IRValue { unsafe binary(llvm.add, a, b) }
  func subtractIntegers(_ a: IRValue, _ b: IRValue) -> IRValue {
    unsafe binary(llvm.subtract, a, b)
  }
  func multiplyIntegers(_ a: IRValue, _ b: IRValue) -> IRValue {
    unsafe binary(llvm.multiply, a, b)
  }
  func shiftLeft(_ a: IRValue, _ count: Int) -> IRValue {
    unsafe binary(llvm.shiftLeft, a, integer(count, width: a.width))
  }
  func logicalShiftRight(_ a: IRValue, _ count: Int) -> IRValue {
    unsafe binary(llvm.logicalShiftRight, a, integer(count, width: a.width))
  }

  /// Whether the first integer is below the second, both signed.
  func isLess(_ a: IRValue, _ b: IRValue) -> IRValue {
    unsafe IRValue(llvm.compareInteger(builder, 40, a.ref, b.ref, ""), width: a.width)
  }

  /// The smaller of two signed integers.
  func smaller(_ a: IRValue, _ b: IRValue) -> IRValue { select(isLess(a, b), a, b) }

  /// The integers from `start` on, one after the other.
  func laneIndices(from start: IRValue, width: Int) -> IRValue {
    var indices: [LLVMRef?] = unsafe (0..<width).map { unsafe integer($0).ref }
    let offsets = unsafe IRValue(llvm.constantVector(&indices, UInt32(width)), width: width)
    return addIntegers(splat(start, of: int64, width: width), offsets)
  }

  /// Whether each integer is at least a scalar one.
  func atLeast(_ values: IRValue, _ bound: IRValue) -> IRValue {
    not(isLess(values, splat(bound, of: int64, width: values.width)))
  }

  /// 1 where a mask holds, 0 elsewhere.
  func number(_ mask: IRValue) -> IRValue {
    unsafe IRValue(
      llvm.unsignedToReal(builder, mask.ref, type(double, width: mask.width).ref, ""),
      width: mask.width
    )
  }

  /// The bits of doubles as integers.
  func bits(_ value: IRValue) -> IRValue {
    unsafe IRValue(
      llvm.bitCast(builder, value.ref, type(int64, width: value.width).ref, ""),
      width: value.width
    )
  }

  /// The doubles that have these bits.
  func double(bits value: IRValue) -> IRValue {
    unsafe IRValue(
      llvm.bitCast(builder, value.ref, type(double, width: value.width).ref, ""),
      width: value.width
    )
  }

  /// The scalar as a 64-bit integer, rounded to zero; it must be in range.
  func integer(of value: IRValue) -> IRValue {
    unsafe IRValue(llvm.realToSigned(builder, value.ref, int64.ref, ""), width: 1)
  }

  func widen(_ value: IRValue) -> IRValue {
    unsafe IRValue(llvm.signExtend(builder, value.ref, int64.ref, ""), width: 1)
  }
}
