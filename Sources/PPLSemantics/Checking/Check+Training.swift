import PPLSourceText
import PPLSyntax
import PPLTypeSystem

// Settings of fits by steps.

extension ModelChecker {
  /// The optimisers with the names of their numbers; the first may stand without its name.
  private static let optimizers: [String: [String]] = [
    "sgd": ["rate", "momentum", "nesterov", "weight_decay", "l1"],
    "rmsprop": ["rate", "decay", "epsilon", "weight_decay", "l1"],
    "adam": ["rate", "beta1", "beta2", "epsilon", "weight_decay", "l1"],
    "adamw": ["rate", "beta1", "beta2", "epsilon", "weight_decay", "l1"],
    "lbfgs": ["history", "weight_decay"],
  ]

  /// Reads a setting whose value is more than a number or a word; nil for other settings, and for what was reported.
  func checkTrainingSetting(_ label: String, _ expression: Expression)
    -> CheckedInference.Setting?
  {
    switch label {
    case "batch": return checkBatch(expression) ?? .word("")
    case "guide":
      guard case .name(let name) = expression.kind else { return nil }
      if let guide = guidesByName[name] { return .guide(guide) }
      guard !EngineSetting.guideFamilies.contains(name) else { return nil }
      let names = guidesByName.keys.sorted()
      error(
        "E0601",
        "there is no guide `\(name)`",
        at: expression.span,
        help: suggestion(for: name, among: names + EngineSetting.guideFamilies).map {
          "did you mean `\($0)`?"
        }
          ?? (names.isEmpty
            ? "declare it: `guide \(name) { z[d] ~ … }`"
            : "the program has \(names.joined(separator: ", "))")
      )
      return .word("")
    case "load":
      guard case .string(let path) = expression.kind else {
        error(
          "E0601",
          "`load` takes the path of a file of weights",
          at: expression.span,
          help: "write `load: \"net.safetensors\"`"
        )
        return .word("")
      }
      return .path(path, span: expression.span)
    case "freeze": return checkFrozen(expression)
    case "validation": return checkValidation(expression)
    case "augment": return checkAugmentation(expression)
    case "optimizer": return checkOptimizer(expression) ?? .word("")
    default: return nil
    }
  }

  private func checkBatch(_ expression: Expression) -> CheckedInference.Setting? {
    guard case .record(let fields) = expression.kind else {
      error(
        "E0601",
        "`batch` says how many rows of a dimension a step sees",
        at: expression.span,
        help: "write `batch: (d: 64)`"
      )
      return nil
    }
    var rows: [DimensionID: Int] = [:]
    for field in fields {
      guard let id = dimensionsByName[field.name.text] else {
        reportUnknownDimension(field.name.text, at: field.name.span)
        return nil
      }
      guard rows[id] == nil else {
        error("E0601", "`\(field.name.text)` is set twice", at: field.name.span)
        return nil
      }
      if model.dimensions[id.index].parent != nil || isParent(id) {
        notBuilt("a batch of a ragged dimension", at: field.name.span)
        return nil
      }
      let value = checkExpression(field.value)
      guard !value.type.isInvalid else { return nil }
      guard let number = literal(value), let count = Int(exactly: number), count >= 1 else {
        error("E0601", "a batch has a literal number of rows, at least 1", at: field.value.span)
        return nil
      }
      rows[id] = count
    }
    return .rows(rows)
  }

  /// A share of the rows, or other data.
  private func checkValidation(_ expression: Expression) -> CheckedInference.Setting {
    switch expression.kind {
    case .string, .record: return checkSource(expression).map { .source($0) } ?? .word("")
    default: break
    }
    let value = checkExpression(expression)
    guard !value.type.isInvalid else { return .word("") }
    guard let number = literal(value), number > 0, number < 1 else {
      error(
        "E0620",
        "`validation` is the share of rows that are held out, or a file of other rows",
        at: expression.span,
        help: "write `validation: 0.1`, or `validation: \"valid.csv\"`"
      )
      return .word("")
    }
    return .number(number)
  }

