import CLinux
import Glibc

/// The operating system's file functions; the only place that calls them.
enum SystemCalls {
  /// The system's text for an error number.
  static func describe(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The error of the call that failed last in this thread.
  static func lastError(_ operation: FileError.Operation, _ path: String) -> FileError {
    let reason: FileError.Reason =
      switch errno {
      case ENOENT: .notFound
      case EACCES, EPERM: .permissionDenied
      case EROFS: .readOnlyFileSystem
      case ENOSPC, EDQUOT: .diskFull
      case EEXIST, ENOTEMPTY: .alreadyExists
      case EISDIR: .isDirectory
      case ENOTDIR: .notDirectory
      case ENAMETOOLONG: .nameTooLong
      default: .other(errno)
      }
    return FileError(operation: operation, path: path, reason: reason)
  }

  /// Kind of what is at a path.
  enum Kind {
    case file, directory, other
  }

  /// What is at `path`, links not followed; `nil` if there is nothing.
  static func kind(of path: String) -> Kind? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFDIR: .directory
    case S_IFREG: .file
    default: .other
    }
  }

  /// All bytes of a file.
  static func read(_ path: String) throws(FileError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw lastError(.read, path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw lastError(.read, path) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileError(operation: .read, path: path, reason: .isDirectory)
    }
    // One byte more than the size shows the end without a second buffer.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 4096))
    var count = 0
    while true {
      let capacity = bytes.count
      let received = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), capacity - count)
      }
      if received < 0 {
        if errno == EINTR { continue }
        throw lastError(.read, path)
      }
      if received == 0 { break }
      count += received
      if count == bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: bytes.count))
      }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Opens a regular file for reading, with its size; nil for what has no places to read at, such as a pipe.
  static func openRegular(_ path: String) throws(FileError) -> (descriptor: Int32, size: Int)? {
    // Looked at before it is opened: who writes to a pipe must not see it opened and closed.
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw lastError(.read, path) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw FileError(operation: .read, path: path, reason: .isDirectory)
    default: return nil
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw lastError(.read, path) }
    guard unsafe fstat(descriptor, &status) == 0 else {
      let error = lastError(.read, path)
      close(descriptor)
      throw error
    }
    return (descriptor, Int(status.st_size))
  }

  /// Up to `count` bytes of an open file from a place on; fewer where it ends.
  static func read(_ descriptor: Int32, _ path: String, at start: Int, count: Int)
    throws(FileError) -> [UInt8]
  {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = unsafe bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(FileError) in
        try unsafe read(descriptor, path, at: start, into: buffer)
      }
    }
    bytes.removeLast(count - (try result.get()))
    return bytes
  }

  /// Fills a buffer from a place of an open file on, and tells how many bytes there were; fewer where it ends.
  static func read(
    _ descriptor: Int32,
    _ path: String,
    at start: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) -> Int {
    var received = 0
    while received < buffer.count {
      let more = unsafe pread(
        descriptor,
        buffer.baseAddress?.advanced(by: received),
        buffer.count - received,
        start + received
      )
      if more < 0 {
        if errno == EINTR { continue }
        throw lastError(.read, path)
      }
      if more == 0 { break }
      received += more
    }
    return received
  }

  /// Closes a file that was opened for reading.
  static func release(_ descriptor: Int32) { close(descriptor) }

  /// Writes a new file or replaces the content of one; starts moving it to the disk if asked.
  static func write(
    _ bytes: [UInt8],
    to path: String,
    startsWriteback: Bool
  ) throws(FileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw lastError(.write, path) }
    var written = 0
    while written < bytes.count {
      let sent = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(
          descriptor,
          $0.baseAddress?.advanced(by: written),
          bytes.count - written
        )
      }
      if sent < 0 {
        if errno == EINTR { continue }
        let error = lastError(.write, path)
        close(descriptor)
        throw error
      }
      written += sent
    }
    if startsWriteback {
      // A hint only: what it does not start, `synchronize` waits for all the same.
      let start: UInt32 = 2
      _ = sync_file_range(descriptor, 0, 0, start)
    }
    // Some file systems report a full disk only here.
    guard close(descriptor) == 0 else { throw lastError(.write, path) }
  }

  /// Waits until a file or directory is on the disk.
  static func synchronize(_ path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw lastError(.write, path) }
    defer { close(descriptor) }
    // Directories of some file systems cannot be synchronised; that is no failure.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw lastError(.write, path) }
  }

  /// Moves a file or directory over what is at `target`.
  static func rename(_ path: String, to target: String) throws(FileError) {
    guard unsafe Glibc.rename(path, target) == 0 else { throw lastError(.rename, path) }
  }

  /// Exchanges two paths in one step; false if the file system cannot.
  static func exchange(_ path: String, _ other: String) -> Bool {
    let renameExchange: UInt32 = 2
    return unsafe renameat2(AT_FDCWD, path, AT_FDCWD, other, renameExchange) == 0
  }

  /// Removes a file.
  static func removeFile(_ path: String) throws(FileError) {
    guard unsafe unlink(path) == 0 else { throw lastError(.remove, path) }
  }

  /// Removes an empty directory.
  static func removeDirectory(_ path: String) throws(FileError) {
    guard unsafe rmdir(path) == 0 else { throw lastError(.remove, path) }
  }

  /// Makes a directory.
  static func makeDirectory(_ path: String) throws(FileError) {
    guard unsafe mkdir(path, 0o777) == 0 else { throw lastError(.makeDirectory, path) }
  }

  /// Makes a directory with a new name in `TMPDIR`, or in `/tmp`.
  static func makeTemporaryDirectory() throws(FileError) -> String {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var path = Array((parent + "/ppl-XXXXXX").utf8CString)
    guard unsafe mkdtemp(&path) != nil else { throw lastError(.makeDirectory, parent) }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path of the file itself, all links followed.
  static func resolve(_ path: String) throws(FileError) -> String {
    guard let resolved = unsafe realpath(path, nil) else { throw lastError(.read, path) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// Bytes that can still be written where a path is.
  static func freeBytes(_ path: String) throws(FileError) -> Int {
    var facts = statvfs()
    guard unsafe statvfs(path, &facts) == 0 else { throw lastError(.read, path) }
    return Int(facts.f_bavail) * Int(facts.f_frsize)
  }

  /// Makes an empty file with a new name in the directory of `path`, which only its owner may read.
  static func makeTemporaryFile(beside path: String) throws(FileError) -> String {
    let pattern = parentDirectory(path) + "/." + fileName(path) + ".XXXXXX"
    var name = Array(pattern.utf8CString)
    let descriptor = unsafe mkstemp(&name)
    guard descriptor >= 0 else { throw lastError(.write, path) }
    close(descriptor)
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Gives a file the permissions of another.
  static func copyPermissions(of path: String, to other: String) throws(FileError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw lastError(.read, path) }
    guard unsafe chmod(other, status.st_mode & 0o7777) == 0 else { throw lastError(.write, path) }
  }

  /// Names of the entries of a directory, sorted.
  static func list(_ path: String) throws(FileError) -> [String] {
    guard let directory = unsafe opendir(path) else { throw lastError(.list, path) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
        unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Seconds of a clock that never goes back.
  static func monotonicSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Nanoseconds since 1970 by the system's clock.
  static func nanoseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }

  /// Now, in ISO 8601: `2025-01-31T12:00:00+00:00`.
  static func timestamp() -> String {
    var seconds = time(nil)
    var parts = unsafe tm()
    unsafe gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let length = unsafe strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S+00:00", &parts)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
