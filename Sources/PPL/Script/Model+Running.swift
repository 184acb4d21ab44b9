import PPLModelCompiler
import PPLSemantics

extension Model {
  /// Runs the program's script: fits, then shows and saves in the order of the text.
  ///
  /// A program without `infer` is fitted with `nuts()`; one without `show` shows every fit.
  ///
  /// - Parameters:
  ///   - options: settings over those of the program.
  ///   - interruption: stops it; what was drawn is kept and summarised.
  ///   - progress: called from the chains' threads.
  ///   - emit: takes results and remarks in order.
  /// - Returns: the results as JSON, and how the run ended.
  /// - Throws: why there is no fit.
  public func run(
    _ options: RunOptions = RunOptions(),
    interruption: Interruption = Interruption(),
    progress: (@Sendable (SamplingProgress) -> Void)? = nil,
    emit: (RunEvent) -> Void
  ) async throws(SamplingFailure) -> RunOutcome {
    var runner = ScriptRunner(
      model: self,
      options: options,
      interruption: interruption,
      progress: progress
    )
    return try await runner.run(emit)
  }

  /// Where the fit of a run goes, or the folder of its fits if the program has several.
  ///
  /// - Parameter options: settings over those of the program.
  /// - Returns: a path.
  public func fitPath(_ options: RunOptions) -> String {
    if let path = options.path { return path }
    var file = program.source.name[...]
    if let slash = file.lastIndex(of: "/") { file = file[file.index(after: slash)...] }
    if file.hasSuffix(".ppl") { file = file.dropLast(4) }
    return file + ".fit.zarr"
  }

  /// Whether the program makes more than one fit, which a folder then holds.
  package var makesSeveralFits: Bool { bound.model.fits.count > 1 }
}
