import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// `integrate(f, a, b, …)` and `root(f, a, b, …)`: f of a number between a and b, and of the arguments behind them.
  func check(
    _ interval: IntervalFunction,
    _ arguments: Arguments,
    _ callee: Name,
    _ span: SourceSpan
  ) -> CheckedExpression {
    let form =
      "write `\(callee.text)(f, a, b)` with `fn f(x: real) -> real = …`; arguments of f behind"
      + " x follow b"
    guard case .list(let list) = arguments, list.count >= 3,
      list.prefix(3).allSatisfy({ $0.label == nil })
    else {
      error("E0503", "`\(callee.text)` takes a function and two ends", at: callee.span, help: form)
      return .invalid(span)
    }
    guard case .name(let name) = list[0].value.kind, let function = functionsByName[name] else {
      error(
        "E0503",
        "`\(callee.text)` takes the name of a function of the program first",
        at: list[0].value.span,
        help: form
      )
      return .invalid(span)
    }
    let ends = list[1...2].map { number(checkExpression($0.value), "an end of an interval") }
    guard !ends.contains(where: \.type.isInvalid) else { return .invalid(span) }
    for end in ends where !end.type.isScalar {
      error(
        "E0203",
        "an end of an interval is one number",
        at: end.span,
        "this is \(describe(end.type))"
      )
      return .invalid(span)
    }
    // No name of a program has a space.
    let variable = "first argument"
    let depth = scope.depth
    let local = makeLocal()
    scope.enter(variable, .local(local, .real, .data))
    let first = Argument(label: nil, value: Expression(.name(variable), span: list[0].value.span))
    let body = checkUserCall(
      function,
      Name(name, span: list[0].value.span),
      .list([first] + list.dropFirst(3)),
      span
    )
    scope.leave(to: depth)
    guard !body.type.isInvalid else { return .invalid(span) }
    guard body.type.isScalar, case .real = number(body, "the function").type.element else {
      error(
        "E0203",
        "`\(callee.text)` takes a function that gives one real number",
        at: list[0].value.span,
        "`\(name)` gives \(describe(body.type))",
        also: [.init(function.name.span, "declared here")]
      )
      return .invalid(span)
    }
    let stage = max(body.stage, ends.map(\.stage).max() ?? .data)
    return CheckedExpression(
      .overInterval(interval, local, lower: ends[0], upper: ends[1], body),
      type: .real,
      stage: stage,
      span: span
    )
  }
}
