import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension ModelChecker {
  /// Checks a layer of a net: its first argument is what it is applied to.
  func checkLayer(
    _ kind: LayerKind,
    _ callee: Name,
    _ arguments: Arguments,
    _ span: SourceSpan
  ) -> CheckedExpression {
    guard currentNet != nil else {
      error(
        "E0208",
        "layers stand in nets only",
        at: callee.span,
        help:
          "declare one: `net f(x: real[d]) -> real = x |> \(kind.signature.example) |> Dense(1)`"
      )
      return .invalid(span)
    }
    guard case .list(let list) = arguments, let first = list.first, first.label == nil else {
      error(
        "E0503",
        "`\(callee.text)` is applied to a value",
        at: span,
        help: "write `x |> \(kind.signature.example)`"
      )
      return .invalid(span)
    }
    let operand = checkExpression(first.value)
    guard let (settings, given) = layerSettings(kind, callee, Array(list.dropFirst())),
      !operand.type.isInvalid
    else { return .invalid(span) }
    let layer = Layer(kind, settings)
    guard let input = input(operand, of: layer, callee) else { return .invalid(span) }
    let wanted = layer.operands(for: input.type.axes.map { sized($0) })
    let axes: [SizedAxis]
    do throws(LayerShapeError) {
      axes = try layer.result(of: input.type.axes.map { sized($0) })
    } catch {
      self.error(
        "E0208",
        "`\(callee.text)` takes \(error.takes)",
        at: callee.span,
        also: [.init(operand.span, "this is \(describe(operand.type))")],
        help: error.help
      )
      return .invalid(span)
    }
    guard let others = operands(wanted, callee, given) else { return .invalid(span) }
    let id = add(layer, kind, input.type, callee.span)
    let keepsElement = !layer.makesReals
    let operands = [input] + others
    let known = operands.map(\.stage).max() ?? .data
    func value(_ result: Int) -> CheckedExpression {
      CheckedExpression(
        .layer(id, operands, result: result),
        type: ValueType(keepsElement ? input.type.element : .real, axes: axes.map(\.axis)),
        stage: model.layers[id.index].weights.isEmpty ? known : .random,
        span: span
      )
    }
    guard layer.resultFields.isEmpty else {
      return CheckedExpression(
        .record(layer.resultFields.enumerated().map { ($0.element, value($0.offset)) }),
        type: ValueType(.record),
        stage: known,
        span: span
      )
    }
    let value = value(0)
    guard let activation = settings.activation else { return value }
    return apply(activation, [value], Name(activation.rawValue, span: callee.span), span)
  }

  /// What a layer is applied to, as numbers or indices.
  private func input(_ operand: CheckedExpression, of layer: Layer, _ callee: Name)
    -> CheckedExpression?
  {
    guard layer.takesIndices else {
      let value = number(operand, "what `\(callee.text)` is applied to")
      return value.type.isInvalid ? nil : value
    }
    if case .index = operand.type.element { return operand }
    error(
      "E0208",
      "`\(callee.text)` takes indices of a dimension",
      at: callee.span,
      also: [.init(operand.span, "this is \(describe(operand.type))")],
      help: "declare what it is an index of: `c: word`, or make one: `word(c)`"
    )
    return nil
  }

  /// What a layer takes besides what it is applied to; nil for what was reported.
  private func operands(
    _ operands: [LayerOperand],
    _ callee: Name,
    _ given: [String: Expression]
  ) -> [CheckedExpression]? {
    var wholes: [String: CheckedExpression] = [:]
    var result: [CheckedExpression] = []
    for operand in operands {
      guard let expression = given[operand.setting] else { return nil }
      let whole = wholes[operand.setting] ?? checkWhole(expression)
      wholes[operand.setting] = whole
      guard !whole.type.isInvalid,
        let value = value(of: operand, whole, among: operands, callee)
      else { return nil }
      result.append(value)
    }
    return result
  }

  private func value(
    of operand: LayerOperand,
    _ whole: CheckedExpression,
    among operands: [LayerOperand],
    _ callee: Name
  ) -> CheckedExpression? {
    let fields = operands.filter { $0.setting == operand.setting }.compactMap(\.field)
    var value = whole
    if case .record(let given) = whole.kind {
      guard let field = operand.field, given.count == fields.count,
        let own = given.first(where: { $0.name == field })?.value
      else {
        let wanted =
          fields.isEmpty
          ? "one value" : "the record (\(fields.map { "\($0): …" }.joined(separator: ", ")))"
        error(
          "E0506",
          "`\(operand.setting)` of `\(callee.text)` is \(wanted)",
          at: whole.span,
          "this is a record of \(given.map { "`\($0.name)`" }.joined(separator: ", "))"
        )
        return nil
      }
      value = own
    } else if operand.field != nil {
      error(
        "E0506",
        "`\(operand.setting)` of `\(callee.text)` is the record"
          + " (\(fields.map { "\($0): …" }.joined(separator: ", ")))",
        at: whole.span,
        "this is \(describe(whole.type))"
      )
      return nil
    }
    let what = ([operand.setting] + [operand.field].compactMap(\.self)).joined(separator: ".")
    value = number(value, "`\(what)`")
    guard !value.type.isInvalid else { return nil }
    let agrees =
      value.type.rank == operand.axes.count
      && zip(value.type.axes, operand.axes).allSatisfy { own, wanted in
        wanted.map { unify(own, $0.axis) != nil } ?? true
      }
    guard agrees else {
      let wanted = operand.axes.map { axis in axis.map { describe($0.axis) } ?? "_" }
      error(
        "E0208",
        "`\(what)` of `\(callee.text)` "
          + (wanted.isEmpty
            ? "is one number" : "has the axes [\(wanted.joined(separator: ", "))]"),
        at: callee.span,
        also: [.init(value.span, "this is \(describe(value.type))")]
      )
      return nil
    }
    return value
  }

  /// Enters a layer of the present net with its weights.
  private func add(_ layer: Layer, _ kind: LayerKind, _ input: ValueType, _ span: SourceSpan)
    -> LayerID
  {
    let id = LayerID(model.layers.count)
    guard let net = currentNet else { return id }
    let number = (net.counts[kind] ?? 0) + 1
    currentNet?.counts[kind] = number
    currentNet?.layers.append(id)
    let name = "\(kind.rawValue.lowercased())_\(number)"
    model.layers.append(
      CheckedLayer(net: net.id, layer: layer, name: name, input: input, weights: [], span: span)
    )
    if shareWeights(of: id, number: (currentNet?.layers.count ?? 1) - 1) { return id }
    var categories: SizedAxis?
    if case .index(let dimension) = input.element { categories = sized(.dimension(dimension)) }
    let netName = model.nets[net.id.index].name.text
    let weights = layer.weights(for: input.axes.map { sized($0) }, categories: categories)
    for (position, weight) in weights.enumerated() {
      let variable = add(
        Variable(
          name: Name("\(netName).\(name).\(weight.name)", span: span),
          role: .modeled(.fitted),
          type: ValueType(.real, axes: weight.axes.map(\.axis)),
          plateRank: 0,
          equations: [],
          stage: .random
        )
      )
      model.weights[variable] = (id, position)
      model.layers[id.index].weights.append(variable)
    }
    return id
  }

  /// An axis with its size, where the text alone tells it.
  func sized(_ axis: Axis) -> SizedAxis {
    switch axis {
    case .dimension(let id): SizedAxis(axis, size: literalSizes[id])
    case .part: SizedAxis(axis, size: nil)
    case .anonymous(let size): SizedAxis(axis, size: size)
    case .literal(let size): SizedAxis(.anonymous(size), size: size)
    }
  }

  // MARK: Settings

  private func layerSettings(_ kind: LayerKind, _ callee: Name, _ arguments: [Argument])
    -> (settings: LayerSettings, operands: [String: Expression])?
  {
    let signature = kind.signature
    var operands: [String: Expression] = [:]
    var settings = LayerSettings()
    var isValid = true
    var unnamed: [Expression] = []
    for argument in arguments {
      guard let label = argument.label else {
        unnamed.append(argument.value)
        continue
      }
      guard let parameter = signature.parameters.first(where: { $0.name == label.text }) else {
        reportSetting(label, kind, callee)
        isValid = false
        continue
      }
      if parameter.setting == .operand { operands[label.text] = argument.value }
      if !take([argument.value], parameter, callee, &settings) { isValid = false }
    }
    for parameter in signature.parameters
    where parameter.isPositional && settings.values[parameter.name] == nil {
      if parameter.setting == .axes {
        if !unnamed.isEmpty, !take(unnamed, parameter, callee, &settings) { isValid = false }
        unnamed = []
      } else if !unnamed.isEmpty {
        if !take([unnamed.removeFirst()], parameter, callee, &settings) { isValid = false }
      }
    }
    if let more = unnamed.first {
      error(
        "E0503",
        "`\(callee.text)` takes nothing more here",
        at: more.span,
        help: "write `\(signature.example)`"
      )
      return nil
    }
    guard isValid else { return nil }
    let missing = signature.parameters.first { $0.isRequired && settings.values[$0.name] == nil }
    guard let missing else { return (settings, operands) }
    error(
      "E0503",
      "the argument `\(missing.name)` is missing",
      at: callee.span,
      help: "write `\(signature.example)`"
    )
    return nil
  }

  private func reportSetting(_ label: Name, _ kind: LayerKind, _ callee: Name) {
    let names = kind.signature.parameters.map(\.name)
    let near = suggestion(for: label.text, among: names)
    error(
      "E0503",
      "`\(callee.text)` has no setting `\(label.text)`",
      at: label.span,
      help: near.map { "did you mean `\($0)`?" }
        ?? (names.isEmpty
          ? "write `\(callee.text)` alone" : "its settings are \(names.joined(separator: ", "))")
    )
  }

  /// Reads one setting; false for what was reported.
  private func take(
    _ expressions: [Expression],
    _ parameter: LayerSignature.Parameter,
    _ callee: Name,
    _ settings: inout LayerSettings
  ) -> Bool {
    let expression = expressions[0]
    guard settings.values[parameter.name] == nil else {
      error("E0503", "`\(parameter.name)` is given twice", at: expression.span)
      return false
    }
    func fail(_ what: String, _ help: String? = nil) -> Bool {
      error(
        "E0503",
        "`\(parameter.name)` of `\(callee.text)` must be \(what)",
        at: expression.span,
        help: help
      )
      return false
    }
    switch parameter.setting {
    case .axis:
      guard let axis = layerAxis(expression) else { return false }
      settings.values[parameter.name] = .axis(axis)
    case .axes:
      var axes: [SizedAxis] = []
      for expression in expressions {
        guard let axis = layerAxis(expression) else { return false }
        axes.append(axis)
      }
      settings.values[parameter.name] = .axes(axes)
    case .function(let functions):
      guard case .name(let word) = expression.kind,
        let function = functions.first(where: { $0.rawValue == word })
      else {
        return fail("one of \(functions.map { "`\($0.rawValue)`" }.joined(separator: ", "))")
      }
      settings.values[parameter.name] = .function(function)
    case .operand: settings.values[parameter.name] = .operand
    case .positiveNumber:
      guard let value = literal(checkExpression(expression)), value > 0, value.isFinite else {
        return fail("a literal number greater than 0")
      }
      settings.values[parameter.name] = .number(value)
    case .count:
      guard let value = literal(checkExpression(expression)), let count = Int(exactly: value),
        count >= 1, count <= 1 << 20
      else { return fail("an integer of at least 1") }
      settings.values[parameter.name] = .number(value)
    case .share:
      guard let value = literal(checkExpression(expression)), value >= 0, value < 1 else {
        return fail("a literal number of at least 0 and below 1")
      }
      settings.values[parameter.name] = .number(value)
    case .window(let rank, let least):
      let parts: [Expression]
      if case .list(let elements) = expression.kind {
        parts = elements
      } else {
        parts = [expression]
      }
      var sizes: [Int] = []
      for part in parts {
        guard let number = literal(checkExpression(part)), let size = Int(exactly: number),
          size >= least, size <= Self.greatestWindow
        else { return fail("an integer of at least \(least), or a list of \(rank)") }
        sizes.append(size)
      }
      if sizes.count == 1 { sizes = [Int](repeating: sizes[0], count: rank) }
      guard sizes.count == rank else {
        return fail("an integer of at least \(least), or a list of \(rank)")
      }
      settings.values[parameter.name] = .window(sizes)
    case .flag:
      guard case .name(let word) = expression.kind, word == "true" || word == "false" else {
        return fail("`true` or `false`")
      }
      settings.values[parameter.name] = .flag(word == "true")
    case .initialization:
      let foreign = [
        "xavier": Initialization.glorotUniform, "xavier_uniform": .glorotUniform,
        "xavier_normal": .glorotNormal, "kaiming": .heUniform, "kaiming_uniform": .heUniform,
        "kaiming_normal": .heNormal,
      ]
      guard case .name(let word) = expression.kind, let value = Initialization(rawValue: word)
      else {
        let names = Initialization.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        var help: String?
        if case .string(let text) = expression.kind { help = "without quotes: `init: \(text)`" }
        if case .name(let word) = expression.kind, let own = foreign[word] {
          help = "write `init: \(own.rawValue)`"
        }
        return fail("one of \(names)", help)
      }
      settings.values[parameter.name] = .initialization(value)
    case .activation:
      guard case .name(let word) = expression.kind,
        let function = BuiltinFunction(rawValue: word),
        function.form == .elementwise || function == .softmax
      else {
        return fail(
          "the name of a built-in function of one number, or `softmax`",
          "for instance relu, tanh, sigmoid, gelu, silu, elu, leaky_relu, softplus; a function of your"
            + " own goes behind it: `|> f`"
        )
      }
      settings.values[parameter.name] = .activation(function)
    }
    return true
  }

  /// Steps, sizes and margins of a window at most, and units of a layer.
  private static let greatestWindow = 4096
  private static let mostUnits = 1 << 24

  private func layerAxis(_ expression: Expression) -> SizedAxis? {
    let count = diagnosticCount
    let axis = typeAxis(expression)
    guard diagnosticCount == count else { return nil }
    if case .anonymous(let size?) = axis, size < 1 || size > Self.mostUnits {
      error("E0503", "a layer has from 1 to \(Self.mostUnits) units", at: expression.span)
      return nil
    }
    return sized(axis)
  }
}
