import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTensorCore
import PPLTraining
import PPLTypeSystem

/// What a fit by steps is held against while it goes on.
enum ValidationData: Sendable {
  /// A share of the rows of the batched dimension, of which no gradient sees anything.
  case share(Double)
  /// Other data.
  case source(CheckedPrediction.Source)
}

/// The rows of a dimension that steps take, and those that are held out.
struct HeldOutRows: Sendable {
  var dimension: DimensionID
  /// Positions of both, ascending.
  var training: [Int32]
  var heldOut: [Int32]
}

/// The rows that a fit was held against.
package struct ValidationSummary: Sendable {
  package var rows: Int
  /// All rows that they were taken from; nil for other data.
  package var total: Int?
  /// Name of the dimension.
  package var dimension: String
  /// Tells apart other data.
  var identity = ""
}

extension Model {
  /// The rows that a fit holds out, as its seed chooses them; nil where it holds out none of its own.
  func heldOutRows(_ plan: TrainingPlan) throws(SamplingFailure) -> HeldOutRows? {
    guard case .share(let share)? = plan.validation, let id = plan.rows.keys.first else {
      return nil
    }
    let count = bound[id].count
    let held = max(1, Int((share * Double(count)).rounded()))
    guard held < count else {
      throw .program(
        Diagnostic(
          code: "E0621",
          message: "no rows of `\(bound[id].name)` are left to be trained on",
          primary: .init(plan.span),
          notes: ["it has \(count), of which \(held) would be held out"],
          help:
            "hold out a smaller share, or give a file of other rows: `validation: \"valid.csv\"`"
        )
      )
    }
    let key = RandomKey(seed: plan.seed).derived(Simulator.Purpose.validation.rawValue)
    var order = RowOrder(count: count, key: key)
    let shuffled = (0..<count).map { _ in order.take() }
    return HeldOutRows(
      dimension: id,
      training: shuffled.dropFirst(held).sorted(),
      heldOut: shuffled.prefix(held).sorted()
    )
  }

  /// What the fit is held against from epoch to epoch; nil for nothing.
  ///
  /// - Throws: where the rows say nothing of the fit.
  func validation(_ plan: TrainingPlan, _ parameters: [StochasticParameter])
    throws(SamplingFailure)
    -> (validation: Validation, summary: ValidationSummary, objective: ExecutableObjective)?
  {
    switch plan.validation {
    case nil: return nil
    case .share:
      guard let held = plan.heldOut else { return nil }
      let found = try validation(bound, held.dimension, held.heldOut, plan, parameters)
      let summary = ValidationSummary(
        rows: held.heldOut.count,
        total: bound[held.dimension].count,
        dimension: bound[held.dimension].name
      )
      return (found.validation, summary, found.objective)
    case .source(let source):
      let other = try rebound(source)
      let dimension = try rowsOfValidation(plan, other)
      let count = other.bound[dimension].count
      let found = try validation(
        other.bound,
        dimension,
        (0..<Int32(count)).map { $0 },
        plan,
        parameters
      )
      var digest = Digest()
      digest.add(other.bound.values)
      let summary = ValidationSummary(
        rows: count,
        total: nil,
        dimension: other.bound[dimension].name,
        identity: digest.text
      )
      return (found.validation, summary, found.objective)
    }
  }

  /// The dimension whose indices are the rows of other data.
  private func rowsOfValidation(_ plan: TrainingPlan, _ other: Rebinding)
    throws(SamplingFailure) -> DimensionID
  {
    if let id = plan.rows.keys.first {
      if other.dimensions.contains(id) { return id }
      throw .program(
        Diagnostic(
          code: "E0621",
          message: "the data of `validation` have no rows of `\(bound[id].name)`",
          primary: .init(plan.span),
          help: "give data over the batched dimension"
        )
      )
    }
    guard other.dimensions.count == 1, let id = other.dimensions.first else {
      let names = other.dimensions.map { "`\(bound[$0].name)`" }.sorted()
      throw .program(
        Diagnostic(
          code: "E0621",
          message: "nothing says which dimension has the rows of `validation`",
          primary: .init(
            plan.span,
            names.isEmpty ? "" : "its data run over \(names.joined(separator: " and "))"
          ),
          help: "say of which rows the steps take some: `batch: (d: 64)`"
        )
      )
    }
    return id
  }

  private func validation(
    _ bound: BoundModel,
    _ dimension: DimensionID,
    _ places: [Int32],
    _ plan: TrainingPlan,
    _ parameters: [StochasticParameter]
  ) throws(SamplingFailure) -> (validation: Validation, objective: ExecutableObjective) {
    let count = max(1, min(plan.rows[dimension] ?? Self.evaluatedRows, places.count))
    let likelihood: RowLikelihood
    do throws(LoweringError) {
      likelihood = try ModelCompiler.compileRowLikelihood(
        bound,
        of: dimension,
        count: count,
        at: plan.span
      )
    } catch {
      throw .program(error.diagnostic)
    }
    let shapes = likelihood.parameters.map { "\($0.name) \($0.shape.sizes)" }
    guard shapes == parameters.map({ "\($0.name) \($0.shape.sizes)" }) else {
      let other = zip(likelihood.parameters, parameters).first { $0.0.shape != $0.1.shape }
      throw .program(
        Diagnostic(
          code: "E0621",
          message: "the data of `validation` have other latents than the fit",
          primary: .init(plan.span),
          notes: other.map { ["`\($0.0.name)` has \($0.0.shape.count) elements there"] } ?? [],
          help: "give data whose groups are among those of the fit"
        )
      )
    }
    let objective = ExecutableObjective(
      SingleGraph(likelihood.graph, executor),
      likelihood.streams,
      positionCount: count
    )
    return (Validation(objective, count: count, places: places), objective)
  }

  /// Rows of an evaluation where steps take all of them.
  private static let evaluatedRows = 256
}
