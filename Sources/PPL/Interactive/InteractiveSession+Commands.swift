import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTypeSystem

// What the commands do that begin with `:`.

extension InteractiveSession {
  /// Carries out a line that begins with `:`.
  func carryOut(command line: String, _ control: Control, _ emit: (SessionEvent) -> Void) async
    -> EntryStatus
  {
    let text = line.dropFirst()
    let word = text.prefix { !$0.isWhitespace }
    let argument = text.dropFirst(word.count).trimmingSpaces
    if word == "save!" { return save(to: argument, replacing: true, emit) }
    guard let command = SessionCommand(rawValue: String(word)) else {
      let near = nearestName(
        to: String(word),
        among: SessionCommand.allCases.map(\.rawValue)
      )
      emit(
        .failure(
          "there is no command `:\(word)`; "
            + (near.map { "did you mean `:\($0)`?" } ?? ":help lists them")
        )
      )
      return .badProgram
    }
    switch command {
    case .help: return help(argument, emit)
    case .type: return showType(of: argument, emit)
    case .plan:
      return describeModel(emit) { model throws(SamplingFailure) in
        try model.planDescription
      }
    case .graph:
      return describeModel(emit) { model throws(SamplingFailure) in model.graphDescription }
    case .data: return argument.isEmpty ? listData(emit) : addData(argument.unquoted, emit)
    case .list: return list(emit)
    case .time: return await time(argument, control, emit)
    case .load: return await load(argument.unquoted, control, emit)
    case .save: return save(to: argument, replacing: false, emit)
    case .undo:
      guard let last = past.popLast() else {
        emit(.note("there is nothing to take back"))
        return .good
      }
      state = last
      emit(.note("the last change is taken back"))
      return .good
    case .reset:
      remember()
      state = SessionState()
      openRemarks = []
      shownWarnings = []
      return .good
    case .quit: return .quit
    }
  }

  private func refuse(
    _ usage: SessionCommand,
    _ emit: (SessionEvent) -> Void
  ) -> EntryStatus {
    emit(.failure("write \(usage.usage): \(usage.summary)"))
    return .badProgram
  }

  // MARK: The model

  /// Shows a description of the present model with its data.
  private func describeModel(
    _ emit: (SessionEvent) -> Void,
    _ describe: (Model) throws(SamplingFailure) -> String
  ) -> EntryStatus {
    if let status = reportWaiting(emit) { return status }
    let snapshot = state.snapshot
    let text = SessionText(snapshot.statements)
    let program = Program(source: text.source(named: snapshot.programName))
    do throws(BindingFailure) {
      let (model, _) = try program.compileWithDensity(
        snapshot.data,
        rewrites: options.rewrites,
        executor: options.executor,
        externals: options.externals
      )
      do throws(SamplingFailure) {
        emit(.output(try describe(model).trimmingSpaces))
        return .good
      } catch {
        emit(.failure(error.message))
        return .runFailed
      }
    } catch {
      return report(error, text, emit)
    }
  }

  private func showType(of argument: String, _ emit: (SessionEvent) -> Void) -> EntryStatus {
    guard !argument.isEmpty else { return refuse(.type, emit) }
    let active = state.active
    let program = Program(source: SessionText(active).source(named: "session"))
    if let variable = program.model.variables.first(where: { $0.name.text == argument }) {
      emit(.output("\(argument): \(program.description(of: variable))"))
      return .good
    }
    if let waiting = state.statements.first(where: {
      $0.names.contains(argument) && state.waiting[$0.id] != nil
    }) {
      let names = state.waiting[waiting.id]?.joined(separator: ", ") ?? ""
      emit(.output("\(argument): not known yet, `\(waiting.summary)` waits for: \(names)"))
      return .good
    }
    let lines = program.checkedDescription.split(separator: "\n")
    if let line = lines.first(where: { $0.hasPrefix("dim \(argument):") }) {
      emit(.output(String(line)))
      return .good
    }
    return showType(ofExpression: argument, program, emit)
  }

  /// The type of an expression: that of a quantity which it would define, or of what `show` would show.
  private func showType(
    ofExpression expression: String,
    _ model: Program,
    _ emit: (SessionEvent) -> Void
  ) -> EntryStatus {
    let origin = SourceFile(name: ":type", text: expression)
    let (tree, problems) = Parser.parseExpression(origin)
    guard problems.isEmpty else {
      for problem in problems { emit(.problem(LocatedDiagnostic(problem, in: origin))) }
      return .badProgram
    }
    var name = "value"
    while model.model.variables.contains(where: { $0.name.text == name }) { name += "_" }
    let statement = SessionStatement(
      id: makeIdentity(),
      text: expression,
      origin: origin,
      offset: 0,
      item: Item(.show([tree]), span: tree.span)
    )
    var text = SessionText(state.active)
    let read = fits(readBy: statement)
    if let fit = read.first { text = SessionText(fit.snapshot.statements) }
    for fit in read { text.append(fit.statement) }
    text.append(statement, prefix: read.isEmpty ? "\(name) = " : "show ")
    let program = Program(source: text.source(named: "session"))
    guard program.isValid else {
      for diagnostic in program.diagnostics where diagnostic.isError {
        emit(.problem(text.located(diagnostic)))
      }
      return .badProgram
    }
    var type: ValueType?
    if case .showValue(let value)? = program.model.script.last { type = value.type }
    if let variable = program.model.variables.first(where: { $0.name.text == name }) {
      type = variable.type
    }
    emit(.output(type.map { program.describe($0) } ?? "a fit or prediction"))
    return .good
  }

