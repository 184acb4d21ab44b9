import Glibc
import PPLJSON

/// A worker for tests: answers the calls of the function that its greeting describes, and goes wrong where it is told to.
///
/// Element j of the result is the sum over all elements v of the arguments, numbered by i, of
///
///     cos(0.3 (j + 1) + i) v + 0.1 v²
///
/// `--log FILE` appends a byte to FILE for each request and to FILE.starts for each start, so that tests count both;
/// the number of a request over all workers is its place there. `--fault NAME` goes wrong with `--rate R`, drawn by
/// `--seed` and that number, at request `--at N` alone, where the first argument is `--poison X`, or always.
/// `--function line` computes a + b j instead, and `--function root` the square root, which has no value below zero.
/// `--wrong-by X` multiplies the derivatives by the first argument. `--pids FILE` appends the process numbers of the worker and of a process that it starts, which sleeps.
@main
enum CalloutWorker {
  static func main() {
    let options = Options(CommandLine.arguments)
    var worker = Worker(options)
    worker.serve()
  }
}

/// What the command line says.
struct Options {
  private var words: [String: String] = [:]

  init(_ arguments: [String]) {
    var place = 1
    while place + 1 < arguments.count {
      words[arguments[place]] = arguments[place + 1]
      place += 2
    }
  }

  func text(_ name: String) -> String? { words["--" + name] }
  func number(_ name: String) -> Double? { text(name).flatMap { Double($0) } }
}

/// How it goes wrong.
enum Fault: String {
  // At a request.
  case crashBefore, crashAfter, kill, hang, partialHang, partialExit, wrongShape, garbage, wrongID
  case twice, endless, nan, error, flood, ignoreTerm, closeOutput, closeInput, grandchild,
    noGradient
  case truncatedGradient, random
  // At a start.
  case slowStart, crashAtStart, wrongNames, banner, silentStart

  var isAtStart: Bool {
    switch self {
    case .slowStart, .crashAtStart, .wrongNames, .banner, .silentStart: true
    default: false
    }
  }
}

/// One that serves until its input ends.
struct Worker {
  private let options: Options
  private let fault: Fault?
  private var names: [String] = []
  private var resultShape: [Int] = []

  init(_ options: Options) {
    self.options = options
    fault = options.text("fault").flatMap { Fault(rawValue: $0) }
  }

