import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Functions and simulators outside of the program: `extern fn f(…) -> T = process("command")`.
extension ModelChecker {
  /// Checks a declaration and enters its name.
  func declare(external declaration: ExternalDeclaration) {
    let word = declaration.isDistribution ? "extern dist" : "extern fn"
    let name = declaration.name
    guard isNotCallable(name, word) else { return }
    // Uses of what is wrong report nothing more.
    silencedNames.insert(name.text)
    guard let place = checkPlace(declaration), let slots = checkSlots(declaration, word) else {
      return
    }
    var external = CheckedExternal(
      name: name,
      isDistribution: declaration.isDistribution,
      place: place.place,
      parameters: slots.parameters,
      result: slots.result,
      signature: Self.canonical(declaration.signature)
    )
    guard check(settings: place.settings, of: &external) else { return }
    silencedNames.remove(name.text)
    externalsByName[name.text] = (ExternalID(model.externals.count), declaration)
    model.externals.append(external)
  }

  /// A signature without blanks.
  private static func canonical(_ signature: SignatureExpression) -> String {
    SyntaxPrinter.text(of: signature).filter { !$0.isWhitespace }
  }

  // MARK: Where it runs

  private static let placeHelp =
    "say where it runs: `process(\"command\")`, `library(\"lib.so\", \"symbol\")` or `host(\"name\")`"

  private func checkPlace(_ declaration: ExternalDeclaration)
    -> (place: CheckedExternal.Place, settings: [Argument])?
  {
    let implementation = declaration.implementation
    guard case .call(let callee, .list(let list)) = implementation.kind else {
      if case .invalid = implementation.kind { return nil }
      error(
        "E1001",
        "this does not say where `\(declaration.name.text)` runs",
        at: implementation.span,
        help: Self.placeHelp
      )
      return nil
    }
    let texts = list.prefix { $0.label == nil }
    var words: [String] = []
    for argument in texts {
      guard case .string(let text) = argument.value.kind, !text.isEmpty else {
        error(
          "E1001",
          "this must be a text in quotes",
          at: argument.value.span,
          help: Self.placeHelp
        )
        return nil
      }
      words.append(text)
    }
    let settings = Array(list.dropFirst(texts.count))
    switch (callee.text, words.count) {
    case ("process", 1): return (.process(command: words[0]), settings)
    case ("library", 1):
      return (.library(path: words[0], symbol: declaration.name.text), settings)
    case ("library", 2): return (.library(path: words[0], symbol: words[1]), settings)
    case ("host", 0): return (.host(name: declaration.name.text), settings)
    case ("host", 1): return (.host(name: words[0]), settings)
    default:
      let kinds = ["process", "library", "host"]
      let near = suggestion(for: callee.text, among: kinds)
      error(
        "E1001",
        kinds.contains(callee.text)
          ? "`\(callee.text)` does not take \(words.count) texts"
          : "nothing outside of the program is reached by `\(callee.text)`",
        at: callee.span,
        help: near.map { "did you mean `\($0)`?" } ?? Self.placeHelp
      )
      return nil
    }
  }

  // MARK: Signature

  private func checkSlots(_ declaration: ExternalDeclaration, _ word: String)
    -> (parameters: [CheckedExternal.Slot], result: CheckedExternal.Slot)?
  {
    let signature = declaration.signature
    guard let result = signature.result else {
      error(
        "E1001",
        "nothing says what `\(declaration.name.text)` gives",
        at: declaration.name.span,
        help: "write its type behind the parameters: `\(word) \(declaration.name.text)(…) -> real`"
      )
      return nil
    }
    let generics = genericNames(signature, "\(word) \(declaration.name.text)")
    func slot(_ name: String, _ type: TypeExpression) -> CheckedExternal.Slot? {
      guard case .named(let element, let axes) = type.kind else {
        notBuilt("a record of something outside of the program", at: type.span)
        return nil
      }
      let kind: ElementType
      switch element.text {
      case "real": kind = .real
      case "int": kind = .integer
      case "bool": kind = .boolean
      default:
        guard let dimension = dimensionsByName[element.text], !generics.contains(element.text)
        else {
          error(
            "E1001",
            "`\(element.text)` cannot be handed over",
            at: element.span,
            help:
              "its arguments and result are `real`, `int`, `bool` or an index of a dimension, or"
              + " arrays of them"
          )
          return nil
        }
        guard !name.isEmpty else {
          notBuilt("an index as the result of something outside of the program", at: element.span)
          return nil
        }
        kind = .index(dimension)
      }
      for case .expression(let axis) in axes {
        if case .name(let name) = axis.kind, generics.contains(name) { continue }
        let count = diagnosticCount
        _ = typeAxis(axis)
        guard diagnosticCount == count else { return nil }
      }
      return CheckedExternal.Slot(name: name, element: kind, rank: axes.count)
    }
    var parameters: [CheckedExternal.Slot] = []
    for parameter in signature.parameters {
      guard let slot = slot(parameter.name.text, parameter.type) else { return nil }
      parameters.append(slot)
    }
    guard let slot = slot("", result) else { return nil }
    return (parameters, slot)
  }

  // MARK: Settings

  /// The settings of each kind of place.
  private static func settings(of external: CheckedExternal) -> [String] {
    let ofPlace =
      switch external.place {
      case .process:
        ["gradient", "step", "timeout", "retries", "workers", "batch", "cache", "on_nan"]
      case .library, .host: ["gradient", "step", "cache", "on_nan"]
      }
    return external.isDistribution ? ofPlace : ofPlace + ["approx"]
  }

