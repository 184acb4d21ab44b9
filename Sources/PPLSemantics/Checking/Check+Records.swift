import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// Records as quantities, parameters and results: each is its fields, `state.h` and `state.c`, and nothing behind the checker knows of
/// them.
extension ModelChecker {
  // MARK: Quantities

  /// The equations of a program, those of records as one for each field: `state.h[t] = cell(…).h`.
  func takeRecordsApart(_ equations: [(equation: Equation, span: SourceSpan)])
    -> [(equation: Equation, span: SourceSpan)]
  {
    equations.flatMap { equation, span -> [(equation: Equation, span: SourceSpan)] in
      var equation = equation
      equation.targets = equation.targets.map { fieldTarget($0) }
      // Data are arrays.
      guard !equation.targets.contains(where: { pendingData.contains($0.name.span) }),
        let fields = recordFields(of: equation)
      else { return [(equation, span)] }
      guard equation.relation == .defined else {
        let name = equation.targets[0].name.text
        error(
          "E0315",
          "a record has no distribution of its own",
          at: equation.value.span,
          help: "give each field a statement: `\(name).\(fields[0].name.text) ~ …`"
        )
        for target in equation.targets { silencedNames.insert(target.name.text) }
        return []
      }
      return fields.map { field in
        var own = equation
        own.targets = equation.targets.map { target in
          note(field.name.text, of: target.name.text)
          var part = target
          part.name = Name("\(target.name.text).\(field.name.text)", span: target.name.span)
          return part
        }
        own.type = field.type
        own.value = self.field(field.name, of: equation.value)
        return (own, span)
      }
    }
  }

  /// `state.h[t]` on a left side is the quantity of that name, unless `state` is a net.
  private func fieldTarget(_ target: Equation.Target) -> Equation.Target {
    guard target.members.count == 1, target.members[0].text != "weights",
      netsByName[target.name.text] == nil
    else { return target }
    note(target.members[0].text, of: target.name.text)
    var result = target
    result.name = Name(
      "\(target.name.text).\(target.members[0].text)",
      span: target.name.span.union(target.members[0].span)
    )
    result.members = []
    return result
  }

  private func note(_ field: String, of record: String) {
    if recordFields[record]?.contains(field) != true {
      recordFields[record, default: []].append(field)
    }
  }

  /// The fields of what an equation gives, with their types where these are written, as far as its text tells; nil for no record.
  private func recordFields(of equation: Equation) -> [(name: Name, type: TypeExpression?)]? {
    if let type = equation.type {
      guard case .record(let fields) = type.kind else { return nil }
      return fields.map { ($0.name, $0.type) }
    }
    return recordFields(of: equation.value)
  }

  private func recordFields(of value: Expression) -> [(name: Name, type: TypeExpression?)]? {
    switch value.kind {
    case .record(let fields): return fields.map { ($0.name, nil) }
    case .conditional(_, let then, let otherwise):
      return recordFields(of: then) ?? recordFields(of: otherwise)
    case .call(let callee, _): return recordFields(ofCallable: callee.text)
    case .pipe(_, let right):
      if case .name(let name) = right.kind { return recordFields(ofCallable: name) }
      return recordFields(of: right)
    default: return nil
    }
  }

  private func recordFields(ofCallable name: String)
    -> [(name: Name, type: TypeExpression?)]?
  {
    guard let function = functionsByName[name] ?? netsByName[name]?.function else { return nil }
    let signature = function.signature
    guard let result = signature.result else {
      guard case .record(let fields) = function.body.kind else { return nil }
      return fields.map { ($0.name, nil) }
    }
    guard case .record(let fields) = result.kind else { return nil }
    // Names of generic dimensions mean nothing outside of the function.
    return fields.map { ($0.name, signature.brackets == nil ? unbounded($0.type) : nil) }
  }

  private func unbounded(_ type: TypeExpression) -> TypeExpression {
    TypeExpression(type.kind, bound: nil, span: type.span)
  }

  private func field(_ name: Name, of value: Expression) -> Expression {
    switch value.kind {
    case .record(let fields):
      if let field = fields.first(where: { $0.name.text == name.text }) { return field.value }
      return Expression(.member(value, Name(name.text, span: value.span)), span: value.span)
    case .conditional(let condition, let then, let otherwise):
      return Expression(
        .conditional(
          condition: condition,
          then: field(name, of: then),
          otherwise: field(name, of: otherwise)
        ),
        span: value.span
      )
    default: return Expression(.member(value, Name(name.text, span: value.span)), span: value.span)
    }
  }