  mutating func serve() {
    if let path = options.text("pids") { append("\(getpid())\n\(startSleeper())\n", to: path) }
    let isBad = isDue(number: count(".starts"))
    let start = fault?.isAtStart == true && isBad ? fault : nil
    switch start {
    case .slowStart: usleep(300_000)
    case .crashAtStart: exit(7)
    case .banner: write("Loading the library of everything ...\n")
    case .silentStart: hang()
    default: break
    }
    guard let greeting = readLine() else { return }
    guard let root = try? JSONDocument([UInt8](greeting.utf8)).root else { exit(9) }
    names = (root["arguments"]?.elements ?? []).map { $0["name"]?.string ?? "" }
    resultShape = root["result"]?["shape"]?.integers ?? []
    let said = start == .wrongNames ? ["nothing"] : names
    write(
      "{\"ready\": true, \"arguments\": [\(said.map { "\"\($0)\"" }.joined(separator: ", "))]}\n"
    )
    while let line = readLine() { answer(line) }
  }

  private func answer(_ line: String) {
    let number = count("")
    guard let root = try? JSONDocument([UInt8](line.utf8)).root else { exit(9) }
    let id = root["id"]?.integer ?? -1
    let arguments = names.map { root["arguments"]?[$0]?.flat ?? [] }
    let text = Self.answer(
      id,
      result(arguments),
      root["gradient"] == nil ? nil : gradient(arguments)
    )
    guard let fault, !fault.isAtStart, isDue(number: number, arguments) else { return write(text) }
    let half = String(text.prefix(text.count / 2))
    switch fault {
    case .crashBefore: exit(3)
    case .crashAfter:
      write(text)
      exit(3)
    case .kill: _ = Glibc.kill(getpid(), SIGKILL)
    case .hang: hang()
    case .partialHang:
      write(half)
      hang()
    case .partialExit:
      write(half)
      exit(4)
    case .wrongShape: write("{\"id\": \(id), \"result\": [[1, 2], [3, 4], [5, 6]]}\n")
    case .garbage: write("\u{7}\u{1B}[2J{\"id\": \(id), \"result\": [[[\u{0}\n")
    case .wrongID: write(Self.answer(id + 1, result(arguments), nil))
    case .twice: write(text + text + text)
    case .endless: while true { write(String(repeating: "1", count: 1 << 16)) }
    case .nan:
      let isWanted = root["gradient"] != nil
      let nothing = result(arguments).map { _ in Double.nan }
      write(Self.answer(id, nothing, isWanted ? gradient(arguments) : nil))
    case .error: write("{\"id\": \(id), \"error\": \"no convergence after 50 steps\"}\n")
    case .flood:
      for _ in 0..<64 { write(String(repeating: "noise ", count: 10_000) + "\n", to: 2) }
      write(text)
    case .ignoreTerm:
      signal(SIGTERM, SIG_IGN)
      signal(SIGINT, SIG_IGN)
      hang()
    case .closeOutput:
      close(1)
      hang()
    case .closeInput:
      close(0)
      hang()
    case .grandchild:
      // One that keeps the pipes open.
      _ = startSleeper()
      exit(5)
    case .noGradient: write(Self.answer(id, result(arguments), nil))
    case .truncatedGradient:
      write("{\"id\": \(id), \"result\": 1, \"gradient\": {\"\(names[0])\": [}\n")
    case .random: write(noise(number))
    case .slowStart, .crashAtStart, .wrongNames, .banner, .silentStart: break
    }
  }

  // MARK: The function

  private func result(_ arguments: [[Double]]) -> [Double] {
    let values = arguments.joined()
    let count = resultShape.reduce(1, *)
    switch options.text("function") {
    case "line": return (0..<count).map { arguments[0][0] + arguments[1][0] * Double($0) }
    case "root": return [arguments[0][0].squareRoot()]
    default:
      return (0..<count).map { element in
        var sum = 0.0
        for (place, value) in values.enumerated() {
          sum += Self.weight(element, place) * value + 0.1 * value * value
        }
        return sum
      }
    }
  }

  private static func weight(_ element: Int, _ place: Int) -> Double {
    cos(0.3 * Double(element + 1) + Double(place))
  }

  /// The derivatives by each argument, those of the first element of the result first.
  private func gradient(_ arguments: [[Double]]) -> [(name: String, values: [Double])] {
    let count = resultShape.reduce(1, *)
    var first = 0
    return zip(names, arguments).map { name, own in
      defer { first += own.count }
      let scale = name == names[0] ? options.number("wrong-by") ?? 1 : 1
      let values = (0..<count).flatMap { element in
        own.indices.map { place -> Double in
          switch options.text("function") {
          case "line": name == names[0] ? 1 : Double(element)
          case "root": 0.5 / own[0].squareRoot()
          default: Self.weight(element, first + place) + 0.2 * own[place]
          }
        }
      }
      return (name, values.map { $0 * scale })
    }
  }

  /// An answer; arrays are written flat where they have one axis, and nested where they have two.
  private static func answer(
    _ id: Int,
    _ result: [Double],
    _ gradient: [(name: String, values: [Double])]?
  ) -> String {
    func number(_ value: Double) -> String { value.isNaN ? "NaN" : "\(value)" }
    func list(_ values: [Double]) -> String {
      values.count == 1
        ? number(values[0]) : "[\(values.map(number).joined(separator: ", "))]"
    }
    var text = "{\"id\": \(id), \"result\": \(list(result))"
    if let gradient {
      let parts = gradient.map { part -> String in
        let width = part.values.count / max(result.count, 1)
        let rows = (0..<result.count).map {
          list(Array(part.values[$0 * width..<($0 + 1) * width]))
        }
        let shown = result.count == 1 ? rows[0] : "[\(rows.joined(separator: ", "))]"
        return "\"\(part.name)\": \(shown)"
      }
      text += ", \"gradient\": {\(parts.joined(separator: ", "))}"
    }
    return text + "}\n"
  }

  // MARK: Faults

  /// Whether it goes wrong at what has this number.
  private func isDue(number: Int, _ arguments: [[Double]] = []) -> Bool {
    if let poison = options.number("poison") { return arguments.first?.first == poison }
    if let only = options.number("at") { return number == Int(only) }
    guard let rate = options.number("rate") else { return true }
    return Double(bits(number) >> 11) * 0x1p-53 < rate
  }

  /// Random bits that belong to the seed and a number: SplitMix64.
  private func bits(_ number: Int) -> UInt64 {
    var state = UInt64(options.number("seed") ?? 1) &* 0x9E37_79B9_7F4A_7C15
    state = (state &+ UInt64(number)) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ (state >> 29)) &* 0x94D0_49BB_1331_11EB
    return state ^ (state >> 32)
  }

  /// A line of letters that JSON is made of.
  private func noise(_ number: Int) -> String {
    let letters = Array("{}[]\",:0123456789eE+-.truefalsn\\ id".unicodeScalars)
    let count = Int(bits(number) % 60)
    let text = (0..<count).map { letters[Int(bits(number * 64 + $0) >> 33) % letters.count] }
    return String(String.UnicodeScalarView(text)) + "\n"
  }

  private func hang() -> Never {
    while true { sleep(1000) }
  }

  /// Starts a process that sleeps and keeps the pipes open.
  private func startSleeper() -> pid_t {
    var id: pid_t = 0
    var words = unsafe [strdup("sleep"), strdup("1000"), nil]
    unsafe posix_spawnp(&id, "sleep", nil, nil, &words, nil)
    return id
  }

  // MARK: Files

  /// Counts a request or start over all workers, from 1.
  private func count(_ ending: String) -> Int {
    guard let path = options.text("log") else { return 0 }
    return append(".", to: path + ending)
  }

  /// Appends to a file, at once.
  ///
  /// - Returns: the file's size then.
  @discardableResult
  private func append(_ text: String, to path: String) -> Int {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else { exit(10) }
    defer { close(file) }
    write(text, to: file)
    return lseek(file, 0, SEEK_CUR)
  }

  private func write(_ text: String, to file: Int32 = 1) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
      guard count > 0 else { exit(8) }
      rest = rest.dropFirst(count)
    }
  }
}

extension JSONNode {
  /// The elements of an array of objects.
  var elements: [JSONNode] {
    if case .array(let nodes) = kind { nodes } else { [] }
  }

  /// All numbers in it, in order.
  var flat: [Double] {
    switch kind {
    case .numbers(let numbers): numbers.values
    case .array(let nodes): nodes.flatMap(\.flat)
    case .bool(let value): [value ? 1 : 0]
    default: real.map { [$0] } ?? []
    }
  }
}
