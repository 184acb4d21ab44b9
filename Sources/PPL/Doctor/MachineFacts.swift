import PPLStorage

/// The processor and memory that this program may use.
package struct MachineFacts: Sendable, Equatable {
  /// The processor's name, as it calls itself.
  package var processor: String?
  /// Its maker, for instance `AuthenticAMD`.
  package var maker: String?
  /// Words for the instructions that it has, for instance `avx2`.
  package var instructions: Set<String>
  /// Cores that this process may run on.
  package var cores: Int
  /// The most of them that a container lets it use at a time; nil without such a limit.
  package var coreLimit: Double?
  /// Bytes of memory.
  package var memoryBytes: Int?
  /// Bytes of it that can be had now.
  package var availableBytes: Int?

  package init(
    processor: String? = nil,
    maker: String? = nil,
    instructions: Set<String> = [],
    cores: Int,
    coreLimit: Double? = nil,
    memoryBytes: Int? = nil,
    availableBytes: Int? = nil
  ) {
    self.processor = processor
    self.maker = maker
    self.instructions = instructions
    self.cores = cores
    self.coreLimit = coreLimit
    self.memoryBytes = memoryBytes
    self.availableBytes = availableBytes
  }

  /// Those of this machine.
  package static var here: MachineFacts {
    func text(_ path: String) -> String {
      String(decoding: (try? readFile(path)) ?? [], as: UTF8.self)
    }
    return MachineFacts(
      cpuInfo: text("/proc/cpuinfo"),
      memInfo: text("/proc/meminfo"),
      cpuMax: text("/sys/fs/cgroup/cpu.max"),
      status: text("/proc/self/status")
    )
  }

  /// Reads them from the texts of Linux.
  package init(cpuInfo: String, memInfo: String, cpuMax: String, status: String) {
    let processor = Self.values(of: cpuInfo)
    self.processor = processor["model name"]
    maker = processor["vendor_id"]
    let instructions = processor["flags"] ?? processor["Features"] ?? ""
    self.instructions = Set(instructions.split(separator: " ").map(String.init))
    cores = max(1, Self.count(of: Self.values(of: status)["Cpus_allowed_list"] ?? ""))
    // Microseconds of each period, or `max`.
    let limits = cpuMax.split { $0 == " " || $0 == "\n" }.map { Double($0) }
    if limits.count == 2, let quota = limits[0], let period = limits[1], period > 0 {
      coreLimit = quota / period
    }
    let memory = Self.values(of: memInfo)
    func bytes(_ key: String) -> Int? {
      memory[key]?.split(separator: " ").first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    memoryBytes = bytes("MemTotal")
    availableBytes = bytes("MemAvailable")
  }

  /// The first value of each key of lines `key : value`.
  private static func values(of text: String) -> [String: String] {
    var result: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let key = trimmed(parts[0])
      if result[key] == nil { result[key] = trimmed(parts[1]) }
    }
    return result
  }

  private static func trimmed(_ text: Substring) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = text.drop(while: isBlank)
    return String(start.reversed().drop(while: isBlank).reversed())
  }

  /// How many cores a list such as `0-3,8` names.
  private static func count(of list: String) -> Int {
    list.split(separator: ",").reduce(0) { sum, part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, last >= first else { return sum }
      return sum + last - first + 1
    }
  }
}
