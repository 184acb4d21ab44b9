/// What machine code is made with here, or why it is not.
package struct NativeEnvironment: Sendable {
  /// The file of LLVM's library; nil where none is in use.
  package var library: String?
  /// Why libraries of LLVM that are installed are not in use.
  package var failures: [String]
  /// What LLVM calls this processor.
  package var processor: String?
  /// How many numbers libmvec's functions take at once; nil without libmvec.
  package var vectorWidth: Int?
}

extension NativeProgram {
  /// What is found on this machine; loads LLVM.
  package static var environment: NativeEnvironment {
    let generator = CodeGenerator.shared
    return NativeEnvironment(
      library: LLVMLibrary.search.path,
      failures: LLVMLibrary.search.failures,
      processor: generator?.processor,
      vectorWidth: generator?.mathLibrary.vectorWidth
    )
  }
}
