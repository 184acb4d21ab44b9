import Foundation

/// Runs programs and data that were changed at random and finds those that crash or hang.
///
///     swift run -c release PPLFuzz --cases 100000 --seed 1 [--first N] [--jobs 2] [--keep FOLDER]
///     swift run -c release PPLFuzz --replay FOLDER
///
/// The same seed makes the same cases. Bad ones are kept as folders with program and data, which
/// `--replay` runs again, without limits and with a backtrace where it dies.
@main
struct FuzzCommand {
  static func main() async {
    do {
      try await run(Options(CommandLine.arguments.dropFirst()))
    } catch {
      fail("\(error.localizedDescription)")
    }
  }

  private static func run(_ options: Options) async throws {
    if let folder = options["replay"] {
      try await replay(folder)
      return
    }
    let root = options["root"] ?? "."
    let corpus: Corpus
    do {
      corpus = try Corpus(packageFolder: root)
    } catch {
      fail(
        "\(root) is not the package's folder; start there, or give it with --root"
          + " (\(error.localizedDescription))"
      )
    }
    let seed = UInt64(options["seed"] ?? "") ?? 1
    let first = max(0, Int(options["first"] ?? "") ?? 0)
    let count = max(0, Int(options["cases"] ?? "") ?? 1000)
    if let scratch = options["worker"] {
      await Worker(corpus: corpus, seed: seed, folder: scratch).run(first..<(first + count))
      return
    }
    let start = Date()
    let counts = try await Supervisor(
      seed: seed,
      numbers: first..<(first + count),
      corpus: corpus,
      root: root,
      folder: options["keep"] ?? ".build/fuzz"
    ).run(jobs: max(1, Int(options["jobs"] ?? "") ?? 2))
    let seconds = Date().timeIntervalSince(start)
    for (word, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(word) \(count)") }
    print("\(count) cases in \(Int(seconds)) s, \(Int(Double(count) / seconds)) a second")
    let isBad = counts.keys.contains { ["crash", "timeout", "hang", "fault"].contains($0) }
    exit(isBad ? 1 : 0)
  }

  /// Says in one line why nothing was run.
  private static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("error: \(reason)\n".utf8))
    exit(2)
  }

  private static func replay(_ folder: String) async throws {
    guard let fuzzCase = FuzzCase(folder: folder) else {
      fail("there is no model.ppl in \(folder)")
    }
    let start = Date()
    let outcome = await CaseRunner(folder: folder).run(fuzzCase)
    print("\(outcome) after \(Date().timeIntervalSince(start)) s")
  }
}

/// `--name value` pairs of a command line.
private struct Options {
  private var values: [String: String] = [:]

  init(_ arguments: some Sequence<String>) {
    var name: String?
    for argument in arguments {
      if argument.hasPrefix("--") {
        name = String(argument.dropFirst(2))
      } else if let known = name {
        values[known] = argument
        name = nil
      }
    }
  }

  subscript(name: String) -> String? { values[name] }
}