  // MARK: Data

  private func addData(_ path: String, _ emit: (SessionEvent) -> Void) -> EntryStatus {
    var files = state.data.files.filter { $0 != path }
    files.append(path)
    let data = DataSet(paths: files)
    guard data.isValid else {
      for diagnostic in data.diagnostics {
        emit(.problem(LocatedDiagnostic(diagnostic, in: SourceFile(name: path, text: ""))))
      }
      return .badData
    }
    remember()
    state.data = data
    state.dataRevision = makeIdentity()
    shownWarnings = []
    let program = Program(source: SessionText(state.active).source(named: "session"))
    let remarks = state.markStale(in: program)
    for array in data.source.arrays.values.sorted(by: { $0.key < $1.key }) where array.file == path
    {
      emit(.taken("\(array.key): \(array.summary)"))
    }
    for remark in remarks { emit(.note(remark)) }
    return .good
  }

  private func listData(_ emit: (SessionEvent) -> Void) -> EntryStatus {
    let arrays = state.data.source.arrays.values.sorted { $0.key < $1.key }
    guard !arrays.isEmpty || !state.active.isEmpty else {
      emit(.note("there are no data; `:data FILE` adds some"))
      return .good
    }
    var lines = arrays.map { "\($0.key): \($0.summary), from \($0.file)" }
    let snapshot = state.snapshot
    let text = SessionText(snapshot.statements)
    let program = Program(source: text.source(named: snapshot.programName))
    do throws(BindingFailure) {
      let model = try model(of: program, snapshot, inference: nil, text, emit)
      lines += model.bound.dimensions.map { "dim \($0.name): \($0.summary)" }
    } catch {
      if !lines.isEmpty { emit(.output(lines.joined(separator: "\n"))) }
      return report(error, text, emit)
    }
    emit(.output(lines.joined(separator: "\n")))
    return .good
  }

  // MARK: Statements and files

  private func list(_ emit: (SessionEvent) -> Void) -> EntryStatus {
    var lines = state.statements.map { statement in
      let names = state.waiting[statement.id]?.joined(separator: ", ")
      return statement.text + (names.map { "   # waits for: \($0)" } ?? "")
    }
    lines += state.script.map { statement in
      let stale = state.fits.first { $0.statement.id == statement.id }?.staleness
      return statement.scriptText + (stale.map { "   # stale: \($0)" } ?? "")
    }
    emit(lines.isEmpty ? .note("nothing is entered yet") : .output(lines.joined(separator: "\n")))
    return .good
  }

  private func time(_ entry: String, _ control: Control, _ emit: (SessionEvent) -> Void) async
    -> EntryStatus
  {
    guard !entry.isEmpty, !entry.hasPrefix(":") else { return refuse(.time, emit) }
    let status = await enter(SourceFile(name: ":time", text: entry), control, emit)
    emit(.output(timing.text))
    return status
  }

  private func load(_ path: String, _ control: Control, _ emit: (SessionEvent) -> Void) async
    -> EntryStatus
  {
    guard !path.isEmpty else { return refuse(.load, emit) }
    let source: SourceFile
    do {
      source = SourceFile(name: path, bytes: try readFile(path))
    } catch {
      emit(.failure(error.message))
      return .badProgram
    }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    if folder != state.folder {
      guard state.statements.isEmpty else {
        let own = state.folder.isEmpty ? "the working directory" : state.folder
        emit(
          .failure(
            "paths in the session's statements are relative to \(own), and those of \(path) to"
              + " another folder; `:reset` first"
          )
        )
        return .badProgram
      }
      state.folder = folder
    }
    let before = state.statements.isEmpty
    let status = await enter(source, control, emit)
    if before, state.statements.isEmpty { state.folder = "" }
    return status
  }

  private func save(to path: String, replacing: Bool, _ emit: (SessionEvent) -> Void)
    -> EntryStatus
  {
    let path = path.unquoted
    guard !path.isEmpty else { return refuse(.save, emit) }
    do {
      let text = sessionFile(named: path)
      try writeFile(Array(text.utf8), to: path, replacing: replacing)
    } catch {
      let advice =
        error == .exists(path: path) && !replacing ? "; `:save! \(path)` replaces it" : ""
      emit(.failure(error.message + advice))
      return .runFailed
    }
    emit(.note("saved in \(path)"))
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    let hasPaths = state.statements.contains { $0.text.contains("\"") }
    if hasPaths, folder != state.folder {
      let own = state.folder.isEmpty ? "the working directory" : state.folder
      emit(.note("files that its statements name are relative to \(own), not to the new file"))
    }
    return .good
  }

