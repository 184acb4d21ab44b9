import PPLSourceText
import PPLSyntax

/// One statement of a session, as it was typed.
final class SessionStatement: Sendable {
  /// Tells statements apart, also those with equal text.
  let id: Int
  /// The statement alone.
  let text: String
  /// What was typed, of which the statement is a part; messages show its lines.
  let origin: SourceFile
  /// Where the statement begins in `origin`.
  let offset: Int
  /// The statement's tree.
  let item: Item
  /// The comments around it.
  let remarks: SessionRemarks
  /// What it defines.
  let definitions: [SessionDefinition]

  init(
    id: Int,
    text: String,
    origin: SourceFile,
    offset: Int,
    item: Item,
    remarks: SessionRemarks = SessionRemarks()
  ) {
    self.remarks = remarks
    self.id = id
    self.text = text
    self.origin = origin
    self.offset = offset
    self.item = item
    definitions = item.definitions
  }

  /// The names that it defines.
  var names: [String] { definitions.map(\.name) }

  /// Every name in its text, whatever it means.
  var words: Set<String> { SessionStatement.words(of: text) }

  /// Every name in a text.
  static func words(of text: String) -> Set<String> {
    let file = SourceFile(name: "", text: text)
    let names = Lexer.tokenize(file).tokens.filter(\.kind.isName)
    return Set(names.map { file.text(of: $0.span) })
  }

  /// Names that the statement itself gives a meaning to: indices, `with` names, parameters, and labels.
  var boundNames: Set<String> {
    let (file, tokens) = tokens
    var names: Set<String> = []
    for (token, next) in zip(tokens, tokens.dropFirst()) where token.kind.isName {
      switch next.kind {
      case .colon, .equal, .tilde, .prime: names.insert(file.text(of: token.span))
      default: break
      }
    }
    return names
  }

  /// Names that neither the statement nor the language gives a meaning to.
  var freeNames: [String] {
    let (file, tokens) = tokens
    let bound = boundNames.union(names)
    var free: [String] = []
    var isMember = false
    for token in tokens {
      defer { isMember = token.kind == .dot }
      let name = file.text(of: token.span)
      guard token.kind == .name, !isMember, !bound.contains(name), !free.contains(name),
        !Help.words.contains(name)
      else { continue }
      free.append(name)
    }
    return free
  }

  private var tokens: (SourceFile, [Token]) {
    let file = SourceFile(name: "", text: text)
    return (file, Lexer.tokenize(file).tokens)
  }

  /// Whether a line belongs to the statement before it, whatever that is.
  static func continues(_ line: String) -> Bool {
    let file = SourceFile(name: "", text: line)
    let tokens = Lexer.tokenize(file).tokens.filter { $0.kind != .newline }
    guard let first = tokens.first else { return false }
    if first.kind.joinsPreviousLine { return true }
    return file.text(of: first.span) == "from" && tokens.count > 1 && tokens[1].kind == .string
  }

  /// The statement on one line, cut where it is long.
  var summary: String {
    let line = text.split(whereSeparator: \.isNewline).map {
      $0.trimmingSpaces
    }.joined(separator: " ")
    return line.count > 72 ? line.prefix(71) + "…" : line
  }

  /// What is left of it without some of its definitions; nil if that is nothing.
  ///
  /// `mu, tau ~ HalfNormal(1)` without `mu` is `tau ~ HalfNormal(1)`. The rest is written anew, as it has no text of
  /// its own.
  func without(_ replaced: (SessionDefinition) -> Bool, id: Int) -> SessionStatement? {
    guard definitions.contains(where: { !replaced($0) }),
      let rest = item.keeping({ !replaced($0) })
    else { return nil }
    let text = SyntaxPrinter.text(of: PPLSyntax.Program(items: [rest])).trimmingSpaces
    let origin = SourceFile(name: origin.name, text: text)
    guard let item = Parser.parse(origin).program.items.first else { return nil }
    return SessionStatement(
      id: id,
      text: text,
      origin: origin,
      offset: 0,
      item: item,
      remarks: remarks
    )
  }
}

/// What a statement gives a meaning to: a name, or part of an array.
struct SessionDefinition: Sendable, Hashable {
  /// Names that live beside each other: a quantity may be data and have an equation, and a dimension may have the name of a value.
  enum Kind: Sendable, Hashable {
    case dimension, data, parameter, equation, callable, factor, guide, script
  }

  var kind: Kind
  var name: String
  /// The brackets of an equation that is about part of an array, binders left out; empty for the whole.
  var part: String

