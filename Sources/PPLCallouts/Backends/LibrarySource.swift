import Glibc
import Synchronization

/// A function of a shared library.
///
/// Its interface for C, which the page `Callouts` of the documentation describes:
///
///     const char *NAME_signature(void);
///     int NAME(const double *const *arguments, const long *counts, double *result, double *gradient);
///
/// That of a simulator has `unsigned long seed` in the place of `gradient`.
package final class LibrarySource: CalloutSource {
  package let tally = CalloutTally()
  private let path: String
  private let symbol: String
  private let backends = Mutex<[CalloutSignature: LibraryFunction]>([:])

  /// A library at a path, absolute or relative to the working directory.
  package init(path: String, symbol: String) {
    // A name without a slash would be looked for among the libraries of the system.
    self.path = path.contains("/") ? path : "./" + path
    self.symbol = symbol
  }

  package var givesPullbacks: Bool { false }

  package func backend(for signature: CalloutSignature) throws(CalloutFailure)
    -> any CalloutBackend
  {
    if let known = backends.withLock({ $0[signature] }) { return known }
    let function = try LibraryFunction(path, symbol, signature)
    backends.withLock { $0[signature] = function }
    return function
  }
}

/// The function at its address; the library stays loaded.
@safe
private final class LibraryFunction: CalloutBackend {
  private typealias Function =
    @convention(c) (
      UnsafePointer<UnsafePointer<Double>?>, UnsafePointer<Int>, UnsafeMutablePointer<Double>,
      UnsafeMutablePointer<Double>?
    ) -> Int32
  private typealias Simulator =
    @convention(c) (
      UnsafePointer<UnsafePointer<Double>?>, UnsafePointer<Int>, UnsafeMutablePointer<Double>, UInt
    ) -> Int32
  private typealias SignatureFunction = @convention(c) () -> UnsafePointer<CChar>?

  private let function: Function
  private let counts: [Int]

  init(_ path: String, _ symbol: String, _ signature: CalloutSignature) throws(CalloutFailure) {
    guard let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw CalloutFailure(
        message: "the library `\(path)` cannot be loaded: \(Self.lastError)",
        help: "build it as a shared library: `cc -shared -fPIC -O2 -o \(path) …`"
      )
    }
    guard let address = unsafe dlsym(library, symbol) else {
      throw CalloutFailure(
        message: "the library `\(path)` has no function `\(symbol)`",
        help: "name it: `library(\"\(path)\", \"function\")`"
      )
    }
    guard let check = unsafe dlsym(library, symbol + "_signature") else {
      throw CalloutFailure(
        message: "the library `\(path)` does not say which arguments `\(symbol)` takes",
        help: "give it `const char *\(symbol)_signature(void) { return \"\(signature.text)\"; }`"
      )
    }
    let said = unsafe unsafeBitCast(check, to: SignatureFunction.self)().map {
      unsafe String(cString: $0)
    }
    let text = (said ?? "").filter { !$0.isWhitespace }
    guard text == signature.text else {
      throw CalloutFailure(
        message: "`\(symbol)` of `\(path)` has the signature `\(text)`, and the program declares"
          + " `\(signature.text)`",
        help: "let both agree"
      )
    }
    unsafe function = unsafe unsafeBitCast(address, to: Function.self)
    counts = signature.arguments.map(\.count) + [signature.result.count]
  }

  private static var lastError: String {
    guard let text = unsafe dlerror() else { return "for an unknown reason" }
    return unsafe String(cString: text)
  }

  func answer(_ calls: [CalloutCall]) -> [CalloutAnswer] {
    calls.map { call in
      var result = [Double](repeating: 0, count: counts[counts.count - 1])
      var derivatives = [Double](
        repeating: 0,
        count: call.wantsDerivatives ? result.count * call.arguments.count : 0
      )
      let status = unsafe call.arguments.withUnsafeBufferPointer { values in
        var pointers: [UnsafePointer<Double>?] = unsafe []
        var start = 0
        for count in counts.dropLast() {
          unsafe pointers.append(values.baseAddress.map { unsafe $0 + start })
          start += count
        }
        if unsafe pointers.isEmpty { unsafe pointers.append(nil) }
        return unsafe result.withUnsafeMutableBufferPointer { place in
          unsafe derivatives.withUnsafeMutableBufferPointer { columns in
            guard let base = place.baseAddress else { return Int32(0) }
            if let seed = call.seed {
              return unsafe unsafeBitCast(function, to: Simulator.self)(
                pointers,
                counts,
                base,
                UInt(seed)
              )
            }
            return unsafe function(
              pointers,
              counts,
              base,
              call.wantsDerivatives ? columns.baseAddress : nil
            )
          }
        }
      }
      guard status == 0 else { return .failed(.fault(.refused, "it returned \(status)")) }
      return .result(result, derivatives: derivatives)
    }
  }
}
