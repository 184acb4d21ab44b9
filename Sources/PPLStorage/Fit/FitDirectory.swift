/// A fit's directory as a whole: what tells it from other directories, and how it is removed and replaced.
///
/// A run may be killed at any moment, also while it makes, copies or removes a fit. What it leaves must be told from a user's
/// own files, so that the next run can clear it away and nothing else: the marks of a fit come first and go last.
package enum FitDirectory {
  /// Whether a directory is a fit, as far as deleting it is concerned.
  package static func isFit(_ path: String) -> Bool {
    SystemCalls.kind(of: path) == .directory
      && SystemCalls.kind(of: path + "/.zgroup") == .file
      && SystemCalls.kind(of: path + "/posterior/.zgroup") == .file
  }

  /// Whether a directory holds several fits, as a program with more than one makes them.
  package static func isFolderOfFits(_ path: String) -> Bool {
    guard !isFit(path), let names = try? listDirectory(path) else { return false }
    return names.contains { $0.hasSuffix(".zarr") && isFit(path + "/" + $0) }
  }

  /// Whether a directory is a fit, or as much of one as a run that was killed had made, copied or not yet removed.
  static func isBegun(_ path: String) -> Bool {
    guard SystemCalls.kind(of: path) == .directory, let names = try? listDirectory(path) else {
      return false
    }
    if isFit(path) || names.isEmpty { return true }
    return names.contains { $0.hasPrefix(".zgroup") }
      && names.allSatisfy {
        $0.hasPrefix(".z") || SystemCalls.kind(of: path + "/" + $0) == .directory
      }
  }

  /// Names of what a fit holds, in the order in which they are to be made.
  ///
  /// That is `.zgroup`, what else describes the whole, groups of arrays, then other files. They are removed in the opposite order.
  static func names(in path: String) throws(FileError) -> [String] {
    func rank(_ name: String) -> Int {
      if name.hasPrefix(".zgroup") { return 0 }
      if name.hasPrefix(".z") { return 1 }
      return SystemCalls.kind(of: path + "/" + name) == .directory ? 2 : 3
    }
    // Each name's rank is asked for once: it is a call of the system.
    return try SystemCalls.list(path).map { (rank($0), $0) }.sorted { $0 < $1 }.map(\.1)
  }

  /// Paths of all that is removed with a fit, each behind what it holds.
  package static func removals(_ path: String) throws(FileError) -> [String] {
    var paths: [String] = []
    for name in try names(in: path).reversed() {
      let entry = path + "/" + name
      if SystemCalls.kind(of: entry) == .directory {
        paths += try removals(entry)
      } else {
        paths.append(entry)
      }
    }
    return paths + [path]
  }

  /// Removes a fit; links in it are removed, not followed.
  static func remove(_ path: String) throws(FileError) {
    for entry in try removals(path) {
      if SystemCalls.kind(of: entry) == .directory {
        try SystemCalls.removeDirectory(entry)
      } else {
        try SystemCalls.removeFile(entry)
      }
    }
  }

  /// Brings a fit to its place; one that is there goes only when the new one is in place.
  static func move(_ fit: String, to path: String) throws(FileError) {
    guard SystemCalls.kind(of: path) != nil else {
      try SystemCalls.rename(fit, to: path)
      return
    }
    if SystemCalls.exchange(fit, path) {
      // The old fit stands now where the new one was made.
      try remove(fit)
      return
    }
    let old = path + ".old"
    if isBegun(old) { try remove(old) }
    try SystemCalls.rename(path, to: old)
    try SystemCalls.rename(fit, to: path)
    try remove(old)
  }
}
