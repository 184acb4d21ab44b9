/// Copies a finished fit to another place; it appears there whole or not at all.
///
/// - Parameters:
///   - source: path of the fit.
///   - target: path to be; missing parents are made.
///   - replacing: whether a fit that is there may be replaced; anything else never is.
/// - Throws: what could not be read or written.
package func copyFit(from source: String, to target: String, replacing: Bool) throws(FitError) {
  guard FitDirectory.isFit(source) else { throw .notAFit(path: source) }
  if SystemCalls.kind(of: target) != nil {
    guard replacing else { throw .exists(path: target) }
    guard FitDirectory.isFit(target) else { throw .notAFit(path: target) }
  }
  let staging = target + ".new"
  if SystemCalls.kind(of: staging) != nil {
    guard FitDirectory.isBegun(staging) else { throw .exists(path: staging) }
  }
  try asFitError { () throws(FileError) in
    if SystemCalls.kind(of: staging) != nil { try FitDirectory.remove(staging) }
    try makeParents(of: staging)
    try SystemCalls.makeDirectory(staging)
    let fileSystem = try OpenFileSystem(of: staging)
    let copies = try copyContents(of: source, to: staging)
    try fileSystem.synchronize(copies.files)
    try fileSystem.synchronize(copies.directories)
    try FitDirectory.move(staging, to: target)
  }
}

/// Copies all that a directory holds into another.
///
/// - Returns: paths of the copies, which are not on the disk yet, and of the directories they are in.
private func copyContents(of source: String, to target: String) throws(FileError)
  -> (files: [String], directories: [String])
{
  var files: [String] = []
  var directories = [target]
  for name in try FitDirectory.names(in: source) {
    let entry = source + "/" + name
    let copy = target + "/" + name
    if SystemCalls.kind(of: entry) == .directory {
      try SystemCalls.makeDirectory(copy)
      let inner = try copyContents(of: entry, to: copy)
      files += inner.files
      directories += inner.directories
    } else {
      try SystemCalls.write(try SystemCalls.read(entry), to: copy, startsWriteback: false)
      files.append(copy)
    }
  }
  return (files, directories)
}
