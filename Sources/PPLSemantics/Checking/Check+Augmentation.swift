import PPLSourceText
import PPLSyntax
import PPLTypeSystem

// `augment: (raw: [crop(2), mirror()])`.

extension ModelChecker {
  /// The changes with the names of their amounts; the first stands without its name.
  private static let changes: [String: [String]] = [
    "crop": ["pixels"], "shift": ["steps"], "mirror": [], "brightness": ["amount"],
    "contrast": ["amount"], "colour": ["saturation", "hue"], "noise": ["sd"],
  ]

  /// Names of other systems.
  private static let foreignChanges: [String: String] = [
    "flip": "mirror", "random_flip": "mirror", "horizontal_flip": "mirror", "color": "colour",
    "saturation": "colour", "random_crop": "crop", "jitter": "noise", "gaussian_noise": "noise",
    "translate": "shift",
  ]

  /// Dimensions that are taken as the channels of images.
  private static let channelNames: Set<String> = [
    "channel", "channels", "colour", "color", "rgb", "band",
  ]

  func checkAugmentation(_ expression: Expression) -> CheckedInference.Setting {
    guard case .record(let fields) = expression.kind else {
      error(
        "E0624",
        "`augment` says how data are changed",
        at: expression.span,
        help: "write `augment: (raw: [crop(2), mirror()])`"
      )
      return .augmentations([])
    }
    var result: [DataAugmentation] = []
    for field in fields {
      guard let id = variablesByName[field.name.text], let layout = augmentedLayout(id, field.name)
      else {
        if variablesByName[field.name.text] == nil {
          let data = variablesByName.filter { model.variables[$0.value.index].stage == .data }
          error(
            "E0625",
            "there are no data `\(field.name.text)`",
            at: field.name.span,
            help: suggestion(for: field.name.text, among: data.keys.sorted()).map {
              "did you mean `\($0)`?"
            }
          )
        }
        continue
      }
      let parts: [Expression]
      if case .list(let elements) = field.value.kind {
        parts = elements
      } else {
        parts = [field.value]
      }
      let changes = parts.compactMap { checkChange($0, layout, field.name.text) }
      result.append(
        DataAugmentation(variable: id, layout: layout, changes: changes, span: field.value.span)
      )
    }
    return .augmentations(result)
  }

  /// What the axes of data are; nil where they cannot be augmented, which is reported.
  private func augmentedLayout(_ id: VariableID, _ name: Name) -> AugmentedLayout? {
    let variable = model.variables[id.index]
    func refuse(_ reason: String, help: String) -> AugmentedLayout? {
      error(
        "E0625",
        "`\(name.text)` cannot be augmented",
        at: name.span,
        reason,
        also: [.init(variable.name.span, "declared here")],
        help: help
      )
      return nil
    }
    switch variable.role {
    case .data, .computed: break
    case .modeled, .predicted:
      return refuse("it is no data", help: "augment the data that a net or statement reads")
    }
    switch variable.type.element {
    case .real, .integer: break
    case .boolean, .index, .string, .record, .invalid:
      return refuse("its elements are no numbers", help: "augment the numbers that it goes with")
    }
    let axes = variable.type.axes
    guard let batch = axes.first?.dimension, case .dimension = axes[0] else {
      return refuse("it has no axis of rows", help: "augment data over the batched dimension")
    }
    guard !axes.dropFirst().contains(where: { $0.dimension == batch }) else {
      return refuse("its rows are not apart", help: "augment data with one axis of rows")
    }
    switch axes.count {
    case 1: return .numbers
    case 2: return .series
    case 3: return .image(channel: nil)
    case 4:
      let named = axes.dropFirst().firstIndex { axis in
        axis.dimension.map { Self.channelNames.contains(model.dimensions[$0.index].name.text) }
          ?? false
      }
      return .image(channel: named.map { $0 - 1 } ?? 0)
    default:
      return refuse(
        "it has \(axes.count) axes",
        help: "images have rows and columns behind the batched dimension, and channels at most"
      )
    }
  }

