import PPLGraphIR
import PPLTensorCore

// What the steps of a loop compute, and its adjoint needs again.

extension Graph {
  /// The same computation, with loops that hand out what would be computed a second time for all steps together.
  ///
  /// The adjoint of a loop is written in terms of what the steps are given (`ReverseSweep.propagate(_:through:)`), so that gates
  /// of a recurrent net, or matrix products of a filter, stand in the graph twice: in the loop, and for all steps at once.
  /// Here the second ones become further elements of the loop's rows. What is cheap to compute from those stays as it is.
  func keepingStepValues(elementBudget: Int) -> Graph {
    guard nodes.contains(where: { StepValuePlan.applies(to: $0.op) }) else { return self }
    let plans = StepValueSearch(self, elementBudget: elementBudget).plans
    if plans.isEmpty { return self }
    let builder = GraphBuilder(elementBudget: elementBudget)
    let inputs = inputs.map { builder.addInput(shape: $0) }
    var values = [GraphValue?](repeating: nil, count: nodes.count)
    for (index, node) in nodes.enumerated() where values[index] == nil {
      let operands = node.operands.compactMap { values[$0.index] }
      switch node.op {
      case .constant(let constant): values[index] = builder.constant(constants[constant])
      case .input(let input): values[index] = inputs[input]
      case .scan(let body, let length, let isReversed):
        let plan = plans[index]
        let loop = plan.flatMap {
          builder.scan(body, length, isReversed, operands, keeping: $0.kept.map(\.bodyNode))
        }
        let rows = loop?.rows ?? builder.apply(node.op, operands)
        values[index] = rows
        guard let plan else { continue }
        for (kept, value) in zip(plan.kept, loop?.kept ?? []) {
          for place in kept.places { values[place] = value }
        }
        for part in plan.handedOn {
          for place in part.places { values[place] = part.value(of: rows) }
        }
      default: values[index] = builder.apply(node.op, operands)
      }
    }
    if builder.failure != nil { return self }
    return builder.build(outputs: outputs.compactMap { values[$0.index] })
  }
}

extension GraphBuilder {
  /// A loop again, with values of its body for all steps besides; nil where the row cannot be told apart into what is
  /// carried and the rest.
  fileprivate func scan(
    _ body: ScanBody,
    _ length: Int,
    _ isReversed: Bool,
    _ operands: [GraphValue],
    keeping kept: [Int]
  ) -> (rows: GraphValue, kept: [GraphValue])? {
    if kept.isEmpty { return nil }
    let pieces = body.pieces
    var placeholders: [GraphValue] = []
    for piece in pieces where piece.start < body.carryCount {
      guard piece.start + piece.width <= body.carryCount else { return nil }
      placeholders.append(addPlaceholder(shape: [length, piece.width]))
    }
    let carries = GraphValue.concatenate(placeholders, axis: 1)
    let values = inline(body.batched, inputs: [carries] + operands.dropFirst())
    let carried = zip(pieces, placeholders).map { piece, placeholder in
      CarriedValue(
        placeholder: placeholder,
        axis: 0,
        initial: operands[0].slice(axis: 1, start: piece.start, count: piece.width),
        next: values[piece.node]
      )
    }
    let result = scan(
      length: length,
      reversed: isReversed,
      carried: carried,
      outputs: pieces.map { (values[$0.node], 0) },
      keeping: kept.map { values[$0] }
    )
    guard let result else { return nil }
    let rows = GraphValue.concatenate(Array(result.prefix(pieces.count)), axis: 1)
    return (rows, Array(result.dropFirst(pieces.count)))
  }
}

extension ScanBody {
  /// A part of the row, and the node of `batched` that makes it.
  struct Piece {
    var node: Int
    var start: Int
    var width: Int
  }

  /// The parts that the row is joined of.
  var pieces: [Piece] {
    let output = batched.outputs[0]
    guard case .concatenate(1) = batched[output].op else {
      return [Piece(node: output.index, start: 0, width: rowCount)]
    }
    var start = 0
    return batched[output].operands.map { operand in
      let width = batched[operand].shape[1]
      defer { start += width }
      return Piece(node: operand.index, start: start, width: width)
    }
  }
}

/// What a loop is to hand out.
struct StepValuePlan {
  /// A value of the loop that its rows do not have.
  struct Kept {
    /// Its number in the body for all steps.
    var bodyNode: Int
    /// The nodes of the graph that compute it again.
    var places: [Int]
  }

  /// A value that the rows have, maybe with other axes.
  struct HandedOn {
    var piece: ScanBody.Piece
    /// The operations that made the row's piece of the value, last first, with the shapes before each.
    var steps: [(op: Op, shape: [Int])]
    var places: [Int]

    func value(of rows: GraphValue) -> GraphValue {
      var value = rows.slice(axis: 1, start: piece.start, count: piece.width)
      for step in steps {
        if case .transpose(let order) = step.op {
          var inverse = order
          for (place, axis) in order.enumerated() { inverse[axis] = place }
          value = value.transpose(inverse)
        } else {
          value = value.reshape(.init(step.shape))
        }
      }
      return value
    }
  }

  var kept: [Kept] = []
  var handedOn: [HandedOn] = []

