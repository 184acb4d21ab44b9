import Foundation
import PPLCallouts
import Synchronization
import TestSupport
import Testing

@Suite struct WorkerPoolTests {
  @Test(arguments: [(1, 1), (1, 16), (3, 7), (5, 1000)])
  func answersAreInTheOrderOfTheCalls(_ workers: Int, _ batch: Int) throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command(), workers: workers, batch: batch)
    let calls = TestFunction.calls(200)
    #expect(pool.kinds(calls).allSatisfy { $0 == nil })
    #expect(worker.requestCount == 200)
    #expect(worker.startCount <= workers)
    #expect(pool.kinds(TestFunction.calls(20, wantsDerivatives: true)).allSatisfy { $0 == nil })
    #expect(pool.backend.answer([]).isEmpty)
    #expect(pool.counts.restarts == 0 && pool.counts.retries == 0)
  }

  @Test func threadsShareTheWorkers() async throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command(), workers: 2)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<30).allSatisfy { round in
            pool.kinds(TestFunction.calls(1 + round % 5)).allSatisfy { $0 == nil }
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    #expect(worker.startCount <= 2)
  }

  /// What one fault at the third of ten calls is to that call without a second attempt.
  private static let faults: [(name: String, kind: CalloutFault.Kind?)] = [
    ("crashBefore", .crash), ("kill", .crash), ("partialExit", .crash), ("grandchild", .crash),
    ("closeOutput", .crash), ("hang", .timeout), ("partialHang", .timeout),
    ("ignoreTerm", .timeout), ("closeInput", .timeout), ("garbage", .malformed),
    ("wrongID", .malformed), ("random", .malformed), ("wrongShape", .wrongShape),
    ("endless", .tooMuchOutput), ("error", .refused), ("flood", nil), ("crashAfter", nil),
    ("twice", nil),
  ]

  /// The calls behind it lose nothing.
  @Test(arguments: faults)
  func aFaultIsThatOfOneCall(_ name: String, _ kind: CalloutFault.Kind?) throws {
    let worker = try TestWorker()
    let pool = try TestPool(
      worker.command("--fault \(name) --at 3"),
      timeout: 0.4,
      retries: 0,
      // To a worker that reads no more, calls ahead may come too late to be written.
      batch: name == "closeInput" ? 1 : 4
    )
    var expected = [CalloutFault.Kind?](repeating: nil, count: 10)
    expected[2] = kind
    let kinds = pool.kinds(TestFunction.calls(10))
    // Of answers behind one that nobody asked for, the next call pays.
    if name == "twice" { expected[3] = .malformed }
    if name == "crashAfter" { expected[3] = .crash }
    #expect(kinds == expected)
  }

  /// With a second attempt no call fails, except where the function itself says so.
  @Test(arguments: faults)
  func anotherAttemptMendsIt(_ name: String, _ kind: CalloutFault.Kind?) throws {
    let worker = try TestWorker()
    let pool = try TestPool(
      worker.command("--fault \(name) --at 3"),
      workers: 2,
      timeout: 0.4,
      batch: 4
    )
    let kinds = pool.kinds(TestFunction.calls(10))
    let isAnswer = name == "error" || name == "wrongShape"
    #expect(kinds.count { $0 != nil } == (isAnswer ? 1 : 0), "\(kinds)")
    let isBreakdown = !isAnswer && name != "flood"
    #expect(pool.counts.retries == (isBreakdown ? 1 : 0))
    #expect(worker.requestCount >= 10)
  }

  @Test(arguments: ["noGradient", "truncatedGradient"])
  func derivativesMustCome(_ name: String) throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command("--fault \(name) --at 2"), retries: 0)
    let kinds = pool.kinds(TestFunction.calls(5, wantsDerivatives: true))
    #expect(kinds == [nil, .malformed, nil, nil, nil])
  }

  /// A call that ends every worker fails after its attempts, and is the only one.
  @Test func aPoisonCallFailsAlone() throws {
    let worker = try TestWorker()
    let pool = try TestPool(
      worker.command("--fault crashBefore --poison 5"),
      workers: 2,
      retries: 2
    )
    let kinds = pool.kinds(TestFunction.calls(20))
    #expect(kinds.enumerated().allSatisfy { $0.element == ($0.offset == 5 ? .crash : nil) })
    #expect(pool.counts.retries == 2)
    #expect(pool.counts.restarts >= 2)
  }

  /// A worker that ended while it had nothing to do is replaced, and no call pays for it.
  @Test func workersThatEndBetweenCallsAreReplaced() throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command("--fault crashAfter"), retries: 0)
    for _ in 0..<5 {
      #expect(pool.kinds(TestFunction.calls(1)) == [nil])
      // Until it has ended.
      Thread.sleep(forTimeInterval: 0.1)
    }
    #expect(worker.startCount == 5)
    #expect(pool.counts.restarts == 4)
    #expect(pool.counts.retries == 0)
  }

  @Test func whatItSaidStandsInTheReason() throws {
    let worker = try TestWorker()
    try worker.makeFile(
      "w.sh",
      """
      read greeting; echo '{"ready": true, "arguments": ["a", "v", "n"]}'
      read request; echo 'first words' >&2; echo 'division by zero' >&2; exit 3
      """
    )
    let pool = try TestPool("sh w.sh", in: worker.folder, retries: 0)
    guard case .failed(let fault) = pool.backend.answer(TestFunction.calls(1))[0] else {
      Issue.record("a worker that ends gives no answer")
      return
    }
    #expect(fault.kind == .crash)
    #expect(fault.detail.contains("ended with status 3"))
    #expect(fault.detail.contains("division by zero"))
  }

  /// When nothing can be started any more, the run hears why.
  @Test func theEndOfAllWorkersStopsTheRun() throws {
    let worker = try TestWorker()
    let pool = try TestPool(
      "if [ -e gone ]; then echo 'the disk is gone' >&2; exit 4; fi; "
        + worker.command("--fault crashBefore --at 3"),
      in: worker.folder,
      workers: 3
    )
    let isStopped = Atomic(false)
    pool.source.tally.whenStopped { isStopped.store(true, ordering: .relaxed) }
    #expect(pool.kinds(TestFunction.calls(2)) == [nil, nil])
    try worker.makeFile("gone")
    #expect(pool.kinds(TestFunction.calls(1)) == [.notStarted])
    let wasTold = isStopped.load(ordering: .relaxed)
    #expect(wasTold)
    let reason = try #require(pool.source.tally.stopReason)
    #expect(reason.contains("ended with status 4"))
    #expect(reason.contains("the disk is gone"))
    #expect(pool.counts.failedStarts == 3)
  }

  /// An interruption is not kept waiting by a call that hangs.
  @Test func anInterruptionEndsCalls() throws {
    let worker = try TestWorker()
    let pool = try TestPool(worker.command("--fault hang"), workers: 2, timeout: 10_000)
    let isRaised = Atomic(false)
    pool.interruption.ask { isRaised.load(ordering: .relaxed) }
    Thread.detachNewThread {
      while worker.requestCount == 0 { Thread.sleep(forTimeInterval: 0.01) }
      isRaised.store(true, ordering: .relaxed)
    }
    #expect(pool.kinds(TestFunction.calls(3)).allSatisfy { $0 == .interrupted })
  }

  // MARK: Starts

  /// Why no worker can be had, by what the command does.
  @Test(arguments: [
    ("exec /nowhere/worker", "ended with status 127"),
    ("true", "ended with status 0 before it said that it is ready"),
    ("echo hello; cat", "its first line is not JSON: `hello`"),
    ("echo '{\"arguments\": [\"a\"]}'; cat", "its first line is `{\"arguments\": [\"a\"]}`"),
    ("echo '{\"ready\": true}'; cat", "does not name its arguments"),
    (
      "echo '{\"ready\": true, \"arguments\": [\"v\", \"a\", \"n\"]}'; cat",
      "it takes (v, a, n), and the program gives (a, v, n)"
    ),
    (
      "echo '{\"ready\": true, \"arguments\": [\"a\", \"v\", \"n\"], \"result\": [4]}'; cat",
      "its result has the sizes [4], and the program wants [2]"
    ),
    ("echo '{\"error\": \"no licence\"}'; cat", "it says: no licence"),
    ("exec tr '\\0' x < /dev/zero", "writes much and no line"),
    ("exec >&-; sleep 1000", "closed its output before it said that it is ready"),
  ])
  func badStartsAreExplained(_ command: String, _ reason: String) throws {
    let failure = #expect(throws: CalloutFailure.self) { try TestPool(command) }
    #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
    #expect(failure?.message.contains(command) == true)
  }

  @Test func aFolderThatIsNotThereIsExplained() throws {
    let failure = #expect(throws: CalloutFailure.self) {
      try TestPool("cat", in: "/nowhere/at/all")
    }
    #expect(failure?.message.contains("No such file or directory") == true)
  }

  @Test(arguments: ["wrongNames", "banner", "crashAtStart"])
  func workersThatStartBadlyAreRefused(_ fault: String) throws {
    let worker = try TestWorker()
    #expect(throws: CalloutFailure.self) { try TestPool(worker.command("--fault \(fault)")) }
  }

  /// While one starts slowly, others answer; and starts that fail at times are made again.
  @Test(arguments: ["slowStart", "crashAtStart"])
  func startsMayFailAtTimes(_ fault: String) throws {
    let worker = try TestWorker()
    // The second start and every third or so of those behind it.
    let pool = try TestPool(
      worker.command("--fault \(fault) --rate 0.3 --seed 4"),
      workers: 3,
      batch: 1
    )
    #expect(pool.kinds(TestFunction.calls(50)).allSatisfy { $0 == nil })
    #expect(pool.source.tally.stopReason == nil)
  }

  @Test func longWaitsAreToldAtDoublingTimes() {
    let tally = CalloutTally()
    let told = Mutex<[Int]>([])
    tally.whenWaiting { seconds in told.withLock { $0.append(seconds) } }
    for seconds in [1, 9.9, 10.2, 12, 19, 21, 25, 39, 41.5, 79, 90, 100] {
      tally.noteWait(of: seconds)
    }
    #expect(told.withLock { $0 } == [10, 21, 41, 90])
  }
}
