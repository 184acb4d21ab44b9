package import PPLCallouts
import PPLDistributions
import PPLGraphIR
package import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// What a program calls outside of itself, by the order of its declarations.
package struct ExternalFunctions: Sendable {
  /// Where a declared function comes from.
  package enum Source: Sendable {
    case available(any CalloutSource)
    /// Why it may not, or cannot, be called, and what to do.
    case refused(code: String, message: String, help: String)
  }

  package var sources: [Source]

  /// Those of a program that declares none.
  package init() { sources = [] }

  package init(_ sources: [Source]) { self.sources = sources }

  /// The sources that can be called, with their place in the program.
  package var available: [(id: ExternalID, source: any CalloutSource)] {
    sources.enumerated().compactMap { index, source in
      if case .available(let source) = source { (ExternalID(index), source) } else { nil }
    }
  }

  /// Why the run cannot go on, where a function outside of the program says so.
  package var stopReason: String? {
    for source in sources {
      if case .available(let source) = source, let reason = source.tally.stopReason {
        return reason
      }
    }
    return nil
  }
}

/// What tells calls outside of the program apart, their arguments aside.
struct CalloutKey: Hashable {
  var id: ExternalID
  var callCount: Int
  var shapes: [[Int]]
  var isDifferentiated: [Bool]
}

extension Lowering {
  /// The cube root of the precision, at which the errors of a central difference by rounding and by curvature are alike.
  private static let usualStep = 6.055e-6

  /// The result of a function outside of the program: one call for each index of the plate that its arguments vary over.
  func lowerExternal(
    _ id: ExternalID,
    _ arguments: [CheckedExpression],
    _ expression: CheckedExpression,
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    let external = model.externals[id.index]
    guard recursion == nil else {
      throw LoweringError(
        "E0901",
        "`\(external.name.text)` within a recursion cannot be run by this version",
        at: expression.span,
        help: "call it once for all indices, outside of the equations that read earlier elements"
      )
    }
    let values = try externalArguments(arguments, external, plate)
    let sizes = (0..<plate.rank).map { axis in values.map { $0.plateSizes[axis] }.max() ?? 1 }
    var resultSizes: [Int] = []
    for axis in expression.type.axes {
      resultSizes.append(try size(of: axis, like: values, arguments, expression.span))
    }
    guard let count = checkedProduct(sizes), let width = checkedProduct(resultSizes) else {
      try checkBudget(expression.span)
      throw LoweringError("E0803", "this needs too many calls", at: expression.span)
    }
    guard count > 0, width > 0 else {
      let empty = builder.constant(0).broadcast(to: Shape(sizes + resultSizes))
      return LoweredValue(empty, ownRank: resultSizes.count)
    }
    let operands = values.map { value in
      value.node.broadcast(to: Shape(sizes + value.ownSizes))
        .reshape([count, value.ownSizes.reduce(1, *)])
    }
    let key = CalloutKey(
      id: id,
      callCount: count,
      shapes: values.map(\.ownSizes) + [resultSizes],
      isDifferentiated: zip(operands, external.parameters).map { operand, slot in
        slot.element == .real && operand.constantValue == nil
      }
    )
    let body = try body(key, external, expression.span)
    let result = builder.apply(.callout(body, .value), operands)
    return LoweredValue(
      result.reshape(Shape(sizes + resultSizes)),
      ownRank: resultSizes.count
    )
  }

  /// Draws of a simulator outside of the program, one call for each element of `shape` that is not one event's.
  func draws(
    of simulator: ExternalDistribution,
    _ place: DistributionPlace,
    _ shape: Shape,
    _ random: RandomSource,
    _ span: SourceSpan
  ) throws(LoweringError) -> GraphValue {
    let external = model.externals[simulator.id.index]
    guard recursion == nil else {
      throw LoweringError(
        "E0901",
        "`\(simulator.name)` within a recursion cannot be run by this version",
        at: span,
        help: "let the simulator run over the whole dimension"
      )
    }
    let values = try externalArguments(simulator.arguments, external, place.plate)
    let outer = Array(shape.sizes.dropLast(place.eventRank))
    let resultSizes = Array(shape.sizes.suffix(place.eventRank))
    guard let count = checkedProduct(outer), count > 0, resultSizes.allSatisfy({ $0 > 0 }) else {
      return builder.constant(0).broadcast(to: shape)
    }
    let ones = [Int](repeating: 1, count: place.lifted.count)
    let operands = values.map { value in
      value.node.reshape(Shape(value.plateSizes + ones + value.ownSizes))
        .broadcast(to: Shape(outer + value.ownSizes))
        .reshape([count, value.ownSizes.reduce(1, *)])
    }
    let key = CalloutKey(
      id: simulator.id,
      callCount: count,
      shapes: values.map(\.ownSizes) + [resultSizes],
      isDifferentiated: values.map { _ in false }
    )
    let body = try body(key, external, span)
    return builder.apply(.callout(body, .draw(stream: random.takeStream())), operands)
      .reshape(shape)
  }