  /// Reports names that mean a record and something else.
  func checkRecordNames() {
    for (record, fields) in recordFields.sorted(by: { $0.key < $1.key }) {
      guard let other = variablesByName[record],
        let field = fields.compactMap({ variablesByName["\(record).\($0)"] }).first
      else { continue }
      error(
        "E0402",
        "`\(record)` is a record and something else",
        at: model.variables[other.index].name.span,
        "one value here",
        also: [.init(model.variables[field.index].name.span, "a record here")],
        help: "give one of them another name"
      )
    }
  }

  /// Gives the fields of records the axes that their types say, so that equations may read them in a recursion.
  func anticipateRecords(_ pending: [PendingEquation]) {
    for entry in pending where isRecordField(entry.variable) {
      guard let type = entry.equation.type else { continue }
      let count = diagnosticCount
      let declared = checkType(type)
      forgetDiagnostics(after: count)
      guard !declared.type.isInvalid else { continue }
      let variable = model.variables[entry.variable.index]
      let plate = variable.type.axes.prefix(variable.plateRank)
      model.variables[entry.variable.index].type = ValueType(
        declared.type.element,
        axes: plate + declared.type.axes
      )
    }
  }

  /// Whether a quantity is a field of a record, whose own axes are those of what it is given.
  func isRecordField(_ id: VariableID) -> Bool {
    let parts = model.variables[id.index].name.text.split(separator: ".", maxSplits: 1)
    return parts.count == 2 && recordFields[String(parts[0])]?.contains(String(parts[1])) == true
  }

  /// The quantities that a name means: of a record its fields.
  func variables(named name: String) -> [VariableID] {
    if let id = variablesByName[name] { return [id] }
    return (recordFields[name] ?? []).compactMap { variablesByName["\(name).\($0)"] }
  }

  // MARK: Reading

