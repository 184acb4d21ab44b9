import ArgumentParser
import PPL

/// `ppl sbc`.
struct SBCCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sbc",
    abstract: "Test a model and its sampler by simulation-based calibration.",
    discussion: """
      Latents are drawn from the prior and data from them; each posterior should then cover its own
      truth. Ranks of the truth among the draws are tested for uniformity. Exit status 1 if they are not.
      """
  )

  @OptionGroup var arguments: ModelArguments

  @Option(help: "Data sets that are simulated and fitted.")
  var replicates = 200

  @Option(help: "Draws of each posterior among which the truth is ranked.")
  var draws = 99

  @Option(help: "Tuning draws of each replicate (default: the file's).")
  var warmup: Int?

  @Option(help: "Seed of the random numbers (default: drawn and printed).")
  var seed: UInt64?

  @Option(help: "Probability of a false alarm over all quantities.")
  var level = 0.01

  @Flag(help: "Also print how many ranks fall into each of 20 bins.")
  var bins = false

  @Option(help: "Form of the results: text or json.")
  var format = OutputFormat.text

  func validate() throws {
    if !(10...10_000).contains(replicates) {
      throw ValidationError("--replicates must be between 10 and 10000")
    }
    if !(9...999).contains(draws) {
      throw ValidationError("--draws must be between 9 and 999")
    }
    if let warmup, !(0...1_000_000).contains(warmup) {
      throw ValidationError("--warmup must be between 0 and 1000000")
    }
    if !(level > 0 && level < 1) { throw ValidationError("--level must be between 0 and 1") }
  }

  func run() async throws {
    let executor = arguments.executor
    Task.detached { executor.prepare() }
    let model = try arguments.model()
    var options = CalibrationOptions()
    options.replicates = replicates
    options.draws = draws
    options.warmup = warmup
    options.level = level
    options.seed = seed
    if seed == nil {
      let drawn = UInt64.random(in: 0..<1_000_000_000)
      options.seed = drawn
      Terminal.error("seed \(drawn) (repeat this run with --seed \(drawn))\n")
    }
    let interruption = Interruption()
    let signal = InterruptSignal(interruption)
    defer { withExtendedLifetime(signal) {} }
    let isInteractive = Terminal.isErrorInteractive
    let total = replicates
    let outcome: CalibrationOutcome
    do {
      outcome = try await model.calibrate(options, interruption: interruption) { done in
        if isInteractive { Terminal.error("\r\(done) of \(total) replicates") }
      }
      if isInteractive { Terminal.error("\n") }
    } catch {
      if isInteractive { Terminal.error("\n") }
      try arguments.fail(error, model.program)
    }
    switch format {
    case .text: Terminal.output(outcome.text(withBins: bins))
    case .json: Terminal.output(outcome.json + "\n")
    }
    if outcome.wasInterrupted { throw ExitStatus.interrupted }
    if !outcome.hasPassed { throw ExitStatus.diagnosticsFailed }
  }
}
