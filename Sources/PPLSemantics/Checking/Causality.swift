import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// How far along the steps of a net's arguments a value reads, at its own step.
enum TimeReach: Comparable {
  /// It is the same at all steps.
  case nowhere
  /// Steps before its own.
  case before
  /// Steps up to its own.
  case present
}

/// Finds whether the result of a net at a step depends on arguments before that step only.
///
/// Arguments whose first axis is the dimension of the result's first axis are series. Everything made of a series either keeps their steps
/// apart, each of them made of those up to it, or is reported at the place that looks further.
struct Causality {
  let checker: ModelChecker
  let time: DimensionID
  /// What is known of parameters and `with` names.
  private var locals: [LocalID: TimeReach] = [:]
  /// Indices that run over all steps, each of which makes the element of its own step.
  private var steps: Set<BinderID> = []
  /// What calls were found to give: each is followed once for what its arguments read.
  private var calls: [Call: TimeReach] = [:]

  /// A body with what its parameters read.
  private enum Call: Hashable {
    case function(FunctionInstanceID, [TimeReach])
    case net(NetID, result: Int, [TimeReach])
  }

  init(_ checker: ModelChecker, time: DimensionID) {
    self.checker = checker
    self.time = time
  }

  private var axis: Axis { .dimension(time) }
  private var name: String { checker.name(of: time) }

  /// The reach of a value with these parameters and names; nil for what was reported.
  mutating func reach(
    of value: CheckedExpression,
    parameters: [(id: LocalID, reach: TimeReach)],
    _ definitions: [CheckedLocal]
  ) -> TimeReach? {
    for parameter in parameters { locals[parameter.id] = parameter.reach }
    for definition in definitions {
      guard let known = reach(of: definition.value) else { return nil }
      locals[definition.id] = known
    }
    return reach(of: value)
  }

  /// The parameters of a net: those along the steps are series.
  func parameters(_ ids: [LocalID], _ types: [ValueType]) -> [(id: LocalID, reach: TimeReach)] {
    zip(ids, types).map { ($0, $1.axes.first == axis ? .present : .nowhere) }
  }

  // MARK: Expressions

  private mutating func reach(of value: CheckedExpression) -> TimeReach? {
    switch value.kind {
    case .local(let id): return locals[id] ?? .nowhere
    case .unary(_, let operand): return reach(of: operand)
    case .label(let operand): return reach(of: operand)
    case .binary(.matrixMultiply, let a, let b):
      guard let x = reach(of: a), let y = reach(of: b) else { return nil }
      let (ownA, ownB) = (a.type.axes.contains(axis), b.type.axes.contains(axis))
      let joins =
        (x > .nowhere && a.type.axes.last == axis) || (y > .nowhere && b.type.axes.first == axis)
        || (x > .nowhere && y > .nowhere && ownA && ownB)
      return joins ? ahead(value, "this product") : max(x, y)
    case .binary(_, let a, let b): return greatest([a, b])
    case .conditional(let condition, let then, let otherwise):
      return greatest([condition, then, otherwise])
    case .list(let elements): return greatest(elements)
    case .builtin(let function, let operands):
      return reach(of: function, operands, value)
    case .subscripted(let base, let subscripts): return reach(of: base, subscripts, value)
    case .comprehension(let comprehension): return reach(of: comprehension, value)
    case .call(let id, let arguments):
      guard let given = reaches(of: arguments) else { return nil }
      let function = checker.model.functions[id.index]
      let parameters = zip(function.parameters, given).map { (id: $0, reach: $1) }
      return called(.function(id, given), parameters, function.locals, function.body)
    case .net(let id, let result, let arguments):
      guard let given = reaches(of: arguments) else { return nil }
      let net = checker.model.nets[id.index]
      let parameters = zip(net.parameters, given).map { (id: $0, reach: $1) }
      return called(.net(id, result: result, given), parameters, net.locals, net.results[result])
    case .layer(let id, let operands, _): return reach(of: id, operands)
    case .number, .string, .variable, .draw, .binder, .index, .endpoint, .size, .record,
      .external, .ofDistribution, .overInterval, .solution, .query, .invalid:
      guard let inner = greatest(value.parts) else { return nil }
      return inner == .nowhere ? inner : ahead(value, "this")
    }
  }

