import CLinux
import COpenBLAS
import Glibc

/// Which libraries of the system this program runs with.
package enum LoadedLibrary {
  /// How OpenBLAS was built, in its own words.
  package static var blasConfiguration: String { unsafe text(openblas_get_config()) }

  /// The processor whose kernels OpenBLAS has chosen, for instance `SkylakeX`.
  package static var blasCore: String { unsafe text(openblas_get_corename()) }

  /// The file of OpenBLAS.
  package static var blasPath: String? { unsafe path(of: symbol("openblas_get_corename")) }

  /// The version of GSL.
  package static var gslVersion: String? {
    guard let place = unsafe symbol("gsl_version") else { return nil }
    let pointer = unsafe place.assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    return unsafe pointer.pointee.map { unsafe String(cString: $0) }
  }

  /// The file that holds an address, all links followed.
  package static func path(of address: UnsafeRawPointer?) -> String? {
    var info = unsafe PPLAddressInfo()
    guard let address = unsafe address, unsafe dladdr(address, &info) != 0,
      let name = unsafe info.file
    else { return nil }
    guard let resolved = unsafe realpath(name, nil) else { return unsafe String(cString: name) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  private static func symbol(_ name: String) -> UnsafeMutableRawPointer? {
    guard let program = unsafe dlopen(nil, RTLD_NOW) else { return nil }
    return unsafe dlsym(program, name)
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    unsafe pointer.map { unsafe String(cString: $0) } ?? ""
  }
}
