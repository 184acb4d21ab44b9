import PPLSourceText
import PPLSyntax
import PPLTypeSystem

// Statements of the script that draw forward: `predict`, `check`, and what is asked of predictions.

extension ModelChecker {
  // MARK: predict

  func checkPrediction(_ statement: PredictStatement, _ span: SourceSpan) {
    let name = statement.name
    if fitsByName[name.text] != nil || variablesByName[name.text] != nil
      || predictionsByName[name.text] != nil || dimensionsByName[name.text] != nil
    {
      error(
        "E0402",
        "`\(name.text)` names something already",
        at: name.span,
        help: "give the prediction another name"
      )
      return
    }
    // Within the prediction names mean what they mean in the model.
    isInsideScript = false
    references = []
    acceptsRagged = true
    let quantity = checkExpression(statement.quantity)
    acceptsRagged = false
    let read = references
    isInsideScript = true
    let given: [Expression]
    if case .list(let elements) = statement.fit.kind {
      given = elements
    } else {
      given = [statement.fit]
    }
    let fits = given.compactMap(fitIndex)
    var source: CheckedPrediction.Source?
    var isOneStep = false
    for argument in statement.arguments {
      if let label = argument.label {
        isOneStep = checkOption(label, argument.value) ?? isOneStep
      } else if source != nil {
        error(
          "E0605",
          "a prediction takes one file, or one record of files",
          at: argument.value.span,
          help: "write `(x: \"x.npy\", y: \"y.npy\")` for a file for each of some data"
        )
      } else {
        source = checkSource(argument.value)
      }
    }
    guard !fits.isEmpty, fits.count == given.count, !quantity.type.isInvalid else {
      if given.isEmpty { error("E0602", "the name of a fit belongs here", at: statement.fit.span) }
      silencedNames.insert(name.text)
      return
    }
    guard quantity.type.element != .string else {
      error("E0302", "a prediction is made of numbers", at: quantity.span, "this is text")
      silencedNames.insert(name.text)
      return
    }
    let observed = read.filter { model.isObserved($0) }
    let index = model.predictions.count
    let variable = VariableID(model.variables.count)
    model.variables.append(
      Variable(
        name: name,
        role: .predicted,
        type: quantity.type,
        plateRank: quantity.type.rank,
        equations: [],
        stage: .random
      )
    )
    predictionsByName[name.text] = (index, variable)
    model.predictions.append(
      CheckedPrediction(
        name: name,
        variable: variable,
        quantity: quantity,
        observed: observed,
        fits: fits,
        source: source,
        isOneStep: isOneStep,
        span: span
      )
    )
    model.script.append(.predict(index))
  }

  private func checkOption(_ label: Name, _ value: Expression) -> Bool? {
    guard label.text == "one_step" else {
      error(
        "E0605",
        "`predict` has no option `\(label.text)`",
        at: label.span,
        help: suggestion(for: label.text, among: ["one_step"]).map { "did you mean `\($0)`?" }
          ?? "its option is `one_step: true`"
      )
      return nil
    }
    switch value.kind {
    case .name("true"), .number(1, _): return true
    case .name("false"), .number(0, _): return false
    default:
      error("E0605", "`one_step` is `true` or `false`", at: value.span)
      return nil
    }
  }

  func checkSource(_ expression: Expression) -> CheckedPrediction.Source? {
    switch expression.kind {
    case .string(let path): return .file(path: path, span: expression.span)
    case .record(let fields):
      var files: [(variable: VariableID, path: String, span: SourceSpan)] = []
      for field in fields {
        guard case .string(let path) = field.value.kind else {
          error("E0605", "the path of a data file belongs here", at: field.value.span)
          continue
        }
        guard let id = variablesByName[field.name.text],
          case .data = model.variables[id.index].role
        else {
          let data = variablesByName.keys.filter { name in
            guard let id = variablesByName[name] else { return false }
            return if case .data = model.variables[id.index].role { true } else { false }
          }
          error(
            "E0605",
            "the model binds no data `\(field.name.text)`",
            at: field.name.span,
            help: suggestion(for: field.name.text, among: data).map { "did you mean `\($0)`?" }
          )
          continue
        }
        files.append((id, path, field.value.span))
      }
      return files.isEmpty ? nil : .files(files)
    default:
      error(
        "E0605",
        "a data file belongs here",
        at: expression.span,
        help: "write its path in quotes: `\"test.csv\"`"
      )
      return nil
    }
  }

