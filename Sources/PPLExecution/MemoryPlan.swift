import PPLGraphIR
import PPLTensorCore

/// Where each value of a graph lies in one arena of doubles.
///
/// Constants and inputs come first and stay. The place of any other value is free for later ones after its last
/// use. A reshape lies where its operand does, and so does a slice whose elements are contiguous there.
struct MemoryPlan {
  /// Offset of each node's value.
  private(set) var offsets: [Int]
  /// The node in whose place each node lies; the node itself unless it is an alias.
  private(set) var owners: [Int]
  /// Elements of the arena.
  private(set) var size = 0

  init(_ graph: Graph) {
    let nodes = graph.nodes
    offsets = [Int](repeating: 0, count: nodes.count)
    owners = Array(nodes.indices)
    var aliasOffsets = [Int](repeating: 0, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      guard let offset = MemoryPlan.aliasOffset(node, in: graph) else { continue }
      let operand = node.operands[0].index
      owners[index] = owners[operand]
      aliasOffsets[index] = aliasOffsets[operand] + offset
    }

    // Last use of each place: by index of the using node; outputs and sources are kept.
    var lastUse = Array(nodes.indices)
    for (index, node) in nodes.enumerated() {
      for operand in node.operands { lastUse[owners[operand.index]] = index }
    }
    for output in graph.outputs { lastUse[owners[output.index]] = Int.max }
    var dying = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() where owners[index] == index && !node.op.isSource {
      if lastUse[index] < nodes.count { dying[lastUse[index]].append(index) }
    }

    for (index, node) in nodes.enumerated() where node.op.isSource {
      offsets[index] = size
      size += MemoryPlan.placeSize(node.shape.count)
    }
    var free: [Int: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      if owners[index] != index {
        offsets[index] = offsets[owners[index]] + aliasOffsets[index]
      } else if !node.op.isSource {
        let placeSize = MemoryPlan.placeSize(node.shape.count)
        if let offset = free[placeSize]?.popLast() {
          offsets[index] = offset
        } else {
          offsets[index] = size
          size += placeSize
        }
      }
      for dead in dying[index] {
        free[MemoryPlan.placeSize(nodes[dead].shape.count), default: []].append(offsets[dead])
      }
    }
  }

  /// Where an alias begins within its operand; nil for values of their own.
  private static func aliasOffset(_ node: Node, in graph: Graph) -> Int? {
    switch node.op {
    case .reshape:
      return 0
    case .slice(let axis, let start, _):
      let shape = graph[node.operands[0]].shape
      guard shape.sizes[..<axis].allSatisfy({ $0 == 1 }) else { return nil }
      return start * shape.strides[axis]
    default:
      return nil
    }
  }

  /// Sizes of places: at most an eighth more than asked for, so that places of like sizes serve each other.
  private static func placeSize(_ count: Int) -> Int {
    if count <= 8 { return max(count, 1) }
    let unit = max(8, 1 << (Int.bitWidth - count.leadingZeroBitCount - 4))
    return (count + unit - 1) / unit * unit
  }
}

extension Op {
  /// Whether the value is placed in memory before the run.
  var isSource: Bool {
    switch self {
    case .constant, .input: true
    default: false
    }
  }
}
