import PPLSourceText
import PPLSyntax

/// A model that grows statement by statement, with its data, fits and predictions: what `ppl repl` runs, without a terminal.
///
/// ```swift
/// let session = InteractiveSession()
/// for entry in ["mu ~ Normal(0, 1)", "infer post = nuts(seed: 1)", "E(post.mu)"] {
///   _ = await session.enter(entry) { event in
///     if case .output(let text) = event { print(text) }
///   }
/// }
/// ```
///
/// Statements of the model are checked together at each entry, and one with a mistake changes nothing. A statement may
/// name what is not defined yet: it waits, apart from the model, until that is. A statement with the same left side as
/// an earlier one takes its place. Fits keep the model and data that they were made of: after a change they can still
/// be read, and are said to be stale.
///
/// It is used from one task at a time.
public final class InteractiveSession {
  /// What a caller sets for all entries.
  public struct Options: Sendable {
    /// Which rewrites of the log density's graph are applied.
    public var rewrites = Rewrites.all
    /// What runs the graphs.
    public var executor = ExecutorChoice.native
    /// What programs may call outside of themselves.
    public var externals = ExternalAccess.none
    /// Settings over those of `infer` statements.
    public var sampler = SamplerOptions()

    /// The usual ones.
    public init() {}
  }

  /// What reaches into an entry while it is carried out.
  public struct Control: Sendable {
    /// Stops fits; what was drawn is kept.
    public var interruption: Interruption
    /// Takes how far chains are; called from their threads.
    public var progress: (@Sendable (SamplingProgress) -> Void)?
    /// Takes remarks that cannot wait; called from the chains' threads.
    public var notice: (@Sendable (String) -> Void)?

    /// Control by an interruption.
    public init(
      interruption: Interruption = Interruption(),
      progress: (@Sendable (SamplingProgress) -> Void)? = nil,
      notice: (@Sendable (String) -> Void)? = nil
    ) {
      self.interruption = interruption
      self.progress = progress
      self.notice = notice
    }
  }

  let options: Options
  var state = SessionState()
  /// States to come back to, the latest last.
  var past: [SessionState] = []
  /// Where fits lie until they are saved.
  var folder: TemporaryFolder?
  /// Number of fits made, for the names of their files.
  var fitCount = 0
  /// The model that was compiled last, with what it was compiled for.
  var compiled: (key: CompiledKey, model: Model)?
  /// Warnings about data that were shown since they changed.
  var shownWarnings: Set<String> = []
  /// Whether it was said that there is no LLVM.
  var hasToldExecutor = false
  /// Where the time of the present entry goes.
  var timing = EntryTiming()
  /// Comments that were entered by themselves: they belong to the next statement.
  var openRemarks: [String] = []
  private var entryCount = 0
  private var identityCount = 0

  /// A session with nothing in it.
  public init(_ options: Options = Options()) {
    self.options = options
  }

  /// Whether Enter submits the text: it is complete, or wrong in a way that more lines cannot mend.
  ///
  /// - Parameter text: what was typed so far.
  /// - Returns: whether it is an entry.
  public static func isComplete(_ text: String) -> Bool {
    let line = text.trimmingSpaces
    if line.hasPrefix(":") || line.hasPrefix("?") { return true }
    return Parser.isComplete(text)
  }

  /// Whether a line belongs to the entry above it although that is complete: it begins with `|>`, `with` or the like.
  ///
  /// - Parameter line: the line.
  /// - Returns: whether it is a part of the entry above it.
  public static func continues(_ line: String) -> Bool { SessionStatement.continues(line) }

  /// Carries out one entry: statements, an expression to show, a command that begins with `:`, or `?` and a topic.
  ///
  /// - Parameters:
  ///   - text: what was typed, in one line or several.
  ///   - name: what messages call it; nil for a number.
  ///   - firstLine: the number of its first line in messages.
  ///   - control: stops it, and hears how far it is.
  ///   - emit: takes results, remarks and mistakes in order.
  /// - Returns: how it ended; whatever that is, the session goes on.
  public func enter(
    _ text: String,
    name: String? = nil,
    firstLine: Int = 1,
    control: Control = Control(),
    emit: (SessionEvent) -> Void
  ) async -> EntryStatus {
    entryCount += 1
    timing = EntryTiming()
    let padding = String(repeating: "\n", count: max(0, firstLine - 1))
    let origin = SourceFile(name: name ?? "entry \(entryCount)", text: padding + text)
    let line = text.trimmingSpaces
    if line.hasPrefix(":") { return await carryOut(command: line, control, emit) }
    if line.hasPrefix("?") { return help(line.dropFirst().trimmingSpaces, emit) }
    return await enter(origin, control, emit)
  }

