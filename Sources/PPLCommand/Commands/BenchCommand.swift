import ArgumentParser
import PPL

/// `ppl bench`.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time a model's gradient and its compilation, or all of the examples.",
    usage: """
      ppl bench <file> [--data <data> ...] [--executor <executor>] [--format <format>]
      ppl bench --suite [--examples <examples>] [--only <only> ...] [--format <format>]
      """
  )

  @Argument(help: "The model.", completion: .file(extensions: ["ppl"]))
  var file: String?

  @Option(
    help: "A data file: JSON, CSV, TSV, npy, safetensors or a text; may be given several times.",
    completion: .file(extensions: ["json", "csv", "tsv", "npy", "safetensors", "txt"])
  )
  var data: [String] = []

  @Option(help: "What runs the model: native (machine code, by LLVM) or reference.")
  var executor = ExecutorChoice.native

  @Option(help: "Leave out a rewrite of the log density's graph; may be given several times.")
  var noRewrite: [String] = []

  @Option(help: "As for `run`: let the model's `extern` functions run.")
  var allowExtern: String?

  @Flag(help: "All examples: gradient, sampling, and whole processes.")
  var suite = false

  @Option(help: "The folder of the suite's examples.", completion: .directory)
  var examples = "Examples"

  @Option(help: "An example of the suite; may be given several times (default: all).")
  var only: [String] = []

  @Option(help: "Form of the results: text or json.")
  var format = OutputFormat.text

  func validate() throws {
    try ModelArguments.validate(noRewrite: noRewrite)
    if suite, file != nil || !data.isEmpty {
      throw ValidationError("--suite takes no file: it measures the examples of --examples")
    }
    if !suite, file == nil { throw ValidationError("name a model, or ask for --suite") }
  }

  func run() async throws {
    guard let file else {
      let report = try await BenchmarkSuiteRun(folder: examples, only: only).report()
      Terminal.output(format == .text ? report.text : report.json + "\n")
      return
    }
    let model = try ModelArguments(
      file: file,
      data: data,
      noRewrite: noRewrite,
      executor: executor,
      allowExtern: allowExtern
    ).model()
    let benchmark = await model.benchmarkWithSampling()
    Terminal.output((format == .text ? benchmark.text : benchmark.json) + "\n")
  }
}
