import PPLSemantics
import PPLSourceText
import PPLSyntax

/// What the checker finds of the statements of a session: which make a model, which wait, and what is wrong.
struct SessionCheck {
  /// The program of the statements that wait for nothing.
  private(set) var program: Program
  /// What each statement waits for, by its identity.
  private(set) var waiting: [Int: [String]] = [:]
  /// Mistakes; that a statement names what is not defined yet is none.
  private(set) var problems: [LocatedDiagnostic] = []
  private(set) var warnings: [LocatedDiagnostic] = []
  private let statements: [SessionStatement]
  /// For names that nothing defines, names that are near.
  private var hints: [String: String] = [:]

  /// Checks the statements of a state, of which those with the identities `new` are to be taken.
  ///
  /// - Complexity: the checker runs once, and once more for each link of a chain of statements that wait for each other.
  init(_ state: SessionState, new: Set<Int>) {
    statements = state.statements
    let defined = Set(statements.flatMap(\.names))
    for (id, names) in state.waiting {
      // What has no name of its own, such as a dimension that nothing tells yet, is looked for anew.
      let missing = names.filter { !defined.contains($0) && !$0.contains(" ") }
      if !missing.isEmpty, statements.contains(where: { $0.id == id }) { waiting[id] = missing }
    }
    program = Program(name: "session", text: "")
    while true {
      let active = statements.filter { waiting[$0.id] == nil }
      let text = SessionText(active)
      program = Program(source: text.source(named: "session"))
      let unknown = Set(program.model.unknownNames.map(\.span))
      var found: Set<Int> = []
      for name in program.model.unknownNames {
        guard let statement = text.statement(at: name.span.start) else { continue }
        // An index over a dimension that is not there is not known either.
        guard !statement.boundNames.contains(name.text) else { continue }
        found.insert(statement.id)
        wait(statement, for: name.text)
      }
      // What else is wrong with a statement may come of a name that is missing, as in `size(d)`.
      for diagnostic in program.diagnostics where diagnostic.isError && !Self.isSlip(diagnostic) {
        guard let span = diagnostic.primary?.span, !unknown.contains(span),
          let statement = text.statement(at: span.start)
        else { continue }
        for name in statement.freeNames where !defined.contains(name) {
          found.insert(statement.id)
          wait(statement, for: name)
        }
      }
      for diagnostic in program.diagnostics {
        if let span = diagnostic.primary?.span, unknown.contains(span),
          let statement = text.statement(at: span.start), waiting[statement.id] != nil
        {
          note(diagnostic, text.source(named: ""))
          continue
        }
        let located = text.located(diagnostic)
        if diagnostic.isError {
          // What waits is no part of the model, so that others are judged without it.
          let isOfNew = located.statement.map { new.contains($0.id) } ?? false
          if found.isEmpty || (isOfNew && Self.isSlip(diagnostic)) { problems.append(located) }
        } else if found.isEmpty {
          warnings.append(located)
        }
      }
      if found.isEmpty || !problems.isEmpty { return }
    }
  }

  private mutating func wait(_ statement: SessionStatement, for name: String) {
    guard waiting[statement.id]?.contains(name) != true else { return }
    waiting[statement.id, default: []].append(name)
  }

  /// Whether a name is a slip in all likelihood: there is no such function, distribution or type, but one like it.
  private static func isSlip(_ diagnostic: Diagnostic) -> Bool {
    ["E0202", "E0501", "E0502"].contains(diagnostic.code)
  }

  private mutating func note(_ diagnostic: Diagnostic, _ source: SourceFile) {
    guard let span = diagnostic.primary?.span, let help = diagnostic.help,
      help.hasPrefix("did you mean")
    else { return }
    hints[source.text(of: span)] = help
  }

  /// What to say of statements that wait, or wait no longer.
  func remarks(new: [SessionStatement], before: [Int: [String]]) -> [String] {
    var remarks: [String] = []
    for statement in statements {
      let isNew = new.contains { $0.id == statement.id }
      let names = waiting[statement.id]
      if let names, names != before[statement.id] {
        let list = names.map { name in name + (hints[name].map { " (\($0))" } ?? "") }
          .joined(separator: ", ")
        remarks.append((isNew ? "" : "`\(statement.summary)` ") + "waits for: \(list)")
      } else if names == nil, before[statement.id] != nil {
        remarks.append("`\(statement.summary)` waits no longer")
      }
    }
    return remarks
  }

  /// What statements define, a line each.
  func descriptions(of new: [SessionStatement]) -> [String] {
    var lines: [String] = []
    for statement in new where waiting[statement.id] == nil {
      for definition in statement.definitions {
        let name = definition.name
        switch definition.kind {
        case .dimension: lines.append("dim \(name)")
        case .data, .parameter, .equation:
          guard let variable = program.model.variables.first(where: { $0.name.text == name }) else {
            continue
          }
          let line = "\(name): \(program.describe(variable.type))"
          if !lines.contains(line) { lines.append(line) }
        case .callable, .factor, .guide, .script: lines.append(name)
        }
      }
    }
    return lines
  }
}
