/// Expressions, types and brackets.
extension SyntaxDump {
  mutating func write(_ expression: Expression) {
    let span = expression.span
    switch expression.kind {
    case .number(let value, let isInteger):
      node(
        "number \(SyntaxPrinter.text(of: expression)) \(isInteger ? "integer" : "real \(value)")",
        span
      )
    case .string(let value): node("string \(Self.quoted(value))", span)
    case .name(let name): node("name \(name)", span)
    case .call(let name, let arguments):
      node("call \(name.text)", span) { $0.write(arguments) }
    case .subscripted(let base, let subscripts):
      node("subscripted", span) { dump in
        dump.write(base)
        for subscripted in subscripts { dump.write(subscripted) }
      }
    case .member(let base, let member):
      node("member \(member.text)", span) { $0.write(base) }
    case .unary(let prefix, let operand):
      node("unary \(prefix.rawValue)", span) { $0.write(operand) }
    case .binary(let infix, let left, let right):
      node("binary \(infix.rawValue)", span) { dump in
        dump.write(left)
        dump.write(right)
      }
    case .conditional(let condition, let then, let otherwise):
      node("conditional", span) { dump in
        dump.write(condition)
        dump.write(then)
        dump.write(otherwise)
      }
    case .pipe(let left, let right):
      node("pipe", span) { dump in
        dump.write(left)
        dump.write(right)
      }
    case .list(let elements):
      node("list", span) { dump in
        for element in elements { dump.write(element) }
      }
    case .comprehension(let comprehension):
      node("comprehension", span) { $0.write(comprehension) }
    case .record(let fields):
      node("record", span) { dump in
        for field in fields {
          dump.node("field \(field.name.text)", field.name.span) { $0.write(field.value) }
        }
      }
    case .invalid: node("invalid", span)
    }
  }

  mutating func write(_ arguments: Arguments) {
    switch arguments {
    case .list(let list):
      for argument in list {
        if let label = argument.label {
          node("argument \(label.text)", label.span) { $0.write(argument.value) }
        } else {
          write(argument.value)
        }
      }
    case .comprehension(let comprehension):
      node("comprehension") { $0.write(comprehension) }
    }
  }

  private mutating func write(_ comprehension: Comprehension) {
    write(comprehension.element)
    for binder in comprehension.binders { write(binder) }
    write(condition: comprehension.condition)
  }

  private mutating func write(condition: Expression?) {
    if let condition { node("where") { $0.write(condition) } }
  }

  private mutating func write(_ binder: Binder) {
    node("binder \(binder.name.text)", binder.name.span) { $0.write(binder.range) }
  }

  mutating func write(_ range: BinderRange) {
    switch range {
    case .expression(let expression): write(expression)
    case .range(let range): write(range)
    }
  }

  private mutating func write(_ range: RangeExpression) {
    node("range", range.span) { dump in
      if let lower = range.lower { dump.node("from") { $0.write(lower) } }
      if let upper = range.upper { dump.node("to") { $0.write(upper) } }
    }
  }

  private mutating func write(_ subscripted: Subscript) {
    switch subscripted {
    case .index(let expression): write(expression)
    case .keep(let span): node("keep", span)
    case .range(let range): write(range)
    }
  }

  // MARK: Brackets and types

  private mutating func write(_ axis: AxisExpression) {
    switch axis {
    case .binder(let binder): write(binder)
    case .expression(let expression): write(expression)
    case .range(let range): write(range)
    case .keep(let span): node("keep", span)
    }
  }

  mutating func write(_ brackets: Brackets?) {
    guard let brackets else { return }
    node("brackets", brackets.span) { dump in
      for item in brackets.items { dump.write(item) }
      dump.write(condition: brackets.condition)
    }
  }

  mutating func write(_ type: TypeExpression) {
    switch type.kind {
    case .named(let name, let axes):
      node("type \(name.text)", type.span) { dump in
        for axis in axes { dump.write(axis) }
        if let bound = type.bound { dump.write(bound) }
      }
    case .record(let fields):
      node("type record", type.span) { dump in
        for field in fields { dump.write(field) }
        if let bound = type.bound { dump.write(bound) }
      }
    }
  }

  mutating func write(_ field: TypeField) {
    node("field \(field.name.text)", field.name.span) { $0.write(field.type) }
  }

  private mutating func write(_ bound: Bound) {
    switch bound {
    case .comparison(let comparison, let limit):
      node("bound \(comparison.rawValue)") { $0.write(limit) }
    case .interval(let lower, let upper, let includesLower, let includesUpper):
      node("bound \(includesLower ? "[" : "(") \(includesUpper ? "]" : ")")") { dump in
        dump.write(lower)
        dump.write(upper)
      }
    case .set(let values):
      node("bound {}") { dump in
        for value in values { dump.write(value) }
      }
    case .range(let range):
      node("bound range") { $0.write(range) }
    }
  }
}
