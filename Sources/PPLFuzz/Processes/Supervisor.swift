import Foundation
import Glibc
import Synchronization

/// Hands cases to workers, starts new ones for those that die, and keeps the cases that they died of.
final class Supervisor: Sendable {
  let seed: UInt64
  let corpus: Corpus
  let root: String
  /// Where bad cases are written to.
  let folder: String
  private let state: Mutex<State>

  private struct State {
    var next: Int
    var end: Int
    var counts: [String: Int] = [:]
  }

  /// How many cases one worker runs.
  private static let piece = 500

  init(seed: UInt64, numbers: Range<Int>, corpus: Corpus, root: String, folder: String) {
    self.seed = seed
    self.corpus = corpus
    self.root = root
    self.folder = folder
    state = Mutex(State(next: numbers.lowerBound, end: numbers.upperBound))
  }

  /// Runs all cases in a number of processes at once.
  ///
  /// - Returns: how many cases ended in which way.
  func run(jobs: Int) async throws -> [String: Int] {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for job in 0..<jobs { group.addTask { try self.work(job) } }
      try await group.waitForAll()
    }
    return state.withLock { $0.counts }
  }

  private func work(_ job: Int) throws {
    // In memory where there is such a place: cases write and remove many small files.
    let memory = "/dev/shm"
    let parent =
      FileManager.default.isWritableFile(atPath: memory)
      ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
    let scratch = parent.appendingPathComponent("ppl-fuzz-\(getpid())-\(job)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    while var numbers = nextPiece() {
      while !numbers.isEmpty {
        let last = try runWorker(numbers, scratch.path)
        numbers = (last + 1)..<max(numbers.upperBound, last + 1)
      }
    }
  }

  private func nextPiece() -> Range<Int>? {
    state.withLock { state in
      guard state.next < state.end else { return nil }
      let piece = state.next..<min(state.end, state.next + Self.piece)
      state.next = piece.upperBound
      return piece
    }
  }

  /// Runs cases until all are done or the worker dies.
  ///
  /// - Returns: number of the last case that was begun.
  private func runWorker(_ numbers: Range<Int>, _ scratch: String) throws -> Int {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "--worker", scratch, "--seed", "\(seed)", "--first", "\(numbers.lowerBound)", "--cases",
      "\(numbers.count)", "--root", root,
    ]
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    let errors = "\(scratch)/stderr"
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    var current: Int?
    var counts: [String: Int] = [:]
    var rest = Data()
    while true {
      let received = output.fileHandleForReading.availableData
      if received.isEmpty { break }
      rest += received
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let words = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
          .split(separator: " ")
        rest = Data(rest[(end + 1)...])
        guard words.count == 2 else { continue }
        if words[0] == "start" {
          current = Int(words[1])
        } else {
          counts[String(words[1]), default: 0] += 1
          if words[1] == "fault", let current { keep(current, "fault", errors) }
        }
      }
    }
    process.waitUntilExit()
    let ending = ending(of: process)
    if let ending {
      counts[ending, default: 0] += 1
      keep(current ?? numbers.lowerBound, ending, errors)
    }
    state.withLock { $0.counts.merge(counts, uniquingKeysWith: +) }
    return ending == nil ? numbers.upperBound - 1 : current ?? numbers.lowerBound
  }

  private func ending(of process: Process) -> String? {
    guard process.terminationReason == .uncaughtSignal else {
      return process.terminationStatus == 0 ? nil : "crash"
    }
    switch process.terminationStatus {
    case SIGPROF: return "timeout"
    case SIGALRM: return "hang"
    default: return "crash"
    }
  }

  /// Writes a bad case down.
  private func keep(_ number: Int, _ ending: String, _ errors: String) {
    let path = "\(folder)/\(ending)-\(seed)-\(number)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    FuzzCase.make(seed: seed, number: number, corpus: corpus).write(to: path, withProgram: true)
    try? FileManager.default.removeItem(atPath: "\(path)/stderr")
    try? FileManager.default.copyItem(atPath: errors, toPath: "\(path)/stderr")
    print("\(ending): case \(number) in \(path)")
  }
}
