extension CheckedExpression {
  /// Visits this expression and all expressions in it, also those of queries.
  package func forEachPart(_ visit: (CheckedExpression) -> Void) {
    visit(self)
    for part in parts { part.forEachPart(visit) }
  }

  /// The expressions that it is made of directly.
  package var parts: [CheckedExpression] {
    switch kind {
    case .number, .string, .variable, .draw, .local, .binder, .solution, .invalid: []
    case .endpoint(_, _, let owner), .size(_, let owner): [owner].compactMap(\.self)
    case .index(_, let value), .label(let value), .unary(_, let value): [value]
    case .subscripted(let base, let subscripts):
      [base]
        + subscripts.flatMap { entry -> [CheckedExpression] in
          switch entry {
          case .index(let index): [index]
          case .shifted(let index, let amount, _): [index, amount]
          case .keep: []
          case .range(let range): [range.lower, range.upper].compactMap(\.self)
          }
        }
    case .overInterval(_, _, let lower, let upper, let body): [lower, upper, body]
    case .binary(_, let a, let b): [a, b]
    case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
    case .builtin(_, let operands), .call(_, let operands), .list(let operands),
      .net(_, _, let operands), .layer(_, let operands, _):
      operands
    case .external(_, let operands, let approximation):
      operands + [approximation].compactMap(\.self)
    case .record(let fields): fields.map(\.value)
    case .comprehension(let comprehension):
      [comprehension.element] + [comprehension.condition].compactMap(\.self)
    case .ofDistribution(_, let distribution, let value): distribution.expressions + [value]
    case .query(_, let operand, let probability): [operand] + [probability].compactMap(\.self)
    }
  }

  /// Visits the conditions of `if` that belong to the statement's own indices: not those within comprehensions.
  package func forEachBranch(_ visit: (CheckedExpression) -> Void) {
    switch kind {
    case .comprehension, .overInterval, .query: return
    case .conditional(let condition, _, _): visit(condition)
    default: break
    }
    for part in parts { part.forEachBranch(visit) }
  }
}

extension CheckedDistribution {
  /// The conditions between distributions.
  package var conditionsOfBranches: [CheckedExpression] {
    let own: [CheckedExpression] =
      if case .conditional(let condition, _, _) = form { [condition] } else { [] }
    return own + parts.flatMap(\.conditionsOfBranches)
  }
}