  private static let foreignSettings = [
    "retry": "retries", "pool": "workers", "processes": "workers", "threads": "workers",
    "grad": "gradient", "gradients": "gradient", "nan": "on_nan", "memoize": "cache",
    "epsilon": "step", "max_time": "timeout", "batch_size": "batch",
    "approximation": "approx", "surrogate": "approx", "cheap": "approx",
  ]

  private func check(settings: [Argument], of external: inout CheckedExternal) -> Bool {
    let known = Self.settings(of: external)
    var seen: Set<String> = []
    for argument in settings {
      guard let label = argument.label else {
        error(
          "E1001",
          "the settings of `\(external.name.text)` are named",
          at: argument.value.span,
          help: "for instance `timeout: 10`"
        )
        return false
      }
      guard known.contains(label.text) else {
        let near =
          Self.foreignSettings[label.text].flatMap { known.contains($0) ? $0 : nil }
          ?? suggestion(for: label.text, among: known)
        error(
          "E1001",
          "there is no setting `\(label.text)` here",
          at: label.span,
          help: near.map { "did you mean `\($0)`?" }
            ?? "the settings are \(known.joined(separator: ", "))"
        )
        return false
      }
      guard seen.insert(label.text).inserted else {
        error("E1001", "`\(label.text)` is set twice", at: label.span, help: "remove one of them")
        return false
      }
      guard set(label.text, argument.value, of: &external) else { return false }
    }
    return true
  }

  private func set(_ label: String, _ value: Expression, of external: inout CheckedExternal) -> Bool
  {
    func wrong(_ wanted: String) -> Bool {
      if case .invalid = value.kind { return false }
      error("E1001", "`\(label)` must be \(wanted)", at: value.span)
      return false
    }
    func count(atLeast least: Int) -> Int? {
      guard case .number(let number, true) = value.kind, let count = Int(exactly: number),
        count >= least, count <= 1_000_000
      else { return nil }
      return count
    }
    let word: String? = if case .name(let name) = value.kind { name } else { nil }
    switch label {
    case "gradient":
      guard let gradient = word.flatMap(CheckedExternal.Gradient.init(rawValue:)) else {
        return wrong("`none`, `given` or `finite_difference`")
      }
      external.gradient = gradient
    case "on_nan":
      if word == "missing" {
        error(
          "E1001",
          "an answer that is not a number is no missing cell",
          at: value.span,
          "a likelihood without these cells would favour arguments at which `\(external.name.text)` fails",
          help: external.isDistribution
            ? "write `on_nan: reject`: such a draw is a result that the data are not"
            : "write `on_nan: reject`; where it never gives some elements, leave these cells of the data"
              + " missing, and let it give any number for them"
        )
        return false
      }
      guard let choice = word.flatMap(CheckedExternal.UnusableAnswer.init(rawValue:)) else {
        return wrong("`reject` (the arguments are impossible) or `error` (the run stops)")
      }
      external.onUnusable = choice
    case "approx":
      guard let word else { return wrong("the name of a function") }
      guard word != external.name.text else {
        return wrong("another function than `\(word)` itself")
      }
      external.approximation = Name(word, span: value.span)
    case "cache":
      guard let word, word == "true" || word == "false" else { return wrong("`true` or `false`") }
      external.isCached = word == "true"
    case "step", "timeout":
      guard case .number(let number, _) = value.kind, number > 0, number.isFinite else {
        return wrong(label == "step" ? "a positive number" : "a positive number of seconds")
      }
      if label == "step" {
        guard number < 1 else { return wrong("below 1: a part of the argument") }
        external.step = number
      } else {
        external.timeout = min(number, 1e6)
      }
    case "retries":
      guard let count = count(atLeast: 0) else { return wrong("a whole number from 0 on") }
      external.retries = count
    case "workers":
      guard let count = count(atLeast: 1), count <= 1024 else {
        return wrong("a whole number from 1 to 1024")
      }
      external.workers = count
    default:
      guard let count = count(atLeast: 1) else { return wrong("a whole number from 1 on") }
      external.batch = count
    }
    return true
  }

  // MARK: Cheap functions

  /// Checks that the cheap functions of all that are outside of the program are there, and have none themselves.
  func checkApproximations() {
    for index in model.externals.indices {
      guard let name = model.externals[index].approximation else { continue }
      let callee = model.externals[index].name.text
      let others = model.externals.filter { !$0.isDistribution && $0.name.text != callee }
      let outside = others.first { $0.name.text == name.text }
      guard outside != nil || functionsByName[name.text] != nil else {
        model.unknownNames.append(name)
        let near = suggestion(
          for: name.text,
          among: (Array(functionsByName.keys) + others.map(\.name.text)).sorted()
        )
        error(
          "E0501",
          "there is no function `\(name.text)` that could stand for `\(callee)`",
          at: name.span,
          help: near.map { "did you mean `\($0)`?" }
            ?? "define it with the parameters of `\(callee)`, by `fn` or `extern fn`"
        )
        model.externals[index].approximation = nil
        continue
      }
      guard outside?.approximation != nil else { continue }
      error(
        "E1001",
        "`\(name.text)` stands for `\(callee)`, and has an `approx` itself",
        at: name.span,
        help: "leave one of them out: proposals are tried with one cheap function"
      )
      model.externals[index].approximation = nil
    }
  }
}
