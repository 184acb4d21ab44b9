/// Writes one LLVM module; only this type and its extensions handle LLVM's references.
///
/// Doubles and 64-bit integers come in any width: LLVM splits or widens vectors for the machine. Instructions go to
/// the end of the current block.
@safe
final class IRWriter {
  let llvm: LLVMLibrary
  /// Whether the machine multiplies and adds in one instruction.
  let hasFMA: Bool
  let module: LLVMRef
  let context: LLVMRef
  let builder: LLVMRef
  private var declared: [String: IRFunction] = [:]
  private var tables: [String: IRValue] = [:]

  let double: IRType
  /// What the memories hold: doubles, or floats, which become doubles in registers.
  let element: IRType
  /// Whether the memories hold floats.
  let isSingle: Bool
  let int1: IRType
  let int8: IRType
  let int32: IRType
  let int64: IRType
  let void: IRType

  /// An empty module in a context of its own.
  init(_ llvm: LLVMLibrary, hasFMA: Bool, isSingle: Bool = false) {
    self.llvm = llvm
    self.hasFMA = hasFMA
    let context = unsafe llvm.contextCreate()
    unsafe self.context = unsafe context
    unsafe module = unsafe llvm.moduleCreate("ppl", context)
    unsafe builder = unsafe llvm.builderCreate(context)
    double = unsafe IRType(llvm.doubleType(context))
    self.isSingle = isSingle
    element = isSingle ? unsafe IRType(llvm.floatType(context)) : double
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

  func repeatedConstant(_ scalar: LLVMRef, _ width: Int) -> IRValue {
    if width == 1 { return unsafe IRValue(scalar, width: 1) }
    var elements = unsafe [LLVMRef?](repeating: scalar, count: width)
    return unsafe IRValue(llvm.constantVector(&elements, UInt32(width)), width: width)
  }

  /// A table of constants in the module, by name; pointer to its first element.
  func table(_ name: String, _ values: [Double]) -> IRValue {
    let type = unsafe IRType(llvm.arrayType(double.ref, UInt32(values.count)))
    if tables[name] == nil {
      var elements: [LLVMRef?] = unsafe values.map { unsafe constant($0).ref }
      let global = unsafe llvm.addGlobal(module, type.ref, name)
      unsafe llvm.setInitializer(
        global,
        llvm.constantArray(double.ref, &elements, UInt32(elements.count))
      )
      unsafe llvm.setGlobalConstant(global, 1)
      unsafe llvm.setLinkage(global, 8)
      unsafe llvm.setAlignment(global, 64)
      tables[name] = unsafe IRValue(global, width: 1)
    }
    return cast(tables[name] ?? undefined(double, 1), to: double)
  }

  func undefined(_ element: IRType, _ width: Int) -> IRValue {
    unsafe IRValue(llvm.undefined(type(element, width: width).ref), width: width)
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