  private mutating func greatest(_ values: [CheckedExpression]) -> TimeReach? {
    var result = TimeReach.nowhere
    for value in values {
      guard let own = reach(of: value) else { return nil }
      result = max(result, own)
    }
    return result
  }

  private func ahead(_ value: CheckedExpression, _ what: String) -> TimeReach? {
    ahead(at: value.span, what, help: nil)
  }

  /// Reports what reads steps behind its own.
  private func ahead(at span: SourceSpan, _ what: String, help: String?) -> TimeReach? {
    checker.error(
      "E0211",
      "\(what) joins steps of `\(name)`, also later ones",
      at: span,
      "in a causal net",
      help: help
        ?? "read steps up to the own: `SelfAttention(…, causal: true)`, `LSTM(…)`, `x[t-1]`"
    )
    return nil
  }

  private mutating func reach(
    of function: BuiltinFunction,
    _ operands: [CheckedExpression],
    _ value: CheckedExpression
  ) -> TimeReach? {
    guard let inner = greatest(operands) else { return nil }
    guard inner > .nowhere else { return inner }
    switch function.form {
    case .elementwise, .pairwise: return inner
    case .reduction, .reductionOrPairwise, .special:
      if function == .cumulativeSum, operands[0].type.axes == [axis] { return inner }
      if function == .transpose { return inner }
      let joins = operands.contains { $0.type.axes.contains(axis) }
      // What was picked of one step stays there.
      return joins ? ahead(value, "`\(function.rawValue)`") : inner
    }
  }

  private mutating func reaches(of arguments: [CheckedExpression]) -> [TimeReach]? {
    var result: [TimeReach] = []
    for argument in arguments {
      guard let known = reach(of: argument) else { return nil }
      result.append(known)
    }
    return result
  }

  private mutating func called(
    _ call: Call,
    _ parameters: [(id: LocalID, reach: TimeReach)],
    _ definitions: [CheckedLocal],
    _ body: CheckedExpression
  ) -> TimeReach? {
    if let known = calls[call] { return known }
    let found = reach(of: body, parameters: parameters, definitions)
    calls[call] = found
    return found
  }

  private mutating func reach(
    of base: CheckedExpression,
    _ subscripts: [CheckedSubscript],
    _ value: CheckedExpression
  ) -> TimeReach? {
    guard let whole = reach(of: base) else { return nil }
    for entry in subscripts {
      // An index that depends on a series may point anywhere, but each step has its own.
      if case .index(let index) = entry, let own = reach(of: index), own > .nowhere {
        return ahead(value, "this index")
      }
    }
    guard whole > .nowhere, let place = base.type.axes.firstIndex(of: axis),
      subscripts.indices.contains(place)
    else { return whole }
    func isOwnStep(_ index: CheckedExpression) -> Bool {
      if case .binder(let id) = index.kind { steps.contains(id) } else { false }
    }
    switch subscripts[place] {
    case .keep: return whole
    case .index(let index) where isOwnStep(index): return whole
    case .shifted(let index, let amount, let backward) where isOwnStep(index):
      if case .number(let steps) = amount.kind, backward == (steps >= 0) {
        return steps == 0 ? whole : .before
      }
      return ahead(value, "this index")
    case .index, .shifted, .range: return ahead(value, "this index")
    }
  }

