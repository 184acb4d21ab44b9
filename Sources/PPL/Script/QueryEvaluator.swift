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
  /// The draws of fits and predictions.
  let sources: [DrawSource: Fit]

  /// The values of an expression in every draw.
  struct DrawValues {
    var shape: [Int]
    /// The data under the draws.
    var bound: BoundModel
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
    return (query.shape, Self.run(query, inputs: []))
  }

  /// The value of an expression in one draw.
  static func run(_ query: ModelCompiler.QueryGraph, inputs: [Double]) -> [Double] {
    ReferenceExecutor(query.graph).run(inputs: inputs, outputCount: query.graph.outputCount)
  }

  /// Whether an expression of data reads missing cells, which differ from draw to draw.
  func readsDraws(_ expression: CheckedExpression) throws(LoweringError) -> Bool {
    try !compile(expression).inputs.isEmpty
  }

  /// The values of an expression in each draw of the fit that it reads.
  func values(_ expression: CheckedExpression) throws(LoweringError) -> DrawValues {
    let read = try readSources(of: expression)
    guard let fit = read.first else {
      throw LoweringError(
        Diagnostic(
          code: "E0602",
          message: "this reads no fit that was run",
          primary: .init(expression.span)
        )
      )
    }
    let query = try compile(expression)
    let positions = query.inputs.compactMap { id -> (fit: Fit, quantity: Int)? in
      for fit in read {
        if let quantity = fit.quantities.firstIndex(where: { $0.variable == id }) {
          return (fit, quantity)
        }
      }
      return nil
    }
    let executor = ReferenceExecutor(query.graph)
    let count = query.graph.outputCount
    var values: [Double] = []
    values.reserveCapacity(fit.chainCount * fit.drawCount * count)
    for chain in 0..<fit.chainCount {
      for draw in 0..<fit.drawCount {
        var inputs: [Double] = []
        for position in positions {
          inputs += position.fit.value(of: position.quantity, chain: chain, draw: draw)
        }
        values += executor.run(inputs: inputs, outputCount: count)
      }
    }
    return DrawValues(
      shape: query.shape,
      bound: fit.bound,
      chainCount: fit.chainCount,
      drawCount: fit.drawCount,
      values: values
    )
  }

  private func compile(_ expression: CheckedExpression) throws(LoweringError)
    -> ModelCompiler.QueryGraph
  {
    let read = try readSources(of: expression)
    return try ModelCompiler.compile(
      query: expression,
      read.first?.bound ?? model.bound,
      recorded: read.isEmpty ? model.density?.recorded ?? [] : read.flatMap(\.quantities),
      inner: { (query: CheckedExpression) throws(LoweringError) -> Tensor in
        try self.reduce(query)
      }
    )
  }

  /// The value of `E`, `P`, `SD` or `Q`.
  func reduce(_ expression: CheckedExpression) throws(LoweringError) -> Tensor {
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

  /// What an expression reads draws of, outside of inner queries: predictions first, as their data may be others.
  ///
  /// - Throws: if draws cannot be joined one by one.
  private func readSources(of expression: CheckedExpression) throws(LoweringError) -> [Fit] {
    var found: Set<DrawSource> = []
    collectSources(expression, &found)
    // A prediction of a fit's own data has one draw for each of the fit.
    let bases = Set(
      found.map { source -> DrawSource in
        guard case .prediction(let index) = source else { return source }
        let prediction = model.bound.model.predictions[index]
        return prediction.replicatedFit.map { .fit($0) } ?? source
      }
    )
    guard bases.count <= 1 else {
      throw LoweringError(
        Diagnostic(
          code: "E0602",
          message: "draws of two fits cannot be joined one by one",
          primary: .init(expression.span),
          help: "reduce each first: `E(a.x) - E(b.x)`"
        )
      )
    }
    let predictions = found.compactMap { source -> Int? in
      if case .prediction(let index) = source { index } else { nil }
    }
    let ordered =
      predictions.sorted().map { DrawSource.prediction($0) }
      + found.filter {
        if case .fit = $0 { true } else { false }
      }
    return ordered.compactMap { sources[$0] }
  }

  private func collectSources(_ expression: CheckedExpression, _ found: inout Set<DrawSource>) {
    if case .query = expression.kind { return }
    if case .draw(let source, _) = expression.kind { found.insert(source) }
    for part in expression.parts { collectSources(part, &found) }
  }
}
