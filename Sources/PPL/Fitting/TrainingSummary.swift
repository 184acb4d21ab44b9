import PPLJSON
import PPLModelCompiler
package import PPLTraining

/// What is known of how a fit by steps went.
package struct TrainingSummary: Sendable {
  /// Steps made.
  package var steps: Int
  /// How the objective went from epoch to epoch.
  package var curve: LearningCurve
  /// What the objective is divided by to be that of a row.
  var observationCount: Int
  /// The rows that it was held against.
  package var validation: ValidationSummary?
  /// Rows a second, where there are batches.
  package var rowsPerSecond: Double?
  /// What the steps moved.
  var parameters: [Float]
  var plan: TrainingPlan

  /// All rows of the batched dimension; 0 without batches.
  func rows(of bound: BoundModel) -> Int { plan.rows.keys.map { bound[$0].count }.max() ?? 0 }

  /// Its name in the directory of a fit.
  static let fileName = "training.json"

  /// Rounds of the curve in what is reported at most.
  private static let mostRounds = 1000

  /// Which rounds are reported: all, or the last of each of equal parts, and the best.
  private var reportedRounds: [Int] {
    let count = curve.objectives.count
    let part = (count + Self.mostRounds - 1) / Self.mostRounds
    return (0..<count).filter {
      ($0 + 1) % max(1, part) == 0 || $0 == count - 1 || $0 == curve.best
    }
  }

  /// The object of the report: the objective is that of a row, as the loss with the sign turned.
  var json: JSONValue {
    let rounds = reportedRounds
    var members: [JSONMember] = [
      JSONMember("steps", .integer(steps)),
      JSONMember("steps_per_round", .integer(curve.roundLength)),
      JSONMember("threads", .integer(plan.threads)),
      JSONMember("rows_per_second", .real(rowsPerSecond ?? .nan)),
    ]
    if let validation {
      members.append(
        JSONMember(
          "validation",
          [
            "dimension": .string(validation.dimension), "rows": .integer(validation.rows),
            "best_round": curve.best.map { .integer($0 + 1) } ?? .null,
            "best": .real(curve.best.map { curve.validations[$0] } ?? .nan),
          ]
        )
      )
    }
    var history: [JSONMember] = [
      JSONMember("round", .integers(rounds.map { $0 + 1 })),
      JSONMember(
        "objective",
        .array(rounds.map { .real(curve.objectives[$0] / Double(observationCount)) })
      ),
    ]
    if validation != nil {
      history.append(
        JSONMember("validation", .array(rounds.map { .real(curve.validations[$0]) }))
      )
    }
    members.append(JSONMember("history", .object(history)))
    return .object(members)
  }

  /// One line on the rows that it was held against; nil where there are none.
  var validationText: String? {
    guard let validation, let last = curve.validations.last else { return nil }
    let rows =
      validation.total.map {
        "\(validation.rows) of \($0) rows of `\(validation.dimension)` held out"
      } ?? "\(validation.rows) other rows of `\(validation.dimension)`"
    let round = plan.rows.isEmpty ? "\(curve.roundLength) steps" : "epoch"
    var text = "validation: \(rows), mean log likelihood of a row \(rounded(last)) at the end"
    if let best = curve.best {
      let value = rounded(curve.validations[best])
      text +=
        plan.training.patience != nil
        ? "; the parameters are those after \(round) \(best + 1), the best, with \(value)"
        : ", at best \(value) after \(round) \(best + 1)"
    }
    return text
  }
}

/// One line on how far a fit is.
func text(of progress: TrainingProgress, _ plan: TrainingPlan, _ observationCount: Int) -> String {
  var parts: [String] = []
  if let epoch = progress.epoch, let count = progress.epochCount, progress.stepCount != nil {
    parts.append("epoch \(epoch)/\(count)")
  } else {
    parts.append("step \(progress.step)" + (progress.stepCount.map { "/\($0)" } ?? ""))
  }
  if plan.engine == "train" {
    parts.append("objective \(rounded(progress.objective / Double(observationCount))) a row")
  } else {
    parts.append("objective \(rounded(progress.objective))")
  }
  if let validation = progress.validation { parts.append("validation \(rounded(validation))") }
  parts.append("\(Int(progress.rate)) rows/s")
  if let left = progress.secondsLeft { parts.append("\(Int(left.rounded(.up))) s left") }
  return parts.joined(separator: "  ")
}

/// With four digits behind the point, or three that are not 0.
private func rounded(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return "\(value)" }
  var scale = 10_000.0
  while (value * scale).magnitude < 100, scale < 1e12 { scale *= 10 }
  return "\((value * scale).rounded() / scale)"
}