  private mutating func reach(of comprehension: CheckedComprehension, _ value: CheckedExpression)
    -> TimeReach?
  {
    for binder in comprehension.binders {
      if case .dimension(time, nil) = binder.domain { steps.insert(binder.id) }
    }
    if let condition = comprehension.condition, let own = reach(of: condition), own > .nowhere {
      return ahead(value, "this list")
    }
    guard let inner = reach(of: comprehension.element), inner > .nowhere else {
      return reach(of: comprehension.element)
    }
    let over = comprehension.binders.filter { $0.axis == axis }.count
    let own = comprehension.element.type.axes.filter { $0 == axis }.count
    return over + own > 1 ? ahead(value, "this list") : inner
  }

  // MARK: Layers

  private mutating func reach(of id: LayerID, _ operands: [CheckedExpression]) -> TimeReach? {
    guard let inner = greatest(operands) else { return nil }
    guard inner > .nowhere else { return inner }
    let checked = checker.model.layers[id.index]
    let axes = operands[0].type.axes
    let layer = checked.layer
    let what = "`\(layer.kind.rawValue)`"
    func joins(_ help: String? = nil) -> TimeReach? { ahead(at: checked.span, what, help: help) }
    // Besides what it is applied to, a layer may read series nowhere.
    for operand in operands.dropFirst() where operand.type.axes.contains(axis) {
      guard let own = reach(of: operand) else { return nil }
      if own > .nowhere {
        return joins("attend to another series, or to the own with `causal: true`")
      }
    }
    guard axes.contains(axis) else { return inner }
    switch layer {
    case .dropout, .embedding: return inner
    case .dense, .layerNormalization:
      return axes.last == axis
        ? joins("each step needs an axis of its own behind it: `Reshape(\(name), 1)`") : inner
    case .reshape(let new):
      return axes.first == axis && new.first?.axis == axis ? inner : joins()
    case .flatten, .pool: return joins()
    case .overSteps: return joins("a result with one value for all steps knows them all")
    case .batchNormalization:
      return joins("`LayerNorm` normalises each step by itself")
    case .convolution(let window, _, let isTransposed, _, _):
      let isSeries = window.rank == 1 && axes.last == axis && !isTransposed
      return isSeries && window.isCausal && window.stride == [1]
        ? inner : joins("write `Conv1d(…, causal: true)`, along the last axis")
    case .recurrent(_, _, let isBidirectional, _):
      guard axes.first == axis else { return joins() }
      return isBidirectional ? joins("leave out `bidirectional: true`") : inner
    case .recurrentCell: return joins()
    case .attention(let settings):
      guard axes.first == axis else { return joins() }
      return settings.isCausal || settings.hasMemory ? inner : joins("write `causal: true`")
    case .transformer(let settings):
      guard axes.first == axis else { return joins() }
      return settings.attention.isCausal ? inner : joins("write `causal: true`")
    case .position: return axes.first == axis ? inner : joins()
    case .delay: return axes.first == axis ? .before : joins()
    }
  }
}

extension ModelChecker {
  /// Checks that a net is what `causal` promises: its result at a step depends on arguments before that step only.
  ///
  /// - Returns: the dimension of the steps; nil for what was reported.
  func checkCausality(of function: FunctionDeclaration, _ net: CheckedNet) -> DimensionID? {
    guard let first = net.results.first, let time = first.type.axes.first?.dimension,
      net.results.allSatisfy({ $0.type.axes.first == .dimension(time) }),
      net.parameterTypes.contains(where: { $0.axes.first == .dimension(time) })
    else {
      error(
        "E0316",
        "a causal net has a series as an argument and one along the same dimension as its result",
        at: function.name.span,
        help: "write `causal net \(function.name.text)(x: real[time]) -> real[time] = …`"
      )
      return nil
    }
    for result in net.results {
      var causality = Causality(self, time: time)
      let parameters = causality.parameters(net.parameters, net.parameterTypes)
      guard let reach = causality.reach(of: result, parameters: parameters, net.locals) else {
        return nil
      }
      guard reach == .present else { continue }
      error(
        "E0212",
        "the result at a step depends on the arguments at that step",
        at: function.body.span,
        also: [.init(function.name.span, "a causal net reads what was before")],
        help: "`|> Delay` hands each step what stood before it, zeros at first"
      )
      return nil
    }
    return time
  }

