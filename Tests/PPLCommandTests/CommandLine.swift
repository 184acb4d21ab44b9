import Foundation
import PPLJSON
import Testing

/// How a run of the `ppl` program ended and what it wrote.
struct CommandResult {
  var status: Int32
  var output: String
  var errors: String

  /// Standard output as one JSON value; an issue if there is anything else in it.
  func json() throws -> JSONNode {
    try JSONDocument([UInt8](output.utf8)).root
  }
}

/// A folder of its own in which the built program runs.
final class Workplace {
  let path: String

  /// The `ppl` that was built with these tests: it lies beside the test bundle.
  static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "ppl").path()

  /// A file of the repository.
  static func repository(_ path: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: path).path()
  }

  init(_ files: [String: String] = [:]) throws {
    path = NSTemporaryDirectory() + "/ppl-command-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try write(text, to: name) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + name)
  }

  /// Runs the program to its end.
  func run(_ arguments: String..., launcher: [String] = []) throws -> CommandResult {
    try finish(start(arguments, launcher: launcher))
  }

  /// Runs a command of the program, or the program alone, with lines of a file of this folder as its input.
  func run(_ command: String?, _ arguments: [String], input: String) throws -> CommandResult {
    try finish(start((command.map { [$0] } ?? []) + arguments, input: input))
  }

  /// A started program, with the files that take what it writes.
  struct Running {
    var process: Process
    var output: String
    var errors: String
  }

  private func emptyFile(_ path: String) throws -> FileHandle {
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let file: FileHandle? = FileHandle(forWritingAtPath: path)
    return try #require(file)
  }

  /// Starts the program, or the launcher, a program with arguments that is to start it.
  func start(_ arguments: [String], launcher: [String] = [], input: String? = nil) throws
    -> Running
  {
    let command = launcher + [Self.program] + arguments
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(filePath: path)
    process.standardInput = FileHandle.nullDevice
    if let input {
      process.standardInput = try FileHandle(forReadingFrom: URL(filePath: path + "/" + input))
    }
    let name = path + "/." + UUID().uuidString
    let running = Running(process: process, output: name + ".out", errors: name + ".err")
    process.standardOutput = try emptyFile(running.output)
    process.standardError = try emptyFile(running.errors)
    try process.run()
    return running
  }

  /// Waits until the program has written a line with this word to standard error.
  ///
  /// - Returns: the line; nil if the program ends without one.
  func line(with word: String, from running: Running) throws -> String? {
    while true {
      let isRunning = running.process.isRunning
      let text = String(
        decoding: try Data(contentsOf: URL(filePath: running.errors)),
        as: UTF8.self
      )
      // What is behind the last end of a line may be half a line.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      if let line = lines.first(where: { $0.contains(word) }) { return String(line) }
      guard isRunning else { return nil }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  /// Waits for the end of a program.
  func finish(_ running: Running) throws -> CommandResult {
    running.process.waitUntilExit()
    func text(_ path: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
    let isExit = running.process.terminationReason == .exit
    return CommandResult(
      status: isExit ? running.process.terminationStatus : -running.process.terminationStatus,
      output: try text(running.output),
      errors: try text(running.errors)
    )
  }
}

extension JSONNode {
  /// The keys of an object in order; none of anything else.
  var keys: [String] {
    guard case .object(let members) = kind else { return [] }
    return members.map(\.name)
  }

  /// The elements of an array that is not all numbers.
  var elements: [JSONNode] {
    guard case .array(let nodes) = kind else { return [] }
    return nodes
  }
}

/// A program that samples well in milliseconds: y given a normal mean, and what follows from it.
enum ConjugateModel {
  static let text = """
    dim obs
    data y[obs]: real
    mu ~ Normal(0, 1)
    twice = 2 * mu
    y[i: obs] ~ Normal(mu, 1)
    """
  /// Four observations of sum 6: the posterior of mu is normal with mean 6/5 and variance 1/5.
  static let data = "{\"y\": [0.5, 1.5, 2.5, 1.5]}"
}
