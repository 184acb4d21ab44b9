import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Missing cells of one observed array that one equation defines.
struct MissingCells {
  var variable: VariableID
  var equation: Int
  /// Rows of the equation's plate.
  var rows: [Int]
  /// The rows of the plate that are known.
  var knownRows: [Int]
  /// Positions in the array, in the order of the rows.
  var positions: [Int]
  var treatment: Treatment
  /// Whether they are parts of vectors with one density.
  var isJoint = false
  /// Values of the cells, once they are made.
  var node: GraphValue?

  /// What becomes of cells.
  enum Treatment {
    /// No other statement reads the array: drawn forward.
    case drawn
    case sampled
    /// Summed out with the whole array, whose other elements have one value each, and drawn back.
    case eliminated
  }
}

extension ModelLowering {
  /// Finds which equation each missing cell belongs to.
  func findMissingCells() throws(LoweringError) -> [MissingCells] {
    var result: [MissingCells] = []
    for (id, missing) in bound.missing.sorted(by: { $0.key.index < $1.key.index }) {
      let variable = bound.model.variables[id.index]
      let assembly = ArrayAssembly(
        variable: variable,
        id: id,
        model: bound.model,
        lowering: lowering
      )
      let isRead = isRead(id)
      var left = Set(missing)
      for index in variable.equations {
        let equation = bound.model.equations[index]
        guard case .distribution(let distribution) = equation.body else { continue }
        let plate = try assembly.plate(of: equation)
        if distribution.support.eventRank > 0 {
          if let cells = try jointCells(id, index, equation, distribution, assembly, plate, left) {
            result.append(cells)
            left.subtract(cells.positions)
          }
          continue
        }
        guard equation.items.count == variable.type.rank else {
          throw unsupported(
            "missing cells of an array without brackets on the left",
            equation,
            help: "write the plate: `\(variable.name.text)[i: d] ~ …`"
          )
        }
        let count = plate.count ?? 0
        let positions = try assembly.positions(of: equation, plate) ?? Array(0..<count)
        let absent = positions.indices.filter { left.contains(positions[$0]) }
        guard !absent.isEmpty else { continue }
        let gone = Set(absent)
        if !isRead, !distribution.hasSampler {
          throw unsupported("missing cells of a distribution that cannot be drawn from", equation)
        }
        result.append(
          MissingCells(
            variable: id,
            equation: index,
            rows: absent,
            knownRows: positions.indices.filter { !gone.contains($0) },
            positions: absent.map { positions[$0] },
            treatment: !isRead
              ? .drawn : distribution.support.isDiscrete ? .eliminated : .sampled
          )
        )
        left.subtract(absent.map { positions[$0] })
      }
      if let cell = left.min() {
        throw LoweringError(
          Diagnostic(
            code: "E0806",
            message: "`\(variable.name.text)`: \(left.count) missing cell"
              + (left.count == 1 ? " has" : "s have") + " no statement",
            primary: .init(variable.name.span, "no equation gives these elements a distribution"),
            dataLocation: bound.arrays[id]?.location(of: cell),
            help: "write a statement that covers these elements, or remove the rows"
          )
        )
      }
    }
    return result
  }

  /// The missing cells of observed vectors: each is a latent, and the density that of the whole vector.
  private func jointCells(
    _ id: VariableID,
    _ index: Int,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ assembly: ArrayAssembly,
    _ plate: Plate,
    _ left: Set<Int>
  ) throws(LoweringError) -> MissingCells? {
    guard let shape = bound.values.shape(of: id), let width = shape.sizes.last else { return nil }
    let count = plate.count ?? 0
    let starts = try assembly.positions(of: equation, plate) ?? (0..<count).map { $0 * width }
    let cells = starts.flatMap { start in (start..<(start + width)).filter { left.contains($0) } }
    guard !cells.isEmpty else { return nil }
    guard case .realVector = distribution.support, case .none = equation.constraint,
      equation.items.count + 1 == shape.rank
    else { throw unsupported("missing cells of joint observations", equation) }
    return MissingCells(
      variable: id,
      equation: index,
      rows: [],
      knownRows: Array(0..<count),
      positions: cells.sorted(),
      treatment: .sampled,
      isJoint: true
    )
  }

  private func unsupported(_ what: String, _ equation: CheckedEquation, help: String? = nil)
    -> LoweringError
  {
    LoweringError(
      "E0901",
      "\(what) cannot be imputed by this version",
      at: equation.targetSpan,
      help: help ?? "remove these rows from the data file"
    )
  }