  /// The session as a program: statements of the model in order, then the script as it was carried out last.
  func sessionFile(named path: String) -> String {
    var lines: [String] = []
    if !state.data.files.isEmpty {
      let data = state.data.files.map { " --data \($0)" }.joined()
      let command = "# ppl run \(path)\(data)"
      // A file that was saved here before has it already.
      if state.statements.first?.remarks.above.first != command { lines.append(command) }
    }
    var model: [String] = []
    for statement in state.statements {
      if let names = state.waiting[statement.id] {
        lines.append("# waits for \(names.joined(separator: ", ")):")
        lines += statement.lines(statement.text).joined(separator: "\n").commentLines
      } else {
        lines += statement.lines(statement.text)
        model.append(statement.text)
      }
    }
    if !lines.isEmpty, !state.script.isEmpty { lines.append("") }
    for statement in state.script {
      let text = statement.scriptText
      // What does not go with the model as it is now would keep the file from running.
      let whole = Program(name: path, text: (model + [text]).joined(separator: "\n"))
      if whole.isValid {
        lines += statement.lines(text)
        model.append(text)
      } else {
        lines.append("# of the model before a change:")
        lines += statement.lines(text).joined(separator: "\n").commentLines
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension SessionStatement {
  /// The statement as it stands in a file: an expression alone is shown.
  var scriptText: String {
    if case .show = item.kind, !text.hasPrefix("show") { return "show " + text }
    return text
  }
}

extension String {
  /// Without the quotes around it.
  fileprivate var unquoted: String {
    count > 1 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
  }

  fileprivate var commentLines: [String] {
    split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "#" : "#   \($0)" }
  }
}

extension Program {
  /// Element, dimensions, support and role of a quantity.
  fileprivate func description(of variable: Variable) -> String {
    let role =
      switch variable.role {
      case .data: isObserved(variable) ? "data, observed" : "data, given"
      case .computed: isObserved(variable) ? "computed data, observed" : "computed data"
      case .modeled(.sampled): "latent, sampled"
      case .modeled(.fitted): "fitted"
      case .modeled(.generated): "latent, generated: nothing observed depends on it"
      case .modeled(.eliminated): "latent, summed out"
      case .modeled(.derived): "defined"
      case .predicted: "predicted"
      }
    let supports = variable.equations.compactMap { index -> String? in
      guard case .distribution(let distribution) = model.equations[index].body else { return nil }
      return distribution.support.words
    }
    var parts = [describe(variable.type)]
    if let support = supports.first { parts.append(support) }
    return (parts + [role]).joined(separator: ", ")
  }
}

extension CheckedSupport {
  /// The values in words.
  fileprivate var words: String {
    func end(_ end: SupportEnd) -> String? {
      if case .value(let value) = end { return Int(exactly: value).map(String.init) ?? "\(value)" }
      return nil
    }
    func range(_ lower: SupportEnd, _ upper: SupportEnd) -> String {
      switch (end(lower), end(upper)) {
      case (let lower?, let upper?): "between \(lower) and \(upper)"
      case (let lower?, nil): "at least \(lower)"
      case (nil, let upper?): "at most \(upper)"
      case (nil, nil): "any number"
      }
    }
    switch self {
    case .interval(let lower, let upper): return range(lower, upper)
    case .integers(let lower, let upper): return "integers, " + range(lower, upper)
    case .categories: return "categories"
    case .naturalVector: return "counts"
    case .vector(let kind): return kind.rawValue
    case .realVector: return "real vectors"
    case .matrix(let kind): return kind.rawValue
    case .declared: return "what the type says"
    case .simulated: return "what the simulator gives"
    }
  }
}

extension DataArray {
  /// Its shape and what its elements are.
  fileprivate var summary: String {
    let what: String
    switch content {
    case .numbers(_, let missing):
      what = "numbers" + (missing.isEmpty ? "" : ", \(missing.count) missing")
    case .strings(_, let missing):
      what = "texts" + (missing.isEmpty ? "" : ", \(missing.count) missing")
    case .rows: what = "numbers, read as they are wanted"
    case .other(let words): return words
    }
    if rowLengths != nil { return "\(rowLengths?.count ?? 0) rows of several lengths, \(what)" }
    guard !shape.isEmpty else { return "a scalar" }
    return shape.map(String.init).joined(separator: " x ") + " " + what
  }
}

extension BoundDimension {
  /// How many labels it has, and the first of them.
  fileprivate var summary: String {
    switch labels {
    case .integers(let first, let count):
      return count == 0 ? "empty" : "\(count), \(first) to \(first + count - 1)"
    case .codes(let codes):
      return "\(codes.count): " + listed(codes.map(String.init))
    case .strings(let strings): return "\(strings.count): " + listed(strings.map { "\"\($0)\"" })
    }
  }

  private func listed(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