  /// Reports settings about rows that are held out which do not go together.
  func checkValidation(_ settings: [String: CheckedInference.Setting], _ span: SourceSpan) {
    if settings["patience"] != nil, settings["validation"] == nil {
      error(
        "E0620",
        "`patience` ends a fit by rows that are held out, and there are none",
        at: span,
        help: "add `validation: 0.1`, or a file of other rows"
      )
    }
    if settings["patience"] != nil, case .word("true")? = settings["average"] {
      error(
        "E0620",
        "`patience` ends with the parameters of one epoch, and `average` with the mean of several",
        at: span,
        help: "leave out one of them"
      )
    }
    guard let validation = settings["validation"] else { return }
    var batched: Int?
    if case .rows(let rows)? = settings["batch"] { batched = rows.count }
    if case .number = validation, batched == nil, settings["batch"] == nil {
      error(
        "E0620",
        "rows are held out of a batched dimension, and there is none",
        at: span,
        help: "say of which: `batch: (d: 64)`"
      )
    } else if let batched, batched > 1 {
      error(
        "E0620",
        "rows are held out of one batched dimension, and there are \(batched)",
        at: span,
        help: "leave out `validation`, or all dimensions of `batch` but one"
      )
    }
  }

  private func isParent(_ id: DimensionID) -> Bool {
    model.dimensions.contains { $0.parent == id }
  }

  /// The weights that `f`, `f.dense_1` or a list of these mean.
  private func checkFrozen(_ expression: Expression) -> CheckedInference.Setting {
    let parts: [Expression]
    if case .list(let elements) = expression.kind { parts = elements } else { parts = [expression] }
    var chosen: [VariableID] = []
    for part in parts {
      var path: [String] = []
      var root = part
      while case .member(let inner, let name) = root.kind {
        path.insert(name.text, at: 0)
        root = inner
      }
      var weights: [VariableID] = []
      if case .name(let name) = root.kind, let net = checkedNets[name] ?? nil {
        let prefix = ([name] + path).joined(separator: ".")
        weights = model.nets[net.index].layers.flatMap { model.layers[$0.index].weights }.filter {
          let full = model.variables[$0.index].name.text
          return full == prefix || full.hasPrefix(prefix + ".")
        }
      }
      guard !weights.isEmpty else {
        error(
          "E0601",
          "`freeze` takes nets, or layers of nets",
          at: part.span,
          help: "for instance `freeze: [f.conv2d_1, f.dense_1]`"
        )
        continue
      }
      chosen += weights
    }
    return .quantities(chosen)
  }

  private func checkOptimizer(_ expression: Expression) -> CheckedInference.Setting? {
    guard case .call(let callee, .list(let arguments)) = expression.kind,
      let names = Self.optimizers[callee.text]
    else {
      error(
        "E0601",
        "an optimizer belongs here",
        at: expression.span,
        help:
          "write `adam(0.001)`, `adamw(0.001)`, `rmsprop(0.001)`, `sgd(0.001)`, or `lbfgs()`"
      )
      return nil
    }
    var numbers: [String: Double] = [:]
    for (place, argument) in arguments.enumerated() {
      let name = argument.label?.text ?? (place == 0 ? names[0] : nil)
      guard let name, names.contains(name) else {
        error(
          "E0601",
          argument.label.map { "`\(callee.text)` has no setting `\($0.text)`" }
            ?? "the settings of an optimizer behind the first are named",
          at: argument.label?.span ?? argument.value.span,
          help: "its settings are \(names.joined(separator: ", "))"
        )
        return nil
      }
      guard numbers[name] == nil else {
        error("E0601", "`\(name)` is set twice", at: argument.value.span)
        return nil
      }
      let value = checkExpression(argument.value)
      guard !value.type.isInvalid else { return nil }
      guard let number = literal(value), number.isFinite, number >= 0,
        name == "nesterov" || !Self.shares.contains(name) || number < 1
      else {
        error(
          "E0601",
          Self.shares.contains(name)
            ? "`\(name)` must be a literal number of at least 0 and below 1"
            : "`\(name)` must be a literal number of at least 0",
          at: argument.value.span
        )
        return nil
      }
      numbers[name] = number
    }
    if callee.text == "lbfgs" {
      let history = numbers["history"] ?? 10
      guard history >= 1, history <= 1000, history == history.rounded() else {
        error("E0601", "`history` must be an integer from 1 to 1000", at: expression.span)
        return nil
      }
      return .call(callee.text, numbers)
    }
    guard numbers["rate"] != nil else {
      error(
        "E0601",
        "`\(callee.text)` needs its step size",
        at: callee.span,
        help: "for instance `\(callee.text)(0.001)`"
      )
      return nil
    }
    return .call(callee.text, numbers)
  }