  /// Whether anything but the elements' own statements reads an array.
  func isRead(_ id: VariableID) -> Bool {
    bound.model.equations.contains { $0.references.contains(id) }
      || bound.model.factors.contains { $0.references.contains(id) }
  }

  /// The values of an array with missing cells that are sampled, as one node.
  func imputed(_ id: VariableID, _ tensor: Tensor) throws(LoweringError) -> GraphValue {
    var nodes = [builder.constant(tensor).reshape([tensor.shape.count])]
    var places = Array(0..<tensor.shape.count)
    var next = tensor.shape.count
    for index in missingCells.indices
    where missingCells[index].variable == id && missingCells[index].treatment == .sampled {
      let node = try sampledCells(missingCells[index])
      missingCells[index].node = node
      nodes.append(node)
      for position in missingCells[index].positions {
        places[position] = next
        next += 1
      }
    }
    guard nodes.count > 1 else { return builder.constant(tensor) }
    let index = builder.constant(
      Tensor(shape: [places.count], kind: .integer, values: places.map(Double.init))
    )
    return GraphValue.concatenate(nodes, axis: 0).gather(index).reshape(tensor.shape)
  }

  private func sampledCells(_ cells: MissingCells) throws(LoweringError) -> GraphValue {
    let equation = bound.model.equations[cells.equation]
    guard case .distribution(let distribution) = equation.body else {
      preconditionFailure("cells belong to a statement")
    }
    // Their supports are those of the elements alone, whatever statement reads them.
    let enumeration = lowering.enumeration
    lowering.enumeration = nil
    defer { lowering.enumeration = enumeration }
    // From outside come all missing cells of the array, in order.
    let order = bound.missing[cells.variable] ?? []
    let given = constrained[cells.variable].map { values in
      builder.constant(
        Tensor(
          shape: [cells.positions.count],
          values: cells.positions.map { values.values[order.firstIndex(of: $0) ?? 0] }
        )
      )
    }
    if cells.isJoint { return sampledCells(cells, given: given) }
    let plate = try cellPlate(cells, equation)
    return try sampled(
      cells.variable,
      cells.equation,
      distribution,
      eventSizes: [],
      positions: cells.positions,
      given: given,
      plate
    )
  }

  /// Parts of vectors, which may be any real numbers.
  private func sampledCells(_ cells: MissingCells, given: GraphValue?) -> GraphValue {
    let number = inputCount
    let value = given ?? addInput([cells.positions.count])
    blocks.append(
      Block(
        variable: cells.variable,
        equation: cells.equation,
        input: value,
        inputNumber: number,
        value: value,
        transform: .identity,
        positions: cells.positions
      )
    )
    return value
  }

  /// Draws the cells that nothing reads, once all else is known.
  func drawMissingCells() throws(LoweringError) {
    for index in missingCells.indices {
      let cells = missingCells[index]
      guard cells.treatment != .sampled else { continue }
      if cells.treatment == .eliminated, let whole = values[cells.variable]?.node {
        let places = Tensor(
          shape: [cells.positions.count],
          kind: .integer,
          values: cells.positions.map(Double.init)
        )
        missingCells[index].node = whole.reshape([whole.shape.count])
          .gather(builder.constant(places))
        continue
      }
      let equation = bound.model.equations[cells.equation]
      guard case .distribution(let distribution) = equation.body else { continue }
      let plate = try cellPlate(cells, equation)
      missingCells[index].node = try generated(
        cells.variable,
        equation,
        distribution,
        [],
        plate
      )
    }
  }

  private func cellPlate(_ cells: MissingCells, _ equation: CheckedEquation)
    throws(LoweringError) -> Plate
  {
    let assembly = ArrayAssembly(
      variable: bound.model.variables[cells.variable.index],
      id: cells.variable,
      model: bound.model,
      lowering: lowering
    )
    let plate = try assembly.plate(of: equation).selected(kept: 0, positions: cells.rows)
    lowering.lowerLocalsWhenRead(equation.locals, plate)
    return plate
  }

  /// The rows of a statement's plate whose observations are known, if some are not and nothing needs them.
  func knownRows(of equation: Int) -> [Int]? {
    missingCells.first { $0.equation == equation && $0.treatment == .drawn }?.knownRows
  }

  // MARK: Discrete cells that are read

