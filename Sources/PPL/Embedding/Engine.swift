/// An engine of inference with its settings, as an `infer` statement names it.
///
/// A text is what stands behind `infer post =`, so that every engine and setting of the language is there:
///
/// ```swift
/// let engine: Engine = "vi(guide: full_rank, draws: 4000)"
/// ```
///
/// ``EngineIndex/description(of:)`` tells the settings of an engine, and [the page of the engines](doc:Engines) has all. Text that
/// names no engine is an error of ``Model/infer(_:_:progress:)``, and so is a setting that it does not have.
public struct Engine: Sendable, Hashable, ExpressibleByStringLiteral {
  /// What stands behind `infer post =` in a program.
  public let text: String

  /// An engine by the text of a program, for instance `nuts(draws: 2000)`.
  ///
  /// - Parameter text: what stands behind `infer post =` there.
  public init(_ text: String) { self.text = text }

  /// An engine by the text of a program.
  public init(stringLiteral text: String) { self.init(text) }

  /// An engine by its name, with settings that are numbers or words.
  ///
  /// - Parameters:
  ///   - name: as ``EngineIndex/overview`` lists it.
  ///   - settings: by name; those that are nil are as the engine has them.
  public init(_ name: String, _ settings: KeyValuePairs<String, Setting?>) {
    let given = settings.compactMap { name, value in value.map { "\(name): \($0.text)" } }
    self.init("\(name)(\(given.joined(separator: ", ")))")
  }

  /// The value of a setting.
  public enum Setting: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral
  {
    /// A whole number, as of `draws`.
    case integer(Int)
    /// A number, as of `target_accept`.
    case number(Double)
    /// A word, as of `guide`; any other expression of a program is written as its text.
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

  /// What the structure of the model suggests; the posterior's `remarks` say which engine, and why.
  public static let auto = Engine("auto()")

  /// The No-U-Turn sampler (Hoffman and Gelman 2014, arXiv:1111.4246; Betancourt 2017, arXiv:1701.02434).
  ///
  /// It needs a log density with a gradient. The metric is adapted by the Fisher divergence of draws and gradients (Seyboldt,
  /// Carlson and Carpenter 2026, arXiv:2603.18845).
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

  /// Independent draws from the prior, for which the data that the model observes do not count.
  ///
  /// - Parameter draws: number of draws.
  /// - Returns: the engine; what is nil is as the engine has it.
  public static func prior(draws: Int? = nil) -> Engine {
    Engine("prior", ["draws": draws.map { .integer($0) }])
  }

  /// A variational approximation: the member of a family on the unconstrained scale that is nearest to the posterior by the
  /// Kullback-Leibler divergence (Kucukelbir and others 2017, arXiv:1603.00788).
  ///
  /// - Parameters:
  ///   - guide: the family: `mean_field`, `full_rank`, or another that the engine's settings list.
  ///   - draws: draws from the approximation.
  /// - Returns: the engine; what is nil is as the engine has it.
  public static func vi(guide: String = "mean_field", draws: Int? = nil) -> Engine {
    Engine("vi", ["guide": .word(guide), "draws": draws.map { .integer($0) }])
  }
}
