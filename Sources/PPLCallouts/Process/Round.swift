/// The calls of one request to a pool, on their way.
struct Round {
  /// A place for a worker with the calls that it was given.
  struct Place {
    var worker: WorkerProcess?
    var open: [(call: Int, id: Int)] = []
    /// Since when the first of them is waited for.
    var since = 0.0
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

  /// Whether a place may be given a call now.
  func hasCall(for place: Int) -> Bool {
    places[place].open.count < depth && !waiting.isEmpty
  }

  /// Gives a call that waits to a place.
  ///
  /// - Returns: the call, and the number that tells its answer apart.
  mutating func open(at place: Int) -> (call: Int, id: Int)? {
    guard hasCall(for: place), let call = waiting.popLast() else { return nil }
    lastID += 1
    places[place].open.append((call, lastID))
    return (call, lastID)
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
