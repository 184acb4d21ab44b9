import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLTypeSystem

/// A statement about a posterior, written as in a program.
struct PosteriorScript {
  private let model: Model

  /// The name of the posterior in statements.
  static let name = "post"
  /// The name of what is predicted.
  private static let result = "result"
  /// Stands in statements for data that are given as a value.
  private static let givenData = "given data"

  /// The statement is checked with the model, and a fit in front of it that stands for the posterior.
  ///
  /// - Throws: what is wrong with it.
  private init(_ posterior: Posterior, _ statement: String, data: DataSet? = nil) throws {
    let program = try posterior.model.program.scripted(
      by: ["infer \(Self.name) = \(posterior.engineText)", statement]
    )
    var model = posterior.model.scripted(program)
    if let data { model.sources.given[Self.givenData] = data }
    self.model = model
  }

  /// The draws of an expression.
  static func draws(of expression: String, _ posterior: Posterior) throws -> Draws {
    let script = try PosteriorScript(posterior, "show \(expression)")
    guard case .showValue(let checked)? = script.model.program.model.script.last else {
      throw SamplingFailure.run(message: "`\(expression)` has no value in each draw")
    }
    let evaluator = QueryEvaluator(model: script.model, sources: [.fit(0): posterior.fit])
    let values: QueryEvaluator.DrawValues
    do {
      values = try evaluator.values(checked)
    } catch {
      throw ProgramError(
        diagnostics: [error.diagnostic],
        source: script.model.program.source
      )
    }
    return Draws(
      name: expression,
      axes: zip(values.shape, checked.type.axes).enumerated().map { position, axis in
        var labels = (1...max(axis.0, 1)).prefix(axis.0).map { "\($0)" }
        if let id = axis.1.dimension, values.bound[id].count == axis.0 {
          labels = Draws.Axis(RecordedQuantity.Axis(name: "", labels: values.bound[id])).labels
          return Draws.Axis(name: values.bound[id].name, labels: labels)
        }
        return Draws.Axis(name: "axis \(position + 1)", labels: labels)
      },
      chainCount: values.chainCount,
      drawCount: values.drawCount,
      values: values.values
    )
  }

  /// Draws of an expression from the statements of the model.
  static func predict(
    _ expression: String,
    _ posterior: Posterior,
    data: DataSet?,
    oneStep: Bool
  ) async throws -> Draws {
    var statement = "predict \(result) = \(expression) given \(name)"
    if data != nil { statement += ", \"\(givenData)\"" }
    if oneStep { statement += ", one_step: true" }
    let script = try PosteriorScript(posterior, statement, data: data)
    guard let checked = script.model.program.model.predictions.last else {
      preconditionFailure("A script of one `predict` has one prediction.")
    }
    let prediction = try await script.model.predict(checked, from: posterior.fit, number: 0)
    return Draws(prediction.fit, 0, name: expression)
  }
}
