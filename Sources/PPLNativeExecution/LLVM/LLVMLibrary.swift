import Glibc
import PPLTensorCore

/// References of LLVM's C interface; all are opaque pointers.
typealias LLVMRef = OpaquePointer

/// LLVM's C interface, loaded when the first graph is compiled.
///
/// The library is 110 MB and takes some 20 ms to load, which commands that run no model should not pay: so it is
/// opened with `dlopen`, not linked. Function types are those of `llvm-c` since LLVM 14; only calls that later
/// versions keep are used. References returned are valid until their owner is disposed of.
@safe
struct LLVMLibrary: Sendable {
  /// Names under which the library is looked for: Debian 12's first.
  private static let names =
    ["libLLVM-14.so.1"]
    + (15...18).reversed().map { "libLLVM-\($0).so.1" }
    + (19...22).reversed().map { "libLLVM.so.\($0).1" }

  /// What came of looking for the library.
  struct Search: Sendable {
    /// The library; nil where none is installed.
    var library: LLVMLibrary?
    /// Its file.
    var path: String?
    /// Why libraries that are installed were not taken.
    var failures: [String] = []
  }

  /// The search, made once.
  static let search: Search = {
    var search = Search()
    for name in names {
      guard let handle = unsafe dlopen(name, RTLD_LAZY | RTLD_LOCAL) else { continue }
      do throws(MissingSymbol) {
        search.library = try unsafe LLVMLibrary(symbols: LLVMSymbols(handle))
        search.path = unsafe LoadedLibrary.path(of: dlsym(handle, "LLVMContextCreate")) ?? name
        return search
      } catch {
        search.failures.append("\(name) has no function \(error.name)")
      }
    }
    return search
  }()

  /// The library; nil where none is installed.
  static var shared: LLVMLibrary? { search.library }

  // MARK: Types

  typealias Make1 = @convention(c) (LLVMRef) -> LLVMRef
  let contextCreate: @convention(c) () -> LLVMRef
  let contextDispose: @convention(c) (LLVMRef) -> Void
  let voidType: Make1
  let doubleType: Make1
  let floatType: Make1
  let integerType: @convention(c) (LLVMRef, UInt32) -> LLVMRef
  let pointerType: @convention(c) (LLVMRef, UInt32) -> LLVMRef
  let vectorType: @convention(c) (LLVMRef, UInt32) -> LLVMRef
  let arrayType: @convention(c) (LLVMRef, UInt32) -> LLVMRef
  let functionType:
    @convention(c) (LLVMRef, UnsafeMutablePointer<LLVMRef?>?, UInt32, Int32) -> LLVMRef

  // MARK: Modules and functions

