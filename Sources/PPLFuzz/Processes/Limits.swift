import Glibc

/// What a worker may use; the kernel ends it when it uses more.
enum Limits {
  /// CPU seconds of one case.
  static let cpuSeconds = 2
  /// Seconds of waiting for one case, for what hangs without using a processor.
  static let waitingSeconds = 60
  /// Bytes of private memory of a worker.
  static let memoryBytes: UInt = 2 << 30

  /// Sets the limits that hold for the whole process.
  ///
  /// `RLIMIT_DATA` counts what is written, not what is reserved as `RLIMIT_AS` does.
  static func limitProcess() {
    var memory = rlimit(rlim_cur: memoryBytes, rlim_max: memoryBytes)
    _ = unsafe setrlimit(__rlimit_resource_t(2), &memory)
    var core = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = unsafe setrlimit(__rlimit_resource_t(4), &core)
  }

  /// Gives the next case its time: SIGPROF ends it for CPU time, SIGALRM for waiting.
  static func startCase() {
    set(ITIMER_PROF, cpuSeconds)
    set(ITIMER_REAL, waitingSeconds)
  }

  private static func set(_ timer: __itimer_which, _ seconds: Int) {
    var value = itimerval()
    value.it_value.tv_sec = seconds
    _ = unsafe setitimer(__itimer_which_t(timer.rawValue), &value, nil)
  }
}
