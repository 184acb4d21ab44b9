/// A value of LLVM's intermediate representation: `width` equal elements, a plain scalar where that is 1.
@safe
struct IRValue {
  let ref: LLVMRef
  let width: Int

  init(_ ref: LLVMRef, width: Int) {
    unsafe self.ref = unsafe ref
    self.width = width
  }
}

/// A type of LLVM's intermediate representation.
@safe
struct IRType {
  let ref: LLVMRef

  init(_ ref: LLVMRef) { unsafe self.ref = unsafe ref }
}

/// A basic block.
@safe
struct IRBlock {
  let ref: LLVMRef

  init(_ ref: LLVMRef) { unsafe self.ref = unsafe ref }
}

/// A function with its type, which calls need.
@safe
struct IRFunction {
  let ref: LLVMRef
  let type: LLVMRef

  init(_ ref: LLVMRef, type: LLVMRef) {
    unsafe self.ref = unsafe ref
    unsafe self.type = unsafe type
  }
}

/// Orders of real numbers; false where one is NaN, except `notEqual` and `unordered`.
enum RealOrder: Int32 {
  case equal = 1
  case greater = 2
  case greaterOrEqual = 3
  case less = 4
  case lessOrEqual = 5
  case unordered = 8
  case notEqual = 14
}

/// Writes one LLVM module: the file where LLVM's references are handled.
///
/// Doubles and 64-bit integers come in any width: LLVM splits or widens vectors for the machine. Instructions go to
/// the end of the current block.
@safe
final class IRWriter {
  let llvm: LLVMLibrary
  /// Whether the machine multiplies and adds in one instruction.
  let hasFMA: Bool
  let module: LLVMRef
  private let context: LLVMRef
  private let builder: LLVMRef
  private var declared: [String: IRFunction] = [:]

  let double: IRType
  let int1: IRType
  let int8: IRType
  let int32: IRType
  let int64: IRType
  let void: IRType

  /// An empty module in a context of its own.
  init(_ llvm: LLVMLibrary, hasFMA: Bool) {
    self.llvm = llvm
    self.hasFMA = hasFMA
    let context = unsafe llvm.contextCreate()
    unsafe self.context = unsafe context
    unsafe module = unsafe llvm.moduleCreate("ppl", context)
    unsafe builder = unsafe llvm.builderCreate(context)
    double = unsafe IRType(llvm.doubleType(context))
    int1 = unsafe IRType(llvm.integerType(context, 1))
    int8 = unsafe IRType(llvm.integerType(context, 8))
    int32 = unsafe IRType(llvm.integerType(context, 32))
    int64 = unsafe IRType(llvm.integerType(context, 64))
    void = unsafe IRType(llvm.voidType(context))
  }

  deinit {
    unsafe llvm.builderDispose(builder)
    unsafe llvm.moduleDispose(module)
    unsafe llvm.contextDispose(context)
  }

  // MARK: Types

  /// A vector, or the element itself for width 1.
  func type(_ element: IRType, width: Int) -> IRType {
    width == 1 ? element : unsafe IRType(llvm.vectorType(element.ref, UInt32(width)))
  }

  func pointer(to type: IRType) -> IRType { unsafe IRType(llvm.pointerType(type.ref, 0)) }

  // MARK: Functions and blocks

  /// A function by name, declared when first asked for.
  func function(_ name: String, _ result: IRType, _ parameters: [IRType]) -> IRFunction {
    if let known = declared[name] { return known }
    var types: [LLVMRef?] = unsafe parameters.map { unsafe $0.ref }
    let type = unsafe types.withUnsafeMutableBufferPointer {
      unsafe llvm.functionType(result.ref, $0.baseAddress, UInt32($0.count), 0)
    }
    let function = unsafe IRFunction(llvm.addFunction(module, name, type), type: type)
    declared[name] = function
    return function
  }

  /// Whether a function of this name was asked for already.
  func isDeclared(_ name: String) -> Bool { declared[name] != nil }

