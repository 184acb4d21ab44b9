import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The discrete latents of one statement, which is lowered for all of their values at once.
///
/// Each element of a latent that an index tuple of the statement reads, as a function of that tuple, gets an axis of
/// the plate, in front of the statement's own axes. Which there are shows as the statement is lowered: a reading that
/// has no axis yet is noted and ends the attempt.
final class Enumeration {
  /// Which elements are read: one position of the latent for each index tuple of the statement.
  struct Reading: Hashable {
    var variable: VariableID
    var positions: [Int]
  }

  /// The latents that are summed out, with the values that they can have.
  let states: [VariableID: [Double]]
  /// Quantities that depend on them, which are read by their definitions.
  let derived: Set<VariableID>
  /// Axes so far, in the order of the plate.
  private(set) var readings: [Reading] = []
  /// The plate of the statement with these axes, once it is bound.
  var base: Plate?

  init(states: [VariableID: [Double]], derived: Set<VariableID>) {
    self.states = states
    self.derived = derived
  }

  /// Ends an attempt: there is one axis more now.
  static let retry = LoweringError(Diagnostic(code: "", message: "retry"))
  /// An index that runs within an expression, where an element is picked for the whole statement.
  static let outOfReach = LoweringError(Diagnostic(code: "", message: "out of reach"))

  static func isRetry(_ error: LoweringError) -> Bool {
    error.diagnostic.code.isEmpty && error.diagnostic.message == "retry"
  }

  static func isOutOfReach(_ error: LoweringError) -> Bool {
    error.diagnostic.code.isEmpty && error.diagnostic.message == "out of reach"
  }

  /// Whether a variable has no value while the statement is lowered.
  func replaces(_ id: VariableID) -> Bool { states[id] != nil || derived.contains(id) }

  /// The plate before the statement's own axes.
  func makePlate() -> Plate {
    readings.reduce(Plate.makeRoot()) { $0.extended(by: states[$1.variable]?.count ?? 1) }
  }

  /// The number of the axis of a reading; nil if it has none yet, which is noted.
  func axis(of reading: Reading) -> Int? {
    if let known = readings.firstIndex(of: reading) { return known }
    readings.append(reading)
    return nil
  }
}

extension Lowering {
  /// What a statement reads of a latent that is summed out, or of a quantity that depends on one.
  func readEnumerated(
    _ id: VariableID,
    _ axes: [Axis],
    _ subscripts: [CheckedSubscript],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard let enumeration, let base = enumeration.base else {
      preconditionFailure("a statement is being lowered")
    }
    guard let states = enumeration.states[id] else {
      do throws(LoweringError) {
        return lift(try defined(id, subscripts, base, span), from: base, to: plate)
      } catch {
        guard Enumeration.isOutOfReach(error) else { throw error }
        return try defined(id, subscripts, plate, span)
      }
    }
    let positions: [Int]
    do throws(LoweringError) {
      positions = try self.positions(
        of: id,
        axes,
        subscripts,
        base,
        enumeration.readings.count,
        span
      )
    } catch {
      guard Enumeration.isOutOfReach(error) else { throw error }
      throw severalElements(id, at: span, reading: span)
    }
    guard
      let axis = enumeration.axis(of: Enumeration.Reading(variable: id, positions: positions))
    else { throw Enumeration.retry }
    var sizes = [Int](repeating: 1, count: base.rank)
    sizes[axis] = states.count
    let kind: ElementKind =
      model.variables[id.index].type.element == .boolean ? .boolean : .integer
    let node = builder.constant(Tensor(shape: Shape(sizes), kind: kind, values: states))
    let counts = states.indices.allSatisfy { states[$0] == Double($0) }
    return lift(
      LoweredValue(node, ownRank: 0, identityAxis: counts ? axis : nil),
      from: base,
      to: plate
    )
  }

  private func severalElements(
    _ id: VariableID,
    at span: SourceSpan,
    reading: SourceSpan
  ) -> LoweringError {
    LoweringError(
      "E0406",
      "this statement reads several elements of `\(model.variables[id.index].name.text)` at once,"
        + " which is summed out",
      at: span,
      help: "let each element of the statement read single elements: "
        + "`\(model.variables[id.index].name.text)[i]`; or fit with `gibbs`, which draws it, or `svi`, which"
        + " approximates it"
    ).refusing([id], "several of its elements are read at once", at: reading)
  }

