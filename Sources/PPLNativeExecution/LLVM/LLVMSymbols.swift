import Glibc

/// The functions of an opened shared library by name.
@unsafe
struct LLVMSymbols {
  private let handle: UnsafeMutableRawPointer

  /// The functions of a library that `dlopen` has opened.
  init(_ handle: UnsafeMutableRawPointer) {
    unsafe self.handle = unsafe handle
  }

  /// A function; `F` must be its C type.
  func require<F>(_ name: String) throws(MissingSymbol) -> F {
    guard let address = unsafe dlsym(handle, name) else { throw MissingSymbol(name: name) }
    return unsafe unsafeBitCast(address, to: F.self)
  }
}

/// A function that a library lacks.
struct MissingSymbol: Error {
  var name: String
}
