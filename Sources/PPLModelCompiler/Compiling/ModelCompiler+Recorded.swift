import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
package import PPLTensorCore
package import PPLTypeSystem

// The quantities that a draw of a model gives, with names and labels, and the log likelihoods of its observations.

extension ModelCompiler {
  /// Observations whose log likelihoods are kept with each draw, at most.
  package static let greatestLikelihoodCount = 10_000

  static func pointwiseLikelihoods(_ lowering: ModelLowering)
    -> [(likelihood: PointwiseLikelihood, node: GraphValue)]
  {
    let terms = lowering.terms.filter(\.isLikelihood)
    let count = terms.reduce(0) { $0 + $1.elements.shape.count }
    guard count <= greatestLikelihoodCount else { return [] }
    var names: [String] = []
    var parts: [String: [ModelLowering.Term]] = [:]
    for term in terms where term.elements.shape.count > 0 {
      if parts[term.names.name] == nil { names.append(term.names.name) }
      parts[term.names.name, default: []].append(term)
    }
    return names.map { name in
      let own = parts[name] ?? []
      let nodes = own.map { $0.elements.reshape([$0.elements.shape.count]) }
      let labels = own.flatMap { term in
        (0..<term.names.count).map { element -> String in
          let full = term.names.name(of: element)
          return String(full.dropFirst(term.names.name.count).dropFirst().dropLast())
        }
      }
      var positions = own.first?.names.positions ?? [:]
      for term in own.dropFirst() {
        let next = term.names.positions
        positions = positions.reduce(into: [:]) { joined, entry in
          if let more = next[entry.key] { joined[entry.key] = entry.value + more }
        }
      }
      return (
        PointwiseLikelihood(name: name, labels: labels, positions: positions),
        .concatenate(nodes, axis: 0)
      )
    }
  }

  // MARK: Recorded quantities

  static func recordedQuantities(_ lowering: ModelLowering)
    -> [(quantity: RecordedQuantity, node: GraphValue)]
  {
    let bound = lowering.bound
    let modeled = bound.model.variables.indices.compactMap {
      index -> (id: VariableID, variable: Variable, role: ModeledRole)? in
      let variable = bound.model.variables[index]
      guard case .modeled(let role) = variable.role else { return nil }
      return (VariableID(index), variable, role)
    }
    let imputed = Set(lowering.missingCells.map(\.variable)).sorted { $0.index < $1.index }
      .compactMap { missingQuantity($0, lowering) }
    return modeled.sorted { $0.variable.name.span.start < $1.variable.name.span.start }
      .compactMap { entry in recordedQuantity(entry.id, entry.role, lowering) } + imputed
  }

  /// A whole quantity with the labels of its axes; nil if it has no value.
  static func recordedQuantity(_ id: VariableID, _ role: ModeledRole, _ lowering: ModelLowering)
    -> (quantity: RecordedQuantity, node: GraphValue)?
  {
    guard let value = lowering.values[id] else { return nil }
    let variable = lowering.model.variables[id.index]
    let node = labelled(value.node, variable.type.element, lowering.bound, lowering.builder)
    if let exists = try? lowering.lowering.existing(variable.type.axes) {
      return raggedQuantity(id, variable, role, node, exists, lowering)
    }
    let quantity = RecordedQuantity(
      variable: id,
      name: variable.name.text,
      role: role,
      axes: axes(variable, value, lowering.bound),
      kind: node.kind
    )
    return (quantity, node)
  }

  /// The elements that exist of an array with rows of different lengths, along one axis.
  static func raggedQuantity(
    _ id: VariableID,
    _ variable: Variable,
    _ role: ModeledRole,
    _ node: GraphValue,
    _ exists: [Bool],
    _ lowering: ModelLowering
  ) -> (quantity: RecordedQuantity, node: GraphValue) {
    let positions = exists.indices.filter { exists[$0] }
    let labels = cellLabels(positions, variable.type.axes, node.shape, lowering.bound)
    let names = variable.type.axes.compactMap { $0.dimension.map { lowering.bound[$0].name } }
    let axis = names.joined(separator: "_")
    var quantity = RecordedQuantity(
      variable: id,
      name: variable.name.text,
      role: role,
      axes: [.init(name: axis, labels: BoundDimension(name: axis, labels: labels))],
      kind: node.kind
    )
    if case .strings(let names) = labels {
      quantity.cellNames = names.map { "\(variable.name.text)[\($0)]" }
    }
    quantity.existing = (positions, node.shape)
    let index = lowering.builder.constant(
      Tensor(shape: [positions.count], kind: .integer, values: positions.map(Double.init))
    )
    return (quantity, node.reshape([node.shape.count]).gather(index))
  }

