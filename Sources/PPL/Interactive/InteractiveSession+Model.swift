import PPLSemantics
import PPLSourceText
import PPLSyntax

// How statements of the model come into the session.

extension InteractiveSession {
  /// Takes statements of the model, all of them or, if anything is wrong, none.
  func take(_ new: [SessionStatement], _ emit: (SessionEvent) -> Void) -> EntryStatus {
    let clock = ContinuousClock()
    let start = clock.now
    var candidate = state
    var replaced: [String] = []
    for name in candidate.place(new, makeIdentity) where !replaced.contains(name) {
      replaced.append(name)
    }
    let check = SessionCheck(candidate, new: Set(new.map(\.id)))
    timing.check += clock.now - start
    guard check.problems.isEmpty else {
      report(check.problems, new: new, emit)
      return .badProgram
    }
    for warning in check.warnings where new.contains(where: { $0.id == warning.statement?.id }) {
      emit(.problem(warning))
    }
    let before = state.waiting
    candidate.waiting = check.waiting
    var remarks = replaced.map { "`\($0)` is defined anew" }
    remarks += check.remarks(new: new, before: before)
    for name in new.flatMap(\.names)
    where candidate.fit(named: name) != nil || candidate.prediction(named: name) != nil {
      remarks.append("what was fitted as `\(name)` is gone: the name has another meaning now")
      _ = candidate.forget(name)
      candidate.script.removeAll { $0.names.contains(name) }
    }
    remarks += candidate.markStale(in: check.program)
    remember()
    state = candidate
    for line in check.descriptions(of: new) { emit(.taken(line)) }
    for remark in remarks { emit(.note(remark)) }
    return .good
  }

  /// Says what is wrong; of statements that were taken before, that it is the new ones that they do not go with.
  private func report(
    _ problems: [LocatedDiagnostic],
    new: [SessionStatement],
    _ emit: (SessionEvent) -> Void
  ) {
    for var problem in problems {
      if let statement = problem.statement, !new.contains(where: { $0.id == statement.id }) {
        problem.diagnostic.notes.append(
          "this was entered before; what is entered now does not go with it, and is not taken"
        )
      }
      emit(.problem(problem))
    }
  }
}

extension SessionState {
  /// Puts statements in the place of those that they define anew, and the others at the end.
  ///
  /// Statements that come together do not replace each other. What is left of a statement gets a new identity.
  ///
  /// - Returns: the names that are defined anew.
  mutating func place(_ new: [SessionStatement], _ makeIdentity: () -> Int) -> [String] {
    var replaced: [String] = []
    for statement in new {
      func isReplaced(_ old: SessionDefinition) -> Bool {
        statement.definitions.contains { $0.replaces(old) }
      }
      var place: Int?
      var kept: [SessionStatement] = []
      for old in statements {
        let isNew = new.contains { $0.id == old.id }
        guard !isNew, old.definitions.contains(where: isReplaced) else {
          kept.append(old)
          continue
        }
        replaced += old.definitions.filter(isReplaced).map(\.name)
        if place == nil { place = kept.count }
        if let rest = old.without(isReplaced, id: makeIdentity()) { kept.append(rest) }
      }
      kept.insert(statement, at: place ?? kept.count)
      statements = kept
    }
    return replaced
  }

  /// Finds the fits that the change to this state has made stale.
  ///
  /// A fit is stale once a statement of its model is gone or waits, its data are others, or a statement has come that
  /// says more of what it has fitted: a factor, a distribution of data, an equation of one of its own names. What
  /// is only defined in addition leaves it as it is.
  ///
  /// - Returns: a sentence for each.
  mutating func markStale(in program: Program) -> [String] {
    let current = active
    let ids = Set(current.map(\.id))
    var remarks: [String] = []
    for index in fits.indices where fits[index].staleness == nil {
      let own = fits[index].snapshot
      let known = Set(own.statements.map(\.id))
      let names = Set(own.statements.flatMap(\.names))
      var reason: String?
      if own.dataRevision != dataRevision { reason = "the data have changed" }
      if let gone = own.statements.first(where: { !ids.contains($0.id) }) {
        reason = "`\(gone.summary)` has changed"
      }
      if reason == nil,
        let added = current.first(where: {
          !known.contains($0.id) && $0.constrains(names, in: program.model)
        })
      {
        reason = "`\(added.summary)` has come"
      }
      guard let reason else { continue }
      fits[index].staleness = reason
      let name = fits[index].name
      remarks.append(
        "`\(name)` is a fit of the model before this; `\(fits[index].statement.summary)` fits it anew"
      )
    }
    return remarks
  }
}

extension SessionStatement {
  /// Whether it says more of a model that has these names, in place of defining something in addition.
  fileprivate func constrains(_ names: Set<String>, in model: CheckedModel) -> Bool {
    switch item.kind {
    case .factor: return true
    case .equation(let equation):
      return equation.targets.contains { target in
        if names.contains(target.name.text) { return true }
        guard equation.relation == .distributed,
          let variable = model.variables.first(where: { $0.name.text == target.name.text })
        else { return false }
        switch variable.role {
        case .data, .computed: return true
        case .modeled, .predicted: return false
        }
      }
    default: return false
    }
  }
}
