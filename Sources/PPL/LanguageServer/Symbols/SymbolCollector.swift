import PPLInference
import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Finds what each name of a program belongs to, by the scopes of the language.
///
/// It works on trees with mistakes too: what a name could mean does not depend on types.
struct SymbolCollector {
  var table = SymbolTable()
  /// Symbols by name, innermost scope last; the first holds the program's own.
  private var scopes: [[String: Int]] = [[:]]
  /// Parameters by function.
  private var parameters: [Int: [String: Int]] = [:]
  /// The statement or clause at hand.
  private var statement = SourceSpan(start: 0, end: 0)
  /// Whether a statement of the script is read, where field names may be those of data.
  private var isInScript = false
  private let tokens: [Token]
  private let file: SourceFile

  /// The symbols of a program.
  static func symbols(of parsed: ParsedText, in file: SourceFile) -> SymbolTable {
    var collector = SymbolCollector(parsed.tokens, file)
    collector.declare(parsed.program.items)
    for item in parsed.program.items { collector.visit(item) }
    var seen: Set<SourceSpan> = []
    collector.table.occurrences.sort {
      ($0.span.start, $0.isDefinition ? 0 : 1) < ($1.span.start, $1.isDefinition ? 0 : 1)
    }
    collector.table.occurrences.removeAll { !seen.insert($0.span).inserted }
    return collector.table
  }

  private init(_ tokens: [Token], _ file: SourceFile) {
    self.tokens = tokens
    self.file = file
  }

  // MARK: Scopes

  @discardableResult
  private mutating func define(
    _ name: Name,
    _ kind: SymbolTable.Kind,
    in statement: SourceSpan,
    keyPlace: Int? = nil
  ) -> Int {
    let id = table.symbols.count
    table.symbols.append(
      .init(
        name: name.text,
        kind: kind,
        definition: name.span,
        statement: statement,
        keyPlace: keyPlace
      )
    )
    scopes[scopes.count - 1][name.text] = id
    table.occurrences.append(.init(symbol: id, span: name.span, isDefinition: true))
    return id
  }

  private func lookup(_ name: String) -> Int? {
    for scope in scopes.reversed() {
      if let id = scope[name] { return id }
    }
    return nil
  }

  private mutating func refer(_ name: String, _ span: SourceSpan) {
    guard let id = lookup(name) else { return }
    table.occurrences.append(.init(symbol: id, span: span, isDefinition: false))
  }

  private mutating func scoped(_ body: (inout SymbolCollector) -> Void) {
    scopes.append([:])
    body(&self)
    scopes.removeLast()
  }

  // MARK: Declarations

  /// Defines the names that are seen in the whole program.
  private mutating func declare(_ items: [Item]) {
    for item in items { declare(item) }
    for item in items {
      switch item.kind {
      case .equation(let equation):
        for target in equation.targets where lookup(target.name.text) == nil {
          define(target.name, .quantity, in: item.span)
        }
      case .ode(let system):
        for case .derivative(let name, _, _) in system.lines where lookup(name.text) == nil {
          define(name, .quantity, in: item.span)
        }
      default: break
      }
    }
  }

  private mutating func declare(_ item: Item) {
    switch item.kind {
    case .dimensions(let declarations):
      for declaration in declarations { declare(declaration.name, .dimension, item) }
    case .data(let declarations):
      for declaration in declarations {
        var keyPlace: Int?
        if case .file(_, _, nil, _) = declaration.source { keyPlace = declaration.span.end }
        declare(declaration.name, .data, item, keyPlace: keyPlace)
      }
    case .parameter(let declaration): declare(declaration.name, .quantity, item)
    case .function(let function): declare(function.name, function.signature, .function, item)
    case .net(let net): declare(net.function.name, net.function.signature, .net, item)
    case .distribution(let declaration):
      declare(declaration.name, declaration.signature, .distribution, item)
    case .external(let declaration):
      let kind: SymbolTable.Kind = declaration.isDistribution ? .distribution : .function
      declare(declaration.name, declaration.signature, kind, item)
    case .factor(let factor): declare(factor.name, .factor, item)
    case .guide(let name, _): declare(name, .guide, item)
    case .model(let name, let items):
      declare(name, .model, item)
      declare(items)
    case .infer(let name, _): declare(name, .fit, item)
    case .predict(let statement): declare(statement.name, .prediction, item)
    case .equation, .ode, .show, .plot, .check, .save: break
    }
  }

  private mutating func declare(
    _ name: Name,
    _ kind: SymbolTable.Kind,
    _ item: Item,
    keyPlace: Int? = nil
  ) {
    guard lookup(name.text) == nil else { return refer(name.text, name.span) }
    define(name, kind, in: item.span, keyPlace: keyPlace)
  }