  func parameter(_ function: IRFunction, _ index: Int, width: Int = 1) -> IRValue {
    unsafe IRValue(llvm.parameter(function.ref, UInt32(index)), width: width)
  }

  /// Makes a function visible in its module only.
  func makeInternal(_ function: IRFunction) { unsafe llvm.setLinkage(function.ref, 8) }

  /// Adds an attribute without value; `index` is a parameter from 1, 0 the result, -1 the function.
  func addAttribute(_ name: String, to function: IRFunction, at index: Int) {
    let kind = unsafe llvm.attributeKind(name, name.utf8.count)
    unsafe llvm.addAttribute(
      function.ref,
      UInt32(truncatingIfNeeded: index),
      llvm.enumAttribute(context, kind, 0)
    )
  }

  func addAttribute(_ name: String, _ value: String, to function: IRFunction) {
    unsafe llvm.addAttribute(
      function.ref,
      UInt32.max,
      llvm.stringAttribute(
        context,
        name,
        UInt32(name.utf8.count),
        value,
        UInt32(value.utf8.count)
      )
    )
  }

  func makeBlock(in function: IRFunction) -> IRBlock {
    unsafe IRBlock(llvm.appendBlock(context, function.ref, ""))
  }

  func move(to block: IRBlock) { unsafe llvm.positionAtEnd(builder, block.ref) }

  var currentBlock: IRBlock { unsafe IRBlock(llvm.insertBlock(builder)) }

  func branch(to block: IRBlock) { _ = unsafe llvm.branch(builder, block.ref) }

  func branch(if condition: IRValue, to then: IRBlock, otherwise: IRBlock) {
    _ = unsafe llvm.branchIf(builder, condition.ref, then.ref, otherwise.ref)
  }

  func returnVoid() { _ = unsafe llvm.returnVoid(builder) }

  func returnValue(_ value: IRValue) { _ = unsafe llvm.returnValue(builder, value.ref) }

  @discardableResult
  func call(_ function: IRFunction, _ arguments: [IRValue], width: Int = 1) -> IRValue {
    var refs: [LLVMRef?] = unsafe arguments.map { unsafe $0.ref }
    return unsafe refs.withUnsafeMutableBufferPointer {
      unsafe IRValue(
        llvm.call(builder, function.type, function.ref, $0.baseAddress, UInt32($0.count), ""),
        width: width
      )
    }
  }

  func phi(_ type: IRType, width: Int = 1) -> IRValue {
    unsafe IRValue(llvm.phi(builder, type.ref, ""), width: width)
  }

  func addIncoming(_ value: IRValue, from block: IRBlock, to phi: IRValue) {
    var value: LLVMRef? = unsafe value.ref
    var block: LLVMRef? = unsafe block.ref
    unsafe llvm.addIncoming(phi.ref, &value, &block, 1)
  }

  // MARK: Constants

  /// The same number in all elements.
  func constant(_ value: Double, width: Int = 1) -> IRValue {
    let scalar = unsafe llvm.constantReal(double.ref, value)
    return unsafe repeatedConstant(scalar, width)
  }

  /// The same 64-bit integer in all elements.
  func integer(_ value: Int, width: Int = 1) -> IRValue {
    let scalar = unsafe llvm.constantInteger(int64.ref, UInt64(bitPattern: Int64(value)), 1)
    return unsafe repeatedConstant(scalar, width)
  }

  func integer32(_ value: Int) -> IRValue {
    unsafe IRValue(
      llvm.constantInteger(int32.ref, UInt64(bitPattern: Int64(value)), 1),
      width: 1
    )
  }

  private func repeatedConstant(_ scalar: LLVMRef, _ width: Int) -> IRValue {
    if width == 1 { return unsafe IRValue(scalar, width: 1) }
    var elements = unsafe [LLVMRef?](repeating: scalar, count: width)
    return unsafe IRValue(llvm.constantVector(&elements, UInt32(width)), width: width)
  }

  private func undefined(_ element: IRType, _ width: Int) -> IRValue {
    unsafe IRValue(llvm.undefined(type(element, width: width).ref), width: width)
  }

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

