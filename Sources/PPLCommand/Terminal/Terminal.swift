import ArgumentParser
import Glibc

/// The streams that the program writes to.
enum Terminal {
  /// Writes to standard output; results that cannot be written end the program with status 4.
  static func output(_ text: String) {
    output(Array((hasUnicode ? text : withoutBlocks(text)).utf8))
  }

  /// The same of bytes.
  static func output(_ bytes: [UInt8]) {
    guard let code = write(bytes, to: STDOUT_FILENO) else { return }
    let reason = unsafe String(cString: strerror(code))
    error("error: cannot write to standard output: \(reason)\n")
    exit(ExitStatus.runFailed.rawValue)
  }

  /// Writes to standard error.
  static func error(_ text: String) {
    _ = write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// All of standard input.
  static func input() -> [UInt8] {
    var bytes: [UInt8] = []
    while let more = read(STDIN_FILENO) { bytes += more }
    return bytes
  }

  /// What can be read next, at most 64 KB; waits for it, nil at the end.
  static func read(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
      }
      if count > 0 { return Array(buffer.prefix(count)) }
      if count < 0, errno == EINTR { continue }
      return nil
    }
  }

  /// Whether standard error is a terminal that understands cursor movements.
  static var isErrorInteractive: Bool {
    isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb" && environment("TERM") != nil
  }

  /// Whether a person types at a terminal and reads there.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  /// Whether colours are wanted on standard error (see no-color.org).
  static var usesColor: Bool {
    isErrorInteractive && (environment("NO_COLOR") ?? "").isEmpty
  }

  /// Whether the locale has characters beyond ASCII: the first variable that is set decides, as POSIX has it (Base Definitions, section 8.2).
  private static var hasUnicode: Bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    let locale = names.compactMap(environment).first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  /// The characters that plots are made of, with what stands for them in ASCII.
  private static let blocks: [Character: Character] = [
    "▁": ".", "▂": ":", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#", "─": "-",
    "━": "=", "┴": "+", "●": "o",
  ]

  private static func withoutBlocks(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : String(text.map { blocks[$0] ?? $0 })
  }

  /// A path that means the same in every working directory.
  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let own = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(own) }
    return unsafe String(cString: own) + "/" + path
  }

  /// Where a file of the program's own is kept from one run to the next (XDG Base Directory Specification); nil without
  /// a home.
  static func statePath(_ name: String) -> String? {
    let folder =
      environment("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? environment("HOME").map { $0 + "/.local/state" }
    return folder.map { "\($0)/ppl/\(name)" }
  }

  static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// - Returns: the number of the system's error, nil if all was written.
  private static func write(_ content: [UInt8], to descriptor: Int32) -> Int32? {
    var bytes = content[...]
    while !bytes.isEmpty {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      guard written > 0 else {
        if written < 0, errno == EINTR || errno == EAGAIN { continue }
        return errno
      }
      bytes = bytes.dropFirst(written)
    }
    return nil
  }
}
