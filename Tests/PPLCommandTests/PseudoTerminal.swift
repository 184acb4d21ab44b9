import CLinux
import Foundation
import Glibc
import Testing

/// The program at a terminal that a test types at.
final class PseudoTerminal {
  private let master: Int32
  private let process: Process
  /// All that was written to the terminal so far.
  private(set) var screen = ""
  /// All bytes that were written to it.
  private(set) var transcript: [UInt8] = []

  /// Starts the program with a terminal of its own, which sends it the signals of keys; it has no width unless one is given.
  init(_ place: Workplace, _ arguments: [String] = [], columns: UInt16? = nil) throws {
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
    var name = [CChar](repeating: 0, count: 64)
    try #require(unsafe ptsname_r(master, &name, UInt(name.count)) == 0)
    if let columns {
      var size = winsize(ws_row: 100, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
      try #require(unsafe ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
    }
    // No other process that a test starts meanwhile may hold the terminal open.
    let descriptor = unsafe open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(descriptor >= 0)
    let terminal = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setsid")
    process.arguments = ["--ctty", "--wait", Workplace.program] + arguments
    process.currentDirectoryURL = URL(filePath: place.path)
    var environment = ProcessInfo.processInfo.environment
    environment["TERM"] = "xterm"
    environment["XDG_STATE_HOME"] = place.path + "/state"
    environment["NO_COLOR"] = "1"
    process.environment = environment
    process.standardInput = terminal
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    try terminal.close()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    close(master)
  }

  /// Types keys.
  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    let written = unsafe bytes.withUnsafeBytes { unsafe write(master, $0.baseAddress, $0.count) }
    #expect(written == bytes.count)
  }

  /// Waits until the terminal shows a text behind what was looked at before.
  func wait(for text: String) throws {
    try #require(shows(text), "no \"\(text)\" on the terminal, but: \(screen.suffix(2000))")
    guard text.hasSuffix("> ") else { return }
    // The prompt is shown a moment before the editor takes keys one by one; Ctrl-D before that would be lost.
    let limit = Date().addingTimeInterval(Self.patience)
    var mode = termios()
    while Date() < limit {
      if unsafe tcgetattr(master, &mode) == 0, mode.c_lflag & tcflag_t(ICANON) == 0 { return }
      Thread.sleep(forTimeInterval: 0.005)
    }
    Issue.record("the editor does not read")
  }

  /// Waits for the end of the program.
  func finish() throws -> Int32 {
    _ = shows(nil)
    try #require(hasEnded, "the program did not end")
    process.waitUntilExit()
    return process.terminationStatus
  }

  private var hasEnded = false
  /// Longer than any step takes on a machine that does much else, in seconds.
  private static let patience = 60.0

  /// Reads until a text is there (nil: to the end); false if it does not come.
  private func shows(_ text: String?) -> Bool {
    let limit = Date().addingTimeInterval(Self.patience)
    while Date() < limit, !hasEnded {
      if let text, let range = screen.range(of: text) {
        screen.removeSubrange(..<range.upperBound)
        return true
      }
      var request = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&request, 1, 1000) > 0 else { continue }
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = unsafe read(master, &buffer, buffer.count)
      if count <= 0 {
        hasEnded = true
      } else {
        transcript += buffer.prefix(count)
        screen += String(decoding: buffer.prefix(count), as: UTF8.self)
      }
    }
    guard let text, let range = screen.range(of: text) else { return false }
    screen.removeSubrange(..<range.upperBound)
    return true
  }
}
