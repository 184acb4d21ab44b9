import Glibc

/// Processes that answer calls of one signature, started when they are needed and again when they end.
///
/// Whoever has calls takes what workers are idle, at least one, and hands each several calls ahead. A call whose worker
/// ends, hangs or says what is not understood is tried again with another one; the calls behind it lose nothing.
final class WorkerPool: CalloutBackend, @unchecked Sendable {
  /// Seconds for the first line at least: interpreters load their libraries.
  private static let startSeconds = 60.0
  /// Starts in a row that may fail before nothing is started any more.
  private static let greatestStartFailures = 3

  private let settings: ProcessSettings
  private let exchange: WorkerProtocol
  private let tally: CalloutTally
  private let interruption: CalloutInterruption
  private let monitor = Monitor()
  // Changed under the monitor only. A worker in use belongs to the thread that took it.
  private var idle: [WorkerProcess?]
  private var startFailures = 0
  private var startCount = 0

  init(
    _ settings: ProcessSettings,
    _ exchange: WorkerProtocol,
    _ tally: CalloutTally,
    _ interruption: CalloutInterruption
  ) {
    self.settings = settings
    self.exchange = exchange
    self.tally = tally
    self.interruption = interruption
    idle = [WorkerProcess?](repeating: nil, count: max(settings.workers, 1))
  }

  /// Starts a first worker, to hear whether it agrees with the signature.
  func prepare() throws(CalloutFailure) {
    let worker = try start()
    monitor.when({ !idle.isEmpty }, { idle[idle.count - 1] = worker })
  }

  // MARK: Workers

  /// A new worker that has agreed to the signature.
  private func start() throws(CalloutFailure) -> WorkerProcess {
    let worker = try WorkerProcess(command: settings.command, directory: settings.directory)
    worker.send(exchange.greeting())
    let deadline = Self.now + max(settings.timeout, Self.startSeconds)
    func failure(_ message: String) -> CalloutFailure {
      worker.end()
      return CalloutFailure(
        message: "`\(settings.command)` \(message)",
        output: worker.errorText,
        help: "it must answer the first line with {\"ready\": true, \"arguments\": [names]}"
      )
    }
    while true {
      if let line = worker.nextLine() {
        if let reason = exchange.disagreement(line) { throw failure("does not agree: \(reason)") }
        return worker
      }
      guard worker.unfinishedCount < exchange.longestLine else {
        throw failure("writes much and no line")
      }
      guard Self.now < deadline else {
        throw failure("said nothing in \(Int(max(settings.timeout, Self.startSeconds))) s")
      }
      guard !interruption.isRaised else { throw failure("was interrupted") }
      wait(for: [worker], until: deadline)
      _ = worker.flush()
      worker.readErrors()
      if !worker.receive(), !worker.hasLine {
        worker.end()
        throw failure("\(worker.ending) before it said that it is ready")
      }
    }
  }

  private func take(atMost count: Int) -> [WorkerProcess?] {
    monitor.when({ !idle.isEmpty }) {
      let taken = Array(idle.suffix(max(count, 1)))
      idle.removeLast(taken.count)
      return taken
    }
  }

  private func giveBack(_ workers: [WorkerProcess?]) {
    monitor.when({ true }) { idle += workers }
  }

  /// A worker in an empty place; nil if none can be started.
  private func restart() -> WorkerProcess? {
    let isFirst = monitor.when({ true }) { () -> Bool in
      startCount += 1
      return startCount <= max(settings.workers, 1) - 1
    }
    if !isFirst { tally.add(restarts: 1) }
    do {
      let worker = try start()
      monitor.when({ true }) { startFailures = 0 }
      return worker
    } catch {
      let failures = monitor.when({ true }) { () -> Int in
        startFailures += 1
        return startFailures
      }
      tally.add(.fault(.notStarted, error.message))
      if failures >= Self.greatestStartFailures {
        tally.stop(error.message + (error.output.isEmpty ? "" : "\n\(error.output)"))
      }
      return nil
    }
  }

  // MARK: Calls

  func answer(_ calls: [CalloutCall]) -> [CalloutAnswer] {
    guard !calls.isEmpty else { return [] }
    let taken = take(atMost: calls.count)
    var round = Round(calls, taken, depth: settings.batch, retries: settings.retries)
    while !round.isDone {
      if interruption.isRaised {
        round.failAll(.fault(.interrupted, "the run was interrupted"))
        break
      }
      if let reason = tally.stopReason {
        round.failAll(.fault(.notStarted, reason))
        break
      }
      for place in round.places.indices { fill(place, &round) }
      let busy = round.places.filter { !$0.open.isEmpty }
      guard !busy.isEmpty else { continue }
      wait(
        for: busy.compactMap(\.worker),
        until: busy.map(\.deadline).min() ?? Self.now
      )
      for place in round.places.indices where !round.places[place].open.isEmpty {
        read(place, &round)
      }
    }
    // What has calls that nobody waits for is of no use any more.
    giveBack(
      round.places.map { place in
        guard !place.open.isEmpty else { return place.worker }
        place.worker?.end()
        return nil
      }
    )
    tally.add(retries: round.retryCount)
    return round.answers.map { $0 ?? .failed(.fault(.interrupted, "the run was interrupted")) }
  }

