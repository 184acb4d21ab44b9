import PPLInference
import PPLModelCompiler
import PPLSourceText
import PPLTypeSystem

/// What the language knows by name, for people: `?Normal` at the prompt, and the source of the documentation.
public enum Help {
  /// One name with what is to be said of it.
  package struct Entry: Sendable {
    /// What kinds of names there are, in the order in which the overview shows them.
    package enum Kind: String, Sendable, CaseIterable {
      case statement, distribution, function, layer, engine, command
      case query = "function of the script"
    }

    package var name: String
    package var kind: Kind
    /// How it is written, one form a line.
    package var forms: [String]
    /// What it is, in one sentence.
    package var summary: String
    /// Facts, a line each.
    package var details: [String] = []
    package var example: String?

    /// The entry as text.
    package var text: String {
      var lines = ["\(name) (\(kind.rawValue)): \(summary)"]
      lines += forms.map { "  " + $0 }
      if !details.isEmpty { lines += [""] + details }
      if let example { lines += ["", "  " + example.replacingLineEnds(with: "\n  ")] }
      return lines.joined(separator: "\n")
    }
  }

  /// All entries, kind by kind.
  package static let entries: [Entry] =
    statements + distributions + functions + layers + engines + queries + commands

  /// The text on a topic; nil if there is none of that name.
  ///
  /// Of a name with several meanings (`sd` is a function, and a parameter) all are shown.
  ///
  /// - Parameter topic: a distribution, function, engine, layer, word or command.
  /// - Returns: what stands behind `?topic` at the prompt.
  public static func text(on topic: String) -> String? {
    let found = entries.filter { $0.name == topic }
    return found.isEmpty ? nil : found.map(\.text).joined(separator: "\n\n")
  }

  /// The topic that is probably meant by a name of which there is none.
  ///
  /// - Parameter name: what was asked for.
  /// - Returns: the topic that is spelt most alike; nil if none is near.
  public static func nearestTopic(to name: String) -> String? {
    nearestName(to: name, among: entries.map(\.name))
  }

  /// All names by kind.
  public static var overview: String {
    Entry.Kind.allCases.map { kind in
      let names = entries.filter { $0.kind == kind }.map(\.name)
      return "\(kind.rawValue)s: " + names.joined(separator: ", ")
    }.joined(separator: "\n\n")
  }

  /// All words that have a meaning of their own somewhere in the language.
  static let words: Set<String> = Set(entries.map(\.name)).union([
    "real", "int", "bool", "pi", "inf", "NA", "true", "false", "in", "div", "mod", "key", "from",
    "missing", "at", "draw", "given", "to", "causal", "model", "plot", "process", "library", "host",
    "weights", "simplex", "ordered", "positive_ordered", "sum_to_zero", "unit", "corr", "cov",
    "cholesky_corr", "cholesky_cov",
  ])

  // MARK: What the library says of itself

  private static var distributions: [Entry] {
    let table = ModelCompiler.signatures.distributions.values.sorted { $0.name < $1.name }
    let families = table.map { signature in
      Entry(
        name: signature.name,
        kind: .distribution,
        forms: signature.parameterisations.map { form(signature.name, $0) },
        summary: signature.summary,
        details: details(of: signature),
        example: example(of: signature)
      )
    }
    return families + compositions
  }

  /// How a call is written.
  static func form(_ name: String, _ parameters: [ParameterSignature]) -> String {
    let written = parameters.map { $0.needsLabel ? "\($0.name): …" : $0.name }
    return written.isEmpty ? "\(name)()" : "\(name)(\(written.joined(separator: ", ")))"
  }

  private static func details(of signature: DistributionSignature) -> [String] {
    var seen: Set<String> = []
    var lines: [String] = []
    for parameter in signature.parameterisations.joined()
    where seen.insert(parameter.name).inserted {
      lines.append("\(parameter.name): \(parameter.words)")
    }
    let names = signature.parameterisations.first?.map(\.name) ?? []
    lines.append("support: " + signature.support.words(names))
    var abilities: [String] = []
    if signature.hasCDF { abilities.append("cdf") }
    if signature.hasQuantile { abilities.append("quantile") }
    if signature.hasSampler { abilities.append("draws") }
    if !abilities.isEmpty { lines.append("has: " + abilities.joined(separator: ", ")) }
    return lines + signature.formula.split(separator: "\n").map(String.init)
  }

  private static func example(of signature: DistributionSignature) -> String {
    let call = form(
      signature.name,
      signature.parameterisations.first ?? []
    )
    let target =
      switch signature.support {
      case .interval, .integers, .categories: "x"
      case .naturalVector, .realVector: "x: real[d]"
      case .vector(let kind): "x: \(kind.rawValue)[d]"
      case .matrix(let kind): "x: \(kind.rawValue)[d]"
      case .declared: "x: real > 0"
      }
    return "\(target) ~ \(call)"
  }

