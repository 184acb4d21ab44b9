package import PPLReporting

/// What a caller sets for a whole run.
public struct RunOptions: Sendable {
  /// Settings over those of the program.
  public var sampler = SamplerOptions()
  /// Where the fit goes (a folder of fits if the program has several); nil for the model's name with
  /// `.fit.zarr` in the working directory.
  public var path: String?
  /// Whether fits are kept in memory alone.
  public var keepsFitsInMemory = false
  /// Whether fits that are there may be replaced.
  public var replacesFits = false
  /// Whether fits that are there go on from their checkpoints; those that have none run from their start.
  public var resumesFits = false
  /// Seconds between checkpoints of chains.
  public var checkpointInterval = 10.0
  /// A fit whose last draws and metrics chains begin with, as far as their parameters have the same names and sizes.
  public var warmStart: String?
  /// Where the chains of an earlier fit of this process stand, with which they begin.
  var earlierFit: WarmStart?
  /// What fits keep to be resumed by a later run of the program; nil for nothing but their checkpoints.
  public var record: RunRecord?
  /// Takes remarks that cannot wait, for instance that a call outside of the program hangs; called from the chains' threads.
  public var notice: (@Sendable (String) -> Void)?

  /// The program's own settings.
  public init() {}
}

/// What a run says while it goes on.
public enum RunEvent: Sendable {
  /// A fit has its last draw; what it found follows.
  case fitFinished
  /// A remark for the person who waits, not part of the results.
  case note(String)
  /// How far a fit by steps is; each one replaces the one before.
  case progress(String)
  /// A result, as text.
  case output(String)
}

/// How a run ended.
public struct RunOutcome: Sendable {
  /// The results as the JSON object of the command line's contract.
  public var json: String
  /// Whether a diagnostic of a fit failed.
  public var diagnosticsFailed: Bool
  /// Whether it was asked to stop.
  public var wasInterrupted: Bool
  /// What the JSON object says of each fit, in the order of the text.
  package var fits: [FitReport]
}