  /// Whether a later statement with this definition takes the place of an earlier one with `other`.
  func replaces(_ other: SessionDefinition) -> Bool {
    guard kind == other.kind, name == other.name else { return false }
    return part.isEmpty || other.part.isEmpty || part == other.part
  }
}

extension Item {
  /// Whether it is part of the model, not of the script.
  var isModel: Bool {
    switch kind {
    case .dimensions, .data, .parameter, .function, .net, .distribution, .external, .ode, .factor,
      .guide, .model, .equation:
      true
    case .infer, .predict, .show, .plot, .check, .save: false
    }
  }

  /// What the statement defines.
  fileprivate var definitions: [SessionDefinition] {
    func one(_ kind: SessionDefinition.Kind, _ name: String) -> [SessionDefinition] {
      [SessionDefinition(kind: kind, name: name, part: "")]
    }
    switch kind {
    case .dimensions(let declarations):
      return declarations.flatMap { one(.dimension, $0.name.text) }
    case .data(let declarations): return declarations.flatMap { one(.data, $0.name.text) }
    case .parameter(let declaration): return one(.parameter, declaration.name.text)
    case .function(let declaration): return one(.callable, declaration.name.text)
    case .net(let declaration): return one(.callable, declaration.function.name.text)
    case .distribution(let declaration): return one(.callable, declaration.name.text)
    case .external(let declaration): return one(.callable, declaration.name.text)
    case .factor(let factor): return one(.factor, factor.name.text)
    case .guide(let name, _): return one(.guide, name.text)
    case .model(let name, _): return one(.callable, name.text)
    case .equation(let equation): return equation.targets.map(\.definition)
    case .ode(let declaration):
      return declaration.lines.flatMap { line -> [SessionDefinition] in
        guard case .derivative(let name, _, _) = line else { return [] }
        return one(.equation, name.text)
      }
    case .infer(let name, _): return one(.script, name.text)
    case .predict(let statement): return one(.script, statement.name.text)
    case .show, .plot, .check, .save: return []
    }
  }

  /// The statement with some of its definitions; nil if it cannot be parted.
  fileprivate func keeping(_ isKept: (SessionDefinition) -> Bool) -> Item? {
    func keeps(_ kind: SessionDefinition.Kind, _ name: Name) -> Bool {
      isKept(SessionDefinition(kind: kind, name: name.text, part: ""))
    }
    switch kind {
    case .dimensions(let declarations):
      return Item(.dimensions(declarations.filter { keeps(.dimension, $0.name) }), span: span)
    case .data(let declarations):
      return Item(.data(declarations.filter { keeps(.data, $0.name) }), span: span)
    case .equation(var equation):
      equation.targets = equation.targets.filter { isKept($0.definition) }
      return Item(.equation(equation), span: span)
    default: return nil
    }
  }
}

extension Equation.Target {
  fileprivate var definition: SessionDefinition {
    let path = ([name] + members).map(\.text).joined(separator: ".")
    return SessionDefinition(kind: .equation, name: path, part: brackets?.part ?? "")
  }
}

extension Brackets {
  /// Which part of an array they are about, without the names of binders; empty for the whole.
  fileprivate var part: String {
    var isWhole = condition == nil
    var items: [String] = []
    for item in self.items {
      switch item {
      case .binder(let binder):
        if case .expression(let range) = binder.range {
          if !range.isName { isWhole = false }
          items.append(SyntaxPrinter.text(of: range))
        } else if case .range(let range) = binder.range {
          // `i: 1..n` is all of an axis without dimension.
          items.append(range.text)
        }
      case .expression(let expression):
        if !expression.isName { isWhole = false }
        items.append(SyntaxPrinter.text(of: expression))
      case .range(let range):
        isWhole = false
        items.append(range.text)
      case .keep: items.append("_")
      }
    }
    if isWhole { return "" }
    let limit = condition.map { " where " + SyntaxPrinter.text(of: $0) } ?? ""
    return items.joined(separator: ", ") + limit
  }
}

extension Expression {
  fileprivate var isName: Bool {
    if case .name = kind { true } else { false }
  }
}

extension RangeExpression {
  fileprivate var text: String {
    (lower.map { SyntaxPrinter.text(of: $0) } ?? "") + ".."
      + (upper.map { SyntaxPrinter.text(of: $0) } ?? "")
  }
}

extension StringProtocol {
  /// The text without spaces and line ends around it.
  var trimmingSpaces: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part = part.dropFirst() }
    while part.last?.isWhitespace == true { part = part.dropLast() }
    return String(part)
  }
}
