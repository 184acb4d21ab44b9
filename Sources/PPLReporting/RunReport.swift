package import PPLJSON
package import PPLPosteriorAnalysis

/// Everything `--format json` says of a run.
package struct RunReport: Sendable {
  /// Version of the form of the object.
  package static let schema = 1

  /// Name of the model.
  package var model: String
  /// Seed of the run, drawn or given.
  package var seed: UInt64
  /// The fits in order.
  package var fits: [FitReport]
  /// Answers of the program's queries in order.
  package var queries: [QueryAnswer]

  /// A report.
  package init(model: String, seed: UInt64, fits: [FitReport], queries: [QueryAnswer] = []) {
    self.model = model
    self.seed = seed
    self.fits = fits
    self.queries = queries
  }

  /// The object of CLI's contract; numbers that are not finite are null.
  package var json: JSONValue {
    [
      "schema": .integer(Self.schema),
      "model": .string(model),
      "seed": .unsigned(seed),
      "fits": .array(fits.map(\.json)),
      "queries": .array(
        queries.map { ["text": .string($0.text), "value": $0.value] as JSONValue }
      ),
    ]
  }
}

/// A query of the program and its answer.
package struct QueryAnswer: Sendable {
  /// The query as the program has it.
  package var text: String
  /// Its value.
  package var value: JSONValue

  /// A query and its answer.
  package init(text: String, value: JSONValue) {
    self.text = text
    self.value = value
  }
}

/// What a run reports of one fit.
package struct FitReport: Sendable {
  /// Seconds that parts of the run took.
  package struct Timing: Sendable {
    /// From text to a function that can be evaluated.
    package var compile: Double
    /// Warm-up, of the slowest chain.
    package var warmup: Double
    /// Sampling after warm-up, of the slowest chain.
    package var sampling: Double
    /// The whole run.
    package var total: Double

    /// Seconds of each part.
    package init(compile: Double, warmup: Double, sampling: Double, total: Double) {
      self.compile = compile
      self.warmup = warmup
      self.sampling = sampling
      self.total = total
    }
  }

  /// What an engine that approximates the posterior says of it; figures that an engine has not are NaN.
  package struct Approximation: Sendable {
    /// The evidence lower bound, nats.
    package var elbo: Double
    /// Its standard error.
    package var elboError: Double
    /// Pareto k of the importance ratios.
    package var shape: Double
    /// The log density at a mode.
    package var logDensity: Double?
    /// How the bound went over the steps, nats.
    ///
    /// It belongs to the fit's own file and its page, not to the report of a run.
    package var bounds: [CurvePlot.Curve]

    /// Figures of an approximation.
    package init(
      elbo: Double,
      elboError: Double,
      shape: Double,
      logDensity: Double?,
      bounds: [CurvePlot.Curve] = []
    ) {
      self.elbo = elbo
      self.elboError = elboError
      self.shape = shape
      self.logDensity = logDensity
      self.bounds = bounds
    }

    /// The figures' object in the report.
    package var json: JSONValue {
      [
        "elbo": .real(elbo),
        "elbo_se": .real(elboError),
        "pareto_k": .real(shape),
        "log_density": .real(logDensity ?? .nan),
      ]
    }
  }

  /// A finding with the place in the program that it is about.
  package struct PlacedWarning: Sendable {
    /// The finding.
    package var warning: DiagnosticWarning
    /// The place, or null.
    package var span: JSONValue

    /// A finding and its place.
    package init(_ warning: DiagnosticWarning, span: JSONValue = .null) {
      self.warning = warning
      self.span = span
    }
  }

  /// Name of the fit in the program.
  package var name: String
  /// Name of the engine.
  package var engine: String
  /// What ran the model's graphs: `native` or `reference`.
  package var executor: String
  /// Where the draws are.
  package var path: String
  /// The quantities in order.
  package var parameters: [ReportedArray]
  /// Divergent draws.
  package var divergences: Int
  /// Findings of the diagnostics.
  package var warnings: [PlacedWarning]
  /// Seconds.
  package var timing: Timing
  /// Gradients that all chains computed, warm-up included.
  package var gradientEvaluations: Int
  /// Evaluations of the log density alone, warm-up included; 0 of engines that need gradients.
  package var densityEvaluations: Int
  /// What is known of an approximation; nil for draws of a sampler.
  package var approximation: Approximation?
  /// How a fit by steps went; nil for others.
  package var training: JSONValue?

  /// A report of a fit.
  package init(
    name: String,
    engine: String,
    executor: String,
    path: String,
    parameters: [ReportedArray],
    divergences: Int,
    warnings: [PlacedWarning],
    timing: Timing,
    gradientEvaluations: Int,
    densityEvaluations: Int = 0,
    approximation: Approximation? = nil,
    training: JSONValue? = nil
  ) {
    self.name = name
    self.engine = engine
    self.executor = executor
    self.path = path
    self.parameters = parameters
    self.divergences = divergences
    self.warnings = warnings
    self.timing = timing
    self.gradientEvaluations = gradientEvaluations
    self.densityEvaluations = densityEvaluations
    self.approximation = approximation
    self.training = training
  }

  /// The fit's object in the report.
  package var json: JSONValue {
    var members: [JSONMember] = []
    for array in parameters {
      for (index, summary) in array.summaries.enumerated() {
        members.append(JSONMember(array.elementName(index), summary.json))
      }
    }
    var result: [JSONMember] = [
      JSONMember("name", .string(name)),
      JSONMember("engine", .string(engine)),
      JSONMember("executor", .string(executor)),
      JSONMember("path", .string(path)),
      JSONMember("parameters", .object(members)),
      JSONMember("divergences", .integer(divergences)),
      JSONMember("warnings", .array(warnings.map(\.json))),
      JSONMember(
        "timing",
        [
          "compile_s": .real(timing.compile),
          "warmup_s": .real(timing.warmup),
          "sampling_s": .real(timing.sampling),
          "total_s": .real(timing.total),
        ]
      ),
      JSONMember("gradient_evaluations", .integer(gradientEvaluations)),
    ]
    if densityEvaluations > 0 {
      result.append(JSONMember("density_evaluations", .integer(densityEvaluations)))
    }
    if let approximation { result.append(JSONMember("approximation", approximation.json)) }
    if let training { result.append(JSONMember("training", training)) }
    return .object(result)
  }
}

extension FitReport.PlacedWarning {
  fileprivate var json: JSONValue {
    [
      "code": .string(warning.code.rawValue),
      "message": .string(warning.message),
      "span": span,
      "count": .integer(warning.count),
      "of": .integer(warning.total),
    ]
  }
}

extension ReportedArray {
  /// The summaries as an object by the elements' names.
  package var json: JSONValue {
    .object(summaries.enumerated().map { JSONMember(elementName($0.offset), $0.element.json) })
  }
}

extension QuantitySummary {
  /// The summary's object in the report.
  package var json: JSONValue {
    [
      "mean": .real(mean),
      "sd": .real(sd),
      "mcse": .real(mcse),
      "q5": .real(q5),
      "median": .real(median),
      "q95": .real(q95),
      "ess_bulk": .real(essBulk),
      "ess_tail": .real(essTail),
      "rhat": .real(rhat),
    ]
  }
}