  // MARK: Scores

  /// Checks `rmse(test)`, `coverage(test, 0.9)`, ….
  func checkScore(_ score: PredictionScore, _ arguments: Arguments, _ span: SourceSpan) {
    let name = score.rawValue
    let count = score == .coverage ? 2 : 1
    guard case .list(let list) = arguments, list.count == count,
      list.allSatisfy({ $0.label == nil }), case .name(let own) = list[0].value.kind
    else {
      error(
        "E0605",
        score == .coverage
          ? "`coverage` takes a prediction and a probability" : "`\(name)` takes one prediction",
        at: span,
        help: "write `\(name)(test\(score == .coverage ? ", 0.9" : ""))` after"
          + " `predict test = y given post`"
      )
      return
    }
    guard let (index, _) = predictionsByName[own] else {
      guard !silencedNames.contains(own) else { return }
      error(
        "E0605",
        "there is no prediction `\(own)` before this line",
        at: list[0].value.span,
        help: suggestion(for: own, among: Array(predictionsByName.keys)).map {
          "did you mean `\($0)`?"
        } ?? "make it first: `predict \(own) = y given post`"
      )
      return
    }
    let prediction = model.predictions[index]
    let isLabel = if case .index = prediction.quantity.type.element { true } else { false }
    if isLabel, score != .accuracy {
      error(
        "E0605",
        "`\(own)` predicts labels, of which there is no \(name)",
        at: span,
        help: "ask for their `accuracy(\(own))`"
      )
      return
    }
    if score == .accuracy, prediction.quantity.type.element == .real {
      error(
        "E0605",
        "`\(own)` predicts real numbers, which are never quite equal",
        at: span,
        help: "ask for `rmse(\(own))`, or for `coverage(\(own), 0.9)`"
      )
      return
    }
    var level: CheckedExpression?
    if score == .coverage {
      let value = checkExpression(list[1].value)
      guard !value.type.isInvalid else { return }
      guard let number = literal(value), number > 0, number < 1 else {
        error(
          "E0605",
          "the probability of a coverage is a number between 0 and 1",
          at: list[1].value.span
        )
        return
      }
      level = value
    }
    model.script.append(
      .showScore(score, prediction: index, level: level, span: span)
    )
  }

  /// Checks `confusion(test)`.
  func checkConfusion(_ arguments: Arguments, _ span: SourceSpan) {
    guard case .list(let list) = arguments, list.count == 1, list[0].label == nil,
      case .name(let own) = list[0].value.kind, let (index, _) = predictionsByName[own]
    else {
      error(
        "E0605",
        "`confusion` takes one prediction",
        at: span,
        help: "write `confusion(test)` after `predict test = y given post`"
      )
      return
    }
    let prediction = model.predictions[index]
    guard prediction.quantity.type.element != .real else {
      error(
        "E0605",
        "`\(own)` predicts real numbers, which are never quite equal",
        at: span,
        help: "ask for `rmse(\(own))`, or for `coverage(\(own), 0.9)`"
      )
      return
    }
    model.script.append(.showConfusion(prediction: index, span: span))
  }

  /// Checks `elbo(fit)` and `elbo(fit, data: …)`.
  func checkBound(_ arguments: Arguments, _ span: SourceSpan) {
    guard case .list(let list) = arguments, (1...2).contains(list.count), list[0].label == nil,
      list.count == 1 || list[1].label?.text == "data"
    else {
      error(
        "E0602",
        "`elbo` takes a fit, and other data by name",
        at: span,
        help: "write `elbo(fit)`, or `elbo(fit, data: (x: \"test.npy\"))`"
      )
      return
    }
    guard let fit = fitIndex(list[0].value) else { return }
    let approximations = ["vi", "laplace", "pathfinder"]
    guard
      model.fits[fit].engine == "svi"
        || list.count == 1 && approximations.contains(model.fits[fit].engine)
    else {
      error(
        "E0602",
        "a fit by `\(model.fits[fit].engine)` has no evidence lower bound\(list.count == 2 ? " of other data" : "")",
        at: span,
        also: [.init(model.fits[fit].span, "fitted here")],
        help: "fit with `svi()`"
      )
      return
    }
    var source: CheckedPrediction.Source?
    if list.count == 2 {
      guard let found = checkSource(list[1].value) else { return }
      source = found
    }
    model.script.append(.showBound(fit: fit, data: source, span: span))
  }

