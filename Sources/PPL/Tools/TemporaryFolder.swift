import PPLStorage

/// A folder that is gone when its value is.
package final class TemporaryFolder: Sendable {
  /// Where it is.
  package let path: String

  /// Makes one with a new name.
  ///
  /// - Throws: why it cannot be made.
  package init() throws(ProgramFileError) {
    do {
      path = try makeTemporaryDirectory()
    } catch {
      throw ProgramFileError(message: error.message)
    }
  }

  deinit {
    // What cannot be removed is left to the system.
    try? removeTemporaryDirectory(path)
  }
}