  private func binary(_ make: LLVMLibrary.Binary, _ a: IRValue, _ b: IRValue) -> IRValue {
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

  /// `start`, `start + 1`, …
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

  // MARK: Elements

  /// One scalar in all elements.
  func splat(_ scalar: IRValue, width: Int) -> IRValue { splat(scalar, of: double, width: width) }

  private func splat(_ scalar: IRValue, of element: IRType, width: Int) -> IRValue {
    if width == 1 { return scalar }
    let empty = undefined(element, width)
    let first = unsafe llvm.insertElement(builder, empty.ref, scalar.ref, integer32(0).ref, "")
    var zeros: [LLVMRef?] = unsafe (0..<width).map { _ in unsafe integer32(0).ref }
    return unsafe IRValue(
      llvm.shuffle(
        builder,
        first,
        empty.ref,
        llvm.constantVector(&zeros, UInt32(width)),
        ""
      ),
      width: width
    )
  }

  func element(_ vector: IRValue, _ index: Int) -> IRValue {
    if vector.width == 1 { return vector }
    return unsafe IRValue(
      llvm.extractElement(builder, vector.ref, integer32(index).ref, ""),
      width: 1
    )
  }

  /// A vector of scalars.
  func vector(_ elements: [IRValue]) -> IRValue {
    if elements.count == 1 { return elements[0] }
    var result = undefined(double, elements.count)
    for (index, element) in elements.enumerated() {
      result = unsafe IRValue(
        llvm.insertElement(builder, result.ref, element.ref, integer32(index).ref, ""),
        width: elements.count
      )
    }
    return result
  }

  /// The elements of a vector at these places.
  func shuffle(_ vector: IRValue, _ places: [Int]) -> IRValue {
    if places.count == 1 { return element(vector, places[0]) }
    if vector.width == 1 { return splat(vector, width: places.count) }
    var mask: [LLVMRef?] = unsafe places.map { unsafe integer32($0).ref }
    return unsafe mask.withUnsafeMutableBufferPointer {
      unsafe IRValue(
        llvm.shuffle(
          builder,
          vector.ref,
          undefined(double, vector.width).ref,
          llvm.constantVector($0.baseAddress.unsafelyUnwrapped, UInt32(places.count)),
          ""
        ),
        width: places.count
      )
    }
  }

  /// All elements of two vectors.
  func concatenate(_ a: IRValue, _ b: IRValue) -> IRValue {
    if a.width == b.width, a.width > 1 {
      var mask: [LLVMRef?] = unsafe (0..<2 * a.width).map { unsafe integer32($0).ref }
      return unsafe mask.withUnsafeMutableBufferPointer {
        unsafe IRValue(
          llvm.shuffle(
            builder,
            a.ref,
            b.ref,
            llvm.constantVector($0.baseAddress.unsafelyUnwrapped, UInt32(2 * a.width)),
            ""
          ),
          width: 2 * a.width
        )
      }
    }
    return vector((0..<a.width).map { element(a, $0) } + (0..<b.width).map { element(b, $0) })
  }

  // MARK: Memory

  /// The address `index` elements behind a pointer to elements of a type.
  func address(_ pointer: IRValue, _ index: IRValue, of type: IRType) -> IRValue {
    var index: LLVMRef? = unsafe index.ref
    return unsafe IRValue(
      llvm.elementPointer(builder, type.ref, pointer.ref, &index, 1, ""),
      width: 1
    )
  }

  /// A pointer of one type as a pointer to another.
  func cast(_ pointer: IRValue, to type: IRType) -> IRValue {
    unsafe IRValue(
      llvm.bitCast(builder, pointer.ref, self.pointer(to: type).ref, ""),
      width: 1
    )
  }

  /// `width` doubles from an address of doubles, aligned to one double.
  func load(_ pointer: IRValue, width: Int = 1) -> IRValue {
    let type = type(double, width: width)
    let address = width == 1 ? pointer : cast(pointer, to: type)
    let value = unsafe llvm.load(builder, type.ref, address.ref, "")
    unsafe llvm.setAlignment(value, 8)
    return unsafe IRValue(value, width: width)
  }

  /// A 32-bit integer, widened.
  func loadIndex(_ pointer: IRValue) -> IRValue {
    let value = unsafe IRValue(llvm.load(builder, int32.ref, pointer.ref, ""), width: 1)
    return widen(value)
  }

  func store(_ value: IRValue, _ pointer: IRValue) {
    let address =
      value.width == 1 ? pointer : cast(pointer, to: type(double, width: value.width))
    let store = unsafe llvm.store(builder, value.ref, address.ref)
    unsafe llvm.setAlignment(store, 8)
  }

  /// Room for a double in the frame of the function.
  func allocate() -> IRValue { unsafe IRValue(llvm.allocate(builder, double.ref, ""), width: 1) }

  /// Room for some doubles in the frame of the function.
  func allocate(_ count: Int) -> IRValue {
    let type = unsafe IRType(llvm.arrayType(double.ref, UInt32(count)))
    let memory = unsafe IRValue(llvm.allocate(builder, type.ref, ""), width: 1)
    return cast(memory, to: double)
  }

  // MARK: Loops

  /// Writes a loop over indices from `first` below `end`; `body` gets the index and may add blocks.
  ///
  /// Unless it may be empty, what the body makes can be used after it.
  func loop(
    in function: IRFunction,
    from first: IRValue,
    to end: IRValue,
    step: Int,
    mayBeEmpty: Bool,
    _ body: (IRValue) -> Void
  ) {
    _ = loop(
      in: function,
      from: first,
      to: end,
      step: step,
      mayBeEmpty: mayBeEmpty,
      carrying: []
    ) { index, _ in
      body(index)
      return []
    }
  }

  /// Writes a loop that carries lanes of doubles from step to step; returns them after the last one.
  func loop(
    in function: IRFunction,
    from first: IRValue,
    to end: IRValue,
    step: Int,
    mayBeEmpty: Bool,
    carrying initial: [IRValue],
    _ body: (IRValue, [IRValue]) -> [IRValue]
  ) -> [IRValue] {
    func makePhis() -> [IRValue] {
      initial.map { phi(type(double, width: $0.width), width: $0.width) }
    }
    let before = currentBlock
    let header = makeBlock(in: function)
    let after = makeBlock(in: function)
    if mayBeEmpty {
      branch(if: isLess(first, end), to: header, otherwise: after)
    } else {
      branch(to: header)
    }
    move(to: header)
    let index = phi(int64)
    let carried = makePhis()
    addIncoming(first, from: before, to: index)
    for (value, phi) in zip(initial, carried) { addIncoming(value, from: before, to: phi) }
    let ends = body(index, carried)
    let next = addIntegers(index, integer(step))
    let last = currentBlock
    addIncoming(next, from: last, to: index)
    for (value, phi) in zip(ends, carried) { addIncoming(value, from: last, to: phi) }
    branch(if: isLess(next, end), to: header, otherwise: after)
    move(to: after)
    guard mayBeEmpty else { return ends }
    let results = makePhis()
    for (result, (value, end)) in zip(results, zip(initial, ends)) {
      addIncoming(value, from: before, to: result)
      addIncoming(end, from: last, to: result)
    }
    return results
  }

  // MARK: Whole module

  /// The module as text.
  var text: String {
    guard let text = unsafe llvm.printModule(module) else { return "" }
    defer { unsafe llvm.disposeMessage(text) }
    return unsafe String(cString: text)
  }

  /// What LLVM's verifier finds wrong; nil if nothing.
  func verify() -> String? {
    var message: UnsafeMutablePointer<CChar>?
    let failed = unsafe llvm.verifyModule(module, 2, &message)
    defer { unsafe llvm.disposeMessage(message) }
    guard failed != 0, let message = unsafe message else { return nil }
    return unsafe String(cString: message)
  }
}
