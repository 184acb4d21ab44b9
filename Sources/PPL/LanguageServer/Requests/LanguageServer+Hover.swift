import PPLJSON
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension LanguageServer {
  /// What the name at a place is: of the program's own, type, role and support; of the language's,
  /// how it is written.
  func hover(_ place: Place) -> JSONValue {
    let document = place.document
    if let occurrence = document.symbols.occurrence(at: place.offset) {
      let symbol = document.symbols.symbols[occurrence.symbol]
      return Self.hover(document.description(of: symbol), document.range(occurrence.span))
    }
    // Right before a name counts as on it.
    guard
      let token = document.parsed.tokens.last(where: {
        $0.kind == .name && $0.start <= place.offset && place.offset <= $0.end
      }), let builtin = Builtin.named(document.text(of: token))
    else { return .null }
    var text = Self.code(builtin.form)
    if !builtin.summary.isEmpty { text += "\n\n\(builtin.summary)" }
    if !builtin.settings.isEmpty {
      text += "\n\n" + builtin.settings.map { "- \($0)" }.joined(separator: "\n")
    }
    return Self.hover(text, document.range(token.span))
  }

  private static func hover(_ text: String, _ range: JSONValue) -> JSONValue {
    ["contents": ["kind": "markdown", "value": .string(text)], "range": range]
  }

  static func code(_ text: String) -> String { "```ppl\n\(text)\n```" }
}

extension OpenDocument {
  /// What a name of the program is, in Markdown.
  func description(of symbol: SymbolTable.Symbol) -> String {
    switch symbol.kind {
    case .dimension:
      return LanguageServer.code("dim \(symbol.name)") + "\n\n" + extent(of: symbol.name)
    case .data, .quantity, .prediction:
      guard let variable = program.model.variables.first(where: { $0.name.text == symbol.name })
      else { return LanguageServer.code(symbol.name) + "\n\n\(symbol.kind.words)" }
      let type = variable.type.isInvalid ? "" : ": \(program.describe(variable.type))"
      return LanguageServer.code(symbol.name + type) + "\n\n" + role(of: variable)
    case .function, .net, .distribution, .guide, .model, .factor, .fit:
      let text = program.source.text(of: symbol.statement)
      let head = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? symbol.name
      return LanguageServer.code(head) + "\n\n\(symbol.kind.words)"
    case .index, .local, .argument, .genericDimension:
      return LanguageServer.code(symbol.name) + "\n\n\(symbol.kind.words)"
    }
  }

  private func extent(of name: String) -> String {
    guard let dimension = program.model.dimensions.first(where: { $0.name.text == name }) else {
      return "a dimension"
    }
    if let parent = dimension.parent {
      return "differs in size over `\(program.model.dimensions[parent.index].name.text)`"
    }
    switch dimension.extent {
    case .labels(let labels): return "\(labels.count) labels: " + labels.joined(separator: ", ")
    case .count, .range, .ragged: return "of declared size"
    case .inferred: return "size and labels from the data"
    }
  }

  /// What becomes of a quantity, and the values that it may have.
  private func role(of variable: Variable) -> String {
    var text =
      switch variable.role {
      case .data: program.isObserved(variable) ? "data, observed" : "data, given"
      case .computed: program.isObserved(variable) ? "computed data, observed" : "computed data"
      case .modeled(.sampled): "latent, sampled"
      case .modeled(.fitted): "parameter, fitted"
      case .modeled(.generated): "latent, drawn forward"
      case .modeled(.eliminated): "latent, summed out"
      case .modeled(.derived): "derived from others"
      case .predicted: "predicted"
      }
    for index in variable.equations {
      let equation = program.model.equations[index]
      guard case .distribution(let distribution) = equation.body else { continue }
      text += "\n\n`~ \(distribution.name)`"
      if case .family(let family) = distribution.form {
        text += ", on \(family.signature.support.words)"
      }
      break
    }
    return text
  }
}

extension Support {
  /// The set in words.
  fileprivate var words: String {
    switch self {
    case .interval(let lower, let upper): "real numbers\(Self.words(lower, upper))"
    case .integers(let lower, let upper): "integers\(Self.words(lower, upper))"
    case .categories: "categories"
    case .naturalVector: "vectors of counts"
    case .vector(let support): "`\(support.rawValue)` vectors"
    case .realVector: "real vectors"
    case .matrix(let support): "`\(support.rawValue)` matrices"
    case .declared: "whatever its type says"
    }
  }

  private static func words(_ lower: SupportBound, _ upper: SupportBound) -> String {
    func number(_ bound: SupportBound) -> String? {
      switch bound {
      case .none: nil
      case .value(let value): Int(exactly: value).map(String.init) ?? "\(value)"
      case .parameter: "a parameter"
      }
    }
    return switch (number(lower), number(upper)) {
    case (nil, nil): ""
    case (let low?, nil): " from \(low)"
    case (nil, let high?): " up to \(high)"
    case (let low?, let high?): " from \(low) to \(high)"
    }
  }
}
