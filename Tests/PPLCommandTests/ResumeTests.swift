import Foundation
import PPLJSON
import Testing

/// Fits by steps that are killed and go on from their checkpoints.
@Suite struct ResumeTests {
  private static let data = """
    dim obs = 600
    data x[i: obs] = i / 300 - 1
    data y[i: obs] = sin(3 * x[i]) + 0.3 * sin(50 * i)

    """

  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var program: String
    /// What must be the same to the bit.
    var files: [String]
  }

  /// About two seconds each on two cores.
  static let cases: [Case] = [
    Case(
      testDescription: "train",
      program: data + """
        net f(x: real) -> real = [x] |> Dense(50, tanh) |> Dropout(0.1) |> Dense(50, tanh) |> Dense(1)
        y[i: obs] ~ Normal(f(x[i]), 0.3)
        infer fit = train(batch: (obs: 16), epochs: 400, validation: 0.1, average: true,
                          schedule: cosine, optimizer: adam(0.001))
        show fit
        """,
      files: ["fitted.safetensors"]
    ),
    Case(
      testDescription: "svi",
      program: data + """
        net f(x: real) -> real = [x] |> Dense(50, tanh) |> Dense(1)
        m ~ Normal(0, 1)
        s ~ HalfNormal(1)
        y[i: obs] ~ Normal(m + f(x[i]), s)
        infer fit = svi(batch: (obs: 16), threads: 2, epochs: 500, optimizer: rmsprop(0.001))
        show fit
        """,
      files: ["fitted.safetensors", "posterior/m/0.0", "posterior/s/0.0"]
    ),
    Case(
      testDescription: "lbfgs",
      program: data + """
        net f(x: real) -> real = [x] |> Dense(40, tanh) |> Dense(40, tanh) |> Dense(1)
        y[i: obs] ~ Normal(f(x[i]), 0.3)
        infer fit = train(steps: 700, optimizer: lbfgs())
        show fit
        """,
      files: ["fitted.safetensors"]
    ),
  ]

  private func content(_ place: Workplace, _ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: place.path + "/" + name))
  }

  private func sleep(_ seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

  @Test(arguments: cases)
  func killedFitsEndAsOthers(_ own: Case) throws {
    let place = try Workplace(["m.ppl": own.program])
    let begin = Date()
    let whole = try place.run("run", "m.ppl", "--seed", "7", "--out", "whole.zarr")
    #expect(whole.status == 0, "\(whole.errors)")
    let seconds = Date().timeIntervalSince(begin)
    var generator = SystemRandomNumberGenerator()
    for number in 1...5 {
      let out = "killed\(number).zarr"
      var running = try place.start(["run", "m.ppl", "--seed", "7", "--out", out])
      // A run that is killed may be resumed and killed again.
      for _ in 0..<2 {
        sleep(Double.random(in: 0...(seconds * 0.7), using: &generator))
        kill(running.process.processIdentifier, SIGKILL)
        running.process.waitUntilExit()
        // Killed before its store came into its place: there is nothing, and nothing is lost.
        guard place.exists(out) else { break }
        running = try place.start(["run", "--resume", out])
      }
      if !place.exists(out) {
        running = try place.start(["run", "m.ppl", "--seed", "7", "--out", out])
      }
      let result = try place.finish(running)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == whole.output)
      for file in own.files {
        let (a, b) = (
          try content(place, "whole.zarr/\(file)"), try content(place, "\(out)/\(file)")
        )
        #expect(a == b, "\(file) of run \(number)")
      }
    }
  }

  /// Ctrl-C keeps what there is, and the fit goes on from there.
  @Test func interruptedFitsGoOn() throws {
    let place = try Workplace(["m.ppl": Self.cases[0].program])
    let whole = try place.run("run", "m.ppl", "--seed", "7", "--out", "whole.zarr")
    // Where other work holds this process up, the fit may be over before it is interrupted.
    var stopped: CommandResult?
    var out = ""
    for number in 0..<10 where stopped?.status != 130 {
      out = "f\(number).zarr"
      let running = try place.start(["run", "m.ppl", "--seed", "7", "--out", out])
      while running.process.isRunning, !place.exists(out) { sleep(0.02) }
      sleep(0.2)
      running.process.interrupt()
      stopped = try place.finish(running)
    }
    #expect(stopped?.status == 130, "\(stopped?.errors ?? "")")
    #expect(place.exists("\(out)/fitted.safetensors"))
    let result = try place.run("run", "--resume", out)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("goes on after step"))
    #expect(result.output == whole.output)
    #expect(
      try content(place, "\(out)/fitted.safetensors")
        == content(place, "whole.zarr/fitted.safetensors")
    )
  }

  /// Of several fits, those that are finished stay as they are, and the others are made.
  @Test func severalFitsAreResumedTogether() throws {
    let program = """
      dim obs = 50
      data y[i: obs] = sin(7 * i)
      m ~ Normal(0, 1)
      y[i: obs] ~ Normal(m, 1)
      infer a = svi(steps: 300)
      infer b = nuts(chains: 1, warmup: 100, draws: 100)
      infer c = map(steps: 300, optimizer: adam(0.01))
      show E(a.m), E(b.m), E(c.m)
      """
    let place = try Workplace(["m.ppl": program])
    let whole = try place.run("run", "m.ppl", "--out", "f")
    try FileManager.default.removeItem(atPath: place.path + "/f/c.zarr")
    let result = try place.run("run", "--resume", "f")
    #expect(result.status == whole.status, "\(result.errors)")
    #expect(result.output == whole.output)
    #expect(place.exists("f/c.zarr"))
  }

  private let small = """
    dim obs = 20
    data y[obs]: real
    param m: real
    y[i: obs] ~ Normal(m, 1)
    infer fit = train(steps: 50, optimizer: adam(0.01), seed: 1)
    """

  private let values = "{\"y\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2]}"

  private func fitted() throws -> Workplace {
    let place = try Workplace(["m.ppl": small, "d.json": values])
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr")
    #expect(result.status == 0, "\(result.errors)")
    return place
  }

  @Test func damagedCheckpointsAreRefused() throws {
    let place = try fitted()
    let whole = try content(place, "f.zarr/checkpoint.safetensors")
    let file = URL(filePath: place.path + "/f.zarr/checkpoint.safetensors")
    var flipped = whole
    flipped[whole.count - 3] ^= 1
    for bytes in [whole.dropLast(1), whole.prefix(40), Data(), flipped] {
      try Data(bytes).write(to: file)
      let result = try place.run("run", "--resume", "f.zarr")
      #expect(result.status == 3)
      #expect(result.errors.contains("error[E0813]"), "\(result.errors)")
    }
    try whole.write(to: file)
    #expect(try place.run("run", "--resume", "f.zarr").status == 0)
  }

  @Test func checkpointsOfOtherProgramsOrDataAreRefused() throws {
    let place = try fitted()
    try place.write(values.replacingOccurrences(of: "9", with: "8"), to: "d.json")
    var result = try place.run("run", "--resume", "f.zarr")
    #expect(result.status == 3)
    #expect(result.errors.contains("error[E0814]"), "\(result.errors)")
    try place.write(values, to: "d.json")
    try place.write(small.replacingOccurrences(of: "0.01", with: "0.02"), to: "m.ppl")
    result = try place.run("run", "--resume", "f.zarr")
    #expect(result.errors.contains("error[E0814]"), "\(result.errors)")
    try place.write(small, to: "m.ppl")
    #expect(try place.run("run", "--resume", "f.zarr").status == 0)
  }

  @Test func nothingToResumeIsSaid() throws {
    let place = try Workplace(["m.ppl": ConjugateModel.text, "d.json": ConjugateModel.data])
    _ = try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr", "--draws", "50")
    // As fits of earlier versions are.
    try FileManager.default.removeItem(atPath: place.path + "/f.zarr/run.json")
    for path in ["f.zarr", "nowhere.zarr"] {
      let result = try place.run("run", "--resume", path)
      #expect(result.status == 3)
      #expect(result.errors.contains("error[E0815]"), "\(result.errors)")
    }
    #expect(try place.run("run", "m.ppl", "--resume", "f.zarr").status == 64)
    #expect(try place.run("run").status == 64)
    #expect(try place.run("check").status == 64)
  }

  /// Keeping states takes a small share of the time, and the directory is a fit all along.
  @Test func theReportHoldsTheLearningCurve() throws {
    let place = try Workplace(["m.ppl": Self.cases[0].program])
    let result = try place.run("run", "m.ppl", "--seed", "7", "--out", "f.zarr", "--format", "json")
    let training = try #require(result.json()["fits"]?.elements.first?["training"])
    let history = try #require(training["history"])
    #expect(history["round"]?.integers == Array(1...400))
    #expect(history.keys == ["round", "objective", "validation"])
    let kept = try JSONDocument([UInt8](try content(place, "f.zarr/training.json"))).root
    #expect(kept["history"]?["round"]?.integers == Array(1...400))
    #expect(training["validation"]?["rows"]?.integer == 60)
  }
}
