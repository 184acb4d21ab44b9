import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLSyntax

/// What an inference gives: draws of every quantity of the model, and all that can be asked of them.
///
/// A value, which may be used from any thread; everything that is computed from it leaves it as it is.
public struct Posterior: Sendable {
  /// The model with the data that the draws belong to.
  public let model: Model
  let fit: Fit
  /// The engine with its settings, as a program names it.
  let engineText: String
  /// What the engine has to say: warnings of diagnostics with advice first.
  public let remarks: [String]
  /// Whether a diagnostic failed: an R-hat above 1.01, an effective sample size below 100 a chain, or divergences above 0.1 %.
  public let diagnosticsFailed: Bool

  init(model: Model, fit: Fit, engine: String, remarks: [String], hasFailed: Bool) {
    self.model = model
    self.fit = fit
    engineText = engine
    self.remarks = remarks
    diagnosticsFailed = hasFailed
  }

  /// The engine's name.
  public var engine: String { fit.engine }
  /// The seed of all its random numbers.
  public var seed: UInt64 { fit.seed }
  /// Number of chains.
  public var chainCount: Int { fit.chainCount }
  /// Draws of each chain.
  public var drawCount: Int { fit.drawCount }
  /// Divergent trajectories.
  public var divergenceCount: Int { fit.sampler.divergenceCount }
  /// Whether it was cancelled, and has the draws up to then.
  public var wasInterrupted: Bool { fit.wasInterrupted }
  /// Where it is stored, if it is.
  public var path: String? { fit.path }
  /// Time of the inference in seconds, compilation included.
  public var seconds: Double { fit.totalSeconds }

  /// The names of all quantities that have draws, in the order of the program: latents, and what is computed of them.
  public var names: [String] { fit.quantities.map(\.name) }

  /// The draws of a quantity; nil where there is none of that name.
  public subscript(name: String) -> Draws? {
    fit.quantities.firstIndex { $0.name == name }.map { Draws(fit, $0) }
  }

  /// A line for each element of each quantity, in the order of ``names``.
  public func summary() async -> [Summary] {
    zip(fit.recorded, await fit.elementSummaries()).flatMap { quantity, summaries in
      zip(quantity.elementNames, summaries).map { Summary($0, $1) }
    }
  }

  /// The draws of an expression, as a program would write it behind `show`, with `post` for this posterior.
  ///
  /// ```swift
  /// let contrast = try posterior.draws(of: "post.theta[1] - post.theta[2]")
  /// ```
  ///
  /// - Parameter expression: in the language of the model; data stand under their own names.
  /// - Returns: its value in each draw.
  /// - Throws: `ProgramError` where it is no expression of this model, or cannot be evaluated.
  public func draws(of expression: String) throws -> Draws {
    try PosteriorScript.draws(of: expression, self)
  }

  /// Draws a quantity, or an expression of some, forward from the statements of the model.
  ///
  /// Of observed data these are replicates; under other data, predictions of what is missing there.
  ///
  /// ```swift
  /// let sales = try await posterior.predict("sales", data: ["price": [9.5], "store_of": ["north"]])
  /// ```
  ///
  /// - Parameters:
  ///   - expression: in the language of the model, for instance `y`.
  ///   - data: in place of the fit's own; keys that it lacks stay where their sizes agree.
  ///   - oneStep: whether each observation is drawn given those before it.
  /// - Returns: as many draws as the posterior has.
  /// - Throws: `ProgramError` where it is no expression of this model; `SamplingFailure` where the data do not suit it.
  public func predict(
    _ expression: String,
    data: DataSet? = nil,
    oneStep: Bool = false
  ) async throws -> Draws {
    try await PosteriorScript.predict(expression, self, data: data, oneStep: oneStep)
  }
}
