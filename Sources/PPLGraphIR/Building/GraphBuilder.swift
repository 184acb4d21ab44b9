package import PPLTensorCore

/// Why a graph could not be built within its element budget.
package struct BudgetFailure: Sendable, Hashable {
  /// Name of the primitive whose result was too large.
  package let op: String
  /// Shape of that result.
  package let shape: Shape
  /// Elements that the graph was allowed to hold.
  package let budget: Int

  /// A failure at the result of a primitive.
  package init(op: String, shape: Shape, budget: Int) {
    self.op = op
    self.shape = shape
    self.budget = budget
  }
}

/// Grows a graph node by node and simplifies it while it grows.
///
/// - Equal applications are one node (common subexpressions).
/// - An application to constants only becomes a constant, computed by the primitive's reference kernel.
/// - Local identities (`x + 0`, a reshape of a reshape, …) apply at once.
///
/// Sizes come from users, so the sum of elements of constants and results has a budget. The first application
/// that exceeds it is recorded in `failure`; from then on nodes are only noted, nothing is computed or allocated.
/// The caller checks `failure` before it runs the graph.
package final class GraphBuilder {
  /// Set once results exceed the budget.
  package private(set) var failure: BudgetFailure?

  /// Elements of constants and results that the graph may hold.
  package let elementBudget: Int
  /// Whether axes of size 1 have a meaning, so that a transpose that moves them is no reshape.
  let keepsAxes: Bool
  /// Rounding that is allowed where values should agree, such as a sum that should be 1: graphs that run in single precision
  /// allow more.
  package var tolerance = 1e-8
  private var elementCount = 0
  private(set) var nodes: [Node] = []
  private(set) var constants: [ConstantEntry] = []
  private(set) var inputs: [Shape] = []
  private var applications: [Application: NodeID] = [:]
  private var smallConstants: [ConstantKey: NodeID] = [:]
  private var nextStream = 0
  private var placeholderCount = 0

  /// A builder of an empty graph that may hold `elementBudget` elements.
  package init(elementBudget: Int = 1 << 27, keepsAxes: Bool = false) {
    self.elementBudget = elementBudget
    self.keepsAxes = keepsAxes
  }

  // MARK: Sources

  /// The next input; inputs are numbered in order of creation.
  package func addInput(shape: Shape) -> GraphValue {
    let index = inputs.count
    inputs.append(shape)
    charge(shape, op: .input(index))
    return value(appending: Node(op: .input(index), operands: [], shape: shape, kind: .real))
  }

  /// What stands for the values that the steps of a loop are given, until `scan` replaces it; no graph holds it.
  package func addPlaceholder(shape: Shape) -> GraphValue {
    placeholderCount += 1
    let op = Op.input(-placeholderCount)
    return value(appending: Node(op: op, operands: [], shape: shape, kind: .real))
  }

  /// A tensor known now; equal small ones are one node.
  package func constant(_ tensor: Tensor) -> GraphValue {
    let key = tensor.values.count <= 64 ? ConstantKey(tensor) : nil
    if let key, let id = smallConstants[key] { return GraphValue(builder: self, id: id) }
    let op = Op.constant(constants.count)
    charge(tensor.shape, op: op)
    constants.append(ConstantEntry(tensor: tensor, uniformValue: tensor.uniformValue))
    let value = value(
      appending: Node(op: op, operands: [], shape: tensor.shape, kind: tensor.kind)
    )
    if let key { smallConstants[key] = value.id }
    return value
  }

  /// A real scalar, shape `[]`.
  package func constant(_ value: Double) -> GraphValue {
    constant(Tensor(scalar: value))
  }

  /// Random numbers with a stream that no other random node of this builder has.
  package func random(
    _ kind: RandomKind,
    shape: Shape,
    parameters: [GraphValue] = []
  ) -> GraphValue {
    apply(.random(kind, shape: shape, stream: nextStream), parameters)
  }

  // MARK: Applications

  /// The result of a primitive.
  ///
  /// The operands must fit (see `Op.resultShape(of:)`), except that where elementwise operands and random
  /// parameters are of unequal rank, those of rank 0 are first given axes of size 1.
  package func apply(_ op: Op, _ operands: [GraphValue]) -> GraphValue {
    let operands = op.repeatsOperands ? withEqualRanks(operands, for: op) : operands
    let shape: Shape
    do {
      shape = try op.resultShape(of: operands.map { $0.shape })
    } catch {
      preconditionFailure(error.description)
    }
    let kind = op.resultKind(of: operands.map { $0.kind })
    if let simpler = simplified(op, operands, shape: shape, kind: kind) { return simpler }

    let ids = operands.map { $0.id }
    let key = Application(op: op, operands: ids)
    if let id = applications[key] { return GraphValue(builder: self, id: id) }
    if !op.isAlias { charge(shape, op: op) }
    switch op {
    case .random(_, _, let stream), .callout(_, .draw(let stream)):
      nextStream = max(nextStream, stream + 1)
    default: break
    }

    if failure == nil, let folded = folded(op, operands, shape: shape, kind: kind) {
      // The constant is charged when it is added, and what it replaces is not stored; a constant of another shape shares
      // its elements.
      elementCount -= shape.count
      let value = constant(folded)
      applications[key] = value.id
      return value
    }
    let value = value(appending: Node(op: op, operands: ids, shape: shape, kind: kind))
    applications[key] = value.id
    return value
  }

  // MARK: Constants

  /// Whether a value is known now.
  package func isConstant(_ value: GraphValue) -> Bool { constantEntry(of: value) != nil }

  /// The tensor that a value is known to be, if so.
  package func constantValue(of value: GraphValue) -> Tensor? { constantEntry(of: value)?.tensor }

  func constantEntry(of value: GraphValue) -> ConstantEntry? {
    guard case .constant(let index) = nodes[value.id.index].op else { return nil }
    return constants[index]
  }

  // MARK: Result

  /// The graph of these outputs and what they need, renumbered.
  package func build(outputs: [GraphValue]) -> Graph {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for output in outputs {
      precondition(output.builder === self, "A value belongs to the builder that made it.")
      isNeeded[output.id.index] = true
    }
    for index in nodes.indices.reversed() where isNeeded[index] {
      for operand in nodes[index].operands { isNeeded[operand.index] = true }
    }
    var renumbered = [NodeID?](repeating: nil, count: nodes.count)
    var keptNodes: [Node] = []
    var keptConstants: [Tensor] = []
    for (index, node) in nodes.enumerated() where isNeeded[index] {
      var op = node.op
      if case .input(let input) = op {
        precondition(input >= 0, "A placeholder is replaced before a graph is built.")
      }
      if case .constant(let constant) = op {
        op = .constant(keptConstants.count)
        keptConstants.append(constants[constant].tensor)
      }
      renumbered[index] = NodeID(keptNodes.count)
      keptNodes.append(
        Node(
          op: op,
          operands: node.operands.compactMap { renumbered[$0.index] },
          shape: node.shape,
          kind: node.kind
        )
      )
    }
    return Graph(
      nodes: keptNodes,
      constants: keptConstants,
      inputs: inputs,
      outputs: outputs.compactMap { renumbered[$0.id.index] }
    )
  }

  /// Adds the computation of a graph on values of this builder in place of its inputs.
  ///
  /// Streams of random nodes stay as they are.
  /// - Returns: for each node of the graph, the value that stands for it here.
  package func inline(_ graph: Graph, inputs: [GraphValue]) -> [GraphValue] {
    precondition(inputs.map { $0.shape } == graph.inputs, "There is a value for each input.")
    var values: [GraphValue] = []
    values.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      switch node.op {
      case .constant(let index): values.append(constant(graph.constants[index]))
      case .input(let index): values.append(inputs[index])
      default: values.append(apply(node.op, node.operands.map { values[$0.index] }))
      }
    }
    return values
  }

  // MARK: Inside

  private func value(appending node: Node) -> GraphValue {
    let id = NodeID(nodes.count)
    nodes.append(node)
    return GraphValue(builder: self, id: id)
  }

  private func charge(_ shape: Shape, op: Op) {
    guard failure == nil else { return }
    let (sum, overflow) = elementCount.addingReportingOverflow(shape.count)
    if overflow || sum > elementBudget {
      failure = BudgetFailure(op: op.name, shape: shape, budget: elementBudget)
    } else {
      elementCount = sum
    }
  }

  private func withEqualRanks(_ operands: [GraphValue], for op: Op) -> [GraphValue] {
    var rank = operands.map { $0.shape.rank }.max() ?? 0
    if case .random(_, let shape, _) = op { rank = shape.rank }
    return operands.map {
      $0.shape.rank == 0 && rank > 0 ? apply(.reshape(.ones(rank: rank)), [$0]) : $0
    }
  }
}