  /// Arguments as they are handed over: indices as their labels.
  private func externalArguments(
    _ arguments: [CheckedExpression],
    _ external: CheckedExternal,
    _ plate: Plate
  ) throws(LoweringError) -> [LoweredValue] {
    var values: [LoweredValue] = []
    for (argument, slot) in zip(arguments, external.parameters) {
      var value = try lower(argument, plate)
      if case .index(let dimension) = slot.element {
        value.node = ModelCompiler.labelled(value.node, try dimensions(dimension), builder)
      }
      values.append(value)
    }
    return values
  }

  /// What makes certain calls; equal ones have the same.
  private func body(_ key: CalloutKey, _ external: CheckedExternal, _ span: SourceSpan)
    throws(LoweringError) -> CalloutBody
  {
    if let known = callouts[key] { return known }
    let made = try makeBody(key, external, span)
    callouts[key] = made
    return made
  }

  private func makeBody(_ key: CalloutKey, _ external: CheckedExternal, _ span: SourceSpan)
    throws(LoweringError) -> CalloutBody
  {
    let name = external.name.text
    let source: any CalloutSource
    switch externals.sources[key.id.index] {
    case .available(let known): source = known
    case .refused(let code, let message, let help):
      throw LoweringError(code, message, at: external.name.span, help: help)
    }
    func slot(_ slot: CheckedExternal.Slot, _ shape: [Int]) -> CalloutSlot {
      let kind: ElementKind =
        switch slot.element {
        case .boolean: .boolean
        case .integer, .index: .integer
        default: .real
        }
      return CalloutSlot(name: slot.name, kind: kind, shape: shape)
    }
    let signature = CalloutSignature(
      name: name,
      arguments: zip(external.parameters, key.shapes).map { slot($0, $1) },
      result: slot(external.result, key.shapes[key.shapes.count - 1]),
      text: external.signature
    )
    let backend: any CalloutBackend
    do { backend = try source.backend(for: signature) } catch {
      throw LoweringError(
        "E1002",
        error.message,
        at: external.name.span,
        notes: error.output.split(separator: "\n").map { "it said: \($0)" },
        help: error.help
      )
    }
    var settings = CalloutSettings()
    var derivative = CalloutBody.Derivative.none
    switch external.gradient {
    case .none: break
    case .given:
      settings.gradient = .given
      derivative = .columns
    case .finiteDifference:
      settings.gradient = .finiteDifference(step: external.step ?? Self.usualStep)
      derivative = .columns
    }
    if case .host(let host) = external.place, external.gradient == .given, !source.givesPullbacks {
      throw LoweringError(
        "E1002",
        "`\(name)` is to give its gradient, and the host's `\(host)` has none",
        at: external.name.span,
        help: "register it with a `vectorJacobianProduct`, or take `gradient: finite_difference`"
      )
    }
    if source.givesPullbacks, external.gradient != .finiteDifference { derivative = .pullback }
    settings.isCached = external.isCached
    settings.stopsOnNaN = external.onUnusable == .error
    return CalloutBody(
      name: name,
      function: Callout(signature, settings, backend, source.tally),
      callCount: key.callCount,
      widths: signature.arguments.map(\.count),
      isDifferentiated: key.isDifferentiated,
      resultWidth: signature.result.count,
      kind: signature.result.kind,
      derivative: derivative
    )
  }

  /// The size of an axis of a result: that of its dimension, or that of the argument's axis that it is.
  private func size(
    of axis: Axis,
    like values: [LoweredValue],
    _ arguments: [CheckedExpression],
    _ span: SourceSpan
  ) throws(LoweringError) -> Int {
    for (value, argument) in zip(values, arguments) {
      for (own, size) in zip(argument.type.axes, value.ownSizes) where own == axis { return size }
    }
    if let size = try eventSizes([axis], nil, .makeRoot(), span).first { return size }
    return 1
  }
}