  /// The positions of the elements that subscripts pick, one for each index tuple of the statement.
  private func positions(
    of id: VariableID,
    _ axes: [Axis],
    _ subscripts: [CheckedSubscript],
    _ base: Plate,
    _ readingCount: Int,
    _ span: SourceSpan
  ) throws(LoweringError) -> [Int] {
    let variable = model.variables[id.index]
    let sizes = try ArrayAssembly(variable: variable, id: id, model: model, lowering: self)
      .plateSizes()
    guard subscripts.count == sizes.count else {
      throw severalElements(id, at: variable.name.span, reading: span)
    }
    let strides = Shape(sizes).strides
    let own = Array(base.shape.dropFirst(readingCount))
    var positions = [Int](repeating: 0, count: own.reduce(1, *))
    for (axis, entry) in subscripts.enumerated() {
      let node = try positionsInRows(entry, axes[axis], base)
      guard node.shape.rank == base.rank,
        node.shape.sizes.prefix(readingCount).allSatisfy({ $0 == 1 })
      else { throw severalElements(id, at: variable.name.span, reading: span) }
      let whole = node.reshape(Shape(Array(node.shape.sizes.dropFirst(readingCount))))
        .broadcast(to: Shape(own))
      guard let values = whole.constantValue?.values else {
        if let batch, !batch.counts.isEmpty {
          throw batch.refuseShared(id, at: span)
        }
        throw LoweringError(
          "E0406",
          "which element of `\(variable.name.text)` is read must be known from data",
          at: variable.name.span,
          "it is summed out",
          help:
            "let an index from data pick it, or fit with `gibbs`, which draws it, or `svi`, which"
            + " approximates it"
        ).refusing([id], "which of its elements is read is not known from data", at: span)
      }
      for (row, value) in values.enumerated() {
        guard let index = Int(exactly: value), index >= 0, index < sizes[axis] else {
          throw LoweringError(
            "E0702",
            "this index leaves its axis",
            at: variable.name.span,
            "\(shortNumber(value + 1)) of \(sizes[axis])",
            help: "restrict the equation to where the index exists: `t: d[2..]`"
          )
        }
        positions[row] += index * strides[axis]
      }
    }
    return positions
  }

  /// The positions from 0 that a subscript stands for, among the rows of a step where the axis has these.
  private func positionsInRows(_ entry: CheckedSubscript, _ axis: Axis, _ plate: Plate)
    throws(LoweringError) -> GraphValue
  {
    guard let batch, batch.contains(axis) else { return try indexPositions(entry, axis, plate) }
    switch entry {
    case .index(let index):
      let value = try lower(index, plate)
      guard let own = value.identityAxis, value.ownRank == 0 else {
        throw batch.refuse("this reads another row", at: index.span)
      }
      return placesInBatch(own, plate).node
    case .shifted(let index, _, _): throw batch.refuse("this reads another row", at: index.span)
    case .keep, .range: return constant(.nan)
    }
  }

  /// A quantity by its definition, with indices in place of its binders.
  private func defined(
    _ id: VariableID,
    _ subscripts: [CheckedSubscript],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let variable = model.variables[id.index]
    func unsupported(_ what: String) -> LoweringError {
      LoweringError(
        "E0901",
        "\(what) cannot be run by this version",
        at: span,
        "`\(variable.name.text)` depends on a discrete latent that is summed out",
        help: "read single elements, or fit with `gibbs`, which draws that latent, or `svi`, which"
          + " approximates that latent"
      ).refusing(
        model.sources(of: id, among: Set(enumeration?.states.keys.map { $0 } ?? [])),
        "`\(variable.name.text)`, which depends on it, is read as more than one element",
        at: span
      )
    }
    guard variable.equations.count == 1 else {
      throw unsupported("reading a quantity with several equations in a statement")
    }
    let equation = model.equations[variable.equations[0]]
    guard case .definition(let expression) = equation.body, equation.condition == nil,
      subscripts.count >= equation.items.count
    else { throw unsupported("reading several elements in a statement") }
    var saved: [(BinderID, (value: LoweredValue, plate: Plate)?)] = []
    defer { for (binder, entry) in saved.reversed() { binders[binder] = entry } }
    for (item, entry) in zip(equation.items, subscripts) {
      guard case .binder(let binder) = item else {
        throw unsupported("reading a quantity with an equation for single elements")
      }
      var axis = binder.axis
      if case .part(let dimension) = axis { axis = .dimension(dimension) }
      let node = try indexPositions(entry, axis, plate)
      let own = node.shape.rank - plate.rank
      guard own == 0 else { throw unsupported("reading several elements in a statement") }
      var value = LoweredValue(node, ownRank: 0)
      // Over integers an index is the integer itself.
      if axis.dimension == nil { value.node = value.node + constant(1) }
      if case .index(let index) = entry, axis.dimension != nil {
        value.identityAxis = try lower(index, plate).identityAxis
      }
      saved.append((binder.id, binders[binder.id]))
      binders[binder.id] = (value, plate)
    }
    try lowerLocals(equation.locals, plate)
    let value = try lower(expression, plate)
    let rest = Array(subscripts.dropFirst(equation.items.count))
    guard !rest.isEmpty else { return value }
    let axes = Array(variable.type.axes.dropFirst(variable.plateRank))
    return try subscripted(value, axes, rest, plate, span)
  }
}

extension RowBatch {
  /// Reports a latent that rows of a step share, and that is to be summed out.
  func refuseShared(_ id: VariableID, at span: SourceSpan) -> LoweringError {
    let name = full.model.variables[id.index].name.text
    var error = refuse("`\(name)` is summed out, and shared by rows", at: span)
    error.diagnostic.help =
      "fit without `batch`, along another dimension, or with `svi`, which approximates it"
    return error.refusing([id], "rows of a step share it", at: span)
  }
}

extension CheckedModel {
  /// Those of some quantities on which a quantity depends.
  func sources(of id: VariableID, among wanted: Set<VariableID>) -> Set<VariableID> {
    var found: Set<VariableID> = []
    var seen: Set<VariableID> = [id]
    var work = [id]
    while let next = work.popLast() {
      if wanted.contains(next) {
        found.insert(next)
        continue
      }
      for index in variables[next.index].equations {
        for read in equations[index].references where seen.insert(read).inserted {
          work.append(read)
        }
      }
    }
    return found
  }
}