  /// Whether values of a node's steps may be handed out.
  static func applies(to op: Op) -> Bool {
    guard case .scan(let body, let length, _) = op else { return false }
    return length > 1 && !body.isRandom
  }
}

/// Finds what stands in a graph twice: in a loop, and for all steps together.
private struct StepValueSearch {
  /// The plans by number of the loop.
  private(set) var plans: [Int: StepValuePlan] = [:]

  private let graph: Graph
  /// The graph's nodes in a builder, in which equal computations are one.
  private let values: [GraphValue]
  /// The nodes of the graph by their number in the builder.
  private var places: [NodeID: [Int]] = [:]
  private let users: [[Int]]
  private let outputs: Set<Int>

  init(_ graph: Graph, elementBudget: Int) {
    self.graph = graph
    let builder = GraphBuilder(elementBudget: elementBudget)
    values = builder.inline(graph, inputs: graph.inputs.map { builder.addInput(shape: $0) })
    for (index, value) in values.enumerated() { places[value.id, default: []].append(index) }
    var users = [[Int]](repeating: [], count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      for operand in node.operands { users[operand.index].append(index) }
    }
    self.users = users
    outputs = Set(graph.outputs.map(\.index))
    for (index, node) in graph.nodes.enumerated() where StepValuePlan.applies(to: node.op) {
      if let plan = plan(index, node, builder) { plans[index] = plan }
    }
  }

  private func plan(_ index: Int, _ node: Node, _ builder: GraphBuilder) -> StepValuePlan? {
    guard case .scan(let body, let length, let isReversed) = node.op else { return nil }
    let use = ReverseSweep.NodeUse(id: NodeID(index), node: node)
    let loop = ScanUse(body: body, length: length, isReversed: isReversed, use: use)
    let operands = node.operands.map { values[$0.index] }
    let carries = loop.carries(initial: operands[0], rows: values[index], count: body.carryCount)
    let again = builder.inline(body.batched, inputs: [carries] + operands.dropFirst())
    let nodes = body.batched.nodes

    var isCarried = [Bool](repeating: false, count: nodes.count)
    var second: Set<Int> = []
    for (number, node) in nodes.enumerated() {
      if case .input(0) = node.op { isCarried[number] = true }
      guard node.operands.contains(where: { isCarried[$0.index] }) else { continue }
      isCarried[number] = true
      second.formUnion(places[again[number].id] ?? [])
    }
    var isWanted = nodes.indices.map { number in
      isCarried[number]
        && (places[again[number].id] ?? []).contains { place in
          second.contains(place)
            && (outputs.contains(place) || users[place].contains { !second.contains($0) })
        }
    }
    // Rows hold real numbers: of conditions and positions the operands are kept.
    for number in nodes.indices.reversed() where isWanted[number] && nodes[number].kind != .real {
      isWanted[number] = false
      for operand in nodes[number].operands where isCarried[operand.index] {
        isWanted[operand.index] = true
      }
    }

    var plan = StepValuePlan()
    var isKnown = isCarried.map { !$0 }
    for piece in body.pieces {
      for part in handedOn(piece, body.batched) where isCarried[part.node] {
        isKnown[part.node] = true
        let places = (places[again[part.node].id] ?? []).filter { second.contains($0) }
        guard !places.isEmpty else { continue }
        plan.handedOn.append(.init(piece: piece, steps: part.steps, places: places))
      }
    }
    for (number, node) in nodes.enumerated() where !isKnown[number] {
      if case .input = node.op {
        isKnown[number] = true
      } else if node.op.isCheap, node.operands.allSatisfy({ isKnown[$0.index] }) {
        isKnown[number] = true
      } else if isWanted[number] {
        isKnown[number] = true
        plan.kept.append(.init(bodyNode: number, places: places[again[number].id] ?? []))
      }
    }
    return plan.kept.isEmpty && plan.handedOn.isEmpty ? nil : plan
  }

  /// The values that a piece of the row is another shape of, itself first.
  private func handedOn(_ piece: ScanBody.Piece, _ graph: Graph)
    -> [(node: Int, steps: [(op: Op, shape: [Int])])]
  {
    var node = piece.node
    var steps: [(op: Op, shape: [Int])] = []
    var result = [(node: node, steps: steps)]
    while true {
      switch graph.nodes[node].op {
      case .reshape, .transpose:
        let operand = graph.nodes[node].operands[0]
        steps.append((graph.nodes[node].op, graph[operand].shape.sizes))
        node = operand.index
        result.append((node, steps))
      default: return result
      }
    }
  }
}

extension Op {
  /// Whether computing it again costs about as much as reading it.
  fileprivate var isCheap: Bool {
    switch self {
    case .unary(let op):
      switch op {
      case .negate, .absolute, .sign, .square, .floor, .ceiling, .round, .not, .detached, .isNaN:
        true
      default: false
      }
    case .binary(let op):
      switch op {
      case .add, .subtract, .multiply, .minimum, .maximum, .equal, .notEqual, .less, .lessOrEqual,
        .and, .or:
        true
      default: false
      }
    case .select, .reshape, .transpose, .broadcast, .slice, .concatenate, .pad: true
    default: false
    }
  }
}