  /// Checks `probabilities(post.z)`.
  func checkProbabilities(_ arguments: Arguments, _ span: SourceSpan) {
    guard case .list(let list) = arguments, list.count == 1, list[0].label == nil,
      case .member(let base, let name) = list[0].value.kind
    else {
      error(
        "E0602",
        "`probabilities` takes one quantity of a fit",
        at: span,
        help: "write `probabilities(post.z)`"
      )
      return
    }
    guard let fit = fitIndex(base) else { return }
    acceptsRagged = true
    let value = checkExpression(list[0].value)
    acceptsRagged = false
    guard case .draw(.fit, let id) = value.kind else { return }
    let variable = model.variables[id.index]
    var isSummedOut = false
    switch variable.role {
    case .modeled(let role): isSummedOut = role == .eliminated
    case .data, .computed: isSummedOut = model.isObserved(id)
    case .predicted: break
    }
    guard isSummedOut, engines[model.fits[fit].engine]?.kind == .chains else {
      error(
        "E0608",
        "`\(name.text)` is not summed out, so that its probabilities are those of its draws",
        at: list[0].value.span,
        also: [.init(variable.name.span, "defined here")],
        help:
          "write `P(\(model.fits[fit].name.text).\(name.text) == 1)`, with an index if it has one"
      )
      return
    }
    model.script.append(.showProbabilities(id, fit: fit, span: span))
  }

  /// Checks `marginal_likelihood(post)`.
  func checkMarginalLikelihood(_ arguments: Arguments, _ span: SourceSpan) {
    guard case .list(let list) = arguments, list.count == 1, list[0].label == nil else {
      error(
        "E0602",
        "`marginal_likelihood` takes one fit",
        at: span,
        help: "write `marginal_likelihood(post)`"
      )
      return
    }
    guard let fit = fitIndex(list[0].value) else { return }
    let engine = model.fits[fit]
    let signature = engines[engine.engine]
    guard signature?.kind == .chains || signature?.estimatesEvidence == true else {
      error(
        "E0608",
        "the marginal likelihood is estimated from draws of the posterior",
        at: list[0].value.span,
        "drawn by `\(engine.engine)`",
        help: "fit the model with `nuts()`"
      )
      return
    }
    guard checkNormalised(at: span) else { return }
    model.script.append(.showMarginalLikelihood(fit: fit, span: span))
  }

  /// Reports statements whose density is known up to a constant only.
  private func checkNormalised(at span: SourceSpan) -> Bool {
    let factor = model.factors.first { factor in
      !factor.references.contains { id in
        if case .modeled = model.variables[id.index].role { false } else { true }
      }
    }
    if let factor {
      error(
        "E0608",
        "this model has no marginal likelihood",
        at: span,
        also: [.init(factor.span, "a factor of latents alone: its normaliser is not known")],
        help: "give the latents a distribution with `~`"
      )
      return false
    }
    for equation in model.equations {
      guard case .distribution(let distribution) = equation.body,
        let leaf = distribution.leaves.first(where: \.isFlat)
      else { continue }
      if case .modeled(.generated) = model.variables[equation.target.index].role { continue }
      error(
        "E0608",
        "this model has no marginal likelihood",
        at: span,
        also: [.init(leaf.span, "`Flat` has density 1: it is no probability distribution")],
        help: "use a proper prior: `Uniform(a, b)`, `Normal(0, s)`"
      )
      return false
    }
    return true
  }

  // MARK: check

