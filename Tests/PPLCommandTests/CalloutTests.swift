import Foundation
import PPLJSON
import TestSupport
import Testing

/// `extern fn` from the command line: permission, results, and what is left of its processes.
@Suite struct CalloutTests {
  private let worker: TestWorker
  private let place: Workplace

  init() throws {
    worker = try TestWorker()
    place = try Workplace(["d.json": #"{"y": [0.5, 1.5, 2.5, 3.1]}"#])
  }

  /// A model with a straight line that the worker computes.
  private func write(
    _ command: String,
    _ settings: String = "gradient: given, workers: 2",
    script: String = "infer post = nuts(chains: 2, draws: 600, warmup: 200, seed: 1)"
  ) throws {
    try place.write(
      """
      dim obs
      data y[obs]: real
      extern fn line(a: real, b: real) -> real[obs] = process("\(command)", \(settings))
      a ~ Normal(0, 1)
      b ~ Normal(0, 1)
      y ~ Normal(line(a, b), 1)
      \(script)
      """,
      to: "m.ppl"
    )
  }

  @Test(arguments: [
    ("--allow-extern", true), ("--allow-extern=line", true), ("--allow-extern=heat,line", true),
    ("--allow-extern=heat", false), (nil, false),
  ])
  func nothingRunsWithoutPermission(_ permission: String?, _ runs: Bool) throws {
    try write(worker.command("--function line"))
    let permission = permission.map { [$0] } ?? []
    let result = try place.finish(place.start(["run", "m.ppl", "--data", "d.json"] + permission))
    if runs {
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("ess_bulk"))
      #expect(result.errors.contains("calls of line"))
      #expect(worker.startCount > 0 && worker.requestCount > 400)
    } else {
      #expect(result.status == 2)
      #expect(result.errors.contains("error[E1003]"))
      #expect(result.errors.contains("--allow-extern=line"))
      #expect(result.output.isEmpty)
      #expect(worker.startCount == 0)
      #expect(!place.exists("m.fit.zarr"))
    }
  }

  /// Without data there is nothing to ask a worker; with data it is asked whether it agrees, and nothing more.
  @Test func checksCallNothing() throws {
    try write(worker.command("--function line"))
    #expect(try place.run("check", "m.ppl").status == 0)
    #expect(try place.run("check", "m.ppl", "--allow-extern").status == 0)
    #expect(worker.startCount == 0)
    let result = try place.run("check", "m.ppl", "--data", "d.json", "--allow-extern")
    #expect(result.status == 0, "\(result.errors)")
    #expect(worker.startCount == 1 && worker.requestCount == 0)
  }

  @Test func resultsAsJSONAreAlone() throws {
    try write(worker.command("--function line --fault error --rate 0.02"))
    let result = try place.run(
      "run",
      "m.ppl",
      "--data",
      "d.json",
      "--format",
      "json",
      "--allow-extern"
    )
    let root = try result.json()
    let warnings = root["fits"]?.elements.first?["warnings"]?.elements ?? []
    let callout = try #require(warnings.first { $0["code"]?.string == "callout" })
    #expect(callout["message"]?.string?.contains("no convergence after 50 steps") == true)
    #expect(result.errors.contains("warning[callout]"))
    #expect((callout["count"]?.integer ?? 0) > 10, "\(result.output)")
  }

  @Test(arguments: [("", 0), ("--wrong-by 1.05", 1)])
  func gradientsAreCompared(_ options: String, _ status: Int) throws {
    try write(worker.command("--function line \(options)"))
    let result = try place.run(
      "check",
      "m.ppl",
      "--gradients",
      "--data",
      "d.json",
      "--allow-extern"
    )
    #expect(Int(result.status) == status, "\(result.output)\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("line: a") && lines[1].hasPrefix("line: b"))
    #expect(lines[0].contains("differs") == (status == 1))
    #expect(lines[2].hasPrefix("log density"))
    let wide = try place.run(
      "check",
      "m.ppl",
      "--gradients",
      "--tolerance",
      "0.2",
      "--data",
      "d.json",
      "--allow-extern"
    )
    #expect(wide.status == 0)
  }

  /// When no worker can be had any more, the run ends with the reason, and what was drawn is kept.
  @Test func theEndOfAllWorkersKeepsTheDraws() throws {
    let command = worker.command("--function line --fault crashBefore --at 1500")
    try write(
      "if [ -s \(worker.folder)/log ]; then echo 'licence server is down' >&2; exit 4; fi; \(command)",
      "gradient: given, workers: 1",
      script: "infer post = nuts(chains: 1, draws: 100000, warmup: 50, seed: 1)"
    )
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--allow-extern")
    #expect(result.status == 4, "\(result.errors)")
    #expect(result.errors.contains("ended with status 4"))
    #expect(result.errors.contains("licence server is down"))
    #expect(result.errors.contains("draws of 1 chains are kept"))
    // The draw that was cut short is none of them.
    #expect(!result.errors.contains("divergences"))
    #expect(place.exists("m.fit.zarr/posterior/a/0.0"))
  }

  // MARK: Processes

  /// The numbers of processes of these groups that live, by `/proc`; those that only wait to be reaped do not.
  private func living(in groups: Set<Int>) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int($0) }.filter { id in
      guard
        let text = try? String(contentsOf: URL(filePath: "/proc/\(id)/stat"), encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { return false }
      let fields = text[end...].split(separator: " ").dropFirst()
      return fields.first != "Z" && groups.contains(Int(fields.dropFirst(2).first ?? "") ?? -1)
    }
  }

  /// Waits until none of these groups is left; the processes that stay if some do.
  private func left(of groups: Set<Int>) -> [Int] {
    for _ in 0..<400 {
      let living = living(in: groups)
      if living.isEmpty { return [] }
      Thread.sleep(forTimeInterval: 0.025)
    }
    return living(in: groups)
  }

  /// However the program ends, its workers and what they started end with it.
  @Test(arguments: ["kill", "interrupt", "end"])
  func noProcessOutlivesTheProgram(_ way: String) throws {
    let pids = worker.folder + "/pids"
    let fault = way == "end" ? "" : " --fault hang --at 300"
    try write(
      worker.command("--function line --pids \(pids)\(fault)"),
      script: "infer post = nuts(chains: 4, draws: 500, warmup: 200, seed: 1)"
    )
    let running = try place.start(["run", "m.ppl", "--data", "d.json", "--allow-extern"])
    if way != "end" {
      while worker.requestCount < 300, running.process.isRunning {
        Thread.sleep(forTimeInterval: 0.01)
      }
      // The workers lead groups, in which the sleepers are.
      let groups = Set(worker.numbers(in: "pids"))
      #expect(living(in: groups).count >= 2)
      kill(running.process.processIdentifier, way == "kill" ? SIGKILL : SIGINT)
    }
    let result = try place.finish(running)
    #expect(result.status == (way == "kill" ? -SIGKILL : way == "interrupt" ? 130 : 0))
    let groups = Set(worker.numbers(in: "pids"))
    #expect(groups.count >= 2)
    #expect(left(of: groups).isEmpty)
  }
}
