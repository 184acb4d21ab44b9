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

  @Option(
    help:
      "Go on with the fit, or folder of fits, at this path, to the same draws as without the stop.",
    completion: .directory
  )
  var resume: String?

  @Option(help: "With --resume: draws to add to each chain.")
  var more: Int?

  @Option(
    help: "Begin with the last draws and metrics of the fit at this path.",
    completion: .directory
  )
  var from: String?

  @Option(help: "Seconds between checkpoints (default: 10).")
  var checkpointInterval: Double?

  @Option(help: "Form of the results on standard output: text or json.")
  var format = OutputFormat.text

  @Flag(name: .customLong("report-first-draw"), help: .hidden)
  var reportsFirstDraw = false

  func validate() throws {
    if resume != nil {
      let isAlone =
        arguments.file == nil && arguments.data.isEmpty && arguments.noRewrite.isEmpty
        && seed == nil && chains == nil && warmup == nil && draws == nil && adapt == nil
        && out == nil && !overwrite && from == nil
      guard isAlone else {
        throw ValidationError(
          "--resume goes on with the program, data and settings that the fit was begun with:"
            + " leave out all but --more, --checkpoint-interval, --format and --allow-extern"
        )
      }
    } else if arguments.file == nil {
      throw ValidationError("Missing expected argument '<file>'")
    }
    if more != nil, resume == nil {
      throw ValidationError("--more adds draws to a fit that is there: give it with --resume PATH")
    }
    if let more, !(1...1_000_000_000).contains(more) {
      throw ValidationError("--more must be between 1 and 1000000000")
    }
    if let checkpointInterval, !(checkpointInterval >= 0) {
      throw ValidationError("--checkpoint-interval must be 0 or more seconds")
    }
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
    var arguments = arguments
    var options = RunOptions()
    options.sampler.seed = seed
    options.sampler.chains = chains
    options.sampler.warmup = warmup
    options.sampler.draws = draws
    options.sampler.adaptation = adapt
    options.path = out
    options.replacesFits = overwrite
    if let resume {
      var record = try self.record(of: resume)
      record.more += more ?? 0
      arguments = ModelArguments(
        file: record.model,
        data: record.data,
        noRewrite: record.noRewrite,
        executor: record.executor,
        allowExtern: arguments.allowExtern
      )
      options.sampler = record.sampler
      options.resumesFits = true
      options.record = record
      options.warmStart = record.from
    } else if let from {
      options.warmStart = Terminal.absolute(from)
    }
    if let checkpointInterval { options.checkpointInterval = checkpointInterval }
    // LLVM is loaded while the program and its data are read.
    let executor = arguments.executor
    Task.detached { executor.prepare() }
    let model = try arguments.model(withDensity: false)
    if model.executor != executor {
      Terminal.error("LLVM is not installed: the model runs on the slower reference executor\n")
    }
    if let resume {
      let place = place(of: resume, model)
      options.path = place
      options.record?.out = place
    } else {
      options.record = record(of: model, options)
    }
    let interruption = Interruption()
    let signal = InterruptSignal(interruption)
    defer { withExtendedLifetime(signal) {} }
    let lines = ProgressLines(isInteractive: Terminal.isErrorInteractive)
    options.notice = { lines.interpose($0) }
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

extension RunCommand {
  /// What the run that made a fit was started with.
  private func record(of path: String) throws -> RunRecord {
    do {
      return try RunRecord.read(from: path)
    } catch {
      Terminal.error("error[E0815]: \(error.message)\n")
      throw ExitStatus.badData
    }
  }

  /// Where the fits of a run are that goes on: where they are now, also if they were moved.
  private func place(of path: String, _ model: Model) -> String {
    var path = Terminal.absolute(path)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix(".zarr.new") { path.removeLast(4) }
    // One of several fits stands for all of them.
    guard model.makesSeveralFits, RunRecord.isHeld(by: path) else { return path }
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
  }

  /// What this run is started with, so that another can go on with its fits from any directory.
  private func record(of model: Model, _ options: RunOptions) -> RunRecord {
    var record = RunRecord(
      model: Terminal.absolute(arguments.file ?? ""),
      data: arguments.data.map(Terminal.absolute),
      out: Terminal.absolute(model.fitPath(options)),
      noRewrite: arguments.noRewrite,
      executor: arguments.executor,
      sampler: options.sampler
    )
    record.from = options.warmStart
    return record
  }
}

extension SamplerOptions.Adaptation: ExpressibleByArgument {}
