import PPL
import PPLJSON
import PPLStorage
import Testing

/// `SystemReport`: reading what Linux tells, and the advice that follows.
@Suite struct DoctorTests {
  private static let machine = MachineFacts(
    processor: "AMD EPYC 9654",
    maker: "AuthenticAMD",
    instructions: ["avx2", "avx512f"],
    cores: 8,
    memoryBytes: 32_000_000_000,
    availableBytes: 16_000_000_000
  )

  /// A machine on which all is well.
  private static func report() -> SystemReport {
    SystemReport(
      version: "1.0",
      native: .init(isBuilt: true, library: "/lib/libLLVM-14.so.1", vectorWidth: 8),
      blas: .init(
        path: "/lib/libopenblas.so.0",
        configuration: "OpenBLAS 0.3.21",
        core: "SkylakeX",
        threads: 1,
        chosenCore: nil
      ),
      gslVersion: "2.7",
      machine: machine,
      directory: .init(fileSystem: "ext4", freeBytes: 50_000_000_000),
      gradient: .init(native: 1_000, reference: 5_000)
    )
  }

  @Test func nothingIsAdvisedWhereAllIsWell() {
    #expect(Self.report().advice.isEmpty)
    #expect(Self.report().text.hasSuffix("\nall is as it should be\n"))
  }

  /// A change of a good machine, and a word of the advice that follows from it.
  struct Flaw: Sendable, CustomTestStringConvertible {
    var word: String
    var change: @Sendable (inout SystemReport) -> Void

    init(_ word: String, _ change: @escaping @Sendable (inout SystemReport) -> Void) {
      self.word = word
      self.change = change
    }

    var testDescription: String { word }
  }

  private static let flaws = [
    Flaw("libllvm14") { $0.native.library = nil },
    Flaw("lacks") {
      $0.native.library = nil
      $0.native.failures = ["libLLVM-13.so.1 lacks a function"]
    },
    Flaw("trait Native") { $0.native = .init(isBuilt: false, library: nil, vectorWidth: nil) },
    Flaw("libmvec") { $0.native.vectorWidth = nil },
    Flaw("Set OPENBLAS_CORETYPE=SkylakeX") { $0.blas.core = "Zen" },
    Flaw("leave it out") {
      $0.blas.core = "Haswell"
      $0.blas.chosenCore = "Haswell"
    },
    Flaw("may use 2 at a time") { $0.machine.coreLimit = 2 },
    Flaw("0.2 GB of memory") { $0.machine.availableBytes = 200_000_000 },
    Flaw("cannot be read") { $0.directory = nil },
    Flaw("--out") { $0.directory?.freeBytes = 5_000_000 },
    Flaw("slower than the reference") { $0.gradient = .init(native: 2, reference: 1) },
  ]

  @Test(arguments: flaws)
  func whatIsNotWellIsSaid(_ flaw: Flaw) {
    var report = Self.report()
    flaw.change(&report)
    #expect(report.advice.count == 1, "\(report.advice)")
    #expect(report.advice.first?.contains(flaw.word) == true, "\(report.advice)")
    #expect(report.text.contains("\nadvice: "))
  }

  @Test func kernelsWithoutAVX512AreRightWhereTheProcessorHasNone() {
    var report = Self.report()
    report.machine.instructions = ["avx2"]
    report.blas.core = "Haswell"
    #expect(report.advice.isEmpty)
  }

  @Test func factsAreReadFromTheTextsOfLinux() {
    let facts = MachineFacts(
      cpuInfo: """
        processor\t: 0
        vendor_id\t: GenuineIntel
        model name\t: Intel(R) Xeon(R)
        flags\t\t: fpu avx2 avx512f

        processor\t: 1
        model name\t: another
        """,
      memInfo: "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n",
      cpuMax: "150000 100000\n",
      status: "Name:\tppl\nCpus_allowed_list:\t0-3,8\n"
    )
    #expect(facts.processor == "Intel(R) Xeon(R)" && facts.maker == "GenuineIntel")
    #expect(facts.instructions == ["fpu", "avx2", "avx512f"])
    #expect(facts.cores == 5 && facts.coreLimit == 1.5)
    #expect(facts.memoryBytes == 1_024_000 && facts.availableBytes == 256_000)
  }

  @Test func absentFactsAreNil() {
    let facts = MachineFacts(cpuInfo: "", memInfo: "", cpuMax: "max 100000\n", status: "")
    #expect(facts == MachineFacts(cores: 1))
  }

  @Test func theNearestMountIsTaken() {
    let mounts = """
      /dev/sda1 / ext4 rw 0 0
      tmpfs /tmp tmpfs rw 0 0
      nas:/x /mnt/my\\040data nfs4 rw 0 0
      overlay / overlay rw 0 0
      """
    #expect(FileSystemFacts.kind(of: "/tmp", mounts: mounts) == "tmpfs")
    #expect(FileSystemFacts.kind(of: "/tmpfile/a", mounts: mounts) == "overlay")
    #expect(FileSystemFacts.kind(of: "/mnt/my data/a", mounts: mounts) == "nfs4")
    #expect(FileSystemFacts.kind(of: "/", mounts: "") == nil)
  }

  @Test func jsonHoldsTheFacts() throws {
    let json = try JSONDocument([UInt8](Self.report().json.utf8)).root
    #expect(json["executor"]?["library"]?.string == "/lib/libLLVM-14.so.1")
    #expect(json["machine"]?["cores"]?.real == 8)
    #expect(json["gradient_ns_reference"]?.real == 5_000)
  }
}