  /// Checks `check post` and `check statistic(post.y)`.
  func checkPredictiveCheck(_ expression: Expression) {
    if case .name(let name) = expression.kind, variablesByName[name] == nil,
      predictionsByName[name] == nil
    {
      guard let fit = fitIndex(expression) else { return }
      guard !model.observedVariables.isEmpty else {
        // A statement that is wrong may be the one that observes.
        guard !diagnostics.contains(where: \.isError) else { return }
        error(
          "E0606",
          "nothing is observed, so there is nothing to check `\(name)` against",
          at: expression.span,
          help: "give data a distribution: `y[i: obs] ~ …`"
        )
        return
      }
      model.script.append(.checkFit(fit, span: expression.span))
      return
    }
    let value = checkExpression(expression)
    guard !value.type.isInvalid else { return }
    var fits: Set<Int> = []
    var isObserved = false
    var readsPrediction = false
    value.forEachPart { part in
      guard case .draw(let source, let id) = part.kind else { return }
      switch source {
      case .fit(let fit):
        fits.insert(fit)
        if model.isObserved(id) { isObserved = true }
      case .prediction: readsPrediction = true
      }
    }
    guard fits.count == 1, let fit = fits.first, isObserved, !readsPrediction,
      value.type.element != .string
    else {
      guard !model.observedVariables.isEmpty || !diagnostics.contains(where: \.isError) else {
        return
      }
      let observed = model.observedVariables.first.map { model.variables[$0.index].name.text }
      let name = fitsByName.keys.sorted().first ?? "post"
      error(
        "E0606",
        fits.count > 1
          ? "a check is of one fit" : "a check is a statistic of something observed",
        at: expression.span,
        help: "read the observed quantity through the fit: `check max(\(name).\(observed ?? "y"))`"
      )
      return
    }
    model.script.append(.checkStatistic(value, fit: fit))
  }

  // MARK: Drawing forward

  /// Reports statements of latents from which nothing can be drawn.
  func checkSimulation(from span: SourceSpan) {
    if let factor = model.factors.first {
      error(
        "E0607",
        "the prior of a model with a `factor` cannot be drawn from",
        at: span,
        also: [.init(factor.span, "adds to the log density without saying how to draw")],
        help: "say how the latents are distributed with `~` alone"
      )
    }
    for equation in model.equations {
      guard case .distribution(let distribution) = equation.body,
        case .modeled = model.variables[equation.target.index].role,
        !fittedVariables.contains(equation.target), let reason = equation.reasonNotToDraw
      else { continue }
      error(
        "E0607",
        "`\(model.variables[equation.target.index].name.text)` cannot be drawn from its prior",
        at: span,
        also: [.init(distribution.span, reason)],
        help: "give it a distribution that can be drawn from"
      )
    }
  }
}

extension CheckedDistribution {
  /// Whether it is the normal family.
  var isNormal: Bool {
    if case .family(let family) = form { family.signature.name == "Normal" } else { false }
  }

  /// Whether the elements of a vector that it is lifted over all have the same parameters.
  package var hasEqualElements: Bool {
    guard case .family(let family) = form else { return false }
    return support.eventRank == 0 && family.arguments.allSatisfy { $0.type.isScalar }
  }

  /// Whether it is `Flat`.
  var isFlat: Bool {
    if case .family(let family) = form { family.signature.name == "Flat" } else { false }
  }
}

extension CheckedEquation {
  /// Why no value of the target can be drawn even if all else is known; nil if one can, or if only data tell.
  package var reasonNotToDraw: String? {
    guard case .distribution(let distribution) = body else { return nil }
    if distribution.isFlat {
      if case .bounds(.some, .some) = constraint { return nil }
      return "`Flat` is no probability distribution, unless two bounds make it uniform"
    }
    guard distribution.hasSampler else {
      return "`\(distribution.name)` has no way to draw"
    }
    switch (constraint, distribution.support) {
    case (.vector(let joint), .vector(let own)) where joint == own: return nil
    case (.matrix(let joint), .matrix(let own)) where joint == own: return nil
    case (.vector(.ordered), _), (.vector(.positiveOrdered), _), (.none, _), (.bounds, _):
      return nil
    case (.vector(.sumToZero), _) where distribution.isNormal && distribution.hasEqualElements:
      return nil
    case (.vector(let joint), _):
      return "`\(distribution.name)` cannot be drawn from on `\(joint.rawValue)`"
    case (.matrix(let joint), _):
      return "`\(distribution.name)` cannot be drawn from on `\(joint.rawValue)`"
    case (.set, _): return "`\(distribution.name)` cannot be drawn from on a set"
    }
  }
}
