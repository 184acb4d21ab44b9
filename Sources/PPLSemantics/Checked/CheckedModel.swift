package import PPLSourceText
package import PPLSyntax
package import PPLTypeSystem

/// A program whose every name, axis, type and support has been found to be right, as far as that can
/// be told before data are bound.
package struct CheckedModel: Sendable {
  package var dimensions: [CheckedDimension] = []
  package var variables: [Variable] = []
  /// All equations, those of computed data included, in the order of the text.
  package var equations: [CheckedEquation] = []
  package var factors: [CheckedFactor] = []
  package var odes: [CheckedODE] = []
  /// Where the text lets parameters begin.
  package var initialValues: [VariableID: CheckedExpression] = [:]
  package var functions: [FunctionInstance] = []
  package var externals: [CheckedExternal] = []
  package var distributions: [DistributionInstance] = []
  package var nets: [CheckedNet] = []
  package var guides: [CheckedGuide] = []
  package var layers: [CheckedLayer] = []
  /// Where the weights of nets come from: their layer and their number among its weights.
  package var weights: [VariableID: (layer: LayerID, number: Int)] = [:]

  /// Whether it is what training keeps of the data that a layer saw, which no gradient moves.
  package func isRunningStatistic(_ id: VariableID) -> Bool {
    guard let weight = weights[id] else { return false }
    return layers[weight.layer.index].layer.runningStatistics.contains(weight.number)
  }

  package var script: [ScriptStatement] = []
  /// Variables in an order in which each can be computed: what it reads comes before it.
  ///
  /// The members of a recursion stand together.
  package var evaluationOrder: [VariableID] = []
  /// Quantities that read their own elements, or each other's, before or after the one they define.
  package var recursions: [CheckedRecursion] = []
  /// Where each equation reads variables, in the order of `equations`.
  package var readings: [[ReferenceOccurrence]] = []
  /// Names of the fits, by the order of their `infer` statements.
  package var fits: [CheckedInference] = []
  /// The predictions, by the order of their statements.
  package var predictions: [CheckedPrediction] = []
  /// Names that are read and that nothing defines, with their places: in an unfinished text they may come later.
  ///
  /// Each is reported as an error too. A dimension that no equation tells yet is among them in words. Those that look like a slip (another system's name, or nearly one of the
  /// library's) are not among them.
  package var unknownNames: [Name] = []

  /// Whether anything constrains the latents: an observed statement or a factor.
  package var isConditioned: Bool {
    !factors.isEmpty || variables.indices.contains { isObserved(VariableID($0)) }
  }
}

/// A declared dimension.
package struct CheckedDimension: Sendable {
  package enum Extent: Sendable {
    case count(CheckedExpression)
    case range(CheckedExpression, CheckedExpression)
    case labels([String])
    /// From the data that use it.
    case inferred
    /// For each index of the parent, which the binder stands for, a count of its own.
    case ragged(CheckedBinder, CheckedExpression)
  }

  package var name: Name
  package var extent: Extent
  /// The dimension whose indices have each their own part of this one: its first so many positions.
  package var parent: DimensionID?
}

/// A named quantity of the model.
package struct Variable: Sendable {
  package enum Role: Sendable {
    /// Bound from a file; observed if an equation gives it a distribution.
    case data(DataBinding)
    /// Computed once from other data.
    case computed
    /// Defined by equations.
    case modeled(ModeledRole)
    /// The draws of a `predict` statement; exists in the script only.
    case predicted
  }

  package var name: Name
  package var role: Role
  /// Plate axes, then the axes of one event.
  package var type: ValueType
  /// How many of the axes are brackets on the left side (for data: all of them).
  package var plateRank: Int
  /// The equations on it, by position in `CheckedModel.equations`.
  package var equations: [Int]
  package var stage: Stage
}

/// What becomes of a quantity that equations define.
package enum ModeledRole: Sendable, Hashable {
  /// Drawn by the sampler.
  case sampled
  /// One value that the fit finds: a parameter without prior.
  case fitted
  /// Drawn forward after each draw: nothing observed depends on it.
  case generated
  /// Summed out of the density exactly, and drawn back after each draw.
  case eliminated
  /// Computed from others.
  case derived

  /// Whether its values are numbers that an engine of inference moves.
  package var isFree: Bool { self == .sampled || self == .fitted }
}

