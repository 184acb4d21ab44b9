import ArgumentParser
import PPL

/// What the commands that look at stored fits have in common.
enum StoredFits {
  /// Opens a fit; what is wrong is printed and ends the command.
  static func open(_ path: String) throws -> StoredFit {
    try orFail { () throws(StoredFitError) in try StoredFit(path: path) }
  }

  /// The value of a body whose error is printed and ends the command: as wrong data, or as a run that failed where a file cannot be written.
  static func orFail<Value>(_ body: () throws(StoredFitError) -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      Terminal.error(error.text)
      throw error.isAboutOutput ? ExitStatus.runFailed : ExitStatus.badData
    }
  }
}
