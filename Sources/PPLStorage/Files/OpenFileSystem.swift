import CLinux
import Glibc

/// The file system that holds a directory, kept open to wait for all that is written to it.
///
/// Linux reports a write that failed to every descriptor that was open at the time, so one is opened before
/// the first write that it is to wait for (Linux 5.8 and later; earlier ones wait, but tell of no failure).
final class OpenFileSystem: Sendable {
  private let descriptor: Int32
  private let path: String

  /// Opens one.
  ///
  /// - Parameter path: a directory in it.
  /// - Throws: if the directory cannot be opened.
  init(of path: String) throws(FileError) {
    descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    self.path = path
    guard descriptor >= 0 else { throw SystemCalls.lastError(.write, path) }
  }

  /// Marks the directory as one that a program writes, until `unlock` or the end of the program, however it ends.
  ///
  /// - Returns: whether no other had marked it, as far as the file system keeps marks.
  func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK }

  /// Takes the mark away.
  func unlock() { flock(descriptor, LOCK_UN) }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether so many files are waited for one by one.
  ///
  /// Measured on ext4: an fsync of a file that is on its way takes 0.4 ms, a syncfs after 70,000 new files
  /// two seconds. But syncfs also waits for what other programs write, so a few files are better alone.
  func waitsForEach(of count: Int) -> Bool { count <= 64 }

  /// Waits until files or directories are on the disk.
  func synchronize(_ paths: [String]) throws(FileError) {
    guard !waitsForEach(of: paths.count) else {
      for path in paths { try SystemCalls.synchronize(path) }
      return
    }
    guard syncfs(descriptor) == 0 else { throw SystemCalls.lastError(.write, path) }
  }
}
