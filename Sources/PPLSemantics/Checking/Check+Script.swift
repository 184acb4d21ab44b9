import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks the script statements in order.
  func checkScript(_ program: Program) {
    isInsideScript = true
    defer { isInsideScript = false }
    for item in program.items {
      scope = Scope()
      switch item.kind {
      case .infer(let name, let engine): checkInference(name, engine, item.span)
      case .predict(let statement): checkPrediction(statement, item.span)
      case .show(let expressions): for expression in expressions { checkShow(expression) }
      case .plot(let expressions): for expression in expressions { checkPlot(expression) }
      case .check(let expressions):
        for expression in expressions { checkPredictiveCheck(expression) }
      case .save(let value, let path, let span): checkSave(value, path, span, item.span)
      default: break
      }
    }
  }

  func fitIndex(_ expression: Expression) -> Int? {
    guard case .name(let name) = expression.kind else {
      error("E0602", "the name of a fit belongs here", at: expression.span)
      return nil
    }
    if let index = fitsByName[name] { return index }
    if let (prediction, _) = predictionsByName[name] {
      error(
        "E0602",
        "`\(name)` is a prediction, and a fit belongs here",
        at: expression.span,
        also: [.init(model.predictions[prediction].name.span, "made here")],
        help: "name the fit that it is given"
      )
      return nil
    }
    if !silencedNames.contains(name) {
      error(
        "E0602",
        "there is no fit `\(name)` before this line",
        at: expression.span,
        help: suggestion(for: name, among: Array(fitsByName.keys)).map { "did you mean `\($0)`?" }
          ?? "fit it first: `infer \(name) = nuts()`"
      )
    }
    return nil
  }

  /// A fit is saved as a directory or its weights as a file, and values as an array of numbers.
  private func checkSave(
    _ expression: Expression,
    _ path: String,
    _ pathSpan: SourceSpan,
    _ span: SourceSpan
  ) {
    let isName = if case .name = expression.kind { true } else { false }
    guard path.hasSuffix(".npy") || !isName else {
      if let fit = fitIndex(expression) {
        model.script.append(.save(fit: fit, path: path, span: span))
      }
      return
    }
    if case .name(let name) = expression.kind, let fit = fitsByName[name] {
      error(
        "E0602",
        "the fit `\(name)` is no array",
        at: expression.span,
        also: [.init(model.fits[fit].name.span, "made here")],
        help: "save one of its quantities: `save \(name).x to \"\(path)\"`, or the fit as"
          + " `\(path.dropLast(4)).zarr`"
      )
      return
    }
    let value = checkExpression(expression)
    guard !value.type.isInvalid else { return }
    guard path.hasSuffix(".npy") else {
      error(
        "E0602",
        "values are saved as an array in NumPy's form",
        at: pathSpan,
        also: [.init(value.span, "this is no fit")],
        help: "let the path end in `.npy`"
      )
      return
    }
    guard value.type.element != .string else {
      error("E0302", "numbers are saved", at: value.span, "this is text")
      return
    }
    model.script.append(.saveValue(value, path: path))
  }

  private func checkShow(_ expression: Expression) {
    if case .name(let name) = expression.kind, variablesByName[name] == nil,
      let (prediction, _) = predictionsByName[name]
    {
      model.script.append(.showPrediction(prediction))
      return
    }
    if case .name(let name) = expression.kind, variablesByName[name] == nil,
      scope.lookup(name) == nil, fitsByName[name] != nil || dimensionsByName[name] == nil
    {
      if let fit = fitIndex(expression) { model.script.append(.showFit(fit)) }
      return
    }
    if case .call(let callee, let arguments) = expression.kind,
      let criterion = PredictiveCriterion(rawValue: callee.text),
      functionsByName[callee.text] == nil
    {
      checkAccuracy(criterion, arguments, expression.span)
      return
    }
    if case .call(let callee, let arguments) = expression.kind,
      functionsByName[callee.text] == nil
    {
      if let score = PredictionScore(rawValue: callee.text) {
        checkScore(score, arguments, expression.span)
        return
      }
      if callee.text == "confusion" {
        checkConfusion(arguments, expression.span)
        return
      }
      if callee.text == "elbo" {
        checkBound(arguments, expression.span)
        return
      }
      if callee.text == "probabilities" {
        checkProbabilities(arguments, expression.span)
        return
      }
      if callee.text == "marginal_likelihood" {
        checkMarginalLikelihood(arguments, expression.span)
        return
      }
    }
    if case .call(let callee, _) = expression.kind,
      ["compare", "bayes_factor"].contains(callee.text), functionsByName[callee.text] == nil
    {
      notBuilt("`\(callee.text)`", at: callee.span)
      return
    }
    let value = checkExpression(expression)
    guard !value.type.isInvalid else { return }
    guard value.type.element != .string else {
      error("E0302", "`show` prints numbers and fits", at: value.span, "this is text")
      return
    }
    model.script.append(.showValue(value))
  }

  private func checkAccuracy(
    _ criterion: PredictiveCriterion,
    _ arguments: Arguments,
    _ span: SourceSpan
  ) {
    let name = criterion.rawValue
    guard case .list(let list) = arguments, (1...2).contains(list.count), list[0].label == nil,
      list.count == 1 || list[1].label?.text == "by"
    else {
      error(
        "E0602",
        "`\(name)` takes one fit",
        at: span,
        help: "write `\(name)(post)`, or `\(name)(post, by: d)` to leave out all of an index of d"
      )
      return
    }
    guard let fit = fitIndex(list[0].value) else { return }
    var groups: ObservationGroups?
    if list.count == 2 {
      guard let found = observationGroups(list[1].value) else { return }
      groups = found
    }
    model.script.append(.showAccuracy(criterion, fit: fit, by: groups, span: span))
  }

  /// A dimension, or data that hold an index for each observation.
  private func observationGroups(_ expression: Expression) -> ObservationGroups? {
    if case .name(let name) = expression.kind {
      if let id = variablesByName[name] {
        let variable = model.variables[id.index]
        switch (variable.role, variable.type.element) {
        case (.data, .index), (.computed, .index): return .data(id, span: expression.span)
        default: break
        }
      }
      if let id = dimensionsByName[name] { return .dimension(id, span: expression.span) }
    }
    error(
      "E0602",
      "observations are grouped by a dimension, or by data that hold an index for each",
      at: expression.span,
      help: "for instance `by: person`, or `by: person_of`"
    )
    return nil
  }

  // MARK: infer

  private static let foreignSettings: [String: String] = [
    "samples": "draws", "iter": "draws", "num_samples": "draws", "iter_sampling": "draws",
    "tune": "warmup", "iter_warmup": "warmup", "burnin": "warmup", "num_warmup": "warmup",
    "adapt_delta": "target_accept", "max_treedepth": "max_depth", "cores": "chains",
    "init": "start", "initvals": "start",
    "num_chains": "chains", "random_seed": "seed", "max_steps": "steps", "num_steps": "steps",
    "n_steps": "steps", "batch_size": "batch", "lr": "optimizer", "learning_rate": "optimizer",
    "num_flows": "layers", "num_transforms": "layers", "hidden_dim": "hidden",
    "hidden_dims": "hidden",
    "num_threads": "threads", "num_workers": "threads", "workers": "threads",
    "early_stopping": "patience", "validation_split": "validation",
    "n_epochs": "epochs", "num_epochs": "epochs", "grad_clip": "clip", "clip_norm": "clip",
  ]

  private func checkInference(_ name: Name, _ engine: Expression, _ span: SourceSpan) {
    if fitsByName[name.text] != nil || variablesByName[name.text] != nil
      || predictionsByName[name.text] != nil
    {
      error(
        "E0402",
        "`\(name.text)` names something already",
        at: name.span,
        help: "give the fit another name"
      )
      return
    }
    guard case .call(let callee, .list(let arguments)) = engine.kind else {
      error(
        "E0601",
        "an inference engine belongs here",
        at: engine.span,
        help: "write `nuts()`"
      )
      silencedNames.insert(name.text)
      return
    }
    if callee.text == "auto" {
      let choice = automaticChoice()
      let chosen = Name(choice.engine, span: callee.span)
      let call = Expression(.call(chosen, .list(arguments)), span: engine.span)
      let count = model.fits.count
      checkInference(name, call, span)
      if model.fits.count > count { model.fits[count].reasons = choice.reasons }
      return
    }
    guard let signature = engines[callee.text] else {
      silencedNames.insert(name.text)
      reportEngine(callee)
      return
    }
    let known = signature.settings.map(\.name)
    if callee.text == "prior" { checkSimulation(from: span) }
    var settings: [String: CheckedInference.Setting] = [:]
    for argument in arguments {
      guard let label = argument.label else {
        if case .name(let model) = argument.value.kind, silencedNames.contains(model) { continue }
        error(
          "E0601",
          "the settings of an engine are named",
          at: argument.value.span,
          help: "for instance `nuts(chains: 4, draws: 1000, seed: 1)`"
        )
        continue
      }
      guard let declared = signature.setting(label.text) else {
        let near =
          Self.foreignSettings[label.text].flatMap { known.contains($0) ? $0 : nil }
          ?? suggestion(for: label.text, among: known)
        error(
          "E0601",
          "`\(callee.text)` has no setting `\(label.text)`",
          at: label.span,
          help: near.map { "did you mean `\($0)`?" }
            ?? engineWithSetting(label.text).map { "`\($0)` has it" }
            ?? "its settings are \(known.sorted().joined(separator: ", "))"
        )
        continue
      }
      if settings[label.text] != nil {
        error("E0601", "`\(label.text)` is set twice", at: label.span, help: "remove one of them")
      }
      let setting =
        label.text == "summary"
        ? checkSummary(argument.value)
        : checkTrainingSetting(label.text, argument.value)
          ?? checkSetting(declared, argument.value)
      if let setting { settings[label.text] = setting }
    }
    if settings["steps"] != nil, settings["epochs"] != nil {
      error(
        "E0601",
        "the length is given twice, by `steps` and by `epochs`",
        at: engine.span,
        help: "remove one of them"
      )
    }
    if signature.kind == .comparison { checkComparison(&settings, engine.span) }
    if callee.text == "vi" { checkGuide(settings, engine.span) }
    if callee.text != "svi", case .guide? = settings["guide"] {
      error(
        "E0601",
        "a guide of the program belongs to `svi`",
        at: engine.span,
        help: "write `svi(guide: …)`"
      )
    }
    if callee.text == "svi" { checkStochasticGuide(settings, engine.span) }
    checkValidation(settings, engine.span)
    checkQuasiNewton(callee, settings, engine.span)
    checkBlocks(signature, arguments)
    checkThreads(settings, engine.span)
    checkAugmentation(settings, engine.span)
    checkFitted(callee, settings)
    fitsByName[name.text] = model.fits.count
    model.script.append(.infer(model.fits.count))
    model.fits.append(
      CheckedInference(name: name, engine: callee.text, settings: settings, span: span)
    )
  }

  /// The one engine that has a setting; nil if there are several or none.
  private func engineWithSetting(_ label: String) -> String? {
    let owners = engines.engines.filter { $0.setting(label) != nil }
    return owners.count == 1 ? owners.first?.name : nil
  }

  private func reportEngine(_ callee: Name) {
    error(
      "E0601",
      "there is no engine `\(callee.text)`",
      at: callee.span,
      help: engineMeant(by: callee.text)
    )
  }

  private func engineMeant(by name: String) -> String {
    switch name.lowercased() {
    case "advi", "meanfield", "mean_field": return "did you mean `vi(guide: mean_field)`?"
    case "fullrank", "full_rank", "fullrank_advi": return "did you mean `vi(guide: full_rank)`?"
    case "iaf", "flow", "flows", "normalizing_flow": return "did you mean `vi(guide: iaf)`?"
    case "coupling", "realnvp", "real_nvp": return "did you mean `vi(guide: coupling)`?"
    case "dadvi": return "did you mean `vi(method: deterministic)`?"
    default: break
    }
    let meant =
      engines.engine(foreignName: name)?.name
      ?? suggestion(for: name.lowercased(), among: engines.engines.map(\.name))
    if let meant { return "did you mean `\(meant)`?" }
    return "use `nuts()`, or one of \(engines.engines.map(\.name).joined(separator: ", "))"
  }

  /// Reports settings of `vi` that do not go together.
  private func checkGuide(_ settings: [String: CheckedInference.Setting], _ span: SourceSpan) {
    func isWord(_ label: String, _ word: String) -> Bool {
      if case .word(word)? = settings[label] { true } else { false }
    }
    if isWord("method", "deterministic"), settings["guide"] != nil,
      !isWord("guide", "mean_field")
    {
      error(
        "E0601",
        "`method: deterministic` has a mean field as guide",
        at: span,
        help: "leave out `guide`: the covariance comes from the linear response"
      )
    }
    if settings["rank"] != nil, !isWord("guide", "low_rank") {
      error(
        "E0601",
        "`rank` belongs to `guide: low_rank`",
        at: span,
        help: "write `vi(guide: low_rank, rank: …)`, or leave out `rank`"
      )
    }
    for label in ["layers", "hidden"]
    where settings[label] != nil && !isWord("guide", "iaf") && !isWord("guide", "coupling") {
      error(
        "E0601",
        "`\(label)` belongs to the guides that are flows",
        at: span,
        help: "write `vi(guide: iaf, \(label): …)` or `vi(guide: coupling, \(label): …)`, or"
          + " leave out `\(label)`"
      )
    }
  }

  private func checkSetting(_ setting: EngineSetting, _ expression: Expression)
    -> CheckedInference.Setting?
  {
    let label = setting.name
    if case .latents = setting.kind { return checkLatents(setting, expression) }
    if case .word(let words) = setting.kind {
      switch expression.kind {
      case .name(let word) where words.contains(word): return .word(word)
      case .string(let word) where words.contains(word): return .word(word)
      default:
        error(
          "E0601",
          "`\(label)` is " + words.map { "`\($0)`" }.joined(separator: " or "),
          at: expression.span,
          help: "write `\(label): \(words[0])` (the default) or "
            + words.dropFirst().map { "`\(label): \($0)`" }.joined(separator: " or ")
        )
        return nil
      }
    }
    let value = checkExpression(expression)
    guard !value.type.isInvalid else { return nil }
    guard let number = literal(value) else {
      error(
        "E0601",
        "`\(label)` must be a literal number",
        at: expression.span,
        help: "write the number; an option of the command line can replace it"
      )
      return nil
    }
    let (isInside, requirement): (Bool, String) =
      switch setting.kind {
      case .count(let range):
        (
          number >= Double(range.lowerBound) && number <= Double(range.upperBound)
            && number == number.rounded(),
          "an integer from \(range.lowerBound) to \(range.upperBound)"
        )
      case .positive(let bound): (number > 0 && number < bound, "a number greater than 0")
      case .probability, .word, .latents, .structured: (number > 0 && number < 1, "between 0 and 1")
      }
    guard isInside else {
      error(
        "E0601",
        "`\(label)` must be \(requirement)",
        at: expression.span,
        help: "left out, it is \(setting.standard.words) (\(setting.summary))"
      )
      return nil
    }
    return .number(number)
  }
}
