/// An open file that is read at any place.
final class RandomAccessFile: Sendable {
  /// Its bytes when it was opened.
  let size: Int
  private let path: String
  private let descriptor: Int32

  /// Opens a file; nil for what has no places, such as a pipe.
  init?(_ path: String) throws(FileError) {
    guard let file = try SystemCalls.openRegular(path) else { return nil }
    (descriptor, size) = file
    self.path = path
  }

  deinit { SystemCalls.release(descriptor) }

  /// Up to `count` bytes from a place on; fewer where the file ends.
  func read(_ start: Int, _ count: Int) throws(FileError) -> [UInt8] {
    try SystemCalls.read(descriptor, path, at: start, count: count)
  }

  /// Fills a buffer from a place on, and tells how many bytes there were; fewer where the file ends.
  func read(_ start: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    try unsafe SystemCalls.read(descriptor, path, at: start, into: buffer)
  }
}