  /// The missing cells of an array as one quantity with an axis of their own.
  static func missingQuantity(_ id: VariableID, _ lowering: ModelLowering)
    -> (quantity: RecordedQuantity, node: GraphValue)?
  {
    let cells = lowering.missingCells.filter { $0.variable == id }
    let nodes = cells.compactMap(\.node)
    guard let tensor = lowering.bound.values[id], nodes.count == cells.count,
      let first = cells.first
    else { return nil }
    let positions = cells.flatMap(\.positions)
    let order = positions.indices.sorted { positions[$0] < positions[$1] }
    let index = lowering.builder.constant(
      Tensor(shape: [order.count], kind: .integer, values: order.map(Double.init))
    )
    return missingQuantity(
      id,
      order.map { positions[$0] },
      GraphValue.concatenate(nodes, axis: 0).gather(index),
      role: first.treatment == .drawn
        ? .generated : first.treatment == .sampled ? .sampled : .eliminated,
      shape: tensor.shape,
      lowering
    )
  }

  /// Missing cells at these positions of an array, with their values.
  static func missingQuantity(
    _ id: VariableID,
    _ positions: [Int],
    _ value: GraphValue,
    role: ModeledRole,
    shape: Shape,
    _ lowering: ModelLowering
  ) -> (quantity: RecordedQuantity, node: GraphValue) {
    let bound = lowering.bound
    let variable = bound.model.variables[id.index]
    let node = labelled(value, variable.type.element, bound, lowering.builder)
    let labels = cellLabels(positions, variable.type.axes, shape, bound)
    var quantity = RecordedQuantity(
      variable: id,
      name: variable.name.text,
      role: role,
      axes: [
        .init(
          name: "\(variable.name.text)_missing",
          labels: BoundDimension(
            name: "\(variable.name.text)_missing",
            labels: labels
          )
        )
      ],
      kind: node.kind
    )
    if variable.type.rank > 1, case .strings(let names) = labels {
      quantity.cellNames = names.map { "\(variable.name.text)[\($0)]" }
    }
    return (quantity, node)
  }

  /// Labels of cells: those of the axis, or all of a cell's in one text where there are several axes.
  package static func cellLabels(
    _ positions: [Int],
    _ types: [Axis],
    _ shape: Shape,
    _ bound: BoundModel
  ) -> BoundDimension.Labels {
    let axes = types.map { $0.dimension.map { bound[$0] } }
    if positions.isEmpty || axes.isEmpty { return .integers(first: 1, count: positions.count) }
    if axes.count == 1 {
      switch axes[0]?.labels {
      case .strings(let strings)?: return .strings(positions.map { strings[$0] })
      case .codes(let codes)?: return .codes(positions.map { codes[$0] })
      case .integers(let first, _)?: return .codes(positions.map { first + $0 })
      case nil: return .codes(positions.map { $0 + 1 })
      }
    }
    let strides = shape.strides
    return .strings(
      positions.map { position in
        var rest = position
        return zip(axes, strides).map { axis, stride -> String in
          let place = rest / stride
          rest %= stride
          return axis?.name(at: place) ?? "\(place + 1)"
        }.joined(separator: ",")
      }
    )
  }

  /// Indices are recorded as integer labels, or as positions from 1 where labels are text.
  static func labelled(
    _ node: GraphValue,
    _ element: ElementType,
    _ bound: BoundModel,
    _ builder: GraphBuilder
  ) -> GraphValue {
    guard case .index(let id) = element else { return node }
    return labelled(node, bound[id], builder)
  }

  /// The integer labels of indices, or positions from 1 where labels are text.
  static func labelled(
    _ node: GraphValue,
    _ dimension: BoundDimension,
    _ builder: GraphBuilder
  ) -> GraphValue {
    func integer(_ value: Int) -> GraphValue {
      builder.constant(Tensor(scalar: Double(value), kind: .integer))
    }
    switch dimension.labels {
    case .strings: return node + integer(1)
    case .integers(let first, _): return node + integer(first)
    case .codes(let codes):
      let table = builder.constant(
        Tensor(shape: Shape([codes.count]), kind: .integer, values: codes.map(Double.init))
      )
      return table.gather(node)
    }
  }

  static func axes(_ variable: Variable, _ value: VariableValue, _ bound: BoundModel)
    -> [RecordedQuantity.Axis]
  {
    var names: [String: Int] = [:]
    return variable.type.axes.enumerated().map { position, axis in
      let size = value.node.shape[position]
      let origin = value.origins[position]
      var name = axis.dimension.map { bound[$0].name } ?? "\(variable.name.text)_dim_\(position)"
      var labels: BoundDimension.Labels = .integers(first: 1, count: size)
      if let id = axis.dimension {
        let dimension = bound[id]
        if origin != 0 || size != dimension.count { name += "_from_\(origin + 1)_\(size)" }
        labels = part(of: dimension.labels, origin, size)
      }
      names[name, default: 0] += 1
      if let count = names[name], count > 1 { name += "_\(count)" }
      return RecordedQuantity.Axis(
        name: name,
        labels: BoundDimension(name: name, labels: labels)
      )
    }
  }

  static func part(of labels: BoundDimension.Labels, _ origin: Int, _ size: Int)
    -> BoundDimension.Labels
  {
    switch labels {
    case .integers(let first, _): .integers(first: first + origin, count: size)
    case .codes(let codes): .codes(Array(codes.dropFirst(origin).prefix(size)))
    case .strings(let strings): .strings(Array(strings.dropFirst(origin).prefix(size)))
    }
  }
}