  /// Carries out the statements of a text: those of the model first and together, then the script in its order.
  func enter(_ origin: SourceFile, _ control: Control, _ emit: (SessionEvent) -> Void) async
    -> EntryStatus
  {
    let clock = ContinuousClock()
    let start = clock.now
    let parsed = parse(origin)
    timing.parse += clock.now - start
    guard parsed.problems.isEmpty else {
      for diagnostic in parsed.problems {
        emit(.problem(LocatedDiagnostic(diagnostic, in: origin)))
      }
      return .badProgram
    }
    var status = EntryStatus.good
    let model = parsed.statements.filter { $0.statement.item.isModel }
    if !model.isEmpty {
      status = take(model.map(\.statement), emit)
      guard status == .good else { return status }
    }
    for (statement, prefix) in parsed.statements where !statement.item.isModel {
      let own = await run(statement, prefix: prefix, control, emit)
      status = status.joined(own)
      guard own == .good || own == .diagnosticsFailed else { break }
    }
    return status
  }

  /// The statements of a text, each with the words that stand before it; an expression alone is shown.
  private func parse(_ origin: SourceFile) -> (
    statements: [(statement: SessionStatement, prefix: String)], problems: [Diagnostic]
  ) {
    func statement(_ item: Item, _ remarks: SessionRemarks) -> SessionStatement {
      SessionStatement(
        id: makeIdentity(),
        text: origin.text(of: item.span),
        origin: origin,
        offset: item.span.start,
        item: item,
        remarks: remarks
      )
    }
    let (program, diagnostics) = Parser.parse(origin)
    if !diagnostics.contains(where: \.isError) {
      guard !program.items.isEmpty else {
        openRemarks += SessionRemarks.alone(in: origin)
        return ([], [])
      }
      var remarks = SessionRemarks.all(around: program.items.map(\.span), in: origin)
      remarks[0].above.insert(contentsOf: openRemarks, at: 0)
      openRemarks = []
      return (zip(program.items, remarks).map { (statement($0, $1), "") }, [])
    }
    let (shown, others) = Self.parseShown(origin)
    if let shown, !others.contains(where: \.isError) {
      return ([(statement(shown, SessionRemarks()), Self.show)], [])
    }
    // The reading that went further is the one that was meant.
    func reach(_ diagnostics: [Diagnostic]) -> Int {
      diagnostics.compactMap { $0.primary?.span.start }.min() ?? 0
    }
    return ([], reach(others) > reach(diagnostics) ? others : diagnostics)
  }

  /// What stands before expressions that are shown.
  private static let show = "show "

  /// Expressions that are entered by themselves, read as if `show` stood before them; places are those without it.
  private static func parseShown(_ origin: SourceFile) -> (item: Item?, problems: [Diagnostic]) {
    // Lines before the first are padding.
    let start = origin.bytes.firstIndex { $0 != UInt8(ascii: "\n") } ?? 0
    let bytes = origin.bytes[..<start] + show.utf8 + origin.bytes[start...]
    let (program, diagnostics) = Parser.parse(SourceFile(name: origin.name, bytes: Array(bytes)))
    func moved(_ span: SourceSpan) -> SourceSpan {
      let length = show.utf8.count
      return SourceSpan(start: max(start, span.start - length), end: max(start, span.end - length))
    }
    let problems = diagnostics.map { diagnostic in
      var result = diagnostic
      result.primary?.span = moved(diagnostic.primary?.span ?? SourceSpan(start: 0, end: 0))
      for index in result.secondary.indices {
        result.secondary[index].span = moved(diagnostic.secondary[index].span)
      }
      return result
    }
    guard program.items.count == 1, let item = program.items.first else { return (nil, problems) }
    return (Item(item.kind, span: moved(item.span)), problems)
  }

  /// A number that no statement and no state of the data has had, also not one that was taken back.
  func makeIdentity() -> Int {
    identityCount += 1
    return identityCount
  }

  /// Makes the state as it is now one to come back to.
  func remember() {
    past.append(state)
    if past.count > Self.greatestPast { past.removeFirst() }
  }

  /// Steps that can be taken back; each may hold the draws of fits that are no more.
  private static let greatestPast = 10
}

/// Where the time of an entry goes.
struct EntryTiming {
  var parse = Duration.zero
  var check = Duration.zero
  var compile = Duration.zero
  var run = Duration.zero

  /// The parts in milliseconds.
  var text: String {
    func milliseconds(_ duration: Duration) -> String {
      "\((duration / .milliseconds(1) * 100).rounded() / 100) ms"
    }
    return "parse \(milliseconds(parse)), check \(milliseconds(check)),"
      + " compile \(milliseconds(compile)), run \(milliseconds(run))"
  }
}
