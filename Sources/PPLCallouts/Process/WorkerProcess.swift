// The environment is a global variable of C; nothing here changes it.
import CLinux
@unsafe @preconcurrency import Glibc

/// A process that answers requests line by line, with the pipes to it.
///
/// It leads a process group of its own. In that group a shell waits for the end of a pipe that only this process holds open,
/// and then kills the group: so nothing of it outlives this process, however that ends.
@safe
final class WorkerProcess {
  /// What runs in the group: the guard, which lets go of the worker's own pipes, then the command.
  private static let script =
    "(exec <&- >&- 2>&-; read _ <&3; kill -9 -$$) & exec 3<&-; exec /bin/sh -c \"$1\""
  /// What is kept of the standard errors.
  private static let errorLimit = 2048

  let id: pid_t
  /// Parent's ends: the worker's input, its output, its errors, and what the guard waits for.
  let input: Int32
  let output: Int32
  let errors: Int32
  private let lifeline: Int32
  /// What is still to be written.
  private(set) var unsent: [UInt8] = []
  private var sentCount = 0
  /// What was read behind the last whole line.
  private var received: [UInt8] = []
  private var searched = 0
  private var lastErrors: [UInt8] = []
  /// Whether more may come on standard error.
  private(set) var writesErrors = true
  private var isReaped = false
  /// How it ended, once it is reaped.
  private(set) var ending = "ended"
  /// When it was started, in seconds of the clock that never goes back.
  let start: Double
  /// Whether it has agreed to the signature.
  var isReady = false

