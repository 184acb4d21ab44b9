/// Files that are written beside their places and moved there together.
///
/// Each file is complete under a temporary name before any of them takes its place, so a reader
/// never sees half a file, and a failure before `commit` changes nothing. Made durable, few files
/// start for the disk at once and are then waited for, which costs about one journal commit
/// instead of one a file; many are waited for with all else that the file system has to write, in one call.
///
/// Files that nobody reads before something else names them are written at their places at once.
struct WriteBatch {
  private let fileSystem: OpenFileSystem
  /// Files under their temporary names.
  private var replacements: [String] = []
  /// Files at their places.
  private var additions: [String] = []

  init(_ fileSystem: OpenFileSystem) {
    self.fileSystem = fileSystem
  }

  /// Writes one file, under its temporary name unless it is new and not yet read.
  mutating func stage(
    _ bytes: [UInt8],
    at path: String,
    isDurable: Bool,
    isNew: Bool = false
  ) throws(FileError) {
    if isNew { additions.append(path) } else { replacements.append(path) }
    try SystemCalls.write(
      bytes,
      to: isNew ? path : Self.temporary(path),
      startsWriteback: isDurable
        && fileSystem.waitsForEach(of: replacements.count + additions.count)
    )
  }

  /// Moves all files to their places, in the order they were staged.
  mutating func commit(isDurable: Bool) throws(FileError) {
    if isDurable {
      try fileSystem.synchronize(additions + replacements.map(Self.temporary))
    }
    for path in replacements { try SystemCalls.rename(Self.temporary(path), to: path) }
    if isDurable {
      let directories = Set((additions + replacements).map(parentDirectory))
      try fileSystem.synchronize(directories.sorted())
    }
    (additions, replacements) = ([], [])
  }

  /// Removes what was staged and not moved.
  mutating func discard() {
    for path in additions + replacements.map(Self.temporary) {
      do { try SystemCalls.removeFile(path) } catch { continue }
    }
    (additions, replacements) = ([], [])
  }

  /// Removes what a program that was killed had staged, in a folder and those in it.
  static func removeLeftovers(in folder: String) throws(FileError) {
    for name in try SystemCalls.list(folder) {
      let path = folder + "/" + name
      if SystemCalls.kind(of: path) == .directory {
        try removeLeftovers(in: path)
      } else if name.hasSuffix(temporary("")) {
        try SystemCalls.removeFile(path)
      }
    }
  }

  private static func temporary(_ path: String) -> String { path + ".tmp" }
}

/// Writes a file, which appears whole or not at all; missing parents are made.
///
/// Until then it has a name that nothing had.
func writeWhole(_ bytes: [UInt8], to path: String) throws(FileError) {
  try makeParents(of: path)
  var number = SystemCalls.nanoseconds()
  while SystemCalls.kind(of: "\(path).\(number).tmp") != nil { number += 1 }
  let new = "\(path).\(number).tmp"
  do throws(FileError) {
    try SystemCalls.write(bytes, to: new, startsWriteback: false)
    try SystemCalls.synchronize(new)
    try SystemCalls.rename(new, to: path)
    try SystemCalls.synchronize(parentDirectory(path))
  } catch {
    try? SystemCalls.removeFile(new)
    throw error
  }
}

/// Writes a file into a directory that is there; it appears whole or not at all.
func replaceFile(
  _ bytes: [UInt8],
  at path: String,
  on fileSystem: OpenFileSystem,
  isDurable: Bool
) throws(FileError) {
  var batch = WriteBatch(fileSystem)
  do throws(FileError) {
    try batch.stage(bytes, at: path, isDurable: isDurable)
    try batch.commit(isDurable: isDurable)
  } catch {
    batch.discard()
    throw error
  }
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
