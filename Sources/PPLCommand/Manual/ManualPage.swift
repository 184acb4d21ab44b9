/// The manual page of the program in the language of man (groff_man(7)).
struct ManualPage {
  /// The page.
  private(set) var text = ""

  /// Writes the page of a program and its commands.
  init(_ help: CommandHelp, version: String) {
    text = ".TH PPL 1 \"\" \"ppl \(version)\" \"User Commands\"\n"
    section("NAME")
    line("ppl \\- \(Self.escaped(Self.lowercased(help.abstract ?? "")))")
    section("SYNOPSIS")
    line(".B ppl")
    line(".I command")
    line("[\\fIarguments\\fR]")
    section("COMMANDS")
    for command in help.shown { write(command) }
    section("EXIT STATUS")
    for (status, meaning) in Self.statuses {
      line(".TP\n.B \(status)")
      line(Self.escaped(meaning))
    }
    section("ENVIRONMENT")
    for (name, meaning) in Self.environment {
      line(".TP\n.B \(name)")
      line(Self.escaped(meaning))
    }
    section("FILES")
    line(".TP\n.I MODEL.ppl")
    line("A program.")
    line(".TP\n.I MODEL.fit.zarr")
    line("Its fit, which ArviZ reads; other places are given by \\fB\\-\\-out\\fR.")
  }

  private static let statuses = [
    ("0", "All went well."),
    ("1", "A diagnostic of the run failed, or files are not as --check wants them."),
    ("2", "There is a mistake in the program."),
    ("3", "There is a mistake in the data."),
    ("4", "The run failed."),
    ("64", "The command line is wrong."),
    ("130", "The run was interrupted; the draws so far are kept."),
  ]

  private static let environment = [
    ("NO_COLOR", "If set, messages have no colours."),
    ("OPENBLAS_CORETYPE", "The kernels of linear algebra; ppl doctor tells whether to set it."),
    ("TMPDIR", "Where temporary files are written."),
  ]

  private mutating func write(_ command: CommandHelp) {
    line(".SS ppl \(Self.escaped(command.commandName))\(usage(of: command))")
    if let abstract = command.abstract { line(Self.escaped(abstract)) }
    for part in (command.discussion ?? "").split(separator: "\n") {
      line(".br\n\(Self.escaped(String(part)))")
    }
    for argument in command.ownArguments {
      line(".TP\n\(heading(of: argument))")
      let words = [argument.abstract, argument.discussion].compactMap { $0 }.filter { !$0.isEmpty }
      let standard = argument.defaultValue.map { ["Default: \($0)."] } ?? []
      line(Self.escaped((words + standard).joined(separator: " ")))
    }
  }

  /// The positional arguments of a command, and that it has options.
  private func usage(of command: CommandHelp) -> String {
    var usage = ""
    for argument in command.ownArguments where argument.kind == "positional" {
      let name = "\\fI\(Self.escaped(argument.valueName ?? "value"))\\fR"
      let repeated = argument.isRepeating ? "\(name) ..." : name
      usage += argument.isOptional ? " [\(repeated)]" : " \(repeated)"
    }
    let hasOptions = command.ownArguments.contains { $0.kind != "positional" }
    return usage + (hasOptions ? " [\\fIoptions\\fR]" : "")
  }

  private func heading(of argument: CommandHelp.Argument) -> String {
    let value = "\\fI\(Self.escaped(argument.valueName ?? "value"))\\fR"
    guard argument.kind != "positional" else { return value }
    let names = (argument.names ?? []).map { "\\fB\(Self.escaped($0.text))\\fR" }
    let option = names.joined(separator: ", ")
    return argument.kind == "flag" ? option : "\(option) \(value)"
  }

  // MARK: Lines

  private mutating func section(_ name: String) { line(".SH \(name)") }

  private mutating func line(_ content: String) { text += content + "\n" }

  /// Text that means itself.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "\n": result += " "
      case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
      }
    }
    // A point or quote at the start of a line would begin a request.
    return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
  }

  /// As the line of names wants it: without a capital and a point.
  private static func lowercased(_ sentence: String) -> String {
    let text = sentence.prefix(1).lowercased() + sentence.dropFirst()
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
