import PPLJSON

/// What this program runs with on this machine, and what would make it better; `ppl doctor` shows it.
public struct SystemReport: Sendable {
  /// How machine code is made.
  package struct Native: Sendable, Equatable {
    /// Whether this program was built with it.
    package var isBuilt: Bool
    /// The file of LLVM's library.
    package var library: String?
    /// Why libraries of LLVM that are installed are not in use.
    package var failures: [String]
    /// What LLVM calls the processor.
    package var processor: String?
    /// How many numbers the functions of libmvec take at once.
    package var vectorWidth: Int?

    package init(
      isBuilt: Bool,
      library: String?,
      failures: [String] = [],
      processor: String? = nil,
      vectorWidth: Int?
    ) {
      self.isBuilt = isBuilt
      self.library = library
      self.failures = failures
      self.processor = processor
      self.vectorWidth = vectorWidth
    }
  }

  /// The library of linear algebra.
  package struct BLAS: Sendable, Equatable {
    package var path: String?
    /// How it was built, in its own words.
    package var configuration: String
    /// The processor whose kernels it runs.
    package var core: String
    package var threads: Int
    /// The setting of `OPENBLAS_CORETYPE`, if there is one.
    package var chosenCore: String?

    package init(
      path: String?,
      configuration: String,
      core: String,
      threads: Int,
      chosenCore: String?
    ) {
      self.path = path
      self.configuration = configuration
      self.core = core
      self.threads = threads
      self.chosenCore = chosenCore
    }
  }

  /// The working directory.
  package struct Directory: Sendable, Equatable {
    package var fileSystem: String?
    package var freeBytes: Int

    package init(fileSystem: String?, freeBytes: Int) {
      self.fileSystem = fileSystem
      self.freeBytes = freeBytes
    }
  }

  /// One gradient of a logistic regression, in nanoseconds.
  package struct Gradient: Sendable, Equatable {
    package var native: Double
    package var reference: Double

    package init(native: Double, reference: Double) {
      self.native = native
      self.reference = reference
    }
  }

  package var version: String
  package var native: Native
  package var blas: BLAS
  package var gslVersion: String?
  package var machine: MachineFacts
  package var directory: Directory?
  package var gradient: Gradient?

  package init(
    version: String,
    native: Native,
    blas: BLAS,
    gslVersion: String?,
    machine: MachineFacts,
    directory: Directory?,
    gradient: Gradient?
  ) {
    self.version = version
    self.native = native
    self.blas = blas
    self.gslVersion = gslVersion
    self.machine = machine
    self.directory = directory
    self.gradient = gradient
  }

  // MARK: Form

  /// For people: a line for each fact, then the advice.
  public var text: String {
    let facts = rows.filter { !$0.value.isEmpty }
    let width = facts.map(\.name.count).max() ?? 0
    var text = facts.map { row in
      row.name + String(repeating: " ", count: width - row.name.count + 2) + row.value + "\n"
    }.joined()
    for advice in advice { text += "\nadvice: \(advice)\n" }
    if advice.isEmpty { text += "\nall is as it should be\n" }
    return text
  }

  private var rows: [(name: String, value: String)] {
    [
      ("ppl", version),
      ("executor", executor),
      ("vector functions", vectors),
      ("linear algebra", "OpenBLAS, kernels for \(blas.core), \(count(blas.threads, "thread"))"),
      ("", blas.path.map { "\($0) (\(blas.configuration))" } ?? blas.configuration),
      ("special functions", gslVersion.map { "GSL \($0)" } ?? "GSL"),
      ("processor", processor),
      ("memory", memory),
      ("working directory", space),
      ("one gradient", speed),
    ]
  }

  private var executor: String {
    guard let library = native.library else { return "reference: \(noNative)" }
    return "machine code by LLVM, \(library)" + (native.processor.map { ", for \($0)" } ?? "")
  }

  /// Why there is no machine code.
  var noNative: String {
    guard native.isBuilt else { return "this program was built without the trait Native" }
    guard !native.failures.isEmpty else { return "LLVM's library is not installed" }
    return native.failures.joined(separator: "; ")
  }

  private var vectors: String {
    native.vectorWidth.map { "libmvec, \($0) numbers at once" } ?? "none"
  }

  private var processor: String {
    var text = machine.processor ?? "unknown"
    text += ", \(count(machine.cores, "core"))"
    if let limit = machine.coreLimit { text += ", of which \(rounded(limit)) at a time" }
    return text
  }

  private var memory: String {
    guard let total = machine.memoryBytes else { return "unknown" }
    let available = machine.availableBytes.map { ", \(gigabytes($0)) of them free" } ?? ""
    return gigabytes(total) + available
  }

  private var space: String {
    guard let directory else { return "cannot be read" }
    return "\(directory.fileSystem ?? "file system"), \(gigabytes(directory.freeBytes)) free"
  }

  private var speed: String {
    guard let gradient else { return "" }
    let ratio = gradient.reference / max(gradient.native, 1e-9)
    return "\(rounded(gradient.native / 1000)) us, by the reference executor"
      + " \(rounded(gradient.reference / 1000)) us (\(rounded(ratio)) times)"
  }

  private func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }

  private func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  func gigabytes(_ bytes: Int) -> String { "\(rounded(Double(bytes) / 1e9)) GB" }

  /// As JSON; what is not known is null.
  public var json: String {
    func real(_ value: Double?) -> JSONValue { value.map { .real($0) } ?? .null }
    func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
    return JSONValue.object([
      JSONMember("schema", .integer(1)),
      JSONMember("version", .string(version)),
      JSONMember(
        "executor",
        .object([
          JSONMember("name", .string(native.library == nil ? "reference" : "native")),
          JSONMember("library", .string(orNull: native.library)),
          JSONMember("processor", .string(orNull: native.processor)),
          JSONMember("reason", .string(orNull: native.library == nil ? noNative : nil)),
          JSONMember("vector_width", integer(native.vectorWidth)),
        ])
      ),
      JSONMember(
        "blas",
        .object([
          JSONMember("library", .string(orNull: blas.path)),
          JSONMember("configuration", .string(blas.configuration)),
          JSONMember("core", .string(blas.core)),
          JSONMember("threads", .integer(blas.threads)),
        ])
      ),
      JSONMember("gsl", .string(orNull: gslVersion)),
      JSONMember(
        "machine",
        .object([
          JSONMember("processor", .string(orNull: machine.processor)),
          JSONMember("cores", .integer(machine.cores)),
          JSONMember("core_limit", real(machine.coreLimit)),
          JSONMember("memory", integer(machine.memoryBytes)),
          JSONMember("available", integer(machine.availableBytes)),
        ])
      ),
      JSONMember(
        "directory",
        .object([
          JSONMember("file_system", .string(orNull: directory?.fileSystem)),
          JSONMember("free", integer(directory?.freeBytes)),
        ])
      ),
      JSONMember("gradient_ns", real(gradient?.native)),
      JSONMember("gradient_ns_reference", real(gradient?.reference)),
      JSONMember("advice", .strings(advice)),
    ]).text(.indented)
  }
}
