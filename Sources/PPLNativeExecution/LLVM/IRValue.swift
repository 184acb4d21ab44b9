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
