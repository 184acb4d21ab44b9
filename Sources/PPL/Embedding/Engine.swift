/// An engine of inference with its settings, as an `infer` statement names it.
///
/// A text is what stands behind `infer post =`, so that every engine and setting of the language is there:
///
///     let engine: Engine = "vi(guide: full_rank, draws: 4000)"
///
/// `Engines.description(of:)` tells the settings of an engine. Text that names none is an error of `infer`.
public struct Engine: Sendable, Hashable, ExpressibleByStringLiteral {
  /// As in a program.
  public let text: String

  /// An engine by the text of a program.
  public init(_ text: String) { self.text = text }

  /// An engine by the text of a program.
  public init(stringLiteral text: String) { self.init(text) }

  /// An engine by its name, with settings that are numbers or words.
  public init(_ name: String, _ settings: KeyValuePairs<String, Setting?>) {
    let given = settings.compactMap { name, value in value.map { "\(name): \($0.text)" } }
    self.init("\(name)(\(given.joined(separator: ", ")))")
  }

  /// The value of a setting.
  public enum Setting: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral
  {
    case integer(Int)
    case number(Double)
    case word(String)

    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A word.
    public init(stringLiteral value: String) { self = .word(value) }

    fileprivate var text: String {
      switch self {
      case .integer(let value): "\(value)"
      case .number(let value): "\(value)"
      case .word(let value): value
      }
    }
  }

  /// What the structure of the model suggests.
  public static let auto = Engine("auto()")

  /// The No-U-Turn sampler.
  ///
  /// - Parameters:
  ///   - chains: number of chains.
  ///   - warmup: iterations of each chain that tune it and are not kept.
  ///   - draws: draws of each chain.
  ///   - targetAccept: mean acceptance that the step size aims at, in (0, 1).
  /// - Returns: the engine; what is nil is as the engine has it.
  public static func nuts(
    chains: Int? = nil,
    warmup: Int? = nil,
    draws: Int? = nil,
    targetAccept: Double? = nil
  ) -> Engine {
    Engine(
      "nuts",
      [
        "chains": chains.map { .integer($0) }, "warmup": warmup.map { .integer($0) },
        "draws": draws.map { .integer($0) }, "target_accept": targetAccept.map { .number($0) },
      ]
    )
  }

  /// Draws from the prior.
  public static func prior(draws: Int? = nil) -> Engine {
    Engine("prior", ["draws": draws.map { .integer($0) }])
  }

  /// A variational approximation by a family, for instance `mean_field` or `full_rank`.
  public static func vi(guide: String = "mean_field", draws: Int? = nil) -> Engine {
    Engine("vi", ["guide": .word(guide), "draws": draws.map { .integer($0) }])
  }
}
