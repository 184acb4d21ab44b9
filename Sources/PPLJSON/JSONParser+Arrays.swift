extension JSONParser {
  /// What an array turned out to be.
  enum ParsedArray {
    case node(JSONNode)
    /// Numbers and nulls, the topmost ones of the stack.
    case row(Int)
    /// Rows of equal length, the topmost numbers of the stack.
    case block([Int])

    /// Whether both are numbers on the stack and have the same shape.
    func hasShape(of other: ParsedArray) -> Bool {
      switch (self, other) {
      case (.row(let count), .row(let otherCount)): count == otherCount
      case (.block(let shape), .block(let otherShape)): shape == otherShape
      default: false
      }
    }
  }

  mutating func parseArray(depth: Int) throws(JSONError) -> ParsedArray {
    guard depth < Self.depthLimit else {
      throw failure("values are nested more than \(Self.depthLimit) deep")
    }
    let offset = position
    if let count = try parseRow() { return .row(count) }
    position = offset + 1

    // As long as `nodes` is nil, the children are numbers on the stack, all of one shape.
    var nodes: [JSONNode]?
    var offsets: [Int] = []
    var shape: ParsedArray?
    while true {
      skipSpace()
      let childOffset = position
      let child: ParsedArray =
        peek() == UInt8(ascii: "[")
        ? try parseArray(depth: depth + 1) : .node(try parseNode(depth: depth + 1))
      if nodes == nil && child.hasShape(of: shape ?? child) {
        shape = child
        offsets.append(childOffset)
      } else {
        let node = pop(child, offset: childOffset)
        var siblings = nodes ?? popSiblings(shape, offsets)
        nodes = nil
        siblings.append(node)
        nodes = siblings
      }
      skipSpace()
      if take("]") { break }
      guard take(",") else { throw expected("`,` or `]`") }
    }
    if let nodes { return .node(JSONNode(kind: .array(nodes), offset: offset)) }
    switch shape {
    case .row(let count): return .block([offsets.count, count])
    case .block(let inner): return .block([offsets.count] + inner)
    case .node, nil: preconditionFailure("an array without nodes has rows")
    }
  }

  /// Reads an array of numbers and nulls onto the stack; `nil`, with nothing read, if an element is
  /// of another kind.
  private mutating func parseRow() throws(JSONError) -> Int? {
    let start = position
    let base = stack.count
    let nullBase = nulls.count
    position += 1
    skipSpace()
    if take("]") { return 0 }
    while true {
      skipSpace()
      switch peek() {
      case UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "t"),
        UInt8(ascii: "f"):
        stack.removeLast(stack.count - base)
        nulls.removeLast(nulls.count - nullBase)
        position = start
        return nil
      case nil:
        throw expected("a value")
      default:
        break
      }
      switch try parseScalar() {
      case .integer(let value): stack.append(Double(value))
      case .real(let value): stack.append(value)
      default:
        nulls.append(stack.count)
        stack.append(.nan)
      }
      if take(",") { continue }
      skipSpace()
      if take("]") { return stack.count - base }
      guard take(",") else { throw expected("`,` or `]`") }
    }
  }

  private mutating func pop(_ array: ParsedArray, offset: Int) -> JSONNode {
    switch array {
    case .node(let node): node
    case .row(let count): popNumbers(shape: [count], offset: offset)
    case .block(let shape): popNumbers(shape: shape, offset: offset)
    }
  }

  /// Takes siblings of one shape off the stack, the last one first.
  private mutating func popSiblings(_ shape: ParsedArray?, _ offsets: [Int]) -> [JSONNode] {
    guard let shape else { return [] }
    var nodes: [JSONNode] = []
    for offset in offsets.reversed() { nodes.append(pop(shape, offset: offset)) }
    nodes.reverse()
    return nodes
  }

  mutating func popNumbers(shape: [Int], offset: Int) -> JSONNode {
    let base = stack.count - shape.reduce(1, *)
    var missing: [Int] = []
    while let position = nulls.last, position >= base {
      missing.append(position - base)
      nulls.removeLast()
    }
    missing.reverse()
    let values: [Double]
    if base == 0 {
      values = stack
      stack = []
    } else {
      values = Array(stack[base...])
      stack.removeLast(stack.count - base)
    }
    return JSONNode(
      kind: .numbers(JSONNumbers(shape: shape, values: values, missing: missing)),
      offset: offset
    )
  }
}
