import PPLFlows
import PPLSemantics
import PPLSourceText
import PPLVariational

/// How a posterior is approximated.
struct ApproximationSettings: Sendable {
  /// What is looked for.
  enum Method: Sendable, Hashable {
    case mode
    case laplace
    case variational(GuideFamily)
    /// Layers and hidden units; nil for the family's own numbers.
    case flow(Flow.Family, layers: Int?, hidden: Int?)
    case deterministic
    case pathfinder(paths: Int)
    /// The prior itself, as a proposal.
    case prior
  }

  /// Name of the engine in the program.
  var engine: String
  var method: Method
  var draws = 1000
  var seed: UInt64
  /// Draws of a step, or fixed draws; nil for the method's own number.
  var samples: Int?
  var steps: Int?
  /// Of importance sampling the number of draws of the proposal, of which `draws` are kept; else nil.
  var proposals: Int?
  /// The statement.
  var span: SourceSpan

  /// The settings of an `infer` statement; nil if its engine is none of these.
  ///
  /// Importance sampling proposes from the prior, unless the program says otherwise, where there is no gradient.
  init?(
    _ inference: CheckedInference?,
    _ options: SamplerOptions,
    hasGradient: Bool,
    seed: UInt64
  ) {
    guard let inference else { return nil }
    func number(_ label: String) -> Int? {
      if case .number(let value)? = inference.settings[label] { Int(value) } else { nil }
    }
    func word(_ label: String) -> String? {
      if case .word(let word)? = inference.settings[label] { word } else { nil }
    }
    switch inference.engine {
    case "map": method = .mode
    case "laplace": method = .laplace
    case "pathfinder": method = .pathfinder(paths: number("paths") ?? 4)
    case "vi":
      if word("method") == "deterministic" {
        method = .deterministic
      } else {
        switch word("guide") {
        case "full_rank": method = .variational(.fullRank)
        case "low_rank": method = .variational(.lowRank(number("rank") ?? 10))
        case "iaf":
          method = .flow(.autoregressive, layers: number("layers"), hidden: number("hidden"))
        case "coupling":
          method = .flow(.coupling, layers: number("layers"), hidden: number("hidden"))
        default: method = .variational(.meanField)
        }
      }
    case "importance":
      switch word("proposal") {
      case "mean_field": method = .variational(.meanField)
      case "low_rank": method = .variational(.lowRank(10))
      case "laplace": method = .laplace
      case "pathfinder": method = .pathfinder(paths: 1)
      case "iaf": method = .flow(.autoregressive, layers: nil, hidden: nil)
      case "coupling": method = .flow(.coupling, layers: nil, hidden: nil)
      case "prior": method = .prior
      default: method = word("proposal") == nil && !hasGradient ? .prior : .variational(.fullRank)
      }
      proposals = number("samples") ?? 10_000
    default: return nil
    }
    engine = inference.engine
    span = inference.span
    self.seed = options.seed ?? number("seed").map { UInt64($0) } ?? seed
    if let draws = options.draws ?? number("draws") { self.draws = draws }
    if method == .mode { draws = 1 }
    if proposals == nil { samples = number("samples") }
    steps = number("steps")
  }
}
