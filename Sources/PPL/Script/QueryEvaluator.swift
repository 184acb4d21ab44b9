import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSourceText
import PPLTensorCore

/// Evaluates expressions of the script over the draws of fits.
struct QueryEvaluator {
  let model: Model
  let fits: [Int: Fit]

  /// The values of an expression in every draw.
  struct DrawValues {
    var shape: [Int]
    var chainCount: Int
    var drawCount: Int
    /// `[chain, draw, element]`.
    var values: [Double]

    /// The draws of one element, chain by chain.
    func element(_ index: Int) -> ScalarDraws {
      let width = shape.reduce(1, *)
      return ScalarDraws(
        stride(from: index, to: values.count, by: width).map { values[$0] },
        chainCount: chainCount,
        drawCount: drawCount
      )
    }
  }

  /// The value of an expression that is the same in each draw (queries inside are evaluated).
  func constant(_ expression: CheckedExpression) throws(LoweringError) -> (
    shape: [Int], values: [Double]
  ) {
    let query = try compile(expression)
    let graph = query.graph
    let values = ReferenceExecutor(graph).run(inputs: [], outputCount: graph.outputCount)
    return (query.shape, values)
  }

  /// Whether an expression of data reads missing cells, which differ from draw to draw.
  func readsDraws(_ expression: CheckedExpression) throws(LoweringError) -> Bool {
    try !compile(expression).inputs.isEmpty
  }

  /// The values of an expression in each draw of the fit that it reads.
  func values(_ expression: CheckedExpression) throws(LoweringError) -> DrawValues {
    guard let index = try fitIndex(of: expression), let fit = fits[index] else {
      throw LoweringError(
        Diagnostic(
          code: "E0602",
          message: "this reads no fit that was run",
          primary: .init(expression.span)
        )
      )
    }
    let query = try compile(expression)
    let positions = query.inputs.compactMap { id in
      fit.recorded.firstIndex { $0.variable == id }
    }
    let executor = ReferenceExecutor(query.graph)
    let count = query.graph.outputCount
    var values: [Double] = []
    values.reserveCapacity(fit.chainCount * fit.drawCount * count)
    for chain in 0..<fit.chainCount {
      for draw in 0..<fit.drawCount {
        var inputs: [Double] = []
        for position in positions {
          inputs += fit.value(of: position, chain: chain, draw: draw)
        }
        values += executor.run(inputs: inputs, outputCount: count)
      }
    }
    return DrawValues(
      shape: query.shape,
      chainCount: fit.chainCount,
      drawCount: fit.drawCount,
      values: values
    )
  }

  private func compile(_ expression: CheckedExpression) throws(LoweringError)
    -> ModelCompiler.QueryGraph
  {
    try ModelCompiler.compile(
      query: expression,
      model.bound,
      recorded: model.compiled.recorded,
      inner: { (query: CheckedExpression) throws(LoweringError) -> Tensor in
        try self.reduce(query)
      }
    )
  }

  /// The value of `E`, `P`, `SD` or `Q`.
  private func reduce(_ expression: CheckedExpression) throws(LoweringError) -> Tensor {
    guard case .query(let query, let operand, let probability) = expression.kind else {
      preconditionFailure("a query")
    }
    let draws = try values(operand)
    var level = 0.5
    if let probability { level = try constant(probability).values.first ?? level }
    let width = draws.shape.reduce(1, *)
    let results = (0..<width).map { element -> Double in
      let values = draws.element(element).values
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      switch query {
      case .expectation, .probability: return mean
      case .standardDeviation:
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / (count - 1)).squareRoot()
      case .quantile: return quantile(ofSorted: values.sorted(), level)
      }
    }
    return Tensor(shape: Shape(draws.shape), values: results)
  }

  /// The one fit that an expression reads outside of inner queries.
  private func fitIndex(of expression: CheckedExpression) throws(LoweringError) -> Int? {
    var found: Set<Int> = []
    collectFits(expression, &found)
    guard found.count <= 1 else {
      throw LoweringError(
        Diagnostic(
          code: "E0602",
          message: "draws of two fits cannot be joined one by one",
          primary: .init(expression.span),
          help: "reduce each first: `E(a.x) - E(b.x)`"
        )
      )
    }
    return found.first
  }

  private func collectFits(_ expression: CheckedExpression, _ found: inout Set<Int>) {
    switch expression.kind {
    case .draw(let fit, _): found.insert(fit)
    case .number, .string, .variable, .local, .binder, .endpoint, .size, .solution, .invalid, .query:
      break
    case .index(_, let value), .label(let value), .unary(_, let value):
      collectFits(value, &found)
    case .subscripted(let base, let subscripts):
      collectFits(base, &found)
      for entry in subscripts {
        switch entry {
        case .index(let index): collectFits(index, &found)
        case .shifted(let index, let amount, _):
          collectFits(index, &found)
          collectFits(amount, &found)
        case .keep, .range: break
        }
      }
    case .binary(_, let a, let b):
      collectFits(a, &found)
      collectFits(b, &found)
    case .conditional(let c, let a, let b):
      for part in [c, a, b] { collectFits(part, &found) }
    case .builtin(_, let operands), .call(_, let operands), .list(let operands):
      for operand in operands { collectFits(operand, &found) }
    case .overInterval(_, _, let lower, let upper, let body):
      for part in [lower, upper, body] { collectFits(part, &found) }
    case .comprehension(let comprehension): collectFits(comprehension.element, &found)
    case .ofDistribution(_, let distribution, let value):
      for argument in distribution.expressions { collectFits(argument, &found) }
      collectFits(value, &found)
    }
  }
}