  private func checkChange(_ expression: Expression, _ layout: AugmentedLayout, _ data: String)
    -> Augmentation?
  {
    guard case .call(let callee, .list(let arguments)) = expression.kind else {
      error(
        "E0624",
        "a change of data belongs here",
        at: expression.span,
        help: "for instance `crop(2)`, `mirror()` or `noise(0.1)`"
      )
      return nil
    }
    guard let names = Self.changes[callee.text] else {
      let meant =
        Self.foreignChanges[callee.text]
        ?? suggestion(for: callee.text, among: Self.changes.keys.sorted())
      error(
        "E0624",
        "there is no change `\(callee.text)`",
        at: callee.span,
        help: meant.map { "did you mean `\($0)`?" }
          ?? "there are \(Self.changes.keys.sorted().joined(separator: ", "))"
      )
      return nil
    }
    guard fits(callee, layout, data), let amounts = checkAmounts(callee, arguments, names) else {
      return nil
    }
    let first = names.first.flatMap { amounts[$0] } ?? 0
    switch callee.text {
    case "crop", "shift":
      guard first == first.rounded(), first <= 10_000 else {
        error("E0624", "`\(callee.text)` takes a whole number", at: expression.span)
        return nil
      }
      return .translation(Int(first))
    case "mirror": return .mirror
    case "brightness": return .brightness(first)
    case "contrast": return .contrast(first)
    case "colour": return .colour(saturation: first, hue: amounts["hue"] ?? 0)
    default: return .noise(first)
    }
  }

  /// Whether a change goes with what the axes are; if not, that is reported.
  private func fits(_ callee: Name, _ layout: AugmentedLayout, _ data: String) -> Bool {
    let reason: String? =
      switch (callee.text, layout) {
      case ("noise", _), ("shift", .series), ("shift", .image), ("colour", .image(.some)): nil
      case ("colour", .image): "`\(data)` has no axis of channels"
      case ("shift", .numbers): "`\(data)` has no axis along which it could move"
      case (_, .image): nil
      case (_, .series), (_, .numbers): "`\(data)` has no rows and columns"
      }
    guard let reason else { return true }
    error(
      "E0625",
      "`\(callee.text)` is for images, and \(reason)",
      at: callee.span,
      help: "images have rows and columns behind the batched dimension, series times"
    )
    return false
  }

  private func checkAmounts(_ callee: Name, _ arguments: [Argument], _ names: [String])
    -> [String: Double]?
  {
    var amounts: [String: Double] = [:]
    for (place, argument) in arguments.enumerated() {
      guard let name = argument.label?.text ?? (place == 0 ? names.first : nil),
        names.contains(name), amounts[name] == nil
      else {
        error(
          "E0624",
          "`\(callee.text)` does not take this",
          at: argument.label?.span ?? argument.value.span,
          help: names.isEmpty
            ? "write `\(callee.text)()`"
            : "it takes \(names.joined(separator: ", then by name "))"
        )
        return nil
      }
      let value = checkExpression(argument.value)
      guard !value.type.isInvalid else { return nil }
      guard let number = literal(value), number.isFinite, number >= 0,
        name != "hue" || number <= 0.5
      else {
        error(
          "E0624",
          name == "hue"
            ? "`hue` is a literal number of turns, from 0 to 0.5"
            : "`\(callee.text)` takes a literal number of at least 0",
          at: argument.value.span
        )
        return nil
      }
      amounts[name] = number
    }
    guard let first = names.first, amounts[first] == nil else { return amounts }
    error(
      "E0624",
      "`\(callee.text)` needs an amount",
      at: callee.span,
      help:
        "for instance `\(callee.text)(\(["crop", "shift"].contains(callee.text) ? "2" : "0.1"))`"
    )
    return nil
  }

  /// Reports augmented data whose rows are not those of the batch.
  func checkAugmentation(_ settings: [String: CheckedInference.Setting], _ span: SourceSpan) {
    guard case .augmentations(let augmentations)? = settings["augment"] else { return }
    var batched: Set<DimensionID> = []
    if case .rows(let rows)? = settings["batch"] { batched = Set(rows.keys) }
    for augmentation in augmentations {
      let variable = model.variables[augmentation.variable.index]
      guard let rows = variable.type.axes.first?.dimension, !batched.contains(rows) else {
        continue
      }
      let name = model.dimensions[rows.index].name.text
      error(
        "E0625",
        "rows of a batch are augmented, and `\(variable.name.text)` runs over `\(name)`",
        at: augmentation.span,
        help: "say that steps see some rows of it: `batch: (\(name): 64)`"
      )
    }
    if case .call("lbfgs", _)? = settings["optimizer"], !augmentations.isEmpty {
      error(
        "E0622",
        "`lbfgs` needs an objective without randomness, and `augment` draws in each step",
        at: span,
        help: "use `adam(0.001)`, or leave out `augment`"
      )
    }
  }
}