/// How data are bound to a name.
package struct DataBinding: Sendable {
  package var key: String
  /// A file that the program names itself.
  package var path: String?
  package var constraint: TypeConstraint
  /// The value that stands for a missing one.
  package var missingCode: CheckedExpression?
}

/// What a type demands of values besides axes and element.
package enum TypeConstraint: Sendable {
  case none
  case bounds(lower: Endpoint?, upper: Endpoint?)
  case set([CheckedExpression])
  case vector(VectorSupport)
  case matrix(MatrixSupport)

  /// One end of a bound.
  package struct Endpoint: Sendable {
    package var value: CheckedExpression
    package var isIncluded: Bool
  }

  /// Whether it demands nothing.
  package var isNone: Bool {
    if case .none = self { true } else { false }
  }
}

/// One item in the brackets of a target.
package enum TargetItem: Sendable {
  case binder(CheckedBinder)
  /// One fixed index of the axis.
  case fixed(CheckedExpression)

  /// The axis that a binder adds to the plate; nil for a fixed index.
  package var axis: Axis? {
    switch self {
    case .binder(let binder): binder.axis
    case .fixed: nil
    }
  }
}

/// A `with` name and its value.
package struct CheckedLocal: Sendable {
  package var id: LocalID
  package var name: Name
  package var value: CheckedExpression
}

/// `target ~ D` or `target = e` over a plate.
package struct CheckedEquation: Sendable {
  package enum Body: Sendable {
    case distribution(CheckedDistribution)
    case definition(CheckedExpression)
  }

  package var target: VariableID
  /// One for each plate axis; empty without brackets.
  package var items: [TargetItem]
  package var condition: CheckedExpression?
  package var locals: [CheckedLocal]
  /// What the type in this equation demands.
  package var constraint: TypeConstraint
  package var body: Body
  /// What the right side, bounds and locals read.
  package var references: Set<VariableID>
  /// The target as written.
  package var targetSpan: SourceSpan
  package var span: SourceSpan
}

/// Quantities that are computed together, one index of a dimension after the other.
package struct CheckedRecursion: Sendable {
  /// In the order in which they are computed at one index.
  package var variables: [VariableID]
  /// Along which of its axes each of them runs.
  package var axes: [VariableID: Int]
  /// Whether they read earlier elements; else later ones.
  package var isForward: Bool

  package init(variables: [VariableID], axes: [VariableID: Int], isForward: Bool) {
    self.variables = variables
    self.axes = axes
    self.isForward = isForward
  }
}

/// `guide name { … }`: what approximates latents in a fit by steps.
package struct CheckedGuide: Sendable {
  package var name: Name
  /// One for each latent that it is about, each over all elements.
  package var equations: [CheckedEquation]
}

/// `factor name[plate] = e`.
package struct CheckedFactor: Sendable {
  package var name: Name
  package var binders: [CheckedBinder]
  package var condition: CheckedExpression?
  package var locals: [CheckedLocal]
  package var value: CheckedExpression
  package var references: Set<VariableID>
  package var span: SourceSpan
}

/// A function of the program, checked for one list of argument types.
package struct FunctionInstance: Sendable {
  package var name: Name
  package var parameters: [LocalID]
  package var locals: [CheckedLocal]
  package var body: CheckedExpression
}

/// A distribution of the program, checked for one list of argument types.
package struct DistributionInstance: Sendable {
  package var name: Name
  package var parameters: [LocalID]
  /// The axes of each parameter.
  package var parameterRanks: [Int]
  /// The value whose log density is given.
  package var value: LocalID
  package var locals: [CheckedLocal]
  package var logDensity: CheckedExpression
  package var draw: CheckedDraw?
}

/// How a value is drawn.
package struct CheckedDraw: Sendable {
  /// A `with` name, computed or drawn.
  package struct Local: Sendable {
    package enum Source: Sendable {
      case value(CheckedExpression)
      /// Drawn, with the axes of one event.
      case distribution(CheckedDistribution, axes: [Axis])
    }

    package var id: LocalID
    package var name: Name
    package var source: Source
  }

  package var locals: [Local]
  package var value: CheckedExpression
}