  /// Starts a command in a folder.
  ///
  /// - Throws: why it cannot be started.
  init(command: String, directory: String) throws(CalloutFailure) {
    var pipes: [[Int32]] = []
    func closeAll() { for end in pipes.joined() { close(end) } }
    for _ in 0..<4 {
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else {
        let reason = Self.reason(errno)
        closeAll()
        throw CalloutFailure(message: "no pipe to `\(command)` could be made: \(reason)")
      }
      pipes.append(ends)
    }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let given = [(pipes[0][0], 0), (pipes[1][1], 1), (pipes[2][1], 2), (pipes[3][0], 3)]
    // Ends that lie among the wanted numbers would be overwritten before they are used: move all above them first.
    var moved: [Int32] = []
    for (end, _) in given { moved.append(fcntl(end, F_DUPFD_CLOEXEC, 16)) }
    defer { for end in moved where end >= 0 { close(end) } }
    guard !moved.contains(-1) else {
      let reason = Self.reason(errno)
      closeAll()
      throw CalloutFailure(message: "no pipe to `\(command)` could be made: \(reason)")
    }
    for (end, (_, number)) in zip(moved, given) {
      unsafe posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
    }
    unsafe posix_spawn_file_actions_addchdir_np(&actions, directory)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGQUIT] { unsafe sigaddset(&defaults, signal) }
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
    )
    let texts = ["sh", "-c", Self.script, "ppl", command]
    var words = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var id: pid_t = 0
    let status = unsafe posix_spawn(&id, "/bin/sh", &actions, &attributes, &words, environ)
    guard status == 0 else {
      let reason = Self.reason(status)
      closeAll()
      throw CalloutFailure(message: "`\(command)` could not be started: \(reason)")
    }
    self.id = id
    start = Self.now
    for (position, kept) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
      close(pipes[position][1 - kept])
    }
    (input, output, errors, lifeline) = (pipes[0][1], pipes[1][0], pipes[2][0], pipes[3][1])
    for end in [input, output, errors] {
      _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
    }
  }

  deinit { end() }

  /// The system's words for an error number.
  static func reason(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

  /// Seconds of the clock that never goes back.
  static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Whether its leader has ended, within some seconds.
  func hasExited(within seconds: Double = 0) -> Bool {
    guard !isReaped else { return true }
    let deadline = Self.now + seconds
    while true {
      // It is left to be reaped, so that its number, which is that of the group, belongs to nobody else.
      var information = unsafe siginfo_t()
      let status = unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT)
      if status == 0, unsafe information.si_signo == SIGCHLD { return true }
      guard Self.now < deadline else { return false }
      usleep(500)
    }
  }

  /// Kills the whole group and waits for its leader.
  func end() {
    guard !isReaped else { return }
    // One that has ended by itself tells how.
    let hasEnded = hasExited()
    isReaped = true
    kill(-id, SIGKILL)
    var status: Int32 = 0
    while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    if !hasEnded {
      ending = "was killed"
    } else if signal == 0 {
      ending = "ended with status \((status >> 8) & 0xff)"
    } else {
      ending = "was ended by signal \(signal)"
    }
    readErrors()
    for descriptor in [input, output, errors, lifeline] { close(descriptor) }
  }

  // MARK: Lines

  /// Adds to what is to be written.
  func send(_ bytes: [UInt8]) { unsent += bytes }

  var hasUnsent: Bool { sentCount < unsent.count }

  /// Writes what the pipe takes; false if nobody reads it any more.
  func flush() -> Bool {
    while hasUnsent {
      let count = unsafe unsent.withUnsafeBytes { bytes -> Int in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe Self.write(input, base + sentCount, bytes.count - sentCount)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return errno == EAGAIN
      }
      sentCount += count
    }
    unsent.removeAll(keepingCapacity: true)
    sentCount = 0
    return true
  }

  /// Writes without the signal that a broken pipe sends: this is no program of its own.
  private static func write(_ end: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    var broken = sigset_t()
    unsafe sigemptyset(&broken)
    unsafe sigaddset(&broken, SIGPIPE)
    var before = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, &broken, &before)
    let written = unsafe Glibc.write(end, bytes, count)
    let failure = errno
    if written < 0, failure == EPIPE {
      var now = timespec()
      while unsafe sigtimedwait(&broken, nil, &now) < 0, errno == EINTR {}
    }
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    errno = failure
    return written
  }

  /// Most bytes that are taken over at a time: one that writes faster than it is read must not hold its reader.
  private static let readLimit = 1 << 20

  /// Reads what is there; false at the end of the output.
  func receive() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var total = 0
    while total < Self.readLimit {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(output, $0.baseAddress, $0.count)
      }
      if count > 0 {
        received += buffer[..<count]
        total += count
        if count < buffer.count { return true }
      } else if count == 0 {
        return false
      } else if errno != EINTR {
        return errno == EAGAIN
      }
    }
    return true
  }

  /// Bytes of a line that has not come to its end.
  var unfinishedCount: Int { received.count }

  /// Whether it lives and has written nothing that was not asked for.
  var isQuiet: Bool {
    var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    let waiting = unsafe poll(&entry, 1, 0)
    return waiting == 0 && received.isEmpty && !hasExited()
  }

  /// The next whole line, without its end.
  func nextLine() -> [UInt8]? {
    guard let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = received.count
      return nil
    }
    let line = Array(received[..<end])
    received.removeSubrange(...end)
    searched = 0
    return line
  }

  /// Takes over what was written to standard error, of which the end is kept.
  func readErrors() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var total = 0
    while total < Self.readLimit {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(errors, $0.baseAddress, $0.count)
      }
      if count == 0 { writesErrors = false }
      guard count > 0 else { return }
      total += count
      lastErrors += buffer[..<count]
      if lastErrors.count > 2 * Self.errorLimit {
        lastErrors.removeFirst(lastErrors.count - Self.errorLimit)
      }
    }
  }

  /// The last lines on standard error.
  var errorText: String {
    let text = String(decoding: lastErrors.suffix(Self.errorLimit), as: UTF8.self)
    let lines = text.split(separator: "\n").suffix(6)
    return lines.joined(separator: "\n")
  }
}
