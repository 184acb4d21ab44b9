import Glibc

/// The file system of a directory.
package struct FileSystemFacts: Sendable, Equatable {
  /// Its kind, for instance `ext4`; nil where the system does not tell.
  package var kind: String?
  /// Bytes that can still be written.
  package var freeBytes: Int

  package init(kind: String?, freeBytes: Int) {
    self.kind = kind
    self.freeBytes = freeBytes
  }

  /// That of a path.
  package init(of path: String) throws(FileError) {
    let path = try SystemCalls.resolve(path)
    freeBytes = try SystemCalls.freeBytes(path)
    kind = (try? SystemCalls.read("/proc/self/mounts")).flatMap {
      Self.kind(of: path, mounts: String(decoding: $0, as: UTF8.self))
    }
  }

  /// The kind of the mount that is nearest above a path, the later of two at one place.
  ///
  /// Takes the lines of `/proc/self/mounts`: device, place, kind, options.
  package static func kind(of path: String, mounts: String) -> String? {
    var best: (length: Int, kind: String)?
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 2 else { continue }
      let place = words[1].replacing("\\040", with: " ")
      let isAbove = place == "/" || path == place || path.hasPrefix(place + "/")
      if isAbove, place.count >= best?.length ?? 0 { best = (place.count, String(words[2])) }
    }
    return best?.kind
  }
}
