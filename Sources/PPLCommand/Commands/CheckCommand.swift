import ArgumentParser
import PPL

/// `ppl check`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Report every problem without running anything."
  )

  /// A phase whose result can be printed.
  enum Phase: String, ExpressibleByArgument, CaseIterable {
    case syntax, checked, plan, graph, gradient, native
  }

  @OptionGroup var arguments: ModelArguments

  @Option(help: "Print the result of a phase: syntax, checked, plan, graph, gradient or native.")
  var print: Phase?

  @Flag(
    help:
      "Compare the derivatives that `extern` functions give, and the log density's, with differences."
  )
  var gradients = false

  @Option(help: "Greatest relative error of derivatives that --gradients lets pass.")
  var tolerance = 1e-3

  func validate() throws {
    guard tolerance > 0 else { throw ValidationError("--tolerance must be positive") }
    guard !gradients || print == nil else {
      throw ValidationError("--gradients and --print are two things: ask for one of them")
    }
  }

  func run() throws {
    if gradients {
      let check = try arguments.model().checkGradients()
      Terminal.output(check.text(tolerance: tolerance) + "\n")
      if check.worst > tolerance { throw ExitStatus.diagnosticsFailed }
      return
    }
    let program = try arguments.program()
    switch print {
    case .syntax: Terminal.output(program.syntaxDescription)
    case .checked: Terminal.output(program.checkedDescription)
    case .plan: try arguments.outputPlan()
    case .graph: Terminal.output(try arguments.model().graphDescription)
    case .gradient: Terminal.output(try arguments.model().gradientDescription)
    case .native:
      guard let text = try arguments.model().nativeDescription else {
        Terminal.error("error: LLVM is not installed, so that there is no machine code\n")
        throw ExitStatus.runFailed
      }
      Terminal.output(text)
    case nil:
      let isOpen = arguments.data.isEmpty && program.needsDataFiles
      if !isOpen { _ = try arguments.model(withDensity: false) }
      Terminal.error(
        isOpen
          ? "no mistake found; sizes, labels and bounds are checked when data are given with --data\n"
          : "no mistake found\n"
      )
    }
  }
}

/// `ppl plan`.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what becomes of each quantity of a model."
  )

  @OptionGroup var arguments: ModelArguments

  func run() throws {
    try arguments.outputPlan()
  }
}
