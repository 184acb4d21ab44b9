/// Statements.
extension SyntaxDump {
  mutating func write(_ item: Item) {
    let span = item.span
    switch item.kind {
    case .dimensions(let declarations):
      node("dim", span) { dump in
        for declaration in declarations {
          dump.node("dimension \(declaration.name.text)", declaration.name.span) { dump in
            dump.write(declaration.brackets)
            if let range = declaration.range { dump.write(range) }
          }
        }
      }
    case .data(let declarations):
      node("data", span) { dump in
        for declaration in declarations { dump.write(declaration) }
      }
    case .parameter(let declaration):
      node("param \(declaration.name.text)", span) { dump in
        dump.write(declaration.brackets)
        dump.write(declaration.type)
        if let initial = declaration.initial { dump.node("initial") { $0.write(initial) } }
      }
    case .function(let declaration): write(declaration, as: "fn", item)
    case .net(let declaration):
      write(declaration.function, as: declaration.isCausal ? "causal net" : "net", item)
    case .distribution(let declaration): write(declaration, item)
    case .external(let declaration):
      let word = declaration.isDistribution ? "dist" : "fn"
      node("extern \(word) \(declaration.name.text)", span) { dump in
        dump.write(declaration.signature)
        dump.write(declaration.implementation)
      }
    case .ode(let declaration): write(declaration, item)
    case .factor(let statement):
      node("factor \(statement.name.text)", span) { dump in
        dump.write(statement.brackets)
        dump.write(statement.value)
        dump.write(statement.locals)
      }
    case .guide(let name, let items):
      node("guide \(name.text)", span) { dump in
        for item in items { dump.write(item) }
      }
    case .model(let name, let items):
      node("model \(name.text)", span) { dump in
        for item in items { dump.write(item) }
      }
    case .equation(let equation): write(equation, item)
    case .infer(let name, let engine):
      node("infer \(name.text)", span) { $0.write(engine) }
    case .predict(let statement):
      node("predict \(statement.name.text)", span) { dump in
        dump.write(statement.quantity)
        dump.node("given") { $0.write(statement.fit) }
        for argument in statement.arguments {
          dump.node(argument.label?.text ?? "data") { $0.write(argument.value) }
        }
      }
    case .show(let values): write("show", values, item)
    case .plot(let values): write("plot", values, item)
    case .check(let values): write("check", values, item)
    case .save(let value, let path, let pathSpan):
      node("save", span) { dump in
        dump.write(value)
        dump.node("path \(Self.quoted(path))", pathSpan)
      }
    }
  }

  private mutating func write(_ keyword: String, _ values: [Expression], _ item: Item) {
    node(keyword, item.span) { dump in
      for value in values { dump.write(value) }
    }
  }

  private mutating func write(_ declaration: DataDeclaration) {
    node("declaration \(declaration.name.text)", declaration.span) { dump in
      dump.write(declaration.brackets)
      switch declaration.source {
      case .computed(let value, let type):
        if let type { dump.write(type) }
        dump.node("computed") { $0.write(value) }
      case .file(let type, let missing, let key, let path):
        if let type { dump.write(type) }
        if let missing { dump.node("missing") { $0.write(missing) } }
        if let key { dump.node("key \(Self.quoted(key))") }
        if let path { dump.node("from \(Self.quoted(path))") }
      }
    }
  }

  private mutating func write(_ signature: SignatureExpression) {
    write(signature.brackets)
    for parameter in signature.parameters { write(parameter) }
    if let result = signature.result { node("result") { $0.write(result) } }
  }

  private mutating func write(_ function: FunctionDeclaration, as word: String, _ item: Item) {
    node("\(word) \(function.name.text)", item.span) { dump in
      dump.write(function.signature)
      dump.write(function.body)
      dump.write(function.locals)
    }
  }

  private mutating func write(_ declaration: DistributionDeclaration, _ item: Item) {
    node("dist \(declaration.name.text)", item.span) { dump in
      dump.write(declaration.signature)
      for clause in declaration.clauses {
        dump.node("clause \(clause.name.text)", clause.name.span) { dump in
          if let parameter = clause.parameter { dump.node("parameter", parameter) }
          dump.write(clause.body)
          dump.write(clause.locals)
        }
      }
    }
  }

  private mutating func write(_ locals: [LocalDefinition]) {
    for local in locals {
      node("with \(local.name.text) \(local.isRandom ? "~" : "=")", local.name.span) {
        $0.write(local.value)
      }
    }
  }

  private mutating func write(_ equation: Equation, _ item: Item) {
    node("equation \(equation.relation == .distributed ? "~" : "=")", item.span) { dump in
      for target in equation.targets {
        let name = ([target.name] + target.members).map(\.text).joined(separator: ".")
        dump.node("target \(name)", target.span) { $0.write(target.brackets) }
      }
      if let type = equation.type { dump.write(type) }
      dump.write(equation.value)
      dump.write(equation.locals)
    }
  }

  private mutating func write(_ declaration: ODEDeclaration, _ item: Item) {
    node("ode", item.span) { dump in
      dump.node("time", declaration.time)
      dump.node("from") { $0.write(declaration.start) }
      dump.node("at \(declaration.grid.text)", declaration.grid.span) {
        $0.write(declaration.brackets)
      }
      if let options = declaration.options { dump.node("options") { $0.write(options) } }
      for line in declaration.lines { dump.write(line) }
    }
  }

  private mutating func write(_ line: ODEDeclaration.Line) {
    switch line {
    case .derivative(let name, let brackets, let value):
      node("derivative \(name.text)", name.span) { dump in
        dump.write(brackets)
        dump.write(value)
      }
    case .initial(let name, let time, let brackets, let value):
      write("initial", name, at: time, brackets, value)
    case .jump(let name, let time, let brackets, let value):
      write("jump", name, at: time, brackets, value)
    case .local(let name, let value):
      node("local \(name.text)", name.span) { $0.write(value) }
    }
  }

  private mutating func write(
    _ kind: String,
    _ name: Name,
    at time: Expression,
    _ brackets: Brackets?,
    _ value: Expression
  ) {
    node("\(kind) \(name.text)", name.span) { dump in
      dump.node("at") { $0.write(time) }
      dump.write(brackets)
      dump.write(value)
    }
  }
}