  /// Hands a worker its share of the calls that wait.
  private func fill(_ place: Int, _ round: inout Round) {
    guard let call = round.next(for: place) else { return }
    if round.places[place].worker == nil {
      guard let worker = restart() else {
        round.putBack(call)
        return
      }
      round.places[place].worker = worker
    }
    guard let worker = round.places[place].worker else { return }
    var next: Int? = call
    while let call = next {
      if round.places[place].open.isEmpty {
        round.places[place].deadline = Self.now + settings.timeout
      }
      let id = round.open(call, at: place)
      worker.send(exchange.request(round.calls[call], id: id))
      next = round.next(for: place)
    }
    if !worker.flush() { read(place, &round) }
  }

  /// Takes what a worker has answered, or ends it where it went wrong.
  private func read(_ place: Int, _ round: inout Round) {
    guard let worker = round.places[place].worker else { return }
    _ = worker.flush()
    worker.readErrors()
    let isOpen = worker.receive()
    while let line = worker.nextLine() {
      guard let open = round.places[place].open.first else {
        return drop(
          place,
          &round,
          .fault(.malformed, "`\(WorkerProtocol.excerpt(line))` that nobody asked for")
        )
      }
      guard let answer = exchange.answer(line, to: round.calls[open.call], id: open.id) else {
        return drop(place, &round, .fault(.malformed, "`\(WorkerProtocol.excerpt(line))`"))
      }
      round.places[place].open.removeFirst()
      round.places[place].deadline = Self.now + settings.timeout
      round.finish(open.call, answer)
    }
    if round.places[place].open.isEmpty, isOpen { return }
    if worker.unfinishedCount > exchange.longestLine {
      drop(
        place,
        &round,
        .fault(.tooMuchOutput, "more than \(exchange.longestLine) bytes in one line")
      )
    } else if !isOpen {
      worker.end()
      let words = worker.errorText
      drop(
        place,
        &round,
        .fault(.crash, worker.ending + (words.isEmpty ? "" : ", and said: \(words)"))
      )
    } else if Self.now >= round.places[place].deadline {
      drop(place, &round, .fault(.timeout, "nothing in \(settings.timeout) s"))
    }
  }

  /// Ends a worker; the call that it was at counts an attempt, those behind wait again.
  private func drop(_ place: Int, _ round: inout Round, _ fault: CalloutFault) {
    round.places[place].worker?.end()
    round.places[place].worker = nil
    round.drop(place, fault)
  }

  // MARK: Waiting

  private static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Waits until one of the workers can be read or written, or a tenth of a second has passed.
  private func wait(for workers: [WorkerProcess], until deadline: Double) {
    var entries: [pollfd] = []
    for worker in workers {
      entries.append(pollfd(fd: worker.output, events: Int16(POLLIN), revents: 0))
      entries.append(pollfd(fd: worker.errors, events: Int16(POLLIN), revents: 0))
      if worker.hasUnsent {
        entries.append(pollfd(fd: worker.input, events: Int16(POLLOUT), revents: 0))
      }
    }
    let seconds = min(max(deadline - Self.now, 0), 0.1)
    _ = unsafe poll(&entries, nfds_t(entries.count), Int32((seconds * 1000).rounded(.up)))
  }
}

/// The calls of one request to the pool, on their way.
private struct Round {
  /// A place for a worker with the calls that it was given.
  struct Place {
    var worker: WorkerProcess?
    var open: [(call: Int, id: Int)] = []
    var deadline = 0.0
  }

  let calls: [CalloutCall]
  var places: [Place]
  private(set) var answers: [CalloutAnswer?]
  private(set) var retryCount = 0
  private var attempts: [Int]
  /// Calls that wait, the next one last.
  private var waiting: [Int]
  private var doneCount = 0
  private let depth: Int
  private let retries: Int
  private var lastID = 0

  init(_ calls: [CalloutCall], _ workers: [WorkerProcess?], depth: Int, retries: Int) {
    self.calls = calls
    self.retries = retries
    places = workers.map { Place(worker: $0) }
    answers = [CalloutAnswer?](repeating: nil, count: calls.count)
    attempts = [Int](repeating: 0, count: calls.count)
    waiting = calls.indices.reversed()
    // Few calls are shared out evenly.
    let share = (calls.count + workers.count - 1) / workers.count
    self.depth = min(depth, max(share, 1))
  }

  var isDone: Bool { doneCount == calls.count }

  /// The call that a place may be given now.
  mutating func next(for place: Int) -> Int? {
    guard places[place].open.count < depth else { return nil }
    return waiting.popLast()
  }

  mutating func putBack(_ call: Int) { waiting.append(call) }

  /// Notes that a place has a call; its number tells answers apart.
  mutating func open(_ call: Int, at place: Int) -> Int {
    lastID += 1
    places[place].open.append((call, lastID))
    return lastID
  }

  mutating func finish(_ call: Int, _ answer: CalloutAnswer) {
    if answers[call] == nil { doneCount += 1 }
    answers[call] = answer
  }

  /// Takes back what a place was given, whose first call went wrong.
  mutating func drop(_ place: Int, _ fault: CalloutFault) {
    let open = places[place].open
    places[place].open = []
    for entry in open.dropFirst().reversed() { waiting.append(entry.call) }
    guard let first = open.first?.call else { return }
    attempts[first] += 1
    if attempts[first] > retries {
      finish(first, .failed(fault))
    } else {
      retryCount += 1
      waiting.append(first)
    }
  }

  mutating func failAll(_ fault: CalloutFault) {
    for call in calls.indices where answers[call] == nil { finish(call, .failed(fault)) }
  }
}
