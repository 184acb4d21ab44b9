import Foundation

/// The worker program of the tests in a folder of its own, with its count of calls and starts; `Tests/CalloutWorker` says
/// what it computes and how it goes wrong.
package final class TestWorker: Sendable {
  /// The folder, which is removed with this.
  package let folder: String

  /// The built program: it lies beside the test bundle.
  private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "CalloutWorker").path()

  /// With an empty folder.
  package init() throws {
    folder = NSTemporaryDirectory() + "/ppl-worker-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The shell command that starts it with options.
  package func command(_ options: String = "") -> String {
    "exec \(Self.program) --log \(folder)/log \(options)"
  }

  /// Requests so far, over all workers.
  package var requestCount: Int { size(of: "log") }

  /// Starts so far.
  package var startCount: Int { size(of: "log.starts") }

  private func size(of name: String) -> Int {
    (try? Data(contentsOf: URL(filePath: folder + "/" + name)))?.count ?? 0
  }

  /// Makes a file that a command can ask for.
  package func makeFile(_ name: String, _ text: String = "") throws {
    try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
  }

  /// The numbers in a file, a line each.
  package func numbers(in name: String) -> [Int] {
    let text = try? String(contentsOf: URL(filePath: folder + "/" + name), encoding: .utf8)
    return (text ?? "").split(separator: "\n").compactMap { Int($0) }
  }

  private static func weight(_ element: Int, _ place: Int) -> Double {
    cos(0.3 * Double(element + 1) + Double(place))
  }

  /// What the worker computes: element j of `count` of the sum over all arguments of cos(0.3 (j + 1) + i) v + 0.1 v².
  package static func result(_ arguments: [Double], count: Int) -> [Double] {
    (0..<count).map { element in
      var sum = 0.0
      for (place, value) in arguments.enumerated() {
        sum += weight(element, place) * value + 0.1 * value * value
      }
      return sum
    }
  }

  /// Its derivatives, those of the first element of the result first.
  package static func derivatives(_ arguments: [Double], count: Int) -> [Double] {
    (0..<count).flatMap { element in
      arguments.enumerated().map { place, value in weight(element, place) + 0.2 * value }
    }
  }

  /// How many of the first requests the worker goes wrong at.
  package static func dueCount(rate: Double, seed: UInt64, of count: Int) -> Int {
    (0..<count).count { number in
      var state = seed &* 0x9E37_79B9_7F4A_7C15
      state = (state &+ UInt64(number + 1)) &* 0xBF58_476D_1CE4_E5B9
      state = (state ^ (state >> 29)) &* 0x94D0_49BB_1331_11EB
      return Double((state ^ (state >> 32)) >> 11) * 0x1p-53 < rate
    }
  }
}
