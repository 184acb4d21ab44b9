import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Enters all dimensions, data, functions and modelled names, and finds what is declared twice.
  ///
  /// - Returns: the equations of the program in the order of the text.
  func collectDeclarations(_ program: Program) -> [(equation: Equation, span: SourceSpan)] {
    var equations: [(equation: Equation, span: SourceSpan)] = []
    var externals: [ExternalDeclaration] = []
    for item in program.items {
      switch item.kind {
      case .dimensions(let declarations):
        for declaration in declarations { declare(dimension: declaration) }
      case .data(let declarations):
        for declaration in declarations {
          declare(data: declaration)
          if let equation = computation(declaration) {
            equations.append((equation, declaration.span))
          }
        }
      case .function(let function): declare(function: function)
      case .equation(let equation): equations.append((equation, item.span))
      case .infer(let name, _): fitNames.insert(name.text)
      case .factor, .guide, .show, .plot, .save, .predict, .check: break
      case .parameter(let parameter): declare(parameter: parameter, item.span)
      case .net(let net):
        if isNotCallable(net.function.name, "net") { netsByName[net.function.name.text] = net }
      case .distribution(let distribution): declare(distribution: distribution)
      case .external(let external): externals.append(external)
      case .ode(let ode): declare(ode, at: item.span, &equations)
      case .model(let name, _):
        notBuilt(
          "a `model` block",
          at: name.span,
          help: "put each model into a file of its own"
        )
      }
    }
    for external in externals { declare(external: external) }
    checkApproximations()
    equations = takeRecordsApart(equations)
    for (equation, _) in equations { declare(targetsOf: equation) }
    checkRecordNames()
    return equations
  }

  private func declare(dimension declaration: DimensionDeclaration) {
    let name = declaration.name
    if let other = dimensionsByName[name.text] {
      error(
        "E0402",
        "the dimension `\(name.text)` is declared twice",
        at: name.span,
        "again here",
        also: [.init(model.dimensions[other.index].name.span, "first here")],
        help: "remove one of them"
      )
      return
    }
    let id = DimensionID(model.dimensions.count)
    dimensionsByName[name.text] = id
    if case .expression(let range)? = declaration.range, case .list(let labels) = range.kind {
      for case .string(let label) in labels.map(\.kind) {
        dimensionsByLabel[label, default: []].append(id)
      }
    }
    literalSizes[id] = literalSize(declaration)
    model.dimensions.append(CheckedDimension(name: name, extent: .inferred))
  }

  /// The size of a dimension whose text tells it.
  private func literalSize(_ declaration: DimensionDeclaration) -> Int? {
    func integer(_ expression: Expression?) -> Int? {
      guard case .number(let value, true) = expression?.kind else { return nil }
      return Int(exactly: value)
    }
    guard declaration.brackets == nil else { return nil }
    switch declaration.range {
    case .expression(let expression):
      if case .list(let labels) = expression.kind { return labels.count }
      return integer(expression)
    case .range(let range):
      guard let low = integer(range.lower), let high = integer(range.upper), low <= high else {
        return nil
      }
      return high - low + 1
    case nil: return nil
    }
  }

  private func declare(parameter: ParameterDeclaration, _ span: SourceSpan) {
    guard isUndeclared(parameter.name) else { return }
    let id = add(
      Variable(
        name: parameter.name,
        role: .modeled(.fitted),
        type: .invalid,
        plateRank: 0,
        equations: [],
        stage: .random
      )
    )
    parameters.append((id, parameter, span))
  }

  private func declare(data declaration: DataDeclaration) {
    let name = declaration.name
    if case .computed = declaration.source, declaration.brackets != nil,
      let id = variablesByName[name.text], case .computed = model.variables[id.index].role
    {
      // Several equations may compute the parts of one array.
      return
    }
    guard isUndeclared(name) else { return }
    let role: Variable.Role
    switch declaration.source {
    case .file(_, _, let key, let path):
      role = .data(
        DataBinding(key: key ?? name.text, path: path, constraint: .none, missingCode: nil)
      )
    case .computed: role = .computed
    }
    add(Variable(name: name, role: role, type: .invalid, plateRank: 0, equations: [], stage: .data))
  }

  /// `data x[i: d] = e` as the equation that it is.
  private func computation(_ declaration: DataDeclaration) -> Equation? {
    guard case .computed(let value, let type) = declaration.source else { return nil }
    pendingData.insert(declaration.name.span)
    let target = Equation.Target(
      name: declaration.name,
      members: [],
      brackets: declaration.brackets,
      span: declaration.brackets.map { declaration.name.span.union($0.span) }
        ?? declaration.name.span
    )
    return Equation(targets: [target], type: type, relation: .defined, value: value, locals: [])
  }

  private func isUndeclared(_ name: Name) -> Bool {
    guard let other = variablesByName[name.text] else { return true }
    error(
      "E0402",
      "`\(name.text)` is declared twice",
      at: name.span,
      "again here",
      also: [.init(model.variables[other.index].name.span, "first here")],
      help: "remove one, or give it another name"
    )
    return false
  }

  @discardableResult
  func add(_ variable: Variable) -> VariableID {
    let id = VariableID(model.variables.count)
    variablesByName[variable.name.text] = id
    model.variables.append(variable)
    return id
  }

  private func declare(function: FunctionDeclaration) {
    guard isNotCallable(function.name, "function") else { return }
    functionsByName[function.name.text] = function
  }

  private func declare(distribution: DistributionDeclaration) {
    guard isNotCallable(distribution.name, "distribution") else { return }
    guard checkClauses(distribution) else {
      silencedNames.insert(distribution.name.text)
      return
    }
    distributionsByName[distribution.name.text] = distribution
  }

  /// Whether a name is not yet that of a function or distribution of the program; reports it if it is.
  func isNotCallable(_ name: Name, _ what: String) -> Bool {
    guard
      let other = functionsByName[name.text]?.name ?? distributionsByName[name.text]?.name
        ?? netsByName[name.text]?.function.name ?? externalsByName[name.text]?.declaration.name
    else { return true }
    error(
      "E0402",
      "the \(what) `\(name.text)` is declared twice",
      at: name.span,
      "again here",
      also: [.init(other.span, "first here")],
      help: "remove one of them"
    )
    return false
  }

  private func declare(targetsOf equation: Equation) {
    for target in equation.targets {
      let name = target.name
      guard target.members.isEmpty, !silencedNames.contains(name.text) else { continue }
      guard variablesByName[name.text] == nil else { continue }
      add(
        Variable(
          name: name,
          role: .modeled(.derived),
          type: .invalid,
          plateRank: 0,
          equations: [],
          stage: .random
        )
      )
    }
  }

  // MARK: Data

  /// Gives the data that files bind their types.
  func checkDataDeclarations(_ program: Program) {
    scope = Scope()
    for item in program.items {
      guard case .data(let declarations) = item.kind else { continue }
      for declaration in declarations {
        guard case .file(let type, let missing, let key, let path) = declaration.source,
          let id = variablesByName[declaration.name.text],
          model.variables[id.index].name.span == declaration.name.span
        else { continue }
        var axes: [Axis] = []
        if let brackets = declaration.brackets {
          if let condition = brackets.condition {
            error(
              "E0206",
              "a data declaration takes all of its rows",
              at: condition.span,
              "`where` cannot stand here",
              help: "put `where` into the equations that use it"
            )
          }
          axes = brackets.items.map { dataAxis($0) }
          for (position, axis) in axes.enumerated() {
            guard let id = axis.dimension, let parent = model.dimensions[id.index].parent else {
              continue
            }
            guard axes.count == 2, position == 1, axes[0] == .dimension(parent) else {
              error(
                "E0205",
                "data over `\(name(of: id))` have the axes `\(name(of: parent))`, `\(name(of: id))`",
                at: brackets.span,
                help: "write `\(declaration.name.text)[\(name(of: parent)), \(name(of: id))]`"
              )
              continue
            }
          }
        }
        guard let type else {
          error(
            "E0301",
            "`\(declaration.name.text)` has no type",
            at: declaration.name.span,
            help: "write what its elements are: `\(declaration.name.text): real`"
          )
          continue
        }
        let declared = checkType(type, plate: axes)
        requireData(declared.constraint, "a bound of data")
        let code = missing.flatMap { missingCode($0) }
        model.variables[id.index].type = ValueType(
          declared.type.element,
          axes: axes + declared.type.axes
        )
        model.variables[id.index].plateRank = axes.count + declared.type.rank
        model.variables[id.index].role = .data(
          DataBinding(
            key: key ?? declaration.name.text,
            path: path,
            constraint: declared.constraint,
            missingCode: code
          )
        )
      }
    }
  }

  private func missingCode(_ expression: Expression) -> CheckedExpression? {
    let code = number(checkExpression(expression), "the code of a missing value")
    guard !code.type.isInvalid else { return nil }
    guard code.type.isScalar else {
      error(
        "E0203",
        "the code of a missing value is one number",
        at: expression.span,
        "this is \(describe(code.type))"
      )
      return nil
    }
    requireData(code, "the code of a missing value")
    return code.stage == .data ? code : nil
  }

  private func dataAxis(_ item: AxisExpression) -> Axis {
    switch item {
    case .expression(let expression):
      if let ragged = raggedDomain(expression), ragged.range == nil {
        return .dimension(ragged.dimension)
      }
      return typeAxis(expression)
    case .binder(let binder):
      if case .expression(let expression) = binder.range {
        if let ragged = raggedDomain(expression), ragged.range == nil {
          return .dimension(ragged.dimension)
        }
        if !isPart(expression) { return typeAxis(expression) }
      }
      error(
        "E0206",
        "a data declaration takes whole dimensions",
        at: binder.range.span,
        help: "write the dimension alone, and the part of it in the equations that use the data"
      )
      return .anonymous(nil)
    case .range(let range):
      error(
        "E0206",
        "a data declaration takes whole dimensions",
        at: range.span,
        help: "write the dimension alone, or a size for positions 1..n"
      )
      return .anonymous(nil)
    case .keep(let span):
      error(
        "E0206",
        "`_` names no dimension",
        at: span,
        help: "write a declared dimension or an integer size"
      )
      return .anonymous(nil)
    }
  }

  private func isPart(_ expression: Expression) -> Bool {
    guard case .subscripted(let base, _) = expression.kind, case .name(let name) = base.kind else {
      return false
    }
    return dimensionsByName[name] != nil
  }

  /// The axis that an expression in type brackets stands for: a dimension, or an integer size.
  func typeAxis(_ expression: Expression) -> Axis {
    if case .name(let name) = expression.kind {
      if let axis = genericAxes[name] { return axis }
      if let id = dimensionsByName[name] { return .dimension(id) }
      if variablesByName[name] == nil {
        reportUnknownDimension(name, at: expression.span)
        return .anonymous(nil)
      }
    }
    if case .number(let value, true) = expression.kind, let size = Int(exactly: value) {
      return .anonymous(size)
    }
    error(
      "E0205",
      "an axis is a dimension or an integer literal",
      at: expression.span,
      help: "declare `dim name = …` with this size and use the name here"
    )
    return .anonymous(nil)
  }

  func reportUnknownDimension(_ name: String, at span: SourceSpan) {
    model.unknownNames.append(Name(name, span: span))
    let near = suggestion(for: name, among: Array(dimensionsByName.keys))
    error(
      "E0201",
      "there is no dimension `\(name)`",
      at: span,
      help: near.map { "did you mean `\($0)`?" } ?? "declare it: `dim \(name)`"
    )
  }

  // MARK: Dimensions

  /// Checks what gives the dimensions their labels.
  func checkDimensionExtents(_ program: Program) {
    scope = Scope()
    for item in program.items {
      guard case .dimensions(let declarations) = item.kind else { continue }
      for declaration in declarations {
        guard let range = declaration.range, let id = dimensionsByName[declaration.name.text],
          model.dimensions[id.index].name.span == declaration.name.span
        else { continue }
        if declaration.brackets != nil {
          checkRaggedExtent(declaration, id)
          continue
        }
        model.dimensions[id.index].extent = extent(range)
      }
    }
  }

  private func extent(_ range: BinderRange) -> CheckedDimension.Extent {
    switch range {
    case .range(let range):
      let lower = range.lower.map { extentInteger($0) }
      let upper = range.upper.map { extentInteger($0) }
      guard let lower, let upper else {
        error(
          "E0205",
          "a dimension needs both ends",
          at: range.span,
          help: "write `a..b`, for instance `0..9`"
        )
        return .inferred
      }
      return .range(lower, upper)
    case .expression(let expression):
      if case .list(let elements) = expression.kind { return labels(elements, expression.span) }
      return .count(extentInteger(expression))
    }
  }

  private func labels(_ elements: [Expression], _ span: SourceSpan) -> CheckedDimension.Extent {
    var labels: [String] = []
    var seen: Set<String> = []
    for element in elements {
      guard case .string(let label) = element.kind else {
        error(
          "E0302",
          "labels are strings",
          at: element.span,
          help: "write them as [\"a\", \"b\"], or an integer range as 0..9"
        )
        continue
      }
      if !seen.insert(label).inserted {
        error(
          "E0402",
          "the label \"\(label)\" stands twice in this dimension",
          at: element.span,
          help: "a label names one element; remove one of them"
        )
      }
      labels.append(label)
    }
    if elements.isEmpty { error("E0205", "a dimension needs at least one label", at: span) }
    return .labels(labels)
  }

  func extentInteger(_ expression: Expression) -> CheckedExpression {
    let checked = checkExpression(expression)
    guard !checked.type.isInvalid else { return checked }
    guard checked.type == .integer || checked.type == .boolean else {
      error(
        "E0302",
        "a size must be an integer",
        at: expression.span,
        "this is \(describe(checked.type))",
        help: "use an `int` value or a literal"
      )
      return .invalid(expression.span)
    }
    requireData(checked, "the size of a dimension")
    return checked
  }

  private func requireData(_ constraint: TypeConstraint, _ what: String) {
    switch constraint {
    case .none, .vector, .matrix: break
    case .bounds(let lower, let upper):
      for end in [lower, upper] { if let end { requireData(end.value, what) } }
    case .set(let values): for value in values { requireData(value, what) }
    }
  }

  /// Reports an expression that must be computable from data and is not.
  func requireData(_ expression: CheckedExpression, _ what: String) {
    guard expression.stage == .random, !expression.type.isInvalid else { return }
    error(
      "E0304",
      "\(what) must be computable from data",
      at: expression.span,
      "depends on a latent quantity",
      help: "only data, literals and sizes may stand here"
    )
  }
}
