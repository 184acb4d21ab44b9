package import PPLSourceText

/// A parsed program: its items in the order of the text.
package struct Program: Sendable {
  package var items: [Item]

  package init(items: [Item]) {
    self.items = items
  }
}

/// A statement with its span.
package struct Item: Sendable {
  package indirect enum Kind: Sendable {
    case dimensions([DimensionDeclaration])
    /// All declarations of one `data` statement; one without a type takes that of the next.
    case data([DataDeclaration])
    case parameter(ParameterDeclaration)
    case function(FunctionDeclaration)
    case net(NetDeclaration)
    case distribution(DistributionDeclaration)
    case external(ExternalDeclaration)
    case ode(ODEDeclaration)
    case factor(FactorStatement)
    case guide(Name, [Item])
    case model(Name, [Item])
    case equation(Equation)
    case infer(Name, Expression)
    case predict(PredictStatement)
    case show([Expression])
    case plot([Expression])
    case check([Expression])
    case save(Expression, path: String, pathSpan: SourceSpan)
  }

  package var kind: Kind
  package var span: SourceSpan

  package init(_ kind: Kind, span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

/// `predict name = quantity given fit {, data | , option: value}`.
package struct PredictStatement: Sendable {
  package var name: Name
  package var quantity: Expression
  package var fit: Expression
  /// What follows: data without label, options with one.
  package var arguments: [Argument]
}

/// `name [brackets] [= range]` in a `dim` statement.
package struct DimensionDeclaration: Sendable {
  package var name: Name
  package var brackets: Brackets?
  /// What gives the labels: `n`, `a..b` or a list of strings; nil when the data do.
  package var range: BinderRange?

  package init(name: Name, brackets: Brackets?, range: BinderRange?) {
    self.name = name
    self.brackets = brackets
    self.range = range
  }
}

/// One name of a `data` statement.
package struct DataDeclaration: Sendable {
  package enum Source: Sendable {
    /// Bound from a file. The type may stand at a later declaration of the same statement;
    /// the parser has copied it here.
    case file(
      type: TypeExpression?,
      missing: Expression?,
      key: String?,
      path: String?
    )
    /// `[: type] = e`: computed once from other data.
    case computed(Expression, type: TypeExpression?)
  }

  package var name: Name
  package var brackets: Brackets?
  package var source: Source
  package var span: SourceSpan

  package init(name: Name, brackets: Brackets?, source: Source, span: SourceSpan) {
    self.name = name
    self.brackets = brackets
    self.source = source
    self.span = span
  }
}

/// `param name [brackets] : type [= initial]`.
package struct ParameterDeclaration: Sendable {
  package var name: Name
  package var brackets: Brackets?
  package var type: TypeExpression
  package var initial: Expression?

  package init(
    name: Name,
    brackets: Brackets?,
    type: TypeExpression,
    initial: Expression?
  ) {
    self.name = name
    self.brackets = brackets
    self.type = type
    self.initial = initial
  }
}

/// `[d] (x: real[d]) -> T`.
package struct SignatureExpression: Sendable {
  package var brackets: Brackets?
  package var parameters: [TypeField]
  package var result: TypeExpression?

  package init(brackets: Brackets?, parameters: [TypeField], result: TypeExpression?) {
    self.brackets = brackets
    self.parameters = parameters
    self.result = result
  }
}

/// `with a = e, b ~ D`.
package struct LocalDefinition: Sendable {
  package var name: Name
  /// True for `~`, which only the `draw` of a `dist` may use.
  package var isRandom: Bool
  package var value: Expression

  package init(name: Name, isRandom: Bool, value: Expression) {
    self.name = name
    self.isRandom = isRandom
    self.value = value
  }
}

/// `fn name signature = e [with …]`.
package struct FunctionDeclaration: Sendable {
  package var name: Name
  package var signature: SignatureExpression
  package var body: Expression
  package var locals: [LocalDefinition]

  package init(
    name: Name,
    signature: SignatureExpression,
    body: Expression,
    locals: [LocalDefinition]
  ) {
    self.name = name
    self.signature = signature
    self.body = body
    self.locals = locals
  }
}

/// `[causal] net name signature = e [with …]`.
package struct NetDeclaration: Sendable {
  package var isCausal: Bool
  package var function: FunctionDeclaration

  package init(isCausal: Bool, function: FunctionDeclaration) {
    self.isCausal = isCausal
    self.function = function
  }
}

/// `dist name signature { clauses }`.
package struct DistributionDeclaration: Sendable {
  /// `logp(x) = e`, `draw = e with …`, `energy(x) = e`.
  package struct Clause: Sendable {
    package var name: Name
    package var parameter: Name?
    package var body: Expression
    package var locals: [LocalDefinition]

    package init(name: Name, parameter: Name?, body: Expression, locals: [LocalDefinition]) {
      self.name = name
      self.parameter = parameter
      self.body = body
      self.locals = locals
    }
  }

  package var name: Name
  package var signature: SignatureExpression
  package var clauses: [Clause]

  package init(name: Name, signature: SignatureExpression, clauses: [Clause]) {
    self.name = name
    self.signature = signature
    self.clauses = clauses
  }
}

/// `extern fn name signature = e` or `extern dist …`.
package struct ExternalDeclaration: Sendable {
  package var isDistribution: Bool
  package var name: Name
  package var signature: SignatureExpression
  package var implementation: Expression

  package init(
    isDistribution: Bool,
    name: Name,
    signature: SignatureExpression,
    implementation: Expression
  ) {
    self.isDistribution = isDistribution
    self.name = name
    self.signature = signature
    self.implementation = implementation
  }
}

/// `ode t from a at ts[plate] (options) { lines }`.
package struct ODEDeclaration: Sendable {
  package enum Line: Sendable {
    /// `x'[plate] = e`.
    case derivative(Name, Brackets?, Expression)
    /// `x(a)[plate] = e`.
    case initial(Name, at: Expression, Brackets?, Expression)
    /// `x(time)[plate] += e`.
    case jump(Name, at: Expression, Brackets?, Expression)
    /// `y = e`.
    case local(Name, Expression)
  }

  package var time: Name
  package var start: Expression
  package var grid: Name
  package var brackets: Brackets
  package var options: Arguments?
  package var lines: [Line]

  package init(
    time: Name,
    start: Expression,
    grid: Name,
    brackets: Brackets,
    options: Arguments?,
    lines: [Line]
  ) {
    self.time = time
    self.start = start
    self.grid = grid
    self.brackets = brackets
    self.options = options
    self.lines = lines
  }
}

/// `factor name [plate] = e [with …]`.
package struct FactorStatement: Sendable {
  package var name: Name
  package var brackets: Brackets?
  package var value: Expression
  package var locals: [LocalDefinition]

  package init(name: Name, brackets: Brackets?, value: Expression, locals: [LocalDefinition]) {
    self.name = name
    self.brackets = brackets
    self.value = value
    self.locals = locals
  }
}

/// `target {, target} [: type] (~ | =) e [with …]`.
package struct Equation: Sendable {
  /// `name {. name} [brackets]`.
  package struct Target: Sendable {
    package var name: Name
    /// `.weights` and the like.
    package var members: [Name]
    package var brackets: Brackets?
    package var span: SourceSpan

    package init(name: Name, members: [Name], brackets: Brackets?, span: SourceSpan) {
      self.name = name
      self.members = members
      self.brackets = brackets
      self.span = span
    }
  }

  package enum Relation: Sendable {
    /// `~`: the left side has the distribution on the right.
    case distributed
    /// `=`: the left side is the value on the right.
    case defined
  }

  package var targets: [Target]
  package var type: TypeExpression?
  package var relation: Relation
  package var value: Expression
  package var locals: [LocalDefinition]

  package init(
    targets: [Target],
    type: TypeExpression?,
    relation: Relation,
    value: Expression,
    locals: [LocalDefinition]
  ) {
    self.targets = targets
    self.type = type
    self.relation = relation
    self.value = value
    self.locals = locals
  }
}
