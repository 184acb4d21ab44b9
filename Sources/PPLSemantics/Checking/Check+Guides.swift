import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Families whose draws are smooth functions of their parameters and of noise without any: gradients go through them.
  private static let reparameterised: Set<String> = [
    "Normal", "LogNormal", "LogitNormal", "Uniform", "Exponential", "Laplace", "Logistic",
    "LogLogistic", "Gumbel", "Cauchy", "HalfNormal", "HalfCauchy", "Weibull", "Frechet", "Pareto",
    "Rayleigh", "Kumaraswamy", "MultiNormal",
  ]

  /// Checks the guides of the program, once the model's own equations and roles are known.
  func checkGuides(_ program: Program) {
    for item in program.items {
      guard case .guide(let name, let items) = item.kind else { continue }
      if let other = guidesByName[name.text] {
        error(
          "E0402",
          "the guide `\(name.text)` is declared twice",
          at: name.span,
          "again here",
          also: [.init(model.guides[other].name.span, "first here")],
          help: "remove one of them"
        )
        continue
      }
      guidesByName[name.text] = model.guides.count
      model.guides.append(CheckedGuide(name: name, equations: []))
      for item in items {
        guard case .equation(let equation) = item.kind, equation.relation == .distributed else {
          error(
            "E0614",
            "a guide says how latents are distributed",
            at: item.span,
            "only statements with `~` stand here",
            help: "compute what they need after `with`"
          )
          continue
        }
        if let type = equation.type {
          error(
            "E0614",
            "latents have their types from the model",
            at: type.span,
            help: "leave out the type"
          )
          continue
        }
        for target in equation.targets { checkGuide(target, equation, item.span) }
      }
    }
  }

  private func checkGuide(_ target: Equation.Target, _ equation: Equation, _ span: SourceSpan) {
    let number = model.guides.count - 1
    guard target.members.isEmpty else {
      notBuilt("a guide of the weights of a net", at: target.span)
      return
    }
    guard let id = variablesByName[target.name.text] else {
      model.unknownNames.append(target.name)
      let near = suggestion(for: target.name.text, among: Array(variablesByName.keys))
      error(
        "E0201",
        "the model has no latent `\(target.name.text)`",
        at: target.name.span,
        help: near.map { "did you mean `\($0)`?" } ?? "a guide is about latents of the model"
      )
      return
    }
    let variable = model.variables[id.index]
    let isLatent =
      switch variable.role {
      case .modeled(.sampled), .modeled(.eliminated): true
      default: false
      }
    guard isLatent else {
      error(
        "E0614",
        "`\(variable.name.text)` is no latent that a guide can approximate",
        at: target.name.span,
        also: [.init(variable.name.span, Self.reason(variable.role))],
        help: "leave it out of the guide"
      )
      return
    }
    if let other = model.guides[number].equations.first(where: { $0.target == id }) {
      error(
        "E0401",
        "`\(variable.name.text)` is defined twice",
        at: target.span,
        "again here",
        also: [.init(other.targetSpan, "first here")],
        help: "one statement of a guide approximates all elements of a latent"
      )
      return
    }
    references = []
    shifts = []
    scope = Scope()
    let entry = PendingEquation(
      target: target,
      variable: id,
      equation: equation,
      span: span,
      isData: false
    )
    guard let plate = checkPlate(entry) else { return }
    let locals = checkLocals(equation.locals)
    let event = Array(variable.type.axes.dropFirst(plate.items.count))
    guard plate.items.count <= variable.plateRank else {
      error(
        "E0203",
        "axes do not match",
        at: target.span,
        "the guide has \(axisCount(plate.items.count)) in brackets",
        also: [.init(variable.name.span, "the model has \(axisCount(variable.plateRank))")]
      )
      return
    }
    guard let distribution = checkDistribution(equation.value, eventAxes: event) else { return }
    let checked = CheckedEquation(
      target: id,
      items: plate.items,
      condition: plate.condition,
      locals: locals,
      constraint: .none,
      body: .distribution(distribution),
      references: references,
      targetSpan: target.span,
      span: span
    )
    guard coversAll(checked) else {
      error(
        "E0614",
        "the guide covers a part of `\(variable.name.text)` only",
        at: target.span,
        also: [.init(variable.name.span, "declared here")],
        help:
          "let the guide run over whole dimensions: `\(variable.name.text)[\(variable.type.axes.prefix(variable.plateRank).map { describe($0) }.joined(separator: ", "))]`"
      )
      return
    }
    if case .modeled(.eliminated) = variable.role {
      guard checkDiscrete(distribution, variable) else { return }
    } else {
      guard checkSmoothness(of: distribution), checkSupport(of: distribution, variable) else {
        return
      }
    }
    model.guides[number].equations.append(checked)
  }

  private static func reason(_ role: Variable.Role) -> String {
    switch role {
    case .data, .computed: "these are data"
    case .predicted: "this is a prediction"
    case .modeled(.fitted): "it has no prior: the fit finds one value"
    case .modeled(.generated): "nothing observed depends on it: it is drawn forward"
    case .modeled(.eliminated): "it is a discrete latent"
    case .modeled(.derived): "it is computed from others"
    case .modeled(.sampled): "it is a latent"
    }
  }

  /// Whether gradients go through draws of a distribution; reports it if not.
  private func checkSmoothness(of distribution: CheckedDistribution) -> Bool {
    if case .family(let family) = distribution.form,
      Self.reparameterised.contains(family.signature.name)
    {
      return true
    }
    error(
      "E0614",
      "gradients do not go through draws of `\(distribution.name)`",
      at: distribution.span,
      help: "use a family whose draws are smooth functions of noise: Normal on all real numbers,"
        + " LogNormal above 0, LogitNormal between 0 and 1"
    )
    return false
  }

  /// Whether a guide of a discrete latent draws values of its kind; reports it if not.
  ///
  /// How many categories there are, and ends that are no literals, are known once data are bound.
  private func checkDiscrete(_ distribution: CheckedDistribution, _ variable: Variable) -> Bool {
    let name = variable.name.text
    guard distribution.support.isDiscrete, distribution.support.eventRank == 0,
      distribution.hasSampler
    else {
      error(
        "E0614",
        "`\(name)` is discrete, and draws of `\(distribution.name)` are not",
        at: distribution.span,
        also: [.init(variable.name.span, "declared here")],
        help: "use a distribution of single integers or categories, as Bernoulli or Categorical"
      )
      return false
    }
    for index in variable.equations {
      guard case .distribution(let own) = model.equations[index].body else { continue }
      if case .categories = own.support, case .categories = distribution.support { continue }
      if case .categories = own.support {
        error(
          "E0614",
          "the guide and the model have different supports",
          at: distribution.span,
          "these are integers",
          also: [.init(model.equations[index].targetSpan, "these are categories")],
          help: "write `Categorical`, or leave `\(name)` to the automatic guide"
        )
        return false
      }
      // It may leave values out, as those that some observation excludes.
      guard let guide = range(of: distribution.support, .none),
        let wanted = range(of: own.support, model.equations[index].constraint),
        guide.lower < wanted.lower || guide.upper > wanted.upper
      else { continue }
      guard checkSupport(of: distribution, variable) else { return false }
    }
    return true
  }

  /// Whether a guide draws where the model's density is, and everywhere there; reports it if not.
  private func checkSupport(of distribution: CheckedDistribution, _ variable: Variable) -> Bool {
    for index in variable.equations {
      let equation = model.equations[index]
      guard case .distribution(let own) = equation.body else { continue }
      let range = (
        guide: self.range(of: distribution.support, .none),
        model: self.range(of: own.support, equation.constraint)
      )
      let isJoint =
        switch equation.constraint {
        case .vector, .matrix, .set: true
        case .none, .bounds: own.support.isJoint
        }
      if !isJoint, let guide = range.guide, let wanted = range.model, guide == wanted { continue }
      let here = range.guide.map { "from \(short($0.lower)) to \(short($0.upper))" }
      let there = range.model.map { "from \(short($0.lower)) to \(short($0.upper))" }
      error(
        "E0614",
        "the guide and the model have different supports",
        at: distribution.span,
        here.map { "draws lie \($0)" } ?? "`\(distribution.name)`",
        also: [
          .init(
            equation.targetSpan,
            !isJoint ? there.map { "values lie \($0)" } ?? "bounded by latents" : "a joint support"
          )
        ],
        help: (isJoint || range.model == nil ? "" : "choose a family with the same support, or ")
          + "leave `\(variable.name.text)` to the automatic guide"
      )
      return false
    }
    return true
  }
}

extension CheckedSupport {
  /// Whether elements of an event restrict each other.
  fileprivate var isJoint: Bool {
    switch self {
    case .vector, .matrix: true
    case .interval, .integers, .categories, .naturalVector, .realVector, .declared,
      .simulated:
      false
    }
  }
}