/// `infer name = engine(settings)`.
package struct CheckedInference: Sendable {
  package enum Setting: Sendable {
    case number(Double)
    case word(String)
    /// Rows of a step by dimension.
    case rows([DimensionID: Int])
    /// The k-th of `CheckedModel.guides`.
    case guide(Int)
    /// The path of a file.
    case path(String, span: SourceSpan)
    /// Other data.
    case source(CheckedPrediction.Source)
    /// Changes of data.
    case augmentations([DataAugmentation])
    /// Quantities by name.
    case quantities([VariableID])
    /// What is computed of data.
    case expressions([CheckedExpression])
    /// A name with numbers by name, as `adam(1e-3)`.
    case call(String, [String: Double])
  }

  package var name: Name
  package var engine: String
  package var settings: [String: Setting]
  package var span: SourceSpan
  /// Why the program chose the engine by itself, a sentence each; empty where the text names it.
  package var reasons: [String] = []

  package init(name: Name, engine: String, settings: [String: Setting], span: SourceSpan) {
    self.name = name
    self.engine = engine
    self.settings = settings
    self.span = span
  }

  /// Whether simulations are compared with the data, in place of a density.
  package var comparesSimulations: Bool {
    EngineSignature.comparisons.contains { $0.name == engine }
  }

  /// Whether parameters are moved step by step along stochastic gradients.
  package var goesBySteps: Bool {
    switch engine {
    case "svi", "train": true
    case "map":
      ["batch", "epochs", "steps", "optimizer", "load", "freeze", "augment"].contains {
        settings[$0] != nil
      }
    default: false
    }
  }
}

/// How the accuracy of predictions is estimated.
package enum PredictiveCriterion: String, Sendable, Hashable {
  case leaveOneOut = "loo"
  case widelyApplicable = "waic"
}

/// Which observations are left out together.
package enum ObservationGroups: Sendable {
  /// Those of each index of a dimension.
  case dimension(DimensionID, span: SourceSpan)
  /// Those for which data hold the same index.
  case data(VariableID, span: SourceSpan)
}

/// A statement of the script, in order.
package enum ScriptStatement: Sendable {
  /// The k-th of `CheckedModel.fits`.
  case infer(Int)
  case showFit(Int)
  case showValue(CheckedExpression)
  /// `loo(post)` or `waic(post)`; of groups of observations that are left out together where `by` says which.
  case showAccuracy(PredictiveCriterion, fit: Int, by: ObservationGroups?, span: SourceSpan)
  case save(fit: Int, path: String, span: SourceSpan)
  /// `save E(y2) to "means.npy"`.
  case saveValue(CheckedExpression, path: String)
  /// The k-th of `CheckedModel.predictions`.
  case predict(Int)
  case showPrediction(Int)
  /// How a prediction agrees with what was observed; `level` for a coverage.
  case showScore(PredictionScore, prediction: Int, level: CheckedExpression?, span: SourceSpan)
  /// `confusion(test)`.
  case showConfusion(prediction: Int, span: SourceSpan)
  /// `elbo(fit)`, also for other data.
  case showBound(fit: Int, data: CheckedPrediction.Source?, span: SourceSpan)
  /// `probabilities(post.z)`.
  case showProbabilities(VariableID, fit: Int, span: SourceSpan)
  /// `marginal_likelihood(post)`.
  case showMarginalLikelihood(fit: Int, span: SourceSpan)
  case plot(CheckedPlot)
  /// Posterior predictive checks by the usual statistics.
  case checkFit(Int, span: SourceSpan)
  /// A posterior predictive check by a statistic of the program.
  case checkStatistic(CheckedExpression, fit: Int)

  /// Whether it gives a result to look at.
  package var shows: Bool {
    switch self {
    case .infer, .predict, .save, .saveValue: false
    case .showFit, .showValue, .showAccuracy, .showPrediction, .showScore, .showConfusion,
      .showBound, .showProbabilities, .showMarginalLikelihood, .plot, .checkFit,
      .checkStatistic:
      true
    }
  }
}
