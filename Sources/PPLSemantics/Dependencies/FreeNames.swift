import PPLSyntax

/// The names that expressions read and do not bind themselves.
///
/// Used before types are known, to find an order in which to check the equations.
struct FreeNames {
  private(set) var names: Set<String> = []
  private var bound: [String: Int] = [:]

  /// Marks a name as bound from here on.
  mutating func bind(_ name: String) {
    bound[name, default: 0] += 1
  }

  private mutating func unbind(_ name: String) {
    bound[name, default: 1] -= 1
  }

  /// Adds what an expression reads.
  mutating func visit(_ expression: Expression?) {
    guard let expression else { return }
    switch expression.kind {
    case .number, .string, .invalid: break
    case .name(let name):
      if bound[name, default: 0] == 0 { names.insert(name) }
    case .call(_, let arguments):
      switch arguments {
      case .list(let list): for argument in list { visit(argument.value) }
      case .comprehension(let comprehension): visit(comprehension)
      }
    case .subscripted(let base, let subscripts):
      visit(base)
      for entry in subscripts {
        switch entry {
        case .index(let index): visit(index)
        case .keep: break
        case .range(let range): visit(range)
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
    case .comprehension(let comprehension): visit(comprehension)
    case .record(let fields): for field in fields { visit(field.value) }
    }
  }

  mutating func visit(_ range: RangeExpression) {
    visit(range.lower)
    visit(range.upper)
  }

  mutating func visit(_ range: BinderRange) {
    switch range {
    case .expression(let expression): visit(expression)
    case .range(let range): visit(range)
    }
  }

  private mutating func visit(_ comprehension: Comprehension) {
    for binder in comprehension.binders {
      visit(binder.range)
      bind(binder.name.text)
    }
    visit(comprehension.condition)
    visit(comprehension.element)
    for binder in comprehension.binders { unbind(binder.name.text) }
  }

  /// Adds what a type's bound reads.
  mutating func visit(_ type: TypeExpression?) {
    guard let bound = type?.bound else { return }
    switch bound {
    case .comparison(_, let value): visit(value)
    case .interval(let lower, let upper, _, _):
      visit(lower)
      visit(upper)
    case .set(let values): for value in values { visit(value) }
    case .range(let range): visit(range)
    }
  }

  /// Adds what an equation's brackets read and binds their binders.
  mutating func visit(_ brackets: Brackets?) {
    guard let brackets else { return }
    for item in brackets.items {
      switch item {
      case .binder(let binder):
        visit(binder.range)
        bind(binder.name.text)
      case .expression(let expression):
        // A bare name is a dimension that binds itself.
        if case .name(let name) = expression.kind { bind(name) } else { visit(expression) }
      case .range(let range): visit(range)
      case .keep: break
      }
    }
    visit(brackets.condition)
  }

  /// Adds what `with` names read and binds them.
  mutating func visit(_ locals: [LocalDefinition]) {
    for local in locals {
      visit(local.value)
      bind(local.name.text)
    }
  }
}
