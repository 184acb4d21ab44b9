import PPLJSON
package import PPLReporting

/// What a caller sets for simulation-based calibration (Talts and others 2018, arXiv:1804.06788).
public struct CalibrationOptions: Sendable {
  /// Data sets that are simulated.
  public var replicates = 200
  /// Draws of each posterior among which the truth is ranked, after thinning.
  public var draws = 99
  /// Tuning draws of each replicate; nil for those of the program's engine.
  public var warmup: Int?
  /// Seed of all random numbers; nil for one that is drawn.
  public var seed: UInt64?
  /// Probability of a false alarm, over all quantities together.
  public var level = 0.01

  /// The customary settings.
  public init() {}
}

/// What simulation-based calibration found.
public struct CalibrationOutcome: Sendable {
  package var report: CalibrationReport
  /// Whether the run was asked to stop before it had all replicates.
  public var wasInterrupted: Bool

  /// Whether all ranks agree with the uniform distribution.
  public var hasPassed: Bool { report.hasPassed }

  /// The results as a table; with the numbers of ranks in bins, if wanted.
  ///
  /// - Parameter withBins: whether the numbers of ranks in bins are in it.
  /// - Returns: lines of text.
  public func text(withBins: Bool) -> String { report.text(withBins: withBins) }

  /// The results as a JSON object.
  public var json: String { report.json.text(.indented) }
}