  /// Defines a callable with its parameters, so that calls above it find their names.
  private mutating func declare(
    _ name: Name,
    _ signature: SignatureExpression,
    _ kind: SymbolTable.Kind,
    _ item: Item
  ) {
    guard lookup(name.text) == nil else { return refer(name.text, name.span) }
    let id = define(name, kind, in: item.span)
    scoped { collector in
      var own: [String: Int] = [:]
      for field in signature.parameters {
        own[field.name.text] = collector.define(field.name, .argument, in: item.span)
      }
      collector.parameters[id] = own
    }
  }

  // MARK: Statements

  private mutating func visit(_ item: Item) {
    statement = item.span
    isInScript = false
    switch item.kind {
    case .dimensions(let declarations):
      for declaration in declarations {
        scoped { collector in
          collector.bind(declaration.brackets)
          if let range = declaration.range { collector.visit(range) }
        }
      }
    case .data(let declarations):
      for declaration in declarations { visit(declaration) }
    case .parameter(let declaration):
      bind(declaration.brackets)
      visit(declaration.type)
      if let initial = declaration.initial { visit(initial) }
    case .function(let function): visit(function)
    case .net(let net): visit(net.function)
    case .distribution(let declaration): visit(declaration)
    case .external(let declaration):
      scoped { collector in
        collector.enter(declaration.signature, of: declaration.name)
        collector.visit(declaration.implementation)
      }
    case .ode(let system): visit(system)
    case .factor(let factor):
      scoped { collector in
        collector.bind(factor.brackets)
        collector.visit(factor.locals)
        collector.visit(factor.value)
      }
    case .guide(_, let items), .model(_, let items):
      for item in items { visit(item) }
    case .equation(let equation): visit(equation)
    case .infer, .predict, .show, .plot, .check, .save: visitScript(item.kind)
    }
  }

  private mutating func visitScript(_ kind: Item.Kind) {
    isInScript = true
    switch kind {
    case .infer(_, let engine): visitEngine(engine)
    case .predict(let statement):
      visit(statement.quantity)
      visit(statement.fit)
      for argument in statement.arguments { visit(argument.value) }
    case .show(let values), .plot(let values), .check(let values):
      for value in values { visit(value) }
    case .save(let value, _, _): visit(value)
    default: break
    }
  }

  /// Reads `engine(settings)`, where a word such as `guided` is no name of the program.
  private mutating func visitEngine(_ expression: Expression) {
    guard case .call(let name, .list(let arguments)) = expression.kind,
      let engine = EngineLibrary.standard[name.text]
    else { return visit(expression) }
    for argument in arguments {
      let setting = engine.settings.first { $0.name == argument.label?.text }
      if setting?.name == "guide", case .name(let guide) = argument.value.kind {
        if lookup(guide).map({ table.symbols[$0].kind }) == .guide { visit(argument.value) }
        continue
      }
      if case .word(_)? = setting?.kind { continue }
      visit(argument.value)
    }
  }

  private mutating func visit(_ declaration: DataDeclaration) {
    scoped { collector in
      collector.bind(declaration.brackets)
      switch declaration.source {
      case .file(let type, let missing, _, _):
        if let type { collector.visit(type) }
        if let missing { collector.visit(missing) }
      case .computed(let value, let type):
        if let type { collector.visit(type) }
        collector.visit(value)
      }
    }
  }

  private mutating func visit(_ equation: Equation) {
    scoped { collector in
      for target in equation.targets {
        collector.refer(target.name.text, target.name.span)
        collector.bind(target.brackets)
      }
      if let type = equation.type { collector.visit(type) }
      collector.visit(equation.locals)
      collector.visit(equation.value)
    }
  }

  private mutating func visit(_ locals: [LocalDefinition]) {
    for local in locals {
      visit(local.value)
      define(local.name, .local, in: statement)
    }
  }

  // MARK: Callables and systems

  private mutating func visit(_ function: FunctionDeclaration) {
    scoped { collector in
      collector.enter(function.signature, of: function.name)
      collector.visit(function.locals)
      collector.visit(function.body)
    }
  }

  private mutating func visit(_ declaration: DistributionDeclaration) {
    scoped { collector in
      collector.enter(declaration.signature, of: declaration.name)
      for clause in declaration.clauses {
        collector.scoped { collector in
          if let parameter = clause.parameter {
            collector.define(parameter, .argument, in: collector.statement)
          }
          collector.visit(clause.locals)
          collector.visit(clause.body)
        }
      }
    }
  }

  /// Makes the parameters and generic dimensions of a signature seen.
  private mutating func enter(_ signature: SignatureExpression, of name: Name) {
    for item in signature.brackets?.items ?? [] {
      if case .expression(let expression) = item, case .name(let text) = expression.kind {
        define(Name(text, span: nameSpan(text, expression.span)), .genericDimension, in: statement)
      }
    }
    if let id = lookup(name.text), let own = parameters[id] {
      scopes[scopes.count - 1].merge(own) { _, new in new }
    }
    for field in signature.parameters { visit(field.type) }
    if let result = signature.result { visit(result) }
  }