/// A constant and, where all its elements agree, their value.
struct ConstantEntry {
  let tensor: Tensor
  let uniformValue: Double?
}

/// A primitive applied to operands; operands of commutative ones are in ascending order.
private struct Application: Hashable {
  let op: Op
  let operands: [NodeID]

  init(op: Op, operands: [NodeID]) {
    self.op = op
    self.operands =
      if case .binary(let binary) = op, binary.isCommutative { operands.sorted() } else { operands }
  }
}

/// A constant's contents, bit for bit.
private struct ConstantKey: Hashable {
  let shape: Shape
  let kind: ElementKind
  let bits: [UInt64]

  init(_ tensor: Tensor) {
    shape = tensor.shape
    kind = tensor.kind
    bits = tensor.values.map { $0.bitPattern }
  }
}

extension Op {
  /// Whether operands of size 1 along an axis repeat along it.
  var repeatsOperands: Bool {
    switch self {
    case .random, .binary, .select, .betaP: true
    default: false
    }
  }

  /// Whether the result is the operand's memory with another shape.
  package var isAlias: Bool {
    if case .reshape = self { return true }
    return false
  }
}

extension BinaryOp {
  /// Whether exchanging the operands gives the same bits.
  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .equal, .notEqual, .and, .or: true
    default: false
    }
  }
}
