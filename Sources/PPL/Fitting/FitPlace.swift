import PPLSourceText
import PPLStorage

/// Where a fit is kept, and whether it goes on from what is there.
struct FitPlace: Sendable {
  /// Nil for nowhere.
  var path: String?
  /// Whether another fit may be replaced.
  var replaces = false
  /// Whether it goes on from the checkpoint that is there.
  var resumes = false
  /// What the run was started with, by which it can be resumed; nil where nobody will.
  var record: RunRecord?
  /// Seconds between checkpoints.
  var checkpointInterval = 10.0

  /// Where a fit stands that was stopped: at the path or, before its first draws, beside it.
  ///
  /// Beside it there may also be a fit that it has replaced and that a kill left there: the record tells which is later.
  var stoppedRoot: String? {
    guard resumes, let path else { return nil }
    let found = [path, FitWriter.stagingPath(path)].compactMap { root in
      (try? RunRecord.record(in: root)).map { (root: root, record: $0) }
    }
    return found.max { $0.record.isEarlier(than: $1.record) }?.root
  }

  /// Refuses a checkpoint of another version.
  static func check(version: String, of file: String) throws(SamplingFailure) {
    guard version != Version.text else { return }
    throw .data([
      Diagnostic(
        code: "E0816",
        message: "the checkpoint was written by version \(version), and this is \(Version.text)",
        dataLocation: .init(file: file),
        help: "resume the fit with the version that began it, or run the program again"
      )
    ])
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
}
