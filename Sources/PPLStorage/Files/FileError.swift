/// Why a file or directory could not be used.
package struct FileError: Error, Sendable, Equatable {
  /// What the operating system said, as far as it matters here.
  package enum Reason: Sendable, Equatable {
    case notFound
    case permissionDenied
    case readOnlyFileSystem
    case diskFull
    case alreadyExists
    case isDirectory
    case notDirectory
    case nameTooLong
    /// Any other error number.
    case other(Int32)
  }

  /// What was attempted.
  package enum Operation: String, Sendable {
    case read, write, list, remove, rename
    case makeDirectory = "make directory"
  }

  /// What was attempted.
  package var operation: Operation
  /// On which path.
  package var path: String
  /// Why it failed.
  package var reason: Reason

  /// An error.
  package init(operation: Operation, path: String, reason: Reason) {
    self.operation = operation
    self.path = path
    self.reason = reason
  }

  /// One sentence for the user.
  package var message: String {
    let why =
      switch reason {
      case .notFound: "there is no such file or directory"
      case .permissionDenied: "permission denied"
      case .readOnlyFileSystem: "the file system is read-only"
      case .diskFull: "the disk is full"
      case .alreadyExists: "it exists already"
      case .isDirectory: "it is a directory"
      case .notDirectory: "part of the path is not a directory"
      case .nameTooLong: "the name is too long"
      case .other(let code): SystemCalls.describe(code)
      }
    return "cannot \(operation.rawValue) \(path): \(why)"
  }
}
