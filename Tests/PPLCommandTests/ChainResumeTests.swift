import Foundation
import PPLJSON
import PPLStorage
import Testing

/// Fits by chains that are killed, stopped or made longer, and go on from their checkpoints.
@Suite(.serialized) struct ChainResumeTests {
  private static let regression = """
    dim obs = 400
    data x[i: obs] = i / 200 - 1
    data y[i: obs] = sin(3 * x[i]) + 0.3 * sin(50 * i)

    """

  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var program: String
  }

  /// About a second each on two cores.
  static let cases: [Case] = [
    // Coordinates are chosen in the warm-up; bridge sampling needs the draws on the unconstrained scale.
    Case(
      testDescription: "nuts",
      program: """
        dim obs = 200, group = 8
        data y[i: obs, j: group] = sin(7 * i + j) + 0.3 * j
        mu ~ Normal(0, 2)
        s ~ HalfNormal(1)
        a[group] ~ Normal(mu, s)
        sigma ~ HalfNormal(1)
        y[i: obs, j: group] ~ StudentT(4, a[j], sigma)
        infer post = nuts(warmup: 300, draws: 500, seed: 3)
        show post
        show marginal_likelihood(post)
        """
    ),
    Case(
      testDescription: "slice",
      program: regression + """
        b ~ Normal(0, 1)
        c ~ Normal(0, 1)
        sigma ~ HalfNormal(1)
        y[i: obs] ~ StudentT(4, b + c * x[i], sigma)
        infer post = slice(warmup: 300, draws: 1000, seed: 3)
        show post
        """
    ),
    // Walkers that move together: one checkpoint for all.
    Case(
      testDescription: "ensemble",
      program: regression + """
        b ~ Normal(0, 1)
        c ~ Normal(0, 1)
        sigma ~ HalfNormal(1)
        y[i: obs] ~ StudentT(4, b + c * x[i], sigma)
        infer post = ensemble(chains: 8, warmup: 2000, draws: 2000, seed: 3)
        show post
        """
    ),
    Case(
      testDescription: "gibbs",
      program: """
        dim row = 1..4, col = 1..5
        data y[i: row, j: col] = sin(3 * i + 5 * j)
        white[row, col] ~ Bernoulli(0.5)
        factor across[i: row, j: col where j < 5] = if white[i, j] == white[i, j + 1] then 0.7 else -0.7
        light ~ Normal(0, 1)
        y[i: row, j: col] ~ Normal(light + (if white[i, j] then 1 else -1), 1.2)
        infer post = gibbs(draws: 3000, seed: 1)
        show post
        """
    ),
    Case(
      testDescription: "pmmh",
      program: """
        dim t = 30
        data y[k: t] = sin(k) + 0.1 * k
        phi ~ Uniform(-1, 1)
        q ~ HalfNormal(1)
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(phi * x[k-1], q)
        y[k: t] ~ Normal(x[k], 0.5)
        infer post = pmmh(particles: 30, warmup: 200, draws: 300, chains: 2, seed: 1)
        show post
        """
    ),
  ]

  /// Points at which each case is killed; `PPL_KILL_POINTS` gives another number over all cases.
  private var killPoints: Int {
    let all = ProcessInfo.processInfo.environment["PPL_KILL_POINTS"].flatMap { Int($0) } ?? 20
    return (all + Self.cases.count - 1) / Self.cases.count
  }

  /// Everything that belongs to draws, by the name of its file.
  private func chunks(_ place: Workplace, _ fit: String) throws -> [String: Data] {
    let root = place.path + "/" + fit
    var result: [String: Data] = [:]
    for group in ["posterior", "log_likelihood", "sample_stats", "unconstrained_posterior"] {
      guard place.exists("\(fit)/\(group)") else { continue }
      for name in try FileManager.default.subpathsOfDirectory(atPath: root + "/" + group) {
        let isChunk =
          name.split(separator: "/").last?.allSatisfy { $0.isNumber || $0 == "." } == true
        guard isChunk, name.contains("/") else { continue }
        let file = URL(filePath: "\(root)/\(group)/\(name)")
        result[group + "/" + name] = try Data(contentsOf: file)
      }
    }
    return result
  }

  private func expectSame(
    _ place: Workplace,
    _ fit: String,
    as other: [String: Data],
    _ comment: String
  ) throws {
    let own = try chunks(place, fit)
    #expect(Set(own.keys) == Set(other.keys), "\(comment)")
    let different = other.keys.filter { own[$0] != other[$0] }
    #expect(different.isEmpty, "\(comment): \(different.sorted().prefix(3))")
  }

  private func removeFit(_ place: Workplace, _ name: String) {
    for path in [name, name + ".new"] {
      try? FileManager.default.removeItem(atPath: place.path + "/" + path)
    }
  }

  private let often = ["--checkpoint-interval", "0.03"]

  /// A run and its resumptions may be killed at any moment, several times.
  @Test(arguments: cases)
  func killedChainsEndAsOthers(_ own: Case) throws {
    let place = try Workplace(["m.ppl": own.program])
    let begin = Date()
    let whole = try place.run("run", "m.ppl", "--out", "whole.zarr")
    #expect([0, 1].contains(whole.status), "\(whole.errors)")
    let seconds = Date().timeIntervalSince(begin)
    let expected = try chunks(place, "whole.zarr")
    #expect(!expected.isEmpty)
    var generator = SystemRandomNumberGenerator()
    for number in 1...killPoints {
      removeFit(place, "f.zarr")
      var running = try place.start(["run", "m.ppl", "--out", "f.zarr"] + often)
      for _ in 0..<(number.isMultiple(of: 3) ? 3 : 1) {
        Thread.sleep(forTimeInterval: Double.random(in: 0...seconds, using: &generator))
        kill(running.process.processIdentifier, SIGKILL)
        running.process.waitUntilExit()
        running = try place.start(["run", "--resume", "f.zarr"] + often)
      }
      var result = try place.finish(running)
      if result.status == 3, result.errors.contains("E0815") {
        // It was killed before there was anything, and nothing is lost.
        #expect(!place.exists("f.zarr") && !place.exists("f.zarr.new/run.json"))
        result = try place.run("run", "m.ppl", "--out", "f.zarr")
      }
      #expect(result.status == whole.status, "\(result.errors)")
      #expect(result.output == whole.output)
      try expectSame(place, "f.zarr", as: expected, "run \(number): \(result.errors)")
      #expect(!place.exists("f.zarr.new"))
    }
  }

  /// A request to end saves the chains at once, in the warm-up too.
  @Test(arguments: [("warm-up", "f.zarr.new"), ("sampling", "f.zarr")])
  func terminatedRunsGoOn(phase: String, root: String) throws {
    let long = phase == "warm-up" ? "warmup: 6000, draws: 200" : "warmup: 300, draws: 5000"
    let program = Self.cases[0].program
      .replacingOccurrences(of: "warmup: 300, draws: 500", with: long)
    let place = try Workplace(["m.ppl": program])
    let whole = try place.run("run", "m.ppl", "--out", "whole.zarr")
    let running = try place.start(["run", "m.ppl", "--out", "f.zarr"] + often)
    waitForCheckpoint(place, root, running)
    running.process.terminate()
    let stopped = try place.finish(running)
    #expect(stopped.status == 130, "\(stopped.errors)")
    #expect(stopped.errors.contains("`ppl run --resume f.zarr` goes on from there"))
    let result = try place.run("run", "--resume", "f.zarr")
    #expect(result.status == whole.status, "\(result.errors)")
    #expect(result.errors.contains("`post` goes on"), "\(result.errors)")
    #expect(result.output == whole.output)
    try expectSame(place, "f.zarr", as: chunks(place, "whole.zarr"), result.errors)
  }

  /// What an overwritten fit held stays until the new one has draws.
  @Test func anInterruptedReplacementLeavesTheOldFit() throws {
    let program = Self.cases[0].program
      .replacingOccurrences(of: "warmup: 300, draws: 500", with: "warmup: 6000, draws: 200")
    let small = "mu ~ Normal(0, 1)\ninfer post = nuts(draws: 50, seed: 1)\nshow post"
    let place = try Workplace(["m.ppl": program, "old.ppl": small])
    _ = try place.run("run", "old.ppl", "--out", "f.zarr")
    let running = try place.start(["run", "m.ppl", "--out", "f.zarr", "--overwrite"] + often)
    waitForCheckpoint(place, "f.zarr.new", running)
    running.process.terminate()
    #expect(try place.finish(running).status == 130)
    #expect(try Draws(place.path + "/f.zarr").names == ["mu"])
    let result = try place.run("run", "--resume", "f.zarr")
    #expect(result.errors.contains("`post` goes on"), "\(result.errors)")
    #expect(try Draws(place.path + "/f.zarr").names.contains("sigma"))
  }

  /// Waits until a chain is saved.
  private func waitForCheckpoint(
    _ place: Workplace,
    _ root: String,
    _ running: Workplace.Running
  ) {
    while running.process.isRunning,
      !(1...4).contains(where: { place.exists("\(root)/checkpoint/chain_\($0).state") })
    {
      Thread.sleep(forTimeInterval: 0.005)
    }
  }

  private func draws(_ count: Int) -> String {
    Self.cases[0].program.replacingOccurrences(of: "draws: 500", with: "draws: \(count)")
  }

  @Test func fitsAreMadeLonger() throws {
    let place = try Workplace(["m.ppl": draws(300), "long.ppl": draws(700)])
    #expect([0, 1].contains(try place.run("run", "m.ppl", "--out", "f.zarr").status))
    let whole = try place.run("run", "long.ppl", "--out", "whole.zarr")
    var result = try place.run("run", "--resume", "f.zarr", "--more", "300")
    #expect([0, 1].contains(result.status), "\(result.errors)")
    #expect(try Draws(place.path + "/f.zarr").counts == [600, 600, 600, 600])
    // Once more, and killed on the way.
    let running = try place.start(["run", "--resume", "f.zarr", "--more", "100"] + often)
    Thread.sleep(forTimeInterval: Double.random(in: 0...0.5))
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
    let reached = try RecordedRun(place, "f.zarr").more
    result = try place.run("run", "--resume", "f.zarr", "--more", "\(max(1, 400 - reached))")
    if reached < 400 {
      #expect(result.output == whole.output, "\(result.errors)")
      try expectSame(place, "f.zarr", as: chunks(place, "whole.zarr"), result.errors)
    }
    #expect(try place.run("run", "m.ppl", "--more", "5").status == 64)
  }

  /// What a fit's record says.
  private struct RecordedRun {
    var more: Int

    init(_ place: Workplace, _ fit: String) throws {
      let bytes = try Data(contentsOf: URL(filePath: "\(place.path)/\(fit)/run.json"))
      more = try JSONDocument([UInt8](bytes)).root["more"]?.integer ?? 0
    }
  }

  @Test func finishedFitsAreNotMadeAgain() throws {
    let place = try Workplace(["m.ppl": draws(300)])
    let whole = try place.run("run", "m.ppl", "--out", "f.zarr", "--format", "json")
    let result = try place.run("run", "--resume", "f.zarr", "--format", "json")
    #expect(result.errors.contains("`post` is finished"), "\(result.errors)")
    func fit(_ result: CommandResult) throws -> JSONNode {
      try #require(result.json()["fits"]?.elements.first)
    }
    let (a, b) = (try fit(whole), try fit(result))
    let counts = try [a, b].map { try #require($0["gradient_evaluations"]?.integer) }
    // Each chain evaluates its last position once more.
    #expect(counts[1] <= counts[0] + 4)
    #expect(a["parameters"]?["mu"]?["mean"]?.real == b["parameters"]?["mu"]?["mean"]?.real)
    #expect(a["divergences"]?.integer == b["divergences"]?.integer)
  }

  /// A damaged checkpoint costs time, not draws; one of something else is refused.
  @Test func damagedCheckpointsAreToldAndMade() throws {
    let place = try Workplace(["m.ppl": draws(300)])
    let whole = try place.run("run", "m.ppl", "--out", "f.zarr")
    let expected = try chunks(place, "f.zarr")
    let file = URL(filePath: place.path + "/f.zarr/checkpoint/chain_2.state")
    let bytes = try Data(contentsOf: file)
    var flipped = bytes
    flipped[bytes.count / 2] ^= 4
    for damaged in [bytes.dropLast(), bytes.prefix(20), Data(), flipped] {
      try Data(damaged).write(to: file)
      let result = try place.run("run", "--resume", "f.zarr")
      #expect(result.errors.contains("is damaged"), "\(result.errors)")
      #expect(result.errors.contains("chain 2 runs from the start"), "\(result.errors)")
      #expect(result.output == whole.output)
      try expectSame(place, "f.zarr", as: expected, result.errors)
    }
    try place.write(draws(300).replacingOccurrences(of: "0, 2)", with: "0, 3)"), to: "m.ppl")
    let other = try place.run("run", "--resume", "f.zarr")
    #expect(other.status == 3)
    #expect(other.errors.contains("error[E0814]"), "\(other.errors)")
  }

  /// Chains begin where those of another fit ended, also of a model that has changed a little.
  @Test func fitsBeginWithOthers() throws {
    let place = try Workplace(["m.ppl": draws(300), "plain.ppl": "u ~ Normal(0, 1)"])
    #expect([0, 1].contains(try place.run("run", "m.ppl", "--out", "a.zarr").status))
    var changed = draws(300).replacingOccurrences(
      of: "sigma ~ HalfNormal(1)",
      with: "sigma ~ HalfNormal(2)\nshift ~ Normal(0, 1)"
    )
    changed = changed.replacingOccurrences(of: "a[j], sigma", with: "a[j] + shift, sigma")
    changed = changed.replacingOccurrences(of: "mu ~ Normal(0, 2)", with: "mu = 0")
    try place.write(changed, to: "m.ppl")
    let result = try place.run("run", "m.ppl", "--from", "a.zarr", "--out", "b.zarr")
    #expect([0, 1].contains(result.status), "\(result.errors)")
    #expect(result.errors.contains("a.zarr ended, with 10 of 11 parameters"), "\(result.errors)")
    let expected = try chunks(place, "b.zarr")
    // What it began with is kept: the other fit may go.
    removeFit(place, "a.zarr")
    for chain in 1...4 {
      let path = place.path + "/b.zarr/checkpoint/chain_\(chain).state"
      try FileManager.default.removeItem(atPath: path)
    }
    let resumed = try place.run("run", "--resume", "b.zarr")
    #expect(resumed.output == result.output, "\(resumed.errors)")
    try expectSame(place, "b.zarr", as: expected, resumed.errors)
    for (model, from) in [("plain.ppl", "b.zarr"), ("plain.ppl", "nowhere.zarr")] {
      let refused = try place.run("run", model, "--from", from, "--out", "c.zarr", "--seed", "1")
      #expect(refused.status == 3)
      #expect(refused.errors.contains("error[E0824]"), "\(refused.errors)")
    }
  }

  /// Writes, renames and waits for the disk that fail now and then lose nothing of what was shown as saved.
  @Test func failingDisksLoseNothing() throws {
    let program = Self.cases[0].program
    let place = try Workplace(["m.ppl": program, "faulty.c": FaultyDisk.source])
    guard try place.buildLibrary("faulty.c", "faulty.so") else { return }
    let whole = try place.run("run", "m.ppl", "--out", "whole.zarr")
    let expected = try chunks(place, "whole.zarr")
    let reference = try Draws(place.path + "/whole.zarr")
    var failures = 0
    for seed in 1...6 {
      removeFit(place, "f.zarr")
      var arguments = ["run", "m.ppl", "--out", "f.zarr"] + often
      var result: CommandResult
      var attempts = 0
      repeat {
        let faults = [
          "/usr/bin/env", "LD_PRELOAD=\(place.path)/faulty.so",
          "FAULT_SEED=\(100 * seed + attempts)", "FAULT_SHARE=0.01",
        ]
        result = try place.finish(place.start(arguments, launcher: faults))
        attempts += 1
        if result.status == 4 {
          failures += 1
          #expect(result.errors.contains("error: cannot "), "\(result.errors)")
        }
        if place.exists("f.zarr") {
          let saved = try Draws(place.path + "/f.zarr")
          for name in saved.names {
            for (chain, count) in saved.counts.enumerated() where count > 0 {
              let values = try saved.values(name, chain: chain)
              let all = try reference.values(name, chain: chain)
              #expect(values.count == all.count / 500 * count)
              #expect(Array(all.prefix(values.count)) == values, "\(name), chain \(chain + 1)")
            }
          }
        }
        if place.exists("f.zarr") || place.exists("f.zarr.new/run.json") {
          arguments = ["run", "--resume", "f.zarr"] + often
        }
      } while result.status == 4 && attempts < 8
      if result.status == 4 { result = try place.run("run", "--resume", "f.zarr") }
      #expect(result.status == whole.status, "\(result.errors)")
      #expect(result.output == whole.output)
      try expectSame(place, "f.zarr", as: expected, "seed \(seed)")
    }
    #expect(failures > 0)
  }
}