  /// Numbers of optimisers that lie below 1.
  private static let shares: Set<String> = ["momentum", "decay", "beta1", "beta2"]

  /// Reports what does not go with quasi-Newton steps: they need one function of the parameters, without randomness.
  func checkQuasiNewton(
    _ callee: Name,
    _ settings: [String: CheckedInference.Setting],
    _ span: SourceSpan
  ) {
    guard case .call("lbfgs", _)? = settings["optimizer"] else { return }
    func refuse(_ reason: String, _ place: Diagnostic.Label? = nil, help: String) {
      error(
        "E0622",
        "`lbfgs` needs an objective without randomness, and \(reason)",
        at: span,
        also: place.map { [$0] } ?? [],
        help: help
      )
    }
    if callee.text == "svi" {
      refuse(
        "`svi` draws in each step",
        help: "`vi(method: deterministic)` takes quasi-Newton steps over fixed draws"
      )
    }
    let random = model.layers.first { layer in
      if case .dropout(let rate) = layer.layer { rate > 0 } else { layer.layer.hasModes }
    }
    if let random {
      let isAverage = if case .batchNormalization = random.layer { true } else { false }
      refuse(
        isAverage ? "`BatchNorm` goes by averages over steps" : "`Dropout` draws in each step",
        .init(random.span, isAverage ? "moved here" : "drawn here"),
        help: isAverage
          ? "use `adam(0.001)`, or `LayerNorm`" : "use `adam(0.001)`, or leave out `Dropout`"
      )
    }
    for name in ["schedule", "clip", "average"] where settings[name] != nil {
      error(
        "E0622",
        "`lbfgs` finds the length of each step, so that `\(name)` has nothing to do",
        at: span,
        help: "leave it out"
      )
    }
  }

  /// Reports threads that could not share the rows of a step.
  func checkThreads(_ settings: [String: CheckedInference.Setting], _ span: SourceSpan) {
    guard case .number(let number)? = settings["threads"], number > 1 else { return }
    let threads = Int(number)
    func refuse(_ reason: String, _ place: Diagnostic.Label? = nil, help: String) {
      error(
        "E0629",
        "\(threads) threads share the rows of a step, and \(reason)",
        at: span,
        also: place.map { [$0] } ?? [],
        help: help
      )
    }
    guard let batch = settings["batch"] else {
      refuse("there is no `batch`", help: "say of which: `batch: (d: 64)`, or leave out `threads`")
      return
    }
    guard case .rows(let rows) = batch else { return }
    if rows.count > 1 {
      refuse(
        "`batch` has those of \(rows.count) dimensions",
        help: "leave out `threads`, or all dimensions of `batch` but one"
      )
    }
    for count in rows.values where count % threads != 0 {
      let less = count / threads * threads
      refuse(
        "\(count) rows have no \(threads) equal parts",
        help: "take \(less > 0 ? "\(less) or " : "")\(less + threads) rows"
      )
    }
    let layer = model.layers.first { layer in
      if case .batchNormalization = layer.layer { true } else { false }
    }
    if let layer {
      refuse(
        "`BatchNorm` goes by all of them",
        .init(layer.span, "sees the rows of a step together"),
        help: "leave out `threads`, or use `LayerNorm`"
      )
    }
  }

