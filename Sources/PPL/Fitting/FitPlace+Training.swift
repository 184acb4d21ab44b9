import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTensorCore
import PPLTraining
import PPLTypeSystem

extension FitPlace {
  /// The state to go on from; nil where the fit has not begun, or is to begin anew.
  ///
  /// - Throws: where what is there is no state of this fit.
  func trainingState(identity: String) throws(SamplingFailure) -> TrainingState? {
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
    try Self.check(version: checkpoint.version, of: file)
    guard checkpoint.identity == identity else { throw Self.foreign(file) }
    return TrainingState(numbers: checkpoint.doubles, arrays: checkpoint.singles)
  }

  /// Writes a state to a fit's directory.
  func keep(_ state: TrainingState, identity: String, in writer: FitWriter) throws(FitError) {
    let checkpoint = FitCheckpoint(
      version: Version.text,
      identity: identity,
      doubles: state.numbers,
      singles: state.arrays
    )
    // Before the first step there is nothing to be lost.
    try writer.attach(
      [(name: FitCheckpoint.fileName, bytes: checkpoint.bytes)],
      isDurable: state.step > 0
    )
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
    digest.add(bound)
    digest.add(validation?.identity ?? "")
    for parameter in stochastic.parameters {
      digest.add("\(parameter.name) \(parameter.role) \(parameter.shape.sizes)")
    }
    return digest.text
  }
}