  let moduleCreate: @convention(c) (UnsafePointer<CChar>, LLVMRef) -> LLVMRef
  let moduleDispose: @convention(c) (LLVMRef) -> Void
  let setTarget: @convention(c) (LLVMRef, UnsafePointer<CChar>) -> Void
  let setDataLayout: @convention(c) (LLVMRef, LLVMRef) -> Void
  let addFunction: @convention(c) (LLVMRef, UnsafePointer<CChar>, LLVMRef) -> LLVMRef
  let parameter: @convention(c) (LLVMRef, UInt32) -> LLVMRef
  let setLinkage: @convention(c) (LLVMRef, Int32) -> Void
  let attributeKind: @convention(c) (UnsafePointer<CChar>, Int) -> UInt32
  let enumAttribute: @convention(c) (LLVMRef, UInt32, UInt64) -> LLVMRef
  let stringAttribute:
    @convention(c) (
      LLVMRef, UnsafePointer<CChar>, UInt32, UnsafePointer<CChar>, UInt32
    ) -> LLVMRef
  let addAttribute: @convention(c) (LLVMRef, UInt32, LLVMRef) -> Void
  let appendBlock: @convention(c) (LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  let printModule: @convention(c) (LLVMRef) -> UnsafeMutablePointer<CChar>?
  let verifyModule:
    @convention(c) (
      LLVMRef, Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> Int32
  let disposeMessage: @convention(c) (UnsafeMutablePointer<CChar>?) -> Void

  // MARK: Constants

  let constantReal: @convention(c) (LLVMRef, Double) -> LLVMRef
  let constantInteger: @convention(c) (LLVMRef, UInt64, Int32) -> LLVMRef
  let constantVector: @convention(c) (UnsafeMutablePointer<LLVMRef?>, UInt32) -> LLVMRef
  let constantArray: @convention(c) (LLVMRef, UnsafeMutablePointer<LLVMRef?>, UInt32) -> LLVMRef
  let undefined: Make1
  let addGlobal: @convention(c) (LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  let setInitializer: @convention(c) (LLVMRef, LLVMRef) -> Void
  let setGlobalConstant: @convention(c) (LLVMRef, Int32) -> Void

  // MARK: Instructions

  typealias Unary = @convention(c) (LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  typealias Binary = @convention(c) (LLVMRef, LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  typealias Compare =
    @convention(c) (LLVMRef, Int32, LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  typealias Ternary =
    @convention(c) (LLVMRef, LLVMRef, LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  let builderCreate: Make1
  let builderDispose: @convention(c) (LLVMRef) -> Void
  let positionAtEnd: @convention(c) (LLVMRef, LLVMRef) -> Void
  let insertBlock: Make1
  let add: Binary
  let subtract: Binary
  let multiply: Binary
  let and: Binary
  let or: Binary
  let xor: Binary
  let shiftLeft: Binary
  let logicalShiftRight: Binary
  let fAdd: Binary
  let fSubtract: Binary
  let fMultiply: Binary
  let fDivide: Binary
  let fNegate: Unary
  let bitCast: Binary
  let unsignedToReal: Binary
  let extendReal: Binary
  let truncateReal: Binary
  let realToSigned: Binary
  let signExtend: Binary
  let compareReal: Compare
  let compareInteger: Compare
  let select: Ternary
  let insertElement: Ternary
  let shuffle: Ternary
  let extractElement: Binary
  let phi: Unary
  let addIncoming:
    @convention(c) (
      LLVMRef, UnsafeMutablePointer<LLVMRef?>, UnsafeMutablePointer<LLVMRef?>, UInt32
    ) -> Void
  let branch: @convention(c) (LLVMRef, LLVMRef) -> LLVMRef
  let branchIf: @convention(c) (LLVMRef, LLVMRef, LLVMRef, LLVMRef) -> LLVMRef
  let returnVoid: Make1
  let returnValue: @convention(c) (LLVMRef, LLVMRef) -> LLVMRef
  let load: @convention(c) (LLVMRef, LLVMRef, LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  let store: @convention(c) (LLVMRef, LLVMRef, LLVMRef) -> LLVMRef
  let setAlignment: @convention(c) (LLVMRef, UInt32) -> Void
  let elementPointer:
    @convention(c) (
      LLVMRef, LLVMRef, LLVMRef, UnsafeMutablePointer<LLVMRef?>, UInt32, UnsafePointer<CChar>
    ) -> LLVMRef
  let call:
    @convention(c) (
      LLVMRef, LLVMRef, LLVMRef, UnsafeMutablePointer<LLVMRef?>?, UInt32, UnsafePointer<CChar>
    ) -> LLVMRef
  let allocate: Unary

  // MARK: Target, passes, linking

  let defaultTriple: @convention(c) () -> UnsafeMutablePointer<CChar>
  let hostName: @convention(c) () -> UnsafeMutablePointer<CChar>
  let hostFeatures: @convention(c) () -> UnsafeMutablePointer<CChar>
  let targetFromTriple:
    @convention(c) (
      UnsafePointer<CChar>, UnsafeMutablePointer<LLVMRef?>,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> Int32
  let machineCreate:
    @convention(c) (
      LLVMRef, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>, Int32, Int32,
      Int32
    ) -> LLVMRef?
  let machineDispose: @convention(c) (LLVMRef) -> Void
  let dataLayout: Make1
  let dataLayoutDispose: @convention(c) (LLVMRef) -> Void
  let emitObject:
    @convention(c) (
      LLVMRef, LLVMRef, Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
      UnsafeMutablePointer<LLVMRef?>
    ) -> Int32
  let passOptionsCreate: @convention(c) () -> LLVMRef
  let passOptionsDispose: @convention(c) (LLVMRef) -> Void
  let runPasses: @convention(c) (LLVMRef, UnsafePointer<CChar>, LLVMRef, LLVMRef) -> LLVMRef?
  let errorMessage: @convention(c) (LLVMRef) -> UnsafeMutablePointer<CChar>
  let errorMessageDispose: @convention(c) (UnsafeMutablePointer<CChar>) -> Void
  let linkerCreate: @convention(c) (UnsafeMutablePointer<LLVMRef?>, LLVMRef?) -> LLVMRef?
  let linkerDispose: @convention(c) (LLVMRef) -> LLVMRef?
  let mainLibrary: Make1
  let intern: @convention(c) (LLVMRef, UnsafePointer<CChar>) -> LLVMRef
  let absoluteSymbols: @convention(c) (UnsafeMutableRawPointer, Int) -> LLVMRef
  let define: @convention(c) (LLVMRef, LLVMRef) -> LLVMRef?
  let addObject: @convention(c) (LLVMRef, LLVMRef, LLVMRef) -> LLVMRef?
  let lookup:
    @convention(c) (LLVMRef, UnsafeMutablePointer<UInt64>, UnsafePointer<CChar>) -> LLVMRef?

  /// Takes all functions from an opened library and sets up code generation for this machine.
  private init(symbols: LLVMSymbols) throws(MissingSymbol) {
    unsafe contextCreate = try unsafe symbols.require("LLVMContextCreate")
    unsafe contextDispose = try unsafe symbols.require("LLVMContextDispose")
    unsafe voidType = try unsafe symbols.require("LLVMVoidTypeInContext")
    unsafe doubleType = try unsafe symbols.require("LLVMDoubleTypeInContext")
    unsafe floatType = try unsafe symbols.require("LLVMFloatTypeInContext")
    unsafe integerType = try unsafe symbols.require("LLVMIntTypeInContext")
    unsafe pointerType = try unsafe symbols.require("LLVMPointerType")
    unsafe vectorType = try unsafe symbols.require("LLVMVectorType")
    unsafe arrayType = try unsafe symbols.require("LLVMArrayType")
    unsafe functionType = try unsafe symbols.require("LLVMFunctionType")
    unsafe moduleCreate = try unsafe symbols.require("LLVMModuleCreateWithNameInContext")
    unsafe moduleDispose = try unsafe symbols.require("LLVMDisposeModule")
    unsafe setTarget = try unsafe symbols.require("LLVMSetTarget")
    unsafe setDataLayout = try unsafe symbols.require("LLVMSetModuleDataLayout")
    unsafe addFunction = try unsafe symbols.require("LLVMAddFunction")
    unsafe parameter = try unsafe symbols.require("LLVMGetParam")
    unsafe setLinkage = try unsafe symbols.require("LLVMSetLinkage")
    unsafe attributeKind = try unsafe symbols.require("LLVMGetEnumAttributeKindForName")
    unsafe enumAttribute = try unsafe symbols.require("LLVMCreateEnumAttribute")
    unsafe stringAttribute = try unsafe symbols.require("LLVMCreateStringAttribute")
    unsafe addAttribute = try unsafe symbols.require("LLVMAddAttributeAtIndex")
    unsafe appendBlock = try unsafe symbols.require("LLVMAppendBasicBlockInContext")
    unsafe printModule = try unsafe symbols.require("LLVMPrintModuleToString")
    unsafe verifyModule = try unsafe symbols.require("LLVMVerifyModule")
    unsafe disposeMessage = try unsafe symbols.require("LLVMDisposeMessage")
    unsafe constantReal = try unsafe symbols.require("LLVMConstReal")
    unsafe constantInteger = try unsafe symbols.require("LLVMConstInt")
    unsafe constantVector = try unsafe symbols.require("LLVMConstVector")
    unsafe constantArray = try unsafe symbols.require("LLVMConstArray")
    unsafe addGlobal = try unsafe symbols.require("LLVMAddGlobal")
    unsafe setInitializer = try unsafe symbols.require("LLVMSetInitializer")
    unsafe setGlobalConstant = try unsafe symbols.require("LLVMSetGlobalConstant")
    unsafe undefined = try unsafe symbols.require("LLVMGetUndef")
    unsafe builderCreate = try unsafe symbols.require("LLVMCreateBuilderInContext")
    unsafe builderDispose = try unsafe symbols.require("LLVMDisposeBuilder")
    unsafe positionAtEnd = try unsafe symbols.require("LLVMPositionBuilderAtEnd")
    unsafe insertBlock = try unsafe symbols.require("LLVMGetInsertBlock")
    unsafe add = try unsafe symbols.require("LLVMBuildAdd")
    unsafe subtract = try unsafe symbols.require("LLVMBuildSub")
    unsafe multiply = try unsafe symbols.require("LLVMBuildMul")
    unsafe and = try unsafe symbols.require("LLVMBuildAnd")
    unsafe or = try unsafe symbols.require("LLVMBuildOr")
    unsafe xor = try unsafe symbols.require("LLVMBuildXor")
    unsafe shiftLeft = try unsafe symbols.require("LLVMBuildShl")
    unsafe logicalShiftRight = try unsafe symbols.require("LLVMBuildLShr")
    unsafe fAdd = try unsafe symbols.require("LLVMBuildFAdd")
    unsafe fSubtract = try unsafe symbols.require("LLVMBuildFSub")
    unsafe fMultiply = try unsafe symbols.require("LLVMBuildFMul")
    unsafe fDivide = try unsafe symbols.require("LLVMBuildFDiv")
    unsafe fNegate = try unsafe symbols.require("LLVMBuildFNeg")
    unsafe bitCast = try unsafe symbols.require("LLVMBuildBitCast")
    unsafe unsignedToReal = try unsafe symbols.require("LLVMBuildUIToFP")
    unsafe extendReal = try unsafe symbols.require("LLVMBuildFPExt")
    unsafe truncateReal = try unsafe symbols.require("LLVMBuildFPTrunc")
    unsafe realToSigned = try unsafe symbols.require("LLVMBuildFPToSI")
    unsafe signExtend = try unsafe symbols.require("LLVMBuildSExt")
    unsafe compareReal = try unsafe symbols.require("LLVMBuildFCmp")
    unsafe compareInteger = try unsafe symbols.require("LLVMBuildICmp")
    unsafe select = try unsafe symbols.require("LLVMBuildSelect")
    unsafe insertElement = try unsafe symbols.require("LLVMBuildInsertElement")
    unsafe shuffle = try unsafe symbols.require("LLVMBuildShuffleVector")
    unsafe extractElement = try unsafe symbols.require("LLVMBuildExtractElement")
    unsafe phi = try unsafe symbols.require("LLVMBuildPhi")
    unsafe addIncoming = try unsafe symbols.require("LLVMAddIncoming")
    unsafe branch = try unsafe symbols.require("LLVMBuildBr")
    unsafe branchIf = try unsafe symbols.require("LLVMBuildCondBr")
    unsafe returnVoid = try unsafe symbols.require("LLVMBuildRetVoid")
    unsafe returnValue = try unsafe symbols.require("LLVMBuildRet")
    unsafe load = try unsafe symbols.require("LLVMBuildLoad2")
    unsafe store = try unsafe symbols.require("LLVMBuildStore")
    unsafe setAlignment = try unsafe symbols.require("LLVMSetAlignment")
    unsafe elementPointer = try unsafe symbols.require("LLVMBuildInBoundsGEP2")
    unsafe call = try unsafe symbols.require("LLVMBuildCall2")
    unsafe allocate = try unsafe symbols.require("LLVMBuildAlloca")
    unsafe defaultTriple = try unsafe symbols.require("LLVMGetDefaultTargetTriple")
    unsafe hostName = try unsafe symbols.require("LLVMGetHostCPUName")
    unsafe hostFeatures = try unsafe symbols.require("LLVMGetHostCPUFeatures")
    unsafe targetFromTriple = try unsafe symbols.require("LLVMGetTargetFromTriple")
    unsafe machineCreate = try unsafe symbols.require("LLVMCreateTargetMachine")
    unsafe machineDispose = try unsafe symbols.require("LLVMDisposeTargetMachine")
    unsafe dataLayout = try unsafe symbols.require("LLVMCreateTargetDataLayout")
    unsafe dataLayoutDispose = try unsafe symbols.require("LLVMDisposeTargetData")
    unsafe emitObject = try unsafe symbols.require("LLVMTargetMachineEmitToMemoryBuffer")
    unsafe passOptionsCreate = try unsafe symbols.require("LLVMCreatePassBuilderOptions")
    unsafe passOptionsDispose = try unsafe symbols.require("LLVMDisposePassBuilderOptions")
    unsafe runPasses = try unsafe symbols.require("LLVMRunPasses")
    unsafe errorMessage = try unsafe symbols.require("LLVMGetErrorMessage")
    unsafe errorMessageDispose = try unsafe symbols.require("LLVMDisposeErrorMessage")
    unsafe linkerCreate = try unsafe symbols.require("LLVMOrcCreateLLJIT")
    unsafe linkerDispose = try unsafe symbols.require("LLVMOrcDisposeLLJIT")
    unsafe mainLibrary = try unsafe symbols.require("LLVMOrcLLJITGetMainJITDylib")
    unsafe intern = try unsafe symbols.require("LLVMOrcLLJITMangleAndIntern")
    unsafe absoluteSymbols = try unsafe symbols.require("LLVMOrcAbsoluteSymbols")
    unsafe define = try unsafe symbols.require("LLVMOrcJITDylibDefine")
    unsafe addObject = try unsafe symbols.require("LLVMOrcLLJITAddObjectFile")
    unsafe lookup = try unsafe symbols.require("LLVMOrcLLJITLookup")
    for part in ["TargetInfo", "Target", "TargetMC", "AsmPrinter"] {
      let start: @convention(c) () -> Void = unsafe try symbols.require(
        "LLVMInitialize\(Self.architecture)\(part)"
      )
      start()
    }
  }

  /// What LLVM calls this processor family.
  private static var architecture: String {
    #if arch(x86_64)
      "X86"
    #elseif arch(arm64)
      "AArch64"
    #else
      "Unknown"
    #endif
  }
}

/// A name with its address, as LLVM's linker takes it.
@unsafe
struct LLVMSymbolAddress {
  var name: LLVMRef
  var address: UInt64
  /// Generic flags (1: exported, 4: callable) and the target's own.
  var flags: (UInt8, UInt8) = (5, 0)
}
