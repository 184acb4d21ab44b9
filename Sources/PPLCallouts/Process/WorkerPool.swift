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
  /// Workers that were lost and have no successor yet.
  private var lostCount = 0

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
    while try !hasAgreed(worker) {
      guard !interruption.isRaised else {
        throw CalloutFailure(message: "`\(settings.command)` was interrupted")
      }
      wait(for: [worker], until: startDeadline(of: worker))
    }
    monitor.when({ !idle.isEmpty }, { idle[idle.count - 1] = worker })
  }

  // MARK: Workers

  /// A new worker, which is yet to agree to the signature.
  private func start() throws(CalloutFailure) -> WorkerProcess {
    let worker = try WorkerProcess(command: settings.command, directory: settings.directory)
    worker.send(exchange.greeting())
    return worker
  }

  private func startDeadline(of worker: WorkerProcess) -> Double {
    worker.start + max(settings.timeout, Self.startSeconds)
  }

  /// Whether a worker has agreed to the signature; false if it has said nothing yet.
  ///
  /// - Throws: why it will not, and the worker is ended.
  private func hasAgreed(_ worker: WorkerProcess) throws(CalloutFailure) -> Bool {
    guard !worker.isReady else { return true }
    func failure(_ message: String) -> CalloutFailure {
      worker.end()
      return CalloutFailure(
        message: "`\(settings.command)` \(message)",
        output: worker.errorText,
        help: "it must answer the first line with {\"ready\": true, \"arguments\": [names]}"
      )
    }
    // What it wrote before its end is there to be read once the end is seen.
    let hasExited = worker.hasExited()
    _ = worker.flush()
    worker.readErrors()
    let isOpen = worker.receive()
    if let line = worker.nextLine() {
      if let reason = exchange.disagreement(line) { throw failure("does not agree: \(reason)") }
      worker.isReady = true
      return true
    }
    if worker.unfinishedCount > exchange.longestLine { throw failure("writes much and no line") }
    if !isOpen || hasExited {
      let what = lastWords(of: worker)
      throw failure("\(what) before it said that it is ready")
    }
    guard WorkerProcess.now < startDeadline(of: worker) else {
      throw failure("said nothing in \(Int(max(settings.timeout, Self.startSeconds))) s")
    }
    return false
  }

  /// Ends a worker that has ended or closed its output, and says which.
  private func lastWords(of worker: WorkerProcess) -> String {
    // The end of its output is seen a moment before its own.
    let hasExited = worker.hasExited(within: 0.05)
    worker.end()
    return hasExited ? worker.ending : "closed its output"
  }

  private func take(atMost count: Int) -> [WorkerProcess?] {
    monitor.when({ !idle.isEmpty }) {
      let taken = Array(idle.suffix(max(count, 1)))
      idle.removeLast(taken.count)
      return taken
    }
  }

  private func giveBack(_ workers: [WorkerProcess?]) {
    monitor.when({ true }) {
      // The last ones are taken first.
      idle = workers.filter { $0?.isReady != true } + idle + workers.filter { $0?.isReady == true }
    }
  }

  /// Counts a start that failed; after several in a row the run stops.
  private func noteFailedStart(_ failure: CalloutFailure) {
    let failures = monitor.when({ true }) { () -> Int in
      startFailures += 1
      return startFailures
    }
    tally.add(failedStarts: 1)
    if failures >= Self.greatestStartFailures {
      tally.stop(failure.message + (failure.output.isEmpty ? "" : "\n\(failure.output)"))
    }
  }

  /// Notes that a worker is gone.
  private func noteLoss() { monitor.when({ true }) { lostCount += 1 } }

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
      waitForOne(of: round)
      for place in round.places.indices { attend(place, &round) }
    }
    // What has calls that nobody waits for is of no use any more.
    giveBack(
      round.places.map { place in
        guard !place.open.isEmpty else { return place.worker }
        place.worker?.end()
        noteLoss()
        return nil
      }
    )
    tally.add(retries: round.retryCount)
    return round.answers.map { $0 ?? .failed(.fault(.interrupted, "the run was interrupted")) }
  }

  /// Hands a worker its share of the calls that wait, or starts one to do so.
  private func fill(_ place: Int, _ round: inout Round) {
    guard round.hasCall(for: place) else { return }
    if let worker = round.places[place].worker, worker.isReady, round.places[place].open.isEmpty,
      !worker.isQuiet
    {
      // It ended, or wrote what nobody asked for, before it was given a call.
      worker.end()
      round.places[place].worker = nil
      noteLoss()
    }
    guard let worker = round.places[place].worker else {
      do throws(CalloutFailure) { round.places[place].worker = try start() } catch {
        noteFailedStart(error)
      }
      return
    }
    guard worker.isReady else { return }
    while let (call, id) = round.open(at: place) {
      if round.places[place].open.count == 1 { round.places[place].since = WorkerProcess.now }
      worker.send(exchange.request(round.calls[call], id: id))
    }
    _ = worker.flush()
  }

  /// Takes what a worker has said.
  private func attend(_ place: Int, _ round: inout Round) {
    guard let worker = round.places[place].worker else { return }
    guard !worker.isReady else {
      if !round.places[place].open.isEmpty { read(worker, place, &round) }
      return
    }
    do throws(CalloutFailure) {
      guard try hasAgreed(worker) else { return }
      let isSuccessor = monitor.when({ true }) { () -> Bool in
        startFailures = 0
        guard lostCount > 0 else { return false }
        lostCount -= 1
        return true
      }
      if isSuccessor { tally.add(restarts: 1) }
    } catch {
      round.places[place].worker = nil
      noteFailedStart(error)
    }
  }

  /// Takes what a worker has answered, or ends it where it went wrong.
  private func read(_ worker: WorkerProcess, _ place: Int, _ round: inout Round) {
    // What it wrote before its end is there to be read once the end is seen.
    let hasExited = worker.hasExited()
    let takesCalls = worker.flush()
    worker.readErrors()
    let isOpen = worker.receive()
    while let line = worker.nextLine() {
      guard let open = round.places[place].open.first else {
        let text = WorkerProtocol.excerpt(line)
        return drop(place, &round, .fault(.malformed, "`\(text)` that nobody asked for"))
      }
      guard let answer = exchange.answer(line, to: round.calls[open.call], id: open.id) else {
        return drop(place, &round, .fault(.malformed, "`\(WorkerProtocol.excerpt(line))`"))
      }
      round.places[place].open.removeFirst()
      round.places[place].since = WorkerProcess.now
      round.finish(open.call, answer)
    }
    let waited = WorkerProcess.now - round.places[place].since
    if worker.unfinishedCount > exchange.longestLine {
      let detail = "more than \(exchange.longestLine) bytes in one line"
      drop(place, &round, .fault(.tooMuchOutput, detail))
    } else if !isOpen || !takesCalls || hasExited {
      let ending = lastWords(of: worker)
      let words = worker.errorText
      drop(place, &round, .fault(.crash, ending + (words.isEmpty ? "" : ", and said: \(words)")))
    } else if !round.places[place].open.isEmpty {
      if waited >= settings.timeout {
        drop(place, &round, .fault(.timeout, "nothing in \(settings.timeout) s"))
      } else {
        tally.noteWait(of: waited)
      }
    }
  }

  /// Ends a worker; the call that it was at counts an attempt, those behind wait again.
  private func drop(_ place: Int, _ round: inout Round, _ fault: CalloutFault) {
    round.places[place].worker?.end()
    round.places[place].worker = nil
    noteLoss()
    round.drop(place, fault)
  }

  // MARK: Waiting

  /// Waits until a worker that is asked something can be read or written, or its time is over.
  private func waitForOne(of round: Round) {
    var workers: [WorkerProcess] = []
    var deadline = Double.infinity
    for place in round.places {
      guard let worker = place.worker else { continue }
      if !worker.isReady {
        deadline = min(deadline, startDeadline(of: worker))
      } else if !place.open.isEmpty {
        deadline = min(deadline, place.since + settings.timeout)
      } else {
        continue
      }
      workers.append(worker)
    }
    if !workers.isEmpty { wait(for: workers, until: deadline) }
  }

  /// Waits until one of the workers can be read or written, or a tenth of a second has passed.
  private func wait(for workers: [WorkerProcess], until deadline: Double) {
    var entries: [pollfd] = []
    for worker in workers {
      entries.append(pollfd(fd: worker.output, events: Int16(POLLIN), revents: 0))
      if worker.writesErrors {
        entries.append(pollfd(fd: worker.errors, events: Int16(POLLIN), revents: 0))
      }
      if worker.hasUnsent {
        entries.append(pollfd(fd: worker.input, events: Int16(POLLOUT), revents: 0))
      }
    }
    let seconds = min(max(deadline - WorkerProcess.now, 0), 0.1)
    _ = unsafe poll(&entries, nfds_t(entries.count), Int32((seconds * 1000).rounded(.up)))
  }
}
