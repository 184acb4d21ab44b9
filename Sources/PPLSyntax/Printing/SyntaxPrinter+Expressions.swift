/// Expressions, types and brackets.
extension SyntaxPrinter {
  /// How tightly the parts of an expression hold together, loosest first.
  private enum Level: Int {
    case conditional, pipe, or, and, not, compare, sum, product, unary, power, postfix
  }

  /// Writes an expression.
  mutating func write(_ expression: Expression) {
    write(expression, atLeast: .conditional)
  }

  private mutating func write(_ expression: Expression, atLeast level: Level) {
    let needsParentheses = Self.level(of: expression).rawValue < level.rawValue
    if needsParentheses { text += "(" }
    writeBare(expression)
    if needsParentheses { text += ")" }
  }

  private static func level(of expression: Expression) -> Level {
    switch expression.kind {
    case .number, .string, .name, .call, .subscripted, .member, .list, .comprehension, .record,
      .invalid:
      .postfix
    case .unary(.negate, _): .unary
    case .unary(.not, _): .not
    case .binary(let infix, _, _): levels(of: infix).own
    case .conditional: .conditional
    case .pipe: .pipe
    }
  }

  /// The level of an operation and the least levels of its operands.
  private static func levels(of infix: BinaryOperator) -> (own: Level, left: Level, right: Level) {
    switch infix {
    case .or: (.or, .or, .and)
    case .and: (.and, .and, .not)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: (.compare, .sum, .sum)
    case .add, .subtract: (.sum, .sum, .product)
    case .multiply, .divide, .matrixMultiply, .integerDivide, .modulo: (.product, .product, .unary)
    case .power: (.power, .postfix, .unary)
    }
  }

  private mutating func writeBare(_ expression: Expression) {
    switch expression.kind {
    case .number(let value, let isInteger): writeNumber(value, isInteger: isInteger)
    case .string(let value): writeString(value)
    case .name(let name): text += name
    case .call(let name, let arguments):
      text += name.text
      write(arguments)
    case .subscripted(let base, let subscripts):
      write(base, atLeast: .postfix)
      text += "["
      commaSeparated(subscripts) { $0.write($1) }
      text += "]"
    case .member(let base, let member):
      write(base, atLeast: .postfix)
      // A point directly behind digits would be a decimal point.
      if case .number = base.kind { text += " " }
      text += ".\(member.text)"
    case .unary(let prefix, let operand):
      text += prefix == .not ? "not " : "-"
      write(operand, atLeast: prefix == .not ? .not : .unary)
    case .binary(let infix, let left, let right):
      let levels = Self.levels(of: infix)
      write(left, atLeast: levels.left)
      text += infix == .power ? "^" : " \(infix.rawValue) "
      write(right, atLeast: levels.right)
    case .conditional(let condition, let then, let otherwise):
      text += "if "
      write(condition)
      text += " then "
      write(then)
      text += " else "
      write(otherwise)
    case .pipe(let left, let right):
      write(left, atLeast: .pipe)
      text += " |> "
      write(right, atLeast: .postfix)
    case .list(let elements):
      text += "["
      commaSeparated(elements) { $0.write($1) }
      text += "]"
    case .comprehension(let comprehension):
      text += "["
      write(comprehension)
      text += "]"
    case .record(let fields):
      text += "("
      commaSeparated(fields) { printer, field in
        printer.text += "\(field.name.text): "
        printer.write(field.value)
      }
      text += ")"
    case .invalid: text += "?"
    }
  }

  private mutating func writeNumber(_ value: Double, isInteger: Bool) {
    if isInteger, let integer = Int(exactly: value) {
      text += String(integer)
    } else {
      text += String(value)
    }
  }

  /// Writes arguments with their parentheses.
  mutating func write(_ arguments: Arguments) {
    text += "("
    switch arguments {
    case .list(let list):
      commaSeparated(list) { printer, argument in
        if let label = argument.label { printer.text += "\(label.text): " }
        printer.write(argument.value)
      }
    case .comprehension(let comprehension): write(comprehension)
    }
    text += ")"
  }

  private mutating func write(_ comprehension: Comprehension) {
    write(comprehension.element)
    text += " for "
    commaSeparated(comprehension.binders) { $0.write($1) }
    if let condition = comprehension.condition {
      text += " where "
      write(condition)
    }
  }

  private mutating func write(_ binder: Binder) {
    text += "\(binder.name.text): "
    write(binder.range)
  }

  mutating func write(_ range: BinderRange) {
    switch range {
    case .expression(let expression): write(expression)
    case .range(let range): write(range, atLeast: .conditional)
    }
  }

  private mutating func write(_ range: RangeExpression, atLeast level: Level) {
    if let lower = range.lower { write(lower, atLeast: level) }
    text += ".."
    if let upper = range.upper { write(upper, atLeast: level) }
  }

  private mutating func write(_ subscripted: Subscript) {
    switch subscripted {
    case .index(let expression): write(expression)
    case .keep: text += "_"
    case .range(let range): write(range, atLeast: .conditional)
    }
  }

  // MARK: Brackets and types

  private mutating func write(_ axis: AxisExpression) {
    switch axis {
    case .binder(let binder): write(binder)
    case .expression(let expression): write(expression)
    case .range(let range): write(range, atLeast: .conditional)
    case .keep: text += "_"
    }
  }

  /// Writes the brackets of a left side, if there are any.
  mutating func write(_ brackets: Brackets?) {
    guard let brackets else { return }
    text += "["
    commaSeparated(brackets.items) { $0.write($1) }
    if let condition = brackets.condition {
      text += " where "
      write(condition)
    }
    text += "]"
  }

  /// Writes a type with its bound.
  mutating func write(_ type: TypeExpression) {
    switch type.kind {
    case .named(let name, let axes):
      text += name.text
      if !axes.isEmpty {
        text += "["
        commaSeparated(axes) { $0.write($1) }
        text += "]"
      }
    case .record(let fields):
      write(fields)
    }
    if let bound = type.bound { write(bound) }
  }

  /// Writes fields with their parentheses.
  mutating func write(_ fields: [TypeField]) {
    text += "("
    commaSeparated(fields) { printer, field in
      printer.text += "\(field.name.text): "
      printer.write(field.type)
    }
    text += ")"
  }

  private mutating func write(_ bound: Bound) {
    switch bound {
    case .comparison(let comparison, let limit):
      text += " \(comparison.rawValue) "
      write(limit, atLeast: .sum)
    case .interval(let lower, let upper, let includesLower, let includesUpper):
      text += includesLower ? " in [" : " in ("
      write(lower)
      text += ", "
      write(upper)
      text += includesUpper ? "]" : ")"
    case .set(let values):
      text += " in {"
      commaSeparated(values) { $0.write($1) }
      text += "}"
    case .range(let range):
      text += " in "
      write(range, atLeast: .sum)
    }
  }
}
