import Glibc
import PPLCallouts
import PPLModelCompiler
import PPLSemantics
import PPLSyntax

/// What a program may call outside of itself: processes and libraries by permission, functions of the host by name.
///
/// A program can start nothing by itself: without permission its `process` and `library` functions are refused when data
/// are bound, with the command that wanted to run.
public struct ExternalAccess: Sendable {
  /// Which commands and libraries may be used.
  public enum Permission: Sendable, Hashable {
    /// No command and no library.
    case none
    /// All that the program names: it runs with the rights of this process.
    case all
    /// Those of the functions with these names.
    case named(Set<String>)

    func allows(_ name: String) -> Bool {
      switch self {
      case .none: false
      case .all: true
      case .named(let names): names.contains(name)
      }
    }
  }

  /// A function of the host: the elements of each argument in row-major order to those of the result.
  ///
  /// It is called from several threads. What it throws, and a result that is NaN, makes the arguments impossible, and is counted.
  public typealias Function = @Sendable (_ arguments: [[Double]]) throws -> [Double]

  /// The vector-Jacobian product of a function: its arguments, and a weight for each element of its result, to the derivatives
  /// of the weighted sum by the elements of each argument.
  public typealias VectorJacobianProduct =
    @Sendable (_ arguments: [[Double]], _ weights: [Double]) throws -> [[Double]]

  /// Which commands and libraries may be used.
  public var permission: Permission
  private var functions: [String: HostSource] = [:]

  /// With permission for commands and libraries, and no function of the host.
  ///
  /// - Parameter permission: which commands and libraries programs may use; none if left out.
  public init(_ permission: Permission = .none) {
    self.permission = permission
  }

  /// Nothing may be called.
  public static let none = ExternalAccess()

  /// Gives a function to programs that ask for it by `host("name")`.
  ///
  /// [The page of functions outside of the program](doc:Callouts) has an example.
  ///
  /// - Parameters:
  ///   - name: how programs name it; one of that name that was there before is replaced.
  ///   - vectorJacobianProduct: its derivatives, for functions that are declared with `gradient: given`.
  ///   - function: the function.
  public mutating func register(
    _ name: String,
    vectorJacobianProduct: VectorJacobianProduct? = nil,
    _ function: @escaping Function
  ) {
    functions[name] = HostSource(function, pullback: vectorJacobianProduct)
  }

  /// A simulator of the host: the elements of each argument, and a seed, to the elements of a draw.
  ///
  /// Equal arguments and seeds must give equal draws.
  public typealias Simulator =
    @Sendable (_ arguments: [[Double]], _ seed: UInt64) throws -> [Double]

  /// Gives a simulator to programs that declare it by `extern dist … = host("name")`.
  ///
  /// - Parameters:
  ///   - name: how programs name it.
  ///   - function: the simulator.
  public mutating func register(simulator name: String, _ function: @escaping Simulator) {
    functions[name] = HostSource(simulator: function)
  }

  /// Cores that this process may use.
  private static var coreCount: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

  /// The sources of a program's functions.
  func sources(of program: Program, _ interruption: CalloutInterruption) -> ExternalFunctions {
    ExternalFunctions(program.model.externals.map { source(of: $0, program, interruption) })
  }

  private func source(
    of external: CheckedExternal,
    _ program: Program,
    _ interruption: CalloutInterruption
  ) -> ExternalFunctions.Source {
    let name = external.name.text
    func refused(_ what: String) -> ExternalFunctions.Source {
      .refused(
        code: "E1003",
        message: "`\(name)` wants to run \(what), which was not allowed",
        help:
          "look at what it does, then allow it: --allow-extern=\(name), or --allow-extern for all"
      )
    }
    switch external.place {
    case .process(let command):
      guard permission.allows(name) else { return refused("the command `\(command)`") }
      return .available(
        ProcessSource(
          ProcessSettings(
            command: command,
            directory: program.folder,
            workers: external.workers ?? Self.coreCount,
            timeout: external.timeout,
            retries: external.retries,
            batch: external.batch
          ),
          givesDerivatives: external.gradient == .given,
          interruption: interruption
        )
      )
    case .library(let path, let symbol):
      guard permission.allows(name) else {
        return refused("`\(symbol)` of the library `\(path)`")
      }
      return .available(LibrarySource(path: program.resolved(path), symbol: symbol))
    case .host(let host):
      guard let function = functions[host] else {
        return .refused(
          code: "E1003",
          message: "`\(name)` is a function `\(host)` of the host, which has none of this name",
          help: functions.isEmpty
            ? "programs with `host` functions run within a Swift program that registers them"
            : "it has \(functions.keys.sorted().map { "`\($0)`" }.joined(separator: ", "))"
        )
      }
      guard function.isSimulator == external.isDistribution else {
        return .refused(
          code: "E1003",
          message:
            "`\(host)` of the host is \(function.isSimulator ? "a simulator" : "a function"),"
            + " and `\(name)` is declared as \(function.isSimulator ? "a function" : "a simulator")",
          help: function.isSimulator
            ? "declare it by `extern dist`" : "declare it by `extern fn`, or register a simulator"
        )
      }
      return .available(function)
    }
  }
}