  /// Marks what causal nets are given as read at earlier steps, where all that is read of their results is at the step that the
  /// statement defines.
  func markCausalReadings(
    _ body: CheckedEquation.Body,
    _ locals: [CheckedLocal],
    _ items: [TargetItem]
  ) {
    guard model.nets.contains(where: { $0.time != nil }) else { return }
    var readings = CausalReadings(nets: model.nets, items: items)
    for local in locals { readings.define(local) }
    switch body {
    case .definition(let value): readings.visit(value)
    case .distribution(let distribution):
      for part in distribution.expressions { readings.visit(part) }
    }
    for (variable, time, span) in readings.past {
      let axes = model.variables[variable.index].type.axes
      guard let place = axes.firstIndex(of: .dimension(time)) else { continue }
      for position in shifts.indices
      where shifts[position].variable == variable && shifts[position].span == span {
        shifts[position].shift = (place, .backward)
      }
    }
  }
}

/// What the results of causal nets in a statement are read at.
struct CausalReadings {
  private let nets: [CheckedNet]
  private let items: [TargetItem]
  /// `with` names that are results of such nets.
  private var results: [LocalID: CheckedExpression] = [:]
  /// The calls that are read at the own step, and those that are read otherwise, by their places.
  private var calls: [SourceSpan: CheckedExpression] = [:]
  private var others: Set<SourceSpan> = []

  init(nets: [CheckedNet], items: [TargetItem]) {
    self.nets = nets
    self.items = items
  }

  private func time(_ value: CheckedExpression) -> DimensionID? {
    if case .net(let id, _, _) = value.kind { nets[id.index].time } else { nil }
  }

  mutating func define(_ local: CheckedLocal) {
    guard time(local.value) != nil else { return visit(local.value) }
    results[local.id] = local.value
    for part in local.value.parts { visit(part) }
  }

  /// The result of a causal net that a value is.
  private func result(_ value: CheckedExpression) -> CheckedExpression? {
    if case .local(let id) = value.kind { return results[id] }
    return time(value) == nil ? nil : value
  }

  mutating func visit(_ value: CheckedExpression) {
    if case .subscripted(let base, let subscripts) = value.kind, let call = result(base),
      let time = time(call), isOwnStep(subscripts.first, time)
    {
      calls[call.span] = call
      for part in value.parts.dropFirst() { visit(part) }
      if case .net = base.kind { for part in base.parts { visit(part) } }
      return
    }
    if let call = result(value) { others.insert(call.span) }
    for part in value.parts { visit(part) }
  }

  private func isOwnStep(_ entry: CheckedSubscript?, _ time: DimensionID) -> Bool {
    guard case .index(let index)? = entry, case .binder(let own) = index.kind else { return false }
    return items.contains { item in
      if case .binder(let binder) = item {
        binder.id == own && binder.axis.dimension == time
      } else {
        false
      }
    }
  }

  /// The quantities whose past alone the statement reads through causal nets, with the places where they are named.
  var past: [(variable: VariableID, time: DimensionID, span: SourceSpan)] {
    calls.values.filter { !others.contains($0.span) }.flatMap { call in
      guard case .net(let id, _, let arguments) = call.kind, let time = nets[id.index].time else {
        return [(variable: VariableID, time: DimensionID, span: SourceSpan)]()
      }
      return zip(arguments, nets[id.index].parameterTypes).compactMap { argument, type in
        guard type.axes.first == .dimension(time) else { return nil }
        // One series of several, or the only one.
        var whole = argument
        if case .subscripted(let inner, _) = argument.kind { whole = inner }
        guard case .variable(let variable) = whole.kind else { return nil }
        return (variable, time, whole.span)
      }
    }
  }
}
