/// Makes machine code for this machine.
@safe
struct CodeGenerator: Sendable {
  /// The generator of this machine; nil where LLVM or its back end is missing.
  static let shared: CodeGenerator? = LLVMLibrary.shared.flatMap(CodeGenerator.init)

  let llvm: LLVMLibrary
  let triple: String
  let processor: String
  let features: String
  let mathLibrary: MathLibrary

  private init?(_ llvm: LLVMLibrary) {
    self.llvm = llvm
    func take(_ make: () -> UnsafeMutablePointer<CChar>) -> String {
      let text = unsafe make()
      defer { unsafe llvm.disposeMessage(text) }
      return unsafe String(cString: text)
    }
    triple = unsafe take(llvm.defaultTriple)
    processor = unsafe take(llvm.hostName)
    features = unsafe take(llvm.hostFeatures)
    mathLibrary = MathLibrary(features: features)
  }

  /// Whether the machine multiplies and adds in one instruction.
  var hasFMA: Bool {
    let list = Set(features.split(separator: ",").map(String.init))
    return list.contains("+fma") || triple.hasPrefix("aarch64")
  }

  /// Compiles a module and finds its function `name`.
  ///
  /// `kernel` is the address of what `ppl.kernel` calls.
  func compile(
    _ ir: IRWriter,
    function name: String,
    kernel: UInt64
  ) throws(CompilationError) -> LinkedCode {
    guard let machine = unsafe makeMachine() else {
      throw CompilationError(message: "LLVM has no code generator for \(triple)")
    }
    defer { unsafe llvm.machineDispose(machine) }
    unsafe llvm.setTarget(ir.module, triple)
    let layout = unsafe llvm.dataLayout(machine)
    unsafe llvm.setDataLayout(ir.module, layout)
    unsafe llvm.dataLayoutDispose(layout)

    let options = unsafe llvm.passOptionsCreate()
    defer { unsafe llvm.passOptionsDispose(options) }
    try unsafe check(llvm.runPasses(ir.module, Self.passes, machine, options))

    var message: UnsafeMutablePointer<CChar>?
    var object: LLVMRef?
    guard unsafe llvm.emitObject(machine, ir.module, 1, &message, &object) == 0,
      let object = unsafe object
    else {
      let text = unsafe message.map { unsafe String(cString: $0) } ?? "no reason given"
      unsafe llvm.disposeMessage(message)
      throw CompilationError(message: text)
    }
    return try unsafe link(object, name, kernel)
  }

  /// Scalars are in registers and loops are vectors as written; what is left is to remove what stands twice.
  private static let passes = "always-inline,function(mem2reg,early-cse<memssa>,instcombine)"

  private func makeMachine() -> LLVMRef? {
    var target: LLVMRef?
    var message: UnsafeMutablePointer<CChar>?
    guard unsafe llvm.targetFromTriple(triple, &target, &message) == 0,
      let target = unsafe target
    else {
      unsafe llvm.disposeMessage(message)
      return nil
    }
    // Optimisation: default; position-independent code; default code model.
    return unsafe llvm.machineCreate(target, triple, processor, features, 2, 2, 0)
  }

  private func link(
    _ object: LLVMRef,
    _ name: String,
    _ kernel: UInt64
  ) throws(CompilationError) -> LinkedCode {
    var made: LLVMRef?
    try unsafe check(llvm.linkerCreate(&made, nil))
    guard let linker = unsafe made else {
      throw CompilationError(message: "LLVM made no linker")
    }
    let code = unsafe LinkedCode(llvm, linker)
    let library = unsafe llvm.mainLibrary(linker)
    var symbols: [LLVMSymbolAddress] = unsafe []
    for (name, address) in mathLibrary.addresses.sorted(by: { $0.key < $1.key }) {
      unsafe symbols.append(LLVMSymbolAddress(name: llvm.intern(linker, name), address: address))
    }
    unsafe symbols.append(
      LLVMSymbolAddress(name: llvm.intern(linker, "ppl.kernel"), address: kernel)
    )
    let unit = unsafe symbols.withUnsafeMutableBufferPointer {
      unsafe llvm.absoluteSymbols(
        UnsafeMutableRawPointer($0.baseAddress.unsafelyUnwrapped),
        $0.count
      )
    }
    try unsafe check(llvm.define(library, unit))
    try unsafe check(llvm.addObject(linker, library, object))
    var address: UInt64 = 0
    try unsafe check(llvm.lookup(linker, &address, name))
    guard address != 0 else {
      throw CompilationError(message: "the compiled function has no address")
    }
    code.address = UInt(address)
    return code
  }

  private func check(_ error: LLVMRef?) throws(CompilationError) {
    guard let error = unsafe error else { return }
    let message = unsafe llvm.errorMessage(error)
    defer { unsafe llvm.errorMessageDispose(message) }
    throw unsafe CompilationError(message: String(cString: message))
  }
}

/// Machine code in memory, which is freed with this object.
@safe
final class LinkedCode: @unchecked Sendable {
  /// Address of the function that was asked for; set once, before the object is shared.
  fileprivate(set) var address: UInt = 0
  private let llvm: LLVMLibrary
  private let linker: LLVMRef

  init(_ llvm: LLVMLibrary, _ linker: LLVMRef) {
    self.llvm = llvm
    unsafe self.linker = unsafe linker
  }

  deinit {
    guard let error = unsafe llvm.linkerDispose(linker) else { return }
    unsafe llvm.errorMessageDispose(llvm.errorMessage(error))
  }
}

/// Why a graph could not be compiled; LLVM's own words.
package struct CompilationError: Error, Sendable {
  package var message: String
}
