import FoundationEssentials

/// What the argument parser knows of a command, in the form in which it tells it (`--experimental-dump-help`).
struct CommandHelp: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      /// With its dashes.
      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    var kind: String
    var abstract: String?
    var discussion: String?
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var isOptional: Bool
    var isRepeating: Bool
    var shouldDisplay: Bool
  }

  var commandName: String
  var abstract: String?
  var discussion: String?
  var arguments: [Argument]?
  var subcommands: [CommandHelp]?
  var shouldDisplay: Bool?

  private struct Dump: Decodable {
    var command: CommandHelp
  }

  /// Reads the parser's text.
  init(json: String) throws {
    self = try JSONDecoder().decode(Dump.self, from: Data(json.utf8)).command
  }

  /// The subcommands that are shown, `help` apart.
  var shown: [CommandHelp] {
    (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
  }

  /// The arguments that are shown, those of all commands apart.
  var ownArguments: [Argument] {
    (arguments ?? []).filter { argument in
      argument.shouldDisplay
        && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
    }
  }
}
