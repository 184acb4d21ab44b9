/// The bytes of a file.
package func readFile(_ path: String) throws(FileError) -> [UInt8] {
  try SystemCalls.read(path)
}

/// Replaces the content of a file, which is at every moment the old one or the new one.
///
/// The new content is written beside the file and moved there; permissions stay, and of a link the file
/// that it leads to is replaced.
package func replaceFile(_ path: String, with bytes: [UInt8]) throws(FileError) {
  let target = try SystemCalls.resolve(path)
  let new = try SystemCalls.makeTemporaryFile(beside: target)
  do throws(FileError) {
    try SystemCalls.write(bytes, to: new, startsWriteback: false)
    try SystemCalls.copyPermissions(of: target, to: new)
    try SystemCalls.synchronize(new)
    try SystemCalls.rename(new, to: target)
  } catch {
    try? SystemCalls.removeFile(new)
    throw error
  }
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

/// Whether something is at a path.
package func isThere(_ path: String) -> Bool {
  SystemCalls.kind(of: path) != nil
}

/// Writes a file for a user; it appears whole or not at all, and missing parents are made.
///
/// Of a link the file that it leads to is written; what is no file, such as a pipe, takes the bytes.
///
/// - Parameters:
///   - bytes: its content.
///   - path: its place.
///   - replacing: whether a file that is there may be replaced; a directory never is.
/// - Throws: where something is there that may not be replaced, or the place cannot be written.
package func writeFile(_ bytes: [UInt8], to path: String, replacing: Bool) throws(FitError) {
  guard SystemCalls.kind(of: path) != nil else {
    return try asFitError { () throws(FileError) in try writeWhole(bytes, to: path) }
  }
  let target = try asFitError { () throws(FileError) in try SystemCalls.resolve(path) }
  switch SystemCalls.kind(of: target) {
  case .other:
    try asFitError { () throws(FileError) in
      try SystemCalls.write(bytes, to: target, startsWriteback: false)
    }
  case .file where replacing:
    try asFitError { () throws(FileError) in try writeWhole(bytes, to: target) }
  default: throw .exists(path: path)
  }
}

/// Adds a file of its own to a finished fit, or replaces it.
package func attachFile(_ bytes: [UInt8], named name: String, to fit: String) throws(FitError) {
  guard FitDirectory.isFit(fit) else { throw .notAFit(path: fit) }
  try asFitError { () throws(FileError) in
    try replaceFile(
      bytes,
      at: fit + "/" + name,
      on: try OpenFileSystem(of: fit),
      isDurable: false
    )
  }
}

/// Whether there is a folder at a path, or a link to one.
package func isDirectory(_ path: String) -> Bool {
  SystemCalls.kind(of: path) == .directory || (try? SystemCalls.list(path)) != nil
}
