public import ArgumentParser
import PPL

/// The arguments that name a model and its data.
struct ModelArguments: ParsableArguments {
  @Argument(help: "The model.", completion: .file(extensions: ["ppl"]))
  var file: String?

  @Option(
    help: "A data file: JSON, CSV, TSV, npy, safetensors or a text; may be given several times.",
    completion: .file(extensions: ["json", "csv", "tsv", "npy", "safetensors", "txt"])
  )
  var data: [String] = []

  @Option(
    help: ArgumentHelp(
      "Leave out a rewrite of the log density's graph; may be given several times.",
      discussion: "They are \(Rewrites.known.map(\.name).joined(separator: ", ")).",
      valueName: "name"
    )
  )
  var noRewrite: [String] = []

  @Option(help: "What runs the model: native (machine code, by LLVM) or reference.")
  var executor = ExecutorChoice.native

  @Option(
    help: ArgumentHelp(
      "Let the model's `extern` functions run their commands and libraries.",
      discussion: "Without names all of them; else those that are named: --allow-extern=f,g.",
      valueName: "name,…"
    )
  )
  var allowExtern: String?

  func validate() throws { try Self.validate(noRewrite: noRewrite) }

  /// Refuses rewrites that do not exist.
  static func validate(noRewrite: [String]) throws {
    do {
      _ = try Rewrites.all(except: noRewrite)
    } catch {
      throw ValidationError("--no-rewrite: \(error.message)")
    }
  }

  init() {}

  /// Arguments that do not come from the command line.
  init(
    file: String,
    data: [String],
    noRewrite: [String] = [],
    executor: ExecutorChoice = .native,
    allowExtern: String? = nil
  ) {
    self.file = file
    self.data = data
    self.noRewrite = noRewrite
    self.executor = executor
    self.allowExtern = allowExtern
  }

  /// What `--allow-extern` without names stands for.
  static let everyName = "*"

  /// What the model may call outside of itself.
  var externals: ExternalAccess {
    guard let allowExtern else { return .none }
    if allowExtern == Self.everyName { return ExternalAccess(.all) }
    let names = allowExtern.split(separator: ",").map { String($0) }
    return ExternalAccess(.named(Set(names)))
  }

  /// The program; its diagnostics are printed and a mistake ends the command.
  func program() throws -> Program {
    guard let file else { throw ValidationError("Missing expected argument '<file>'") }
    let program: Program
    do {
      program = try Program(path: file)
    } catch {
      Terminal.error("error: \(error.message)\n")
      throw ExitStatus.badProgram
    }
    report(program.diagnostics, program)
    guard program.isValid else {
      summarise(program.diagnostics)
      throw ExitStatus.badProgram
    }
    return program
  }

  /// The rewrites that are not left out.
  var rewrites: Rewrites { (try? Rewrites.all(except: noRewrite)) ?? .all }

  /// The program with its data; what is wrong is printed and ends the command.
  ///
  /// With `withDensity`, its log density is compiled also where no fit of the program needs it.
  func model(withDensity: Bool = true) throws -> Model {
    let program = try program()
    do {
      let (model, warnings) =
        withDensity
        ? try program.compileWithDensity(
          DataSet(paths: data),
          rewrites: rewrites,
          executor: executor,
          externals: externals
        )
        : try program.compile(
          DataSet(paths: data),
          rewrites: rewrites,
          executor: executor,
          externals: externals
        )
      report(warnings, program)
      return model
    } catch {
      report(error.diagnostics, program)
      summarise(error.diagnostics)
      throw error.isAboutData ? ExitStatus.badData : ExitStatus.badProgram
    }
  }

  /// Prints what becomes of each quantity.
  func outputPlan() throws {
    let model = try model(withDensity: false)
    do {
      Terminal.output(try model.planDescription)
    } catch {
      try fail(error, model.program)
    }
  }

  func report(_ diagnostics: [Diagnostic], _ program: Program) {
    guard !diagnostics.isEmpty else { return }
    let renderer = DiagnosticRenderer(usesColor: Terminal.usesColor)
    Terminal.error(renderer.render(diagnostics, in: program.source) + "\n")
  }

  /// Reports why there are no draws, and ends the command.
  func fail(_ failure: SamplingFailure, _ program: Program) throws -> Never {
    if case .program(let diagnostic) = failure {
      report([diagnostic], program)
      throw ExitStatus.badProgram
    }
    if case .data(let diagnostics) = failure {
      report(diagnostics, program)
      throw ExitStatus.badData
    }
    Terminal.error("error: \(failure.message)\n")
    throw ExitStatus.runFailed
  }

  private func summarise(_ diagnostics: [Diagnostic]) {
    let count = diagnostics.count(where: \.isError)
    if count > 1 { Terminal.error("\(count) errors\n") }
  }
}

extension ExecutorChoice: ExpressibleByArgument {}

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}
