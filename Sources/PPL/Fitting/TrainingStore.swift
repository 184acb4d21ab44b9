import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTensorCore
import PPLTraining
import PPLTypeSystem

/// Where a fit by steps is kept, and whether it goes on from what is there.
struct TrainingStore: Sendable {
  /// Nil for nowhere.
  var path: String?
  /// Whether another fit may be replaced.
  var replaces = false
  /// Whether it goes on from the checkpoint that is there.
  var resumes = false
  /// What the run was started with.
  var record: RunRecord?

  /// The state to go on from; nil where the fit has not begun, or is to begin anew.
  ///
  /// - Throws: where what is there is no state of this fit.
  func state(identity: String) throws(SamplingFailure) -> TrainingState? {
    guard resumes, let path else { return nil }
    let file = path + "/" + FitCheckpoint.fileName
    let bytes: [UInt8]
    do {
      bytes = try readFile(file)
    } catch {
      if error.reason == .notFound, (try? listDirectory(path)) == nil { return nil }
      throw .data([
        Diagnostic(
          code: "E0815",
          message: "\(path) has no checkpoint to go on from",
          notes: [error.message],
          help: "run the program again, with --overwrite"
        )
      ])
    }
    let checkpoint: FitCheckpoint
    do {
      checkpoint = try FitCheckpoint(bytes, path: file)
    } catch {
      throw .data([
        Diagnostic(
          code: "E0813",
          message: "the checkpoint cannot be read: \(error.message)",
          dataLocation: .init(file: file),
          help: "run the program again, with --overwrite"
        )
      ])
    }
    guard checkpoint.version == Version.text else {
      throw .data([
        Diagnostic(
          code: "E0816",
          message:
            "the checkpoint was written by version \(checkpoint.version), and this is \(Version.text)",
          dataLocation: .init(file: file),
          help: "resume the fit with the version that began it, or run the program again"
        )
      ])
    }
    guard checkpoint.identity == identity else { throw Self.foreign(file) }
    return TrainingState(numbers: checkpoint.doubles, arrays: checkpoint.singles)
  }

  /// What is said of a checkpoint of something else.
  static func foreign(_ file: String) -> SamplingFailure {
    .data([
      Diagnostic(
        code: "E0814",
        message: "the checkpoint is of another program, other data or other settings",
        dataLocation: .init(file: file),
        notes: ["what goes on from it would be neither this fit nor that one"],
        help: "bring back what the fit was begun with, or run the program again with --overwrite"
      )
    ])
  }

  /// Writes a state to a fit's directory; the first one of a run with what the run was started with.
  func keep(_ state: TrainingState, identity: String, in writer: FitWriter, isFirst: Bool)
    throws(FitError)
  {
    let checkpoint = FitCheckpoint(
      version: Version.text,
      identity: identity,
      doubles: state.numbers,
      singles: state.arrays
    )
    var files = [(name: FitCheckpoint.fileName, bytes: checkpoint.bytes)]
    if isFirst, let record { files.append((RunRecord.fileName, record.bytes)) }
    // Before the first step there is nothing to be lost.
    try writer.attach(files, isDurable: state.step > 0)
  }
}

extension Model {
  /// Tells apart fits by steps: by program, data, settings and parameters.
  func identity(
    _ name: String,
    _ plan: TrainingPlan,
    _ stochastic: StochasticModel,
    _ validation: ValidationSummary?
  ) -> String {
    var digest = Digest()
    digest.add(program.source.bytes)
    digest.add(name)
    digest.add(executor.rawValue)
    digest.add(plan.seed)
    digest.add(UInt64(plan.draws))
    for dimension in bound.dimensions { digest.add("\(dimension.name) \(dimension.count)") }
    for id in bound.values.variables { digest.add(bound.model.variables[id.index].name.text) }
    digest.add(bound.values)
    digest.add(validation?.identity ?? "")
    for parameter in stochastic.parameters {
      digest.add("\(parameter.name) \(parameter.role) \(parameter.shape.sizes)")
    }
    return digest.text
  }
}