/// A library that lets a share of the writes of a program fail, as a disk that is full or broken does.
enum FaultyDisk {
  static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <stdlib.h>
    #include <sys/stat.h>
    #include <unistd.h>

    static unsigned long long state;
    static double share;

    __attribute__((constructor)) static void begin(void) {
      const char *seed = getenv("FAULT_SEED"), *text = getenv("FAULT_SHARE");
      state = seed ? strtoull(seed, 0, 10) * 2654435761u + 1 : 1;
      share = text ? atof(text) : 0;
    }

    static int fails(void) {
      unsigned long long x = __atomic_add_fetch(&state, 0x9e3779b97f4a7c15ull, __ATOMIC_RELAXED);
      x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
      x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
      return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0 < share;
    }

    static int is_file(int fd) {
      struct stat status;
      return fd > 2 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    }

    ssize_t write(int fd, const void *bytes, size_t count) {
      static ssize_t (*real)(int, const void *, size_t);
      if (!real) real = dlsym(RTLD_NEXT, "write");
      if (is_file(fd) && fails()) {
        // Half of it arrives, as when a disk fills up.
        if (count > 1) (void)!real(fd, bytes, count / 2);
        errno = ENOSPC;
        return -1;
      }
      return real(fd, bytes, count);
    }

    int fsync(int fd) {
      static int (*real)(int);
      if (!real) real = dlsym(RTLD_NEXT, "fsync");
      if (fails()) { errno = EIO; return -1; }
      return real(fd);
    }

    int rename(const char *from, const char *to) {
      static int (*real)(const char *, const char *);
      if (!real) real = dlsym(RTLD_NEXT, "rename");
      if (fails()) { errno = ENOSPC; return -1; }
      return real(from, to);
    }
    """
}

extension Workplace {
  /// Builds a shared library of a C source; false, with a message, where there is no compiler.
  func buildLibrary(_ source: String, _ library: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.currentDirectoryURL = URL(filePath: path)
    process.arguments = [
      "-c",
      "c=$(command -v clang || command -v cc) || exit 77; exec \"$c\" -shared -fPIC -O1 -o \(library) \(source) -ldl",
    ]
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus == 77 {
      print("skipped: no C compiler")
      return false
    }
    #expect(process.terminationStatus == 0)
    return process.terminationStatus == 0
  }
}