  private mutating func visit(_ system: ODEDeclaration) {
    scoped { collector in
      collector.visit(system.start)
      collector.refer(system.grid.text, system.grid.span)
      collector.bind(system.brackets)
      collector.define(system.time, .local, in: collector.statement)
      if let options = system.options { collector.visit(options, of: nil) }
      for case .local(let name, _) in system.lines {
        collector.define(name, .local, in: collector.statement)
      }
      for line in system.lines {
        collector.scoped { $0.visit(line) }
      }
    }
  }

  private mutating func visit(_ line: ODEDeclaration.Line) {
    switch line {
    case .derivative(let name, let brackets, let value):
      refer(name.text, name.span)
      bind(brackets)
      visit(value)
    case .initial(let name, let time, let brackets, let value),
      .jump(let name, let time, let brackets, let value):
      refer(name.text, name.span)
      bind(brackets)
      visit(time)
      visit(value)
    case .local(_, let value): visit(value)
    }
  }

  // MARK: Brackets and types

  /// Reads the brackets of a left side, whose names are seen from then on.
  private mutating func bind(_ brackets: Brackets?) {
    guard let brackets else { return }
    for item in brackets.items {
      switch item {
      case .binder(let binder): bind(binder)
      case .expression(let expression): visit(expression)
      case .range(let range): visit(.range(range))
      case .keep: break
      }
    }
    if let condition = brackets.condition { visit(condition) }
  }

  private mutating func bind(_ binder: Binder) {
    visit(binder.range)
    define(binder.name, .index, in: statement)
  }

  private mutating func visit(_ range: BinderRange) {
    switch range {
    case .expression(let expression): visit(expression)
    case .range(let range):
      if let lower = range.lower { visit(lower) }
      if let upper = range.upper { visit(upper) }
    }
  }

  private mutating func visit(_ type: TypeExpression) {
    switch type.kind {
    case .named(let name, let axes):
      refer(name.text, name.span)
      for case .expression(let axis) in axes { visit(axis) }
      for case .range(let range) in axes { visit(.range(range)) }
    case .record(let fields):
      for field in fields { visit(field.type) }
    }
    switch type.bound {
    case .comparison(_, let limit): visit(limit)
    case .interval(let lower, let upper, _, _):
      visit(lower)
      visit(upper)
    case .set(let values):
      for value in values { visit(value) }
    case .range(let range): visit(.range(range))
    case nil: break
    }
  }

  // MARK: Expressions

  private mutating func visit(_ expression: Expression) {
    switch expression.kind {
    case .number, .string, .invalid: break
    case .name(let name): refer(name, nameSpan(name, expression.span))
    case .call(let name, let arguments):
      refer(name.text, name.span)
      visit(arguments, of: lookup(name.text))
    case .subscripted(let base, let subscripts):
      visit(base)
      for subscripted in subscripts {
        switch subscripted {
        case .index(let index): visit(index)
        case .range(let range): visit(.range(range))
        case .keep: break
        }
      }
    case .member(let base, let member):
      visit(base)
      // `post.mu` is the quantity `mu` in a fit.
      if case .name(let name) = base.kind, let id = lookup(name), table.symbols[id].kind == .fit {
        refer(member.text, member.span)
      }
    case .unary(_, let operand): visit(operand)
    case .binary(_, let left, let right), .pipe(let left, let right):
      visit(left)
      visit(right)
    case .conditional(let condition, let then, let otherwise):
      visit(condition)
      visit(then)
      visit(otherwise)
    case .list(let elements):
      for element in elements { visit(element) }
    case .comprehension(let comprehension): visit(comprehension)
    case .record(let fields):
      for field in fields {
        // `batch: (image: 64)` names a dimension, `(raw: "test.npy")` data.
        if isInScript { refer(field.name.text, field.name.span) }
        visit(field.value)
      }
    }
  }

  private mutating func visit(_ arguments: Arguments, of callee: Int?) {
    switch arguments {
    case .comprehension(let comprehension): visit(comprehension)
    case .list(let list):
      for argument in list {
        if let label = argument.label, let callee, let id = parameters[callee]?[label.text] {
          table.occurrences.append(.init(symbol: id, span: label.span, isDefinition: false))
        }
        visit(argument.value)
      }
    }
  }

  private mutating func visit(_ comprehension: Comprehension) {
    scoped { collector in
      for binder in comprehension.binders { collector.bind(binder) }
      if let condition = comprehension.condition { collector.visit(condition) }
      collector.visit(comprehension.element)
    }
  }

  /// Where a name stands within its span, which holds the parentheses around it too.
  private func nameSpan(_ name: String, _ span: SourceSpan) -> SourceSpan {
    guard span.end - span.start != name.utf8.count else { return span }
    var low = 0
    var high = tokens.count
    while low < high {
      let middle = (low + high) / 2
      if tokens[middle].start < span.start { low = middle + 1 } else { high = middle }
    }
    for token in tokens[low...] where token.kind.isName { return token.span }
    return span
  }
}
