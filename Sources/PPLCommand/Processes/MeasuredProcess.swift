// The environment is a global variable of C; nothing here changes it.
@unsafe @preconcurrency import Glibc

/// A child process that has ended, with what it needed.
struct MeasuredProcess {
  /// Its exit status; nil if a signal ended it.
  var exitStatus: Int32?
  /// When it was started, by `MonotonicClock`.
  var start: Double
  /// When it had ended.
  var end: Double
  /// Most resident memory.
  ///
  /// The kernel counts that of this process too where it was larger when the child was started.
  var peakMemoryBytes: Int
  /// What it wrote to standard error.
  var errors: String

  /// Why a process cannot be started.
  struct Failure: Error {
    var message: String
  }

  /// Runs this same program with other arguments to its end; standard output is dropped.
  static func run(_ arguments: [String]) throws(Failure) -> MeasuredProcess {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw failure("make a pipe", errno) }
    defer { close(ends[0]) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    for end in ends { unsafe posix_spawn_file_actions_addclose(&actions, end) }
    var words = unsafe (["ppl"] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var process = pid_t()
    let start = MonotonicClock.seconds
    let code = unsafe posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, environ)
    close(ends[1])
    guard code == 0 else { throw failure("start a process", code) }
    let errors = readAll(ends[0])
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(process, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw failure("wait for a process", errno) }
    }
    return MeasuredProcess(
      // The low seven bits are the signal, the next byte is the status.
      exitStatus: status & 0x7F == 0 ? (status >> 8) & 0xFF : nil,
      start: start,
      end: MonotonicClock.seconds,
      // Linux counts in KiB.
      peakMemoryBytes: usage.ru_maxrss * 1024,
      errors: errors
    )
  }

  private static func readAll(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let capacity = buffer.count
      let received = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, capacity)
      }
      if received < 0, errno == EINTR { continue }
      guard received > 0 else { break }
      bytes += buffer[..<received]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func failure(_ action: String, _ code: Int32) -> Failure {
    let reason = unsafe String(cString: strerror(code))
    return Failure(message: "cannot \(action): \(reason)")
  }
}

/// A clock that all processes of the machine share and that never goes back.
enum MonotonicClock {
  /// Its time in seconds.
  static var seconds: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
