/// What a session says while it works on an entry.
public enum SessionEvent: Sendable {
  /// Statements of the model were taken: what they define, a line each.
  case taken(String)
  /// A result.
  case output(String)
  /// A remark that is not part of the results.
  case note(String)
  /// How far a fit by steps is; each one replaces the one before.
  case progress(String)
  /// A fit has its last draw; what it found follows.
  case fitFinished
  /// What is wrong with a statement, or deserves attention.
  case problem(LocatedDiagnostic)
  /// Why an entry could not be carried out, where no place in the text is to blame.
  case failure(String)
}

/// How an entry ended.
public enum EntryStatus: Sendable, Hashable {
  /// As asked for.
  case good
  /// A fit ran, but one of its diagnostics failed.
  case diagnosticsFailed
  /// A mistake in what was entered.
  case badProgram
  /// A mistake in the data.
  case badData
  /// It was carried out in vain.
  case runFailed
  /// Stopped on request; the draws so far are kept.
  case interrupted
  /// The session is to end.
  case quit

  /// The exit status of a program that ends with this, by the contract of the command line.
  public var exitStatus: Int32 {
    switch self {
    case .good, .quit: 0
    case .diagnosticsFailed: 1
    case .badProgram: 2
    case .badData: 3
    case .runFailed: 4
    case .interrupted: 130
    }
  }

  /// The graver of two.
  func joined(_ other: EntryStatus) -> EntryStatus {
    func weight(_ status: EntryStatus) -> Int {
      switch status {
      case .good: 0
      case .diagnosticsFailed: 1
      case .badProgram: 2
      case .badData: 3
      case .runFailed: 4
      case .interrupted: 5
      case .quit: 6
      }
    }
    return weight(other) > weight(self) ? other : self
  }
}
