/// Files that are written beside their places and moved there together.
///
/// Each file is complete under a temporary name before any of them takes its place, so a reader
/// never sees half a file, and a failure before `commit` changes nothing. Made durable, all files
/// start for the disk at once and are then waited for, which costs about one journal commit
/// instead of one a file.
struct WriteBatch {
  private var paths: [String] = []

  /// Writes one file under its temporary name.
  mutating func stage(_ bytes: [UInt8], at path: String, isDurable: Bool) throws(FileError) {
    paths.append(path)
    try SystemCalls.write(bytes, to: Self.temporary(path), startsWriteback: isDurable)
  }

  /// Moves all files to their places, in the order they were staged.
  mutating func commit(isDurable: Bool) throws(FileError) {
    if isDurable {
      for path in paths { try SystemCalls.synchronize(Self.temporary(path)) }
    }
    for path in paths { try SystemCalls.rename(Self.temporary(path), to: path) }
    if isDurable {
      for directory in Set(paths.map(parentDirectory)).sorted() {
        try SystemCalls.synchronize(directory)
      }
    }
    paths = []
  }

  /// Removes what was staged and not moved.
  mutating func discard() {
    for path in paths {
      do { try SystemCalls.removeFile(Self.temporary(path)) } catch { continue }
    }
    paths = []
  }

  private static func temporary(_ path: String) -> String { path + ".tmp" }
}

/// The directory that a path is in.
func parentDirectory(_ path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The last component of a path.
func fileName(_ path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return path }
  return String(path[path.index(after: slash)...])
}

/// Removes a directory and all it holds; links in it are removed, not followed.
func removeTree(_ path: String) throws(FileError) {
  for name in try SystemCalls.list(path) {
    let entry = path + "/" + name
    if SystemCalls.kind(of: entry) == .directory {
      try removeTree(entry)
    } else {
      try SystemCalls.removeFile(entry)
    }
  }
  try SystemCalls.removeDirectory(path)
}