  /// Reports a guide that fits by steps do not have.
  func checkStochasticGuide(_ settings: [String: CheckedInference.Setting], _ span: SourceSpan) {
    guard case .word(let word)? = settings["guide"], !word.isEmpty, word != "mean_field" else {
      return
    }
    error(
      "E0601",
      "`svi` has no guide `\(word)`",
      at: span,
      help:
        "use `guide: mean_field`, or a guide of the program; `vi` has `\(word)`"
    )
  }

  /// Whether an engine goes by steps where layers keep averages over these; reports it if not.
  private func checkRunningStatistics(
    _ callee: Name,
    _ settings: [String: CheckedInference.Setting]
  ) -> Bool {
    let kept = model.variables.indices.first { index in
      guard case .modeled(.fitted) = model.variables[index].role else { return false }
      return model.isRunningStatistic(VariableID(index))
    }
    let inference = CheckedInference(
      name: callee,
      engine: callee.text,
      settings: settings,
      span: callee.span
    )
    guard let kept, callee.text != "prior", !inference.goesBySteps else { return true }
    let variable = model.variables[kept]
    error(
      "E0314",
      "`\(variable.name.text)` is an average over steps, and `\(callee.text)` makes none",
      at: callee.span,
      also: [.init(variable.name.span, "this layer couples the examples of a step")],
      help: callee.text == "map"
        ? "say how long to go on: `map(steps: 1000)`, `map(batch: (d: 64), epochs: 10)`"
        : "fit by steps, `map(steps: …)` or `svi()`; or use `LayerNorm`, which is a function of one"
          + " example; or give the averages values with `=`"
    )
    return false
  }

  /// Reports quantities without prior under an engine that needs one.
  func checkFitted(_ callee: Name, _ settings: [String: CheckedInference.Setting]) {
    guard checkRunningStatistics(callee, settings),
      !["map", "svi", "train"].contains(callee.text)
    else { return }
    let fitted = model.variables.indices.filter { index in
      if case .modeled(.fitted) = model.variables[index].role { true } else { false }
    }
    guard let first = fitted.first else { return }
    let variable = model.variables[first]
    let net = model.weights[VariableID(first)].map { weight in
      model.nets[model.layers[weight.layer.index].net.index].name.text
    }
    let weights = model.variables.indices.filter { index in
      guard let weight = model.weights[VariableID(index)], let net else { return false }
      return model.nets[model.layers[weight.layer.index].net.index].name.text == net
    }
    if let net, weights.contains(where: { !fitted.contains($0) }) {
      // Some have one: name those that lack it.
      let names = fitted.filter(weights.contains).map { model.variables[$0].name.text }
      error(
        "E0613",
        "\(names.count) arrays of weights of `\(net)` have no prior, which `\(callee.text)` needs",
        at: callee.span,
        also: [.init(variable.name.span, "fitted, not inferred")],
        help: "give one to \(names.prefix(3).map { "`\($0)`" }.joined(separator: ", "))"
          + (names.count > 3 ? ", …" : "")
      )
      return
    }
    error(
      "E0613",
      net.map { "the weights of `\($0)` have no prior, which `\(callee.text)` needs" }
        ?? "`\(variable.name.text)` has no prior, which `\(callee.text)` needs",
      at: callee.span,
      also: [.init(variable.name.span, "fitted, not inferred")],
      help: net.map {
        "give them one, `\($0).weights ~ Normal(0, 1)`, or fit them: `train()`, `svi()`"
      }
        ?? "give it one with `~`, or fit it: `train()`, `svi()`"
    )
  }
}