  /// A factor that leaves some elements of a latent nothing but the first of its states.
  private func hold(_ latent: DiscreteLatent, _ positions: [Int]) {
    guard !positions.isEmpty else { return }
    let table = latent.states.indices.map { $0 == 0 ? 0 : -Double.infinity }
    discreteFactors.append(
      DiscreteFactor(
        table: builder.constant(Tensor(shape: [table.count, 1], values: table)),
        readings: [.init(variable: latent.variable, positions: positions)],
        instanceCount: positions.count
      )
    )
  }

  /// Whether an array of data has missing cells that are summed out, with all of its elements.
  func isSummedOut(_ id: VariableID) -> Bool {
    guard bound.missing[id] != nil || stochastic?.batch.missing[id] != nil, isRead(id) else {
      return false
    }
    return model.variables[id.index].equations.contains { index in
      guard case .distribution(let distribution) = model.equations[index].body else { return false }
      return distribution.support.isDiscrete
    }
  }

  /// The factors that hold known elements of such arrays at their values, and elements that do not exist at the first.
  func addEvidence() throws(LoweringError) {
    for latent in latents {
      if let exists = try lowering.existing(model.variables[latent.variable.index].type.axes) {
        hold(latent, exists.indices.filter { !exists[$0] })
      }
      guard let tensor = bound.values[latent.variable] else { continue }
      if let rows = try evidenceOfRows(latent) {
        discreteFactors.append(rows)
        continue
      }
      let missing = Set(bound.missing[latent.variable] ?? [])
      var table: [Double] = []
      for state in latent.states {
        for (position, value) in tensor.values.enumerated() {
          table.append(missing.contains(position) || value == state ? 0 : -.infinity)
        }
      }
      let shape = Shape([latent.states.count, tensor.values.count])
      discreteFactors.append(
        DiscreteFactor(
          table: builder.constant(Tensor(shape: shape, values: table)),
          readings: [
            .init(variable: latent.variable, positions: Array(tensor.values.indices))
          ],
          instanceCount: tensor.values.count
        )
      )
    }
  }

  // MARK: Rows of a step

  /// The factor that holds known elements at their values in the rows of a step; nil where all rows are seen at once.
  private func evidenceOfRows(_ latent: DiscreteLatent) throws(LoweringError) -> DiscreteFactor? {
    guard let stochastic, let missing = stochastic.batch.missingRows(of: latent.variable),
      let rows = try stochastic.rows(of: latent.variable)
    else { return nil }
    let count = latent.elementCount
    let value = rows.reshape([1, count])
    let states = Tensor(shape: [latent.states.count, 1], kind: rows.kind, values: latent.states)
    let isOpen = missing.reshape([1, count]).or(value.isEqual(to: builder.constant(states)))
    return DiscreteFactor(
      table: isOpen.select(builder.constant(0), builder.constant(-.infinity)),
      readings: [.init(variable: latent.variable, positions: Array(0..<count))],
      instanceCount: count
    )
  }

  /// Which elements of a statement are missing in the rows of a step, over the plate and the lifted axes; nil where none is.
  ///
  /// - Throws: where they would have to be latents: something else reads them, or they are parts of vectors.
  func missingElements(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue? {
    let id = equation.target
    guard let batch = stochastic?.batch, let missing = batch.missingRows(of: id) else { return nil }
    let variable = model.variables[id.index]
    guard distribution.support.eventRank == 0, !isRead(id) else {
      throw batch.refuse(
        distribution.support.eventRank > 0
          ? "missing parts of vectors of `\(variable.name.text)` are latents"
          : "missing cells of `\(variable.name.text)`, which other statements read, are latents",
        at: variable.name.span
      )
    }
    return try lowering.subscripted(
      lowering.invariant(missing, plate),
      variable.type.axes,
      indices(of: equation).map { .index($0) },
      plate,
      equation.targetSpan
    ).node
  }

  /// Reports a statement that couples rows of a step through what is summed out.
  ///
  /// The rows of a step stand for all rows only where each row has a sum of its own: the latents of a statement over batched
  /// dimensions must run over these too, and each row reads its own elements.
  func checkRows(_ factor: DiscreteFactor, over axes: [Axis], at span: SourceSpan)
    throws(LoweringError)
  {
    guard let batch = stochastic?.batch, !batch.counts.isEmpty else { return }
    let own = batch.dimensions(axes)
    for reading in factor.readings {
      let variable = model.variables[reading.variable.index]
      guard batch.dimensions(variable.type.axes) != own else { continue }
      throw batch.refuseShared(reading.variable, at: span)
    }
  }
}
