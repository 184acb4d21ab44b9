/// How worker processes are run.
package struct ProcessSettings: Sendable, Hashable {
  /// What the shell runs.
  package var command: String
  /// The folder that it runs in.
  package var directory: String
  /// Most processes at once.
  package var workers: Int
  /// Most seconds for an answer.
  package var timeout: Double
  /// Attempts after one that failed.
  package var retries: Int
  /// Calls that a worker is given ahead.
  package var batch: Int

  package init(
    command: String,
    directory: String,
    workers: Int,
    timeout: Double,
    retries: Int,
    batch: Int
  ) {
    self.command = command
    self.directory = directory
    self.workers = workers
    self.timeout = timeout
    self.retries = retries
    self.batch = batch
  }
}
