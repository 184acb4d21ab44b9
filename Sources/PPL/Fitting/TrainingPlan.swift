import PPLSemantics
import PPLSourceText
import PPLTraining
import PPLTypeSystem

/// What an `infer` statement says of a fit by steps.
struct TrainingPlan: Sendable {
  /// Name of the engine in the program.
  var engine: String
  /// Whether latents are approximated by distributions; else by values.
  var isVariational: Bool
  /// Number of the program's guide; nil for the mean field alone.
  var guide: Int?
  /// A file of weights to begin with.
  var loaded: (path: String, span: SourceSpan)?
  /// What stays as it begins.
  var frozen: Set<VariableID> = []
  /// Rows of a step.
  var rows: [DimensionID: Int]
  /// What happens to data in each step.
  var augmentations: [DataAugmentation] = []
  /// What the fit is held against from epoch to epoch.
  var validation: ValidationData?
  /// The rows that are held out for it.
  var heldOut: HeldOutRows?
  var training: TrainingSettings
  /// Parts of the rows of a step, each with a thread of its own.
  var threads: Int
  var draws: Int
  var seed: UInt64
  /// The statement.
  var span: SourceSpan

  init(_ inference: CheckedInference, _ options: SamplerOptions, seed: UInt64) {
    func number(_ label: String) -> Double? {
      if case .number(let value)? = inference.settings[label] { value } else { nil }
    }
    func word(_ label: String) -> String? {
      if case .word(let word)? = inference.settings[label] { word } else { nil }
    }
    engine = inference.engine
    span = inference.span
    isVariational = inference.engine == "svi"
    rows = [:]
    if case .rows(let rows)? = inference.settings["batch"] { self.rows = rows }
    if case .guide(let guide)? = inference.settings["guide"] { self.guide = guide }
    if case .path(let path, let span)? = inference.settings["load"] { loaded = (path, span) }
    if case .quantities(let weights)? = inference.settings["freeze"] { frozen = Set(weights) }
    training = TrainingSettings()
    training.optimizer = .adam(isVariational ? 1e-2 : 1e-3)
    if case .call(let name, let numbers)? = inference.settings["optimizer"] {
      training.optimizer = Self.optimizer(name, numbers)
      if name == "lbfgs" { training.quasiNewtonHistory = Int(numbers["history"] ?? 10) }
    }
    if let epochs = number("epochs") {
      training.length = .epochs(Int(epochs))
    } else if let steps = number("steps") {
      training.length = .steps(Int(steps))
    }
    if let schedule = word("schedule").flatMap({ LearningRateSchedule(rawValue: $0) }) {
      training.schedule = schedule
    }
    if case .augmentations(let changes)? = inference.settings["augment"] { augmentations = changes }
    switch inference.settings["validation"] {
    case .number(let share)?: validation = .share(share)
    case .source(let source)?: validation = .source(source)
    default: validation = nil
    }
    if let patience = number("patience") {
      training.patience = Int(patience)
      // What is held out says when it is over.
      if number("epochs") == nil, number("steps") == nil {
        training.length = .epochs(Self.mostEpochs)
      }
    }
    training.clip = number("clip")
    training.averages = word("average") == "true"
    // Without batches a step is cheap, and steadier with several draws.
    training.samples = number("samples").map { Int($0) } ?? (isVariational && rows.isEmpty ? 8 : 1)
    threads = number("threads").map { Int($0) } ?? 1
    draws = isVariational ? options.draws ?? number("draws").map { Int($0) } ?? 1000 : 1
    self.seed = options.seed ?? number("seed").map { UInt64($0) } ?? seed
  }

  /// Epochs at most of a fit whose end is found by rows that are held out.
  private static let mostEpochs = 1000

  /// Rows of a step that one thread takes, by dimension.
  var rowsOfThread: [DimensionID: Int] { rows.mapValues { max(1, $0 / threads) } }

  /// Rows that steps take, of dimensions of which some are held out.
  var totals: [DimensionID: Int] {
    guard let heldOut else { return [:] }
    return [heldOut.dimension: heldOut.training.count]
  }

  private static func optimizer(_ name: String, _ numbers: [String: Double]) -> OptimizerSettings {
    let (beta1, beta2) = (numbers["beta1"] ?? 0.9, numbers["beta2"] ?? 0.999)
    let epsilon = numbers["epsilon"] ?? 1e-8
    let rule: OptimizerRule =
      switch name {
      case "sgd":
        .sgd(momentum: numbers["momentum"] ?? 0, isNesterov: (numbers["nesterov"] ?? 0) > 0)
      case "rmsprop": .rmsProp(decay: numbers["decay"] ?? 0.99, epsilon: epsilon)
      case "adamw": .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
      default: .adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
      }
    var settings = OptimizerSettings(rule, rate: numbers["rate"] ?? 1e-3)
    settings.weightDecay = numbers["weight_decay"] ?? (name == "adamw" ? 0.01 : 0)
    settings.absolutePenalty = numbers["l1"] ?? 0
    return settings
  }
}
