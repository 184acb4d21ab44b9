/// Copies a finished fit to another place; it appears there whole or not at all.
///
/// - Parameters:
///   - source: path of the fit.
///   - target: path to be; missing parents are made.
///   - replacing: whether a fit that is there may be replaced; anything else never is.
/// - Throws: what could not be read or written.
package func copyFit(from source: String, to target: String, replacing: Bool) throws(FitError) {
  guard isFit(source) else { throw .notAFit(path: source) }
  if SystemCalls.kind(of: target) != nil {
    guard replacing else { throw .exists(path: target) }
    guard isFit(target) else { throw .notAFit(path: target) }
  }
  let staging = target + ".new"
  if SystemCalls.kind(of: staging) != nil {
    guard isFit(staging) else { throw .exists(path: staging) }
  }
  try asFitError { () throws(FileError) in
    if SystemCalls.kind(of: staging) != nil { try removeTree(staging) }
    try makeParents(of: staging)
    try copyTree(source, to: staging)
    if SystemCalls.kind(of: target) == nil {
      try SystemCalls.rename(staging, to: target)
    } else if SystemCalls.exchange(staging, target) {
      try removeTree(staging)
    } else {
      try removeTree(target)
      try SystemCalls.rename(staging, to: target)
    }
  }
}

/// Copies a directory and all it holds; each file is on the disk when this returns.
private func copyTree(_ source: String, to target: String) throws(FileError) {
  try SystemCalls.makeDirectory(target)
  for name in try SystemCalls.list(source) {
    let entry = source + "/" + name
    let copy = target + "/" + name
    if SystemCalls.kind(of: entry) == .directory {
      try copyTree(entry, to: copy)
    } else {
      try SystemCalls.write(try SystemCalls.read(entry), to: copy, startsWriteback: false)
      try SystemCalls.synchronize(copy)
    }
  }
}
