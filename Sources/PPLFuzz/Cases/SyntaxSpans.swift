import PPLSourceText
import PPLSyntax

/// Where the statements and expressions of a program stand.
struct SyntaxSpans {
  private(set) var items: [SourceSpan] = []
  private(set) var expressions: [SourceSpan] = []

  init(_ program: Program) {
    for item in program.items {
      items.append(item.span)
      visit(item.kind)
    }
  }

  private mutating func visit(_ item: Item.Kind) {
    switch item {
    case .dimensions(let declarations):
      for declaration in declarations { visit(declaration.range) }
    case .data(let declarations):
      for declaration in declarations {
        visit(declaration.brackets)
        switch declaration.source {
        case .file(let type, let missing, _, _):
          visit(type)
          visit(missing)
        case .computed(let value, let type):
          if let type { visit(type) }
          visit(value)
        }
      }
    case .equation(let equation):
      for target in equation.targets { visit(target.brackets) }
      visit(equation.type)
      visit(equation.value)
      for local in equation.locals { visit(local.value) }
    case .factor(let factor):
      visit(factor.brackets)
      visit(factor.value)
      for local in factor.locals { visit(local.value) }
    case .function(let function):
      visit(function.body)
      for local in function.locals { visit(local.value) }
    case .distribution(let distribution):
      for clause in distribution.clauses {
        visit(clause.body)
        for local in clause.locals { visit(local.value) }
      }
    case .infer(_, let engine): visit(engine)
    case .show(let values), .plot(let values), .check(let values):
      for value in values { visit(value) }
    case .model(_, let items), .guide(_, let items):
      for item in items { visit(item.kind) }
    case .predict(let statement):
      visit(statement.quantity)
      visit(statement.fit)
      for argument in statement.arguments { visit(argument.value) }
    case .parameter, .net, .external, .ode, .save: break
    }
  }

  private mutating func visit(_ brackets: Brackets?) {
    for item in brackets?.items ?? [] { visit(item) }
    visit(brackets?.condition)
  }

  private mutating func visit(_ item: AxisExpression) {
    switch item {
    case .binder(let binder): visit(binder.range)
    case .expression(let expression): visit(expression)
    case .range(let range): visit(range)
    case .keep: break
    }
  }

  private mutating func visit(_ range: BinderRange?) {
    switch range {
    case .expression(let expression)?: visit(expression)
    case .range(let range)?: visit(range)
    case nil: break
    }
  }

  private mutating func visit(_ range: RangeExpression) {
    visit(range.lower)
    visit(range.upper)
  }

  private mutating func visit(_ type: TypeExpression?) {
    guard let type else { return }
    if case .named(_, let axes) = type.kind { for axis in axes { visit(axis) } }
    switch type.bound {
    case .comparison(_, let value)?: visit(value)
    case .interval(let lower, let upper, _, _)?:
      visit(lower)
      visit(upper)
    case .set(let values)?: for value in values { visit(value) }
    case .range(let range)?: visit(range)
    case nil: break
    }
  }

  private mutating func visit(_ comprehension: Comprehension) {
    visit(comprehension.element)
    for binder in comprehension.binders { visit(binder.range) }
    visit(comprehension.condition)
  }

  private mutating func visit(_ expression: Expression?) {
    guard let expression else { return }
    expressions.append(expression.span)
    switch expression.kind {
    case .number, .string, .name, .invalid: break
    case .call(_, .list(let arguments)):
      for argument in arguments { visit(argument.value) }
    case .call(_, .comprehension(let comprehension)), .comprehension(let comprehension):
      visit(comprehension)
    case .subscripted(let base, let subscripts):
      visit(base)
      for entry in subscripts {
        switch entry {
        case .index(let index): visit(index)
        case .range(let range): visit(range)
        case .keep: break
        }
      }
    case .member(let base, _): visit(base)
    case .unary(_, let operand): visit(operand)
    case .binary(_, let left, let right), .pipe(let left, let right):
      visit(left)
      visit(right)
    case .conditional(let condition, let then, let otherwise):
      visit(condition)
      visit(then)
      visit(otherwise)
    case .list(let elements): for element in elements { visit(element) }
    case .record(let fields): for field in fields { visit(field.value) }
    }
  }
}
