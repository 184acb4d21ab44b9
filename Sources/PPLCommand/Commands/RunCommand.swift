public import ArgumentParser
import PPL

/// `ppl run`.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Fit a model and show what its script asks for."
  )

  @OptionGroup var arguments: ModelArguments

  @Option(help: "Seed of the random numbers (default: the file's, else drawn and printed).")
  var seed: UInt64?

  @Option(help: "Number of chains.")
  var chains: Int?

  @Option(help: "Tuning draws of each chain.")
  var warmup: Int?

  @Option(help: "Draws to keep of each chain.")
  var draws: Int?

  @Option(help: "Adaptation of the metric: fisher or stan.")
  var adapt: SamplerOptions.Adaptation?

  @Option(help: "Where the draws go (default: MODEL.fit.zarr here).", completion: .directory)
  var out: String?

  @Flag(help: "Replace a fit that is there.")
  var overwrite = false

  @Option(help: "Form of the results on standard output: text or json.")
  var format = OutputFormat.text

  @Flag(name: .customLong("report-first-draw"), help: .hidden)
  var reportsFirstDraw = false

  func validate() throws {
    if let chains, !(1...1024).contains(chains) {
      throw ValidationError("--chains must be between 1 and 1024")
    }
    if let warmup, !(0...1_000_000_000).contains(warmup) {
      throw ValidationError("--warmup must be between 0 and 1000000000")
    }
    if let draws, !(1...1_000_000_000).contains(draws) {
      throw ValidationError("--draws must be between 1 and 1000000000")
    }
  }

  func run() async throws {
    // LLVM is loaded while the program and its data are read.
    let executor = arguments.executor
    Task.detached { executor.prepare() }
    let model = try arguments.model(withDensity: false)
    if model.executor != executor {
      Terminal.error("LLVM is not installed: the model runs on the slower reference executor\n")
    }
    var options = RunOptions()
    options.sampler.seed = seed
    options.sampler.chains = chains
    options.sampler.warmup = warmup
    options.sampler.draws = draws
    options.sampler.adaptation = adapt
    options.path = out
    options.replacesFits = overwrite
    let interruption = Interruption()
    let signal = InterruptSignal(interruption)
    defer { withExtendedLifetime(signal) {} }
    let lines = ProgressLines(isInteractive: Terminal.isErrorInteractive)
    let firstDraw = reportsFirstDraw ? FirstDraw() : nil
    let isText = format == .text
    let outcome: RunOutcome
    do {
      outcome = try await model.run(
        options,
        interruption: interruption,
        progress: { progress in
          firstDraw?.update(progress)
          lines.update(progress)
        }
      ) { event in
        switch event {
        case .fitFinished: lines.finish()
        case .note(let text): Terminal.error(text + "\n")
        case .progress(let text): lines.show(text)
        case .output(let text): if isText { Terminal.output(text + "\n") }
        }
      }
    } catch {
      lines.finish()
      try arguments.fail(error, model.program)
    }
    if !isText { Terminal.output(outcome.json + "\n") }
    if outcome.wasInterrupted { throw ExitStatus.interrupted }
    if outcome.diagnosticsFailed { throw ExitStatus.diagnosticsFailed }
  }
}

extension SamplerOptions.Adaptation: ExpressibleByArgument {}
