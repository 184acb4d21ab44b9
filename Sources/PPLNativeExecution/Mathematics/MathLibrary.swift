import Glibc
import PPLTensorCore

/// Which functions generated code may call by name, and where they are.
@safe
struct MathLibrary: Sendable {
  /// A function of libmvec.
  struct VectorFunction {
    var symbol: String
    var width: Int
  }

  /// Prefix and width of libmvec's functions for this machine; nil without libmvec.
  private let vectors: (prefix: String, width: Int)?
  private let available: Set<String>
  /// Addresses of all functions that are not LLVM's own.
  let addresses: [String: UInt64]

  /// How many numbers libmvec's functions take at once on this machine; nil without libmvec.
  var vectorWidth: Int? { available.isEmpty ? nil : vectors?.width }

  private static let unary = [
    "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
    "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
  ]
  private static let binary = ["pow", "atan2"]

  /// Looks the functions up.
  ///
  /// - Parameter features: LLVM's list of the host's features.
  init(features: String) {
    var addresses: [String: UInt64] = [:]
    var available: Set<String> = []
    var vectors: (prefix: String, width: Int)?
    let features = Set(features.split(separator: ",").map(String.init))
    if features.contains("+avx512f") {
      vectors = ("_ZGVeN8", 8)
    } else if features.contains("+avx2") {
      vectors = ("_ZGVdN4", 4)
    } else if features.contains("+sse4.1") {
      vectors = ("_ZGVbN2", 2)
    } else if features.contains("+neon") {
      vectors = ("_ZGVnN2", 2)
    }
    if let known = vectors, let handle = unsafe dlopen("libmvec.so.1", RTLD_NOW | RTLD_LOCAL) {
      for (names, operands) in [(Self.unary, "v_"), (Self.binary, "vv_")] {
        for name in names {
          let symbol = known.prefix + operands + name
          guard let address = unsafe dlsym(handle, symbol) else { continue }
          addresses[symbol] = UInt64(UInt(bitPattern: address))
          available.insert(name)
        }
      }
    } else {
      vectors = nil
    }
    if let handle = unsafe dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL) {
      for name in Self.unary + Self.binary + ["fma", "floor", "ceil", "rint"] {
        guard let address = unsafe dlsym(handle, name) else { continue }
        addresses[name] = UInt64(UInt(bitPattern: address))
      }
    }
    for name in ["memset", "memcpy"] {
      guard let handle = unsafe dlopen(nil, RTLD_NOW),
        let address = unsafe dlsym(handle, name)
      else { continue }
      addresses[name] = UInt64(UInt(bitPattern: address))
    }
    for (name, function) in ScalarFunctions.unary {
      addresses[name] = unsafe UInt64(UInt(bitPattern: unsafeBitCast(function, to: Int.self)))
    }
    for (name, function) in ScalarFunctions.binary {
      addresses[name] = unsafe UInt64(UInt(bitPattern: unsafeBitCast(function, to: Int.self)))
    }
    for (name, function) in ScalarFunctions.ternary {
      addresses[name] = unsafe UInt64(UInt(bitPattern: unsafeBitCast(function, to: Int.self)))
    }
    self.vectors = vectors
    self.available = available
    self.addresses = addresses
  }

  func vectorFunction(_ name: String, operandCount: Int) -> VectorFunction? {
    guard let vectors, available.contains(name) else { return nil }
    return VectorFunction(
      symbol: vectors.prefix + (operandCount == 1 ? "v_" : "vv_") + name,
      width: vectors.width
    )
  }
}

/// Special functions of the numeric core as C functions, for what is too rare to be worth a kernel.
enum ScalarFunctions {
  typealias Unary = @convention(c) (Double) -> Double
  typealias Binary = @convention(c) (Double, Double) -> Double
  typealias Ternary = @convention(c) (Double, Double, Double) -> Double

  static let unary: [(name: String, function: Unary)] = [
    ("ppl.logGamma", { LibM.logGamma($0) }),
    ("ppl.digamma", { SpecialFunctions.digamma($0) }),
    ("ppl.trigamma", { SpecialFunctions.trigamma($0) }),
    ("ppl.normalQuantile", { SpecialFunctions.normalQuantile($0) }),
  ]

  static let binary: [(name: String, function: Binary)] = [
    ("ppl.integerDivide", { FloorDivision.quotient($0, $1) }),
    ("ppl.modulo", { FloorDivision.modulo($0, $1) }),
    ("ppl.polygamma", { SpecialFunctions.polygamma(order: $0, $1) }),
    ("ppl.logBeta", { SpecialFunctions.logBeta($0, $1) }),
    ("ppl.gammaP", { SpecialFunctions.gammaP($0, $1) }),
    ("ppl.logBesselI", { SpecialFunctions.logBesselI(order: $0, $1) }),
  ]

  static let ternary: [(name: String, function: Ternary)] = [
    ("ppl.betaP", { SpecialFunctions.betaP($0, $1, $2) })
  ]
}
