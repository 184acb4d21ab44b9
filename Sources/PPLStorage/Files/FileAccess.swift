/// The bytes of a file.
package func readFile(_ path: String) throws(FileError) -> [UInt8] {
  try SystemCalls.read(path)
}

/// Names of the entries of a directory, sorted.
package func listDirectory(_ path: String) throws(FileError) -> [String] {
  try SystemCalls.list(path)
}

/// Makes a new directory for files that nobody keeps, where the system wants such.
package func makeTemporaryDirectory() throws(FileError) -> String {
  try SystemCalls.makeTemporaryDirectory()
}

/// Removes a directory of `makeTemporaryDirectory` and all it holds.
package func removeTemporaryDirectory(_ path: String) throws(FileError) {
  try removeTree(path)
}

/// Nanoseconds since 1970 by the system's clock.
package func currentNanoseconds() -> Int { SystemCalls.nanoseconds() }

/// Seconds of a clock that never goes back.
package func monotonicSeconds() -> Double { SystemCalls.monotonicSeconds() }
