import Foundation
import Testing

/// The tutorial's program is the one of `Examples/embedding`, and prints what the page shows.
@Suite struct SwiftTutorialTests {
  private let path = "Sources/PPL/PPL.docc/SwiftTutorial.md"
  private let program = "Examples/embedding/Sources/IceCream/"

  /// The blocks of a file, one behind the other, are the file.
  @Test(arguments: ["main.swift", "RandomWalk.swift"])
  func pageHasTheWholeProgram(file: String) {
    let blocks = SwiftBlock.blocks(ofPage: path).filter { $0.file == file }
    #expect(!blocks.isEmpty)
    #expect(
      blocks.map { $0.text + "\n" }.joined(separator: "\n") == SwiftBlock.text(program + file)
    )
  }

  /// The package of the page is one: the package manager reads it, and finds its program and PPL.
  @Test func pageHasAPackage() throws {
    let blocks = SwiftBlock.blocks(ofPage: path)
    #expect(
      Set(blocks.map(\.file)) == ["Package.swift", "main.swift", "RandomWalk.swift"],
      "each block is a part of a file"
    )
    let manifest = try #require(blocks.first { $0.file == "Package.swift" })
    let folder = try Folder()
    try Data(manifest.text.utf8).write(to: folder.url.appending(path: "Package.swift"))
    let output = try folder.run(["/usr/bin/env", "swift", "package", "dump-package"])
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    )
    let targets = try #require(json["targets"] as? [[String: Any]])
    #expect(targets.map { $0["name"] as? String } == ["IceCream"])
    #expect("\(json["dependencies"] ?? "")".contains("/PPL"))
  }

  /// `PPL_RECORD_GOLDEN=1` writes what the page shows anew, as long as the program prints as many lines.
  @Test func programPrintsWhatThePageShows() throws {
    let folder = try Folder()
    let tutorial = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "SwiftTutorial").path()
    let printed = try folder.run([tutorial]).split(separator: "\n").map(String.init)
    var page = SwiftBlock.text(path).components(separatedBy: "\n")
    var (shown, places): ([String], [Int]) = ([], [])
    var isOutput = false
    for (place, line) in page.enumerated() {
      if line.hasPrefix("```") {
        isOutput = line == "```text"
      } else if isOutput {
        shown.append(line)
        places.append(place)
      }
    }
    try #require(printed.count == shown.count, "\(printed.joined(separator: "\n"))")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      for (line, place) in zip(printed, places) { page[place] = line }
      try Data(page.joined(separator: "\n").utf8).write(
        to: SwiftBlock.repository.appending(path: path)
      )
      return
    }
    for (line, expected) in zip(printed, shown) {
      #expect(Self.agree(line, expected), "printed: \(line)\nshown: \(expected)")
    }
  }

  /// Whether lines agree but for numbers, and those within a sixth: on other processors roundings differ, and so draws.
  private static func agree(_ line: String, _ other: String) -> Bool {
    let number = /-?[0-9]+(\.[0-9]+)?/
    guard line.replacing(number, with: "#") == other.replacing(number, with: "#") else {
      return false
    }
    return zip(line.matches(of: number), other.matches(of: number)).allSatisfy { a, b in
      guard let a = Double(a.output.0), let b = Double(b.output.0) else { return false }
      return abs(a - b) <= 0.05 + max(abs(a), abs(b)) / 6
    }
  }

  @Test func comparisonOfLinesSeesDifferences() {
    #expect(Self.agree("slope 0.06 ± 0.009", "slope 0.061 ± 0.008"))
    #expect(!Self.agree("peak 99.8 ± 4.4", "peak 79.8 ± 4.4"))
    #expect(!Self.agree("peak 99.8", "best 99.8"))
  }
}

/// A folder that is gone when its value is.
final class Folder {
  let url: URL
  var path: String { url.path() }

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "ppl-interface-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// What a command writes that is run here; an issue where it fails.
  func run(_ command: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = url
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
  }
}
