import PPLTensorCore

extension Graph {
  /// The same computation with some of its inputs, in another order.
  ///
  /// - Parameter order: for each input of the result its number here; inputs that are left out are not used.
  /// - Returns: the graph with those inputs.
  package func selectingInputs(_ order: [Int]) -> Graph {
    var numbers = [Int?](repeating: nil, count: inputs.count)
    for (number, input) in order.enumerated() { numbers[input] = number }
    let nodes = nodes.map { node in
      guard case .input(let input) = node.op else { return node }
      guard let number = numbers[input] else {
        preconditionFailure("An input that is used is kept.")
      }
      return Node(op: .input(number), operands: [], shape: node.shape, kind: node.kind)
    }
    return Graph(
      nodes: nodes,
      constants: constants,
      inputs: order.map { inputs[$0] },
      outputs: outputs
    )
  }
}
