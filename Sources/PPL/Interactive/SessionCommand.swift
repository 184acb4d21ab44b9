/// What begins with `:` at the prompt of a session.
package enum SessionCommand: String, Sendable, CaseIterable {
  case help, type, plan, graph, data, list, time, load, save, undo, reset, quit

  /// How it is written.
  package var usage: String {
    switch self {
    case .help: ":help [TOPIC]"
    case .type: ":type NAME or EXPRESSION"
    case .plan: ":plan"
    case .graph: ":graph"
    case .data: ":data [FILE]"
    case .list: ":list"
    case .time: ":time ENTRY"
    case .load: ":load FILE.ppl"
    case .save: ":save FILE.ppl"
    case .undo: ":undo"
    case .reset: ":reset"
    case .quit: ":quit"
    }
  }

  /// What it does, in one sentence without a full stop.
  package var summary: String {
    switch self {
    case .help: "these commands, or help on a name: the same as ?TOPIC"
    case .type: "element, dimensions, support and role of a quantity, or the type of an expression"
    case .plan: "what becomes of each quantity, as `ppl plan`"
    case .graph: "the graph of the log density, as `ppl check --print graph`"
    case .data: "adds a data file, or reads it again; alone, lists keys, shapes and labels"
    case .list: "the statements of the session, and what waits for what"
    case .time: "carries out an entry and tells where its time went"
    case .load: "adds the statements of a file and runs its script"
    case .save: "writes the session as a program; :save! replaces a file that is there"
    case .undo: "takes back the last change of the model, data or fits, ten of them at most"
    case .reset: "forgets everything but the history of lines"
    case .quit: "ends the session, as Ctrl-D does"
    }
  }

  /// Whether its argument is the name of a file.
  package var takesFile: Bool {
    switch self {
    case .data, .load, .save: true
    case .help, .type, .plan, .graph, .list, .time, .undo, .reset, .quit: false
    }
  }
}
