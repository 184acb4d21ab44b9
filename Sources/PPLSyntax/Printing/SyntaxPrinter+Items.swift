/// Statements.
extension SyntaxPrinter {
  /// Writes a statement without indentation and line end.
  mutating func write(_ item: Item) {
    switch item.kind {
    case .dimensions(let declarations):
      text += "dim "
      commaSeparated(declarations) { $0.write($1) }
    case .data(let declarations): write(declarations)
    case .parameter(let declaration): write(declaration)
    case .function(let declaration):
      text += "fn "
      write(declaration)
    case .net(let declaration):
      text += declaration.isCausal ? "causal net " : "net "
      write(declaration.function)
    case .distribution(let declaration): write(declaration)
    case .external(let declaration):
      text += "extern \(declaration.isDistribution ? "dist" : "fn") \(declaration.name.text)"
      write(declaration.signature)
      text += " = "
      write(declaration.implementation)
    case .ode(let declaration): write(declaration)
    case .factor(let statement):
      text += "factor \(statement.name.text)"
      write(statement.brackets)
      text += " = "
      write(statement.value)
      write(statement.locals)
    case .guide(let name, let items):
      text += "guide \(name.text)"
      block(items) { $0.write($1) }
    case .model(let name, let items):
      text += "model \(name.text)"
      block(items) { $0.write($1) }
    case .equation(let equation): write(equation)
    case .infer(let name, let engine):
      text += "infer \(name.text) = "
      write(engine)
    case .predict(let statement):
      text += "predict \(statement.name.text) = "
      write(statement.quantity)
      text += " given "
      write(statement.fit)
      for argument in statement.arguments {
        text += argument.label.map { ", \($0.text): " } ?? ", "
        write(argument.value)
      }
    case .show(let values): write("show", values)
    case .plot(let values): write("plot", values)
    case .check(let values): write("check", values)
    case .save(let value, let path, _):
      text += "save "
      write(value)
      text += " to "
      writeString(path)
    }
  }

  /// Writes a keyword and values; a list in the first place gets parentheses, because a keyword
  /// before `[` is a name.
  private mutating func write(_ keyword: String, _ values: [Expression]) {
    text += "\(keyword) "
    let start = text.endIndex
    commaSeparated(values) { $0.write($1) }
    guard text[start...].first == "[", let first = values.first else { return }
    text.removeSubrange(start...)
    text += "("
    write(first)
    text += ")"
    for value in values.dropFirst() {
      text += ", "
      write(value)
    }
  }

  private mutating func write(_ declaration: DimensionDeclaration) {
    text += declaration.name.text
    write(declaration.brackets)
    if let range = declaration.range {
      text += " = "
      write(range)
    }
  }

  // MARK: Data

  private mutating func write(_ declarations: [DataDeclaration]) {
    text += "data "
    let types = declarations.map(Self.typeText)
    var path: String?
    for (index, declaration) in declarations.enumerated() {
      if index > 0 { text += ", " }
      text += declaration.name.text
      write(declaration.brackets)
      switch declaration.source {
      case .computed(let value, let type):
        if let type {
          text += ": "
          write(type)
        }
        text += " = "
        write(value)
      case .file(_, _, let key, let source):
        let isTakenFromNext = index + 1 < types.count && types[index] == types[index + 1]
        if !isTakenFromNext { text += types[index] ?? "" }
        if let key {
          text += " key "
          writeString(key)
        }
        path = path ?? source
      }
    }
    if let path {
      text += " from "
      writeString(path)
    }
  }

  /// `: type missing code` as written behind a name; nil for computed data.
  private static func typeText(of declaration: DataDeclaration) -> String? {
    guard case .file(let type, let missing, _, _) = declaration.source else { return nil }
    var printer = SyntaxPrinter()
    if let type {
      printer.text = ": "
      printer.write(type)
    }
    if let missing {
      printer.text += " missing "
      printer.write(missing)
    }
    return printer.text
  }

  private mutating func write(_ declaration: ParameterDeclaration) {
    text += "param \(declaration.name.text)"
    write(declaration.brackets)
    text += ": "
    write(declaration.type)
    if let initial = declaration.initial {
      text += " = "
      write(initial)
    }
  }

  // MARK: Callables

  mutating func write(_ signature: SignatureExpression) {
    write(signature.brackets)
    write(signature.parameters)
    if let result = signature.result {
      text += " -> "
      write(result)
    }
  }

  private mutating func write(_ function: FunctionDeclaration) {
    text += function.name.text
    write(function.signature)
    text += " = "
    write(function.body)
    write(function.locals)
  }

  private mutating func write(_ declaration: DistributionDeclaration) {
    text += "dist \(declaration.name.text)"
    write(declaration.signature)
    block(declaration.clauses) { printer, clause in
      printer.text += clause.name.text
      if let parameter = clause.parameter { printer.text += "(\(parameter.text))" }
      printer.text += " = "
      printer.write(clause.body)
      printer.write(clause.locals)
    }
  }

  private mutating func write(_ locals: [LocalDefinition]) {
    guard !locals.isEmpty else { return }
    text += " with "
    commaSeparated(locals) { printer, local in
      printer.text += "\(local.name.text) \(local.isRandom ? "~" : "=") "
      printer.write(local.value)
    }
  }

  // MARK: Equations

  private mutating func write(_ equation: Equation) {
    commaSeparated(equation.targets) { printer, target in
      printer.text += target.name.text
      for member in target.members { printer.text += ".\(member.text)" }
      printer.write(target.brackets)
    }
    if let type = equation.type {
      text += ": "
      write(type)
    }
    text += equation.relation == .distributed ? " ~ " : " = "
    write(equation.value)
    write(equation.locals)
  }

  private mutating func write(_ declaration: ODEDeclaration) {
    text += "ode \(declaration.time.text) from "
    write(declaration.start)
    text += " at \(declaration.grid.text)"
    write(declaration.brackets)
    if let options = declaration.options {
      text += " "
      write(options)
    }
    block(declaration.lines) { printer, line in
      switch line {
      case .derivative(let name, let brackets, let value):
        printer.text += "\(name.text)'"
        printer.write(brackets)
        printer.text += " = "
        printer.write(value)
      case .initial(let name, let time, let brackets, let value):
        printer.write(name, at: time, brackets, "=", value)
      case .jump(let name, let time, let brackets, let value):
        printer.write(name, at: time, brackets, "+=", value)
      case .local(let name, let value):
        printer.text += "\(name.text) = "
        printer.write(value)
      }
    }
  }

  private mutating func write(
    _ name: Name,
    at time: Expression,
    _ brackets: Brackets?,
    _ relation: String,
    _ value: Expression
  ) {
    text += "\(name.text)("
    write(time)
    text += ")"
    write(brackets)
    text += " \(relation) "
    write(value)
  }
}