  private static var functions: [Entry] {
    BuiltinFunction.allCases.map { function in
      let domain = function.domain.map { ["finite for \($0.description)"] } ?? []
      let note: [String] =
        switch function.form {
        case .elementwise: ["of each element of an array"] + domain
        case .pairwise:
          ["of the elements of two arrays with the same axes, or of an array and a number"]
        case .reduction, .reductionOrPairwise:
          ["also over a comprehension: \(function.rawValue)(x[i] for i: d)"]
        case .special: function.shapes.map { [$0] } ?? []
        }
      return Entry(
        name: function.rawValue,
        kind: .function,
        forms: forms(of: function),
        summary: function.summary,
        details: note
      )
    } + languageFunctions
  }

  /// How a function is called.
  static func forms(of function: BuiltinFunction) -> [String] {
    switch function.form {
    case .pairwise: ["\(function.rawValue)(x, y)"]
    case .reductionOrPairwise: ["\(function.rawValue)(x)", "\(function.rawValue)(x, y)"]
    case .elementwise, .reduction, .special: [function.call.example]
    }
  }

  private static var layers: [Entry] {
    LayerKind.allCases.map { kind in
      Entry(
        name: kind.rawValue,
        kind: .layer,
        forms: [kind.signature.example],
        summary: kind.summary,
        details: kind.signature.parameters.map { parameter in
          "\(parameter.name): \(parameter.setting.words)"
            + (parameter.isRequired ? "" : "; \(parameter.standard.words) if left out")
        },
        example: "net f(x: …) -> … = x |> \(kind.signature.example)"
      )
    }
  }

  private static var engines: [Entry] {
    EngineLibrary.standard.engines.map { engine in
      let text = EngineIndex.description(of: engine.name) ?? ""
      return Entry(
        name: engine.name,
        kind: .engine,
        forms: ["infer post = \(engine.name)(…)"],
        summary: engine.summary,
        details: text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
          .map(String.init)
      )
    }
  }

  private static var commands: [Entry] {
    SessionCommand.allCases.map { command in
      Entry(
        name: ":" + command.rawValue,
        kind: .command,
        forms: [command.usage],
        summary: command.summary
      )
    }
  }
}

extension ParameterSignature {
  /// What it may be.
  var words: String {
    switch domain {
    case .covariance, .correlation, .choleskyFactor, .adjacency: domain.description
    case .real, .positive, .nonNegative, .probability, .count, .simplex, .ordered:
      domain.description + ["", ", a vector", ", a matrix"][min(rank, 2)]
    }
  }
}

extension Support {
  /// In words; `names` are those of the parameters.
  func words(_ names: [String]) -> String {
    func end(_ bound: SupportBound) -> String {
      switch bound {
      case .none: "no bound"
      case .value(.pi): "pi"
      case .value(-.pi): "-pi"
      case .value(let value): Int(exactly: value).map(String.init) ?? "\(value)"
      case .parameter(let position): position < names.count ? names[position] : "a parameter"
      }
    }
    func range(_ lower: SupportBound, _ upper: SupportBound, _ kind: String) -> String {
      switch (lower, upper) {
      case (.none, .none): "all \(kind)"
      case (_, .none): "\(kind) of at least \(end(lower))"
      case (.none, _): "\(kind) of at most \(end(upper))"
      default: "\(kind) from \(end(lower)) to \(end(upper))"
      }
    }
    switch self {
    case .interval(let lower, let upper): return range(lower, upper, "real numbers")
    case .integers(let lower, let upper): return range(lower, upper, "integers")
    case .categories(let parameter, let more):
      let name = parameter < names.count ? names[parameter] : "a parameter"
      return "indices of the axis of \(name)" + (more > 0 ? ", and \(more) more" : "")
    case .naturalVector: return "vectors of integers of at least 0"
    case .vector(let kind): return "vectors of the type \(kind.rawValue)"
    case .realVector: return "real vectors"
    case .matrix(let kind): return "matrices of the type \(kind.rawValue)"
    case .declared: return "whatever the type says"
    }
  }
}

extension LayerSignature.Setting {
  /// What it may be.
  var words: String {
    switch self {
    case .axis: "a dimension or a number of units"
    case .axes: "dimensions or sizes"
    case .positiveNumber: "above 0"
    case .flag: "true or false"
    case .count: "an integer of at least 1"
    case .share: "at least 0 and below 1"
    case .window(let rank, let least):
      "an integer of at least \(least)" + (rank > 1 ? ", or \(rank) in a list" : "")
    case .initialization: "how weights begin"
    case .operand: "a value that the layer takes besides its input"
    case .function(let functions): functions.map(\.rawValue).joined(separator: " or ")
    case .activation: "an elementwise function or softmax"
    }
  }
}

extension LayerSignature.Standard {
  /// What holds where the setting is left out.
  var words: String {
    switch self {
    case .none: return "none"
    case .same(let name): return "that of `\(name)`"
    case .value(let value):
      switch value {
      case .number(let number): return Int(exactly: number).map(String.init) ?? "\(number)"
      case .flag(let flag): return "\(flag)"
      case .window(let sizes):
        return Set(sizes).count == 1
          ? "\(sizes[0])" : "[" + sizes.map(String.init).joined(separator: ", ") + "]"
      case .initialization(let start): return "`\(start.rawValue)`"
      case .function(let function), .activation(let function): return "`\(function.rawValue)`"
      case .axis, .axes, .operand: return "none"
      }
    }
  }
}

extension String {
  fileprivate func replacingLineEnds(with other: String) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).joined(separator: other)
  }
}