  /// Whether an expression names a record of the model, or of a fit.
  func namesRecord(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .name(let name): recordFields[name] != nil && scope.lookup(name) == nil
    case .member(let base, let name):
      if case .name(let fit) = base.kind, fitsByName[fit] != nil {
        recordFields[name.text] != nil
      } else {
        false
      }
    default: false
    }
  }

  /// All fields of a record of the model, each at the same indices.
  func checkRecord(named base: Expression, _ subscripts: [Subscript]?, _ span: SourceSpan)
    -> CheckedExpression?
  {
    guard case .name(let name) = base.kind, namesRecord(base), let fields = recordFields[name]
    else { return nil }
    var values: [(name: String, value: CheckedExpression)] = []
    for field in fields {
      let whole = Expression(.member(base, Name(field, span: base.span)), span: base.span)
      let value =
        if let subscripts {
          checkSubscripted(whole, subscripts, span)
        } else {
          checkExpression(whole)
        }
      guard !value.type.isInvalid else { return .invalid(span) }
      values.append((field, value))
    }
    return CheckedExpression(
      .record(values),
      type: ValueType(.record),
      stage: values.map(\.value.stage).max() ?? .data,
      span: span
    )
  }

  /// One field of a record of the model, `state.h` or `state[t].h`; nil for other values.
  func checkRecordField(_ base: Expression, _ name: Name, _ span: SourceSpan)
    -> CheckedExpression?
  {
    if case .subscripted(let record, let subscripts) = base.kind, namesRecord(record) {
      let whole = Expression(.member(record, name), span: record.span.union(name.span))
      return checkSubscripted(whole, subscripts, span)
    }
    guard case .name(let record) = base.kind, namesRecord(base),
      let fields = recordFields[record]
    else { return nil }
    if fields.contains(name.text) { return checkName("\(record).\(name.text)", span) }
    reportField(name, among: fields)
    return .invalid(span)
  }

  func reportField(_ name: Name, among fields: [String]) {
    error(
      "E0201",
      "the record has no field `\(name.text)`",
      at: name.span,
      "its fields are \(fields.map { "`\($0)`" }.joined(separator: ", "))",
      help: suggestion(for: name.text, among: fields).map { "did you mean `\($0)`?" }
    )
  }

  // MARK: Parameters

  /// The parameters of a signature, each field of a record by itself.
  func flatParameters(_ signature: SignatureExpression) -> [TypeField] {
    signature.parameters.flatMap { flatFields($0) }
  }

  func flatFields(_ parameter: TypeField) -> [TypeField] {
    guard case .record(let fields) = parameter.type.kind else { return [parameter] }
    return fields.map { field in
      let name = Name("\(parameter.name.text).\(field.name.text)", span: field.name.span)
      return TypeField(name: name, type: field.type)
    }
  }

  /// The values of an argument, of a record its fields in the order of the parameter; nil for what was reported.
  func checkArgument(_ argument: Expression, of parameter: TypeField)
    -> [(value: CheckedExpression, parameter: TypeField)]?
  {
    guard case .record(let fields) = parameter.type.kind else {
      let value = checkExpression(argument)
      return value.type.isInvalid ? nil : [(value, parameter)]
    }
    let value = checkWhole(argument)
    guard !value.type.isInvalid else { return nil }
    let example = fields.map { "\($0.name.text): …" }.joined(separator: ", ")
    guard case .record(let given) = value.kind else {
      error(
        "E0302",
        "the parameter `\(parameter.name.text)` is a record",
        at: value.span,
        "this is \(describe(value.type))",
        also: [.init(parameter.type.span, "declared here")],
        help: "write `(\(example))`"
      )
      return nil
    }
    if let more = given.first(where: { entry in !fields.contains { $0.name.text == entry.name } }) {
      error(
        "E0302",
        "the parameter `\(parameter.name.text)` has no field `\(more.name)`",
        at: value.span,
        also: [.init(parameter.type.span, "declared here")],
        help: "its fields are \(fields.map { "`\($0.name.text)`" }.joined(separator: ", "))"
      )
      return nil
    }
    var values: [(value: CheckedExpression, parameter: TypeField)] = []
    for (field, flat) in zip(fields, flatFields(parameter)) {
      guard let own = given.first(where: { $0.name == field.name.text })?.value else {
        error(
          "E0302",
          "the field `\(field.name.text)` is missing",
          at: value.span,
          also: [.init(field.name.span, "declared here")],
          help: "write `(\(example))`"
        )
        return nil
      }
      values.append((own, flat))
    }
    return values
  }

  /// Brings a parameter into scope, a record with its fields.
  func enter(_ parameter: TypeField, _ locals: [(id: LocalID, type: ValueType)]) {
    guard case .record(let fields) = parameter.type.kind else {
      guard let local = locals.first else { return }
      scope.enter(parameter.name.text, .local(local.id, local.type, .data))
      return
    }
    let parts = zip(fields, locals).map { (name: $0.name.text, id: $1.id, type: $1.type) }
    scope.enter(parameter.name.text, .record(parts, .data))
  }

  // MARK: Results

  /// The fields of a result in the order of its type; nil for what was reported.
  func fieldsOfResult(
    _ name: String,
    _ wanted: [TypeField],
    _ declared: TypeExpression,
    _ body: CheckedExpression
  ) -> [CheckedExpression]? {
    let example = wanted.map { "\($0.name.text): …" }.joined(separator: ", ")
    guard case .record(let fields) = body.kind else {
      error(
        "E0302",
        "`\(name)` should give a record",
        at: body.span,
        "this is \(describe(body.type))",
        also: [.init(declared.span, "declared here")],
        help: "write `(\(example))`"
      )
      return nil
    }
    var values: [CheckedExpression] = []
    for field in wanted {
      guard let value = fields.first(where: { $0.name == field.name.text })?.value else {
        error(
          "E0302",
          "the field `\(field.name.text)` is missing",
          at: body.span,
          also: [.init(field.name.span, "declared here")],
          help: "write `(\(example))`"
        )
        return nil
      }
      values.append(value)
    }
    if let more = fields.first(where: { field in
      !wanted.contains { $0.name.text == field.name }
    }) {
      error(
        "E0302",
        "`\(name)` has no field `\(more.name)`",
        at: more.value.span,
        also: [.init(declared.span, "declared here")],
        help: "add it to the result, or leave it out"
      )
      return nil
    }
    return values
  }

  func reportRecordResult(_ name: String, _ body: CheckedExpression, _ declared: TypeExpression) {
    error(
      "E0302",
      "`\(name)` should give one value",
      at: body.span,
      "this is a record",
      also: [.init(declared.span, "declared here")],
      help: "declare its fields: `-> (mean: real, sd: real)`"
    )
  }
}
